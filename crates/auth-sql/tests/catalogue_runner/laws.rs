//! The laws of an authenticator over a recipe: the cast of the suite moves into the application's tables as copies of
//! people that the test case has there.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

use portico_auth_conformance::people::UNREADABLE_HASH;
use portico_auth_conformance::{Condition, Fixture, Installation, Lack, Law, Person, Verdict, judge};
use portico_auth_sql::recipe::{Recipe, SqlApplication, SqlConfig};
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::async_trait;
use portico_core::auth::{
    AuthContext, AuthFactory, AuthRegistry, Authenticator, BoxError, BuildContext, BuildError, Credentials,
    DuplicateKind, Options,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::case::Case;
use crate::copies::{Copies, snapshot};
use crate::report::Entry;
use crate::tables;

/// The laws whose verdict a recipe can change, for every run; the rest needs seconds for each recipe, and is tried with
/// the real servers.
const QUICK: [Law; 13] = [
    Law::GoodCredentials,
    Law::WrongPassword,
    Law::UnknownLogin,
    Law::UndeclaredKind,
    Law::BlankPassword,
    Law::TwoSubjects,
    Law::StateOnlyAfterSecret,
    Law::WrongServiceAccount,
    Law::UnknownHashFormat,
    Law::UnknownKey,
    Law::DirectoryAgrees,
    Law::SameWork,
    // Changes a name, so it comes last.
    Law::OneSubject,
];

const SLOW: [Law; 6] = [
    Law::Outage,
    Law::GivenUpLogin,
    Law::ParallelLogins,
    Law::SecretsStaySecret,
    Law::HostileLogins,
    Law::ReadOnly,
];

/// Recipes that are tried with a server that never answers, which takes seconds: the deadline is kept by the engine and
/// not by a recipe. Each of these asks in another way: one table, joins, a hook, several tables of people, a site key in
/// a table, bans in a table, columns of some versions only, groups and counts of messages.
pub const WAITING: [&str; 8] =
    ["django", "phpmyfaq", "xenforo", "prestashop", "dolibarr", "punbb", "fluxbb", "joomla"];

/// Names that have two columns: nobody can be called `alice`.
const TWO_COLUMNS: &str = "laws: not applicable, a name is made of two columns";
/// People that are in no table of their own can't be copied row by row.
const NO_TABLE: &str = "laws: not applicable, people are in no table of their own";

/// Tries the laws and says how many hold.
pub async fn run(recipe: &Recipe, case: &Arc<Case>, kind: TestDatabaseKind) -> Result<Entry, String> {
    if recipe.people.iter().all(|person| person.login.iter().all(|login| login.split.is_some())) {
        return Ok(Entry::untried(TWO_COLUMNS));
    }
    if recipe.people.iter().any(|person| person.hook.as_deref() == Some("nodebb")) {
        return Ok(Entry::untried(NO_TABLE));
    }
    let fixture = CopiedCast::new(recipe, &Arc::new(roomy(recipe, case)), kind).await?;
    let slow: &[Law] = if kind == TestDatabaseKind::Sqlite { &[] } else { &SLOW };
    let (mut laws, mut broken) = (Vec::new(), Vec::new());
    for &law in slow.iter().chain(&QUICK) {
        match judge(&fixture, law).await {
            Verdict::Holds(_) => laws.push((law, true)),
            Verdict::NotApplicable(_) => laws.push((law, false)),
            Verdict::Broken(what) => broken.push(format!("breaks {law} ({}): {what}", law.title())),
        }
    }
    if !broken.is_empty() {
        return Err(broken.join("\n"));
    }
    let hold = laws.iter().filter(|(_, holds)| *holds).count();
    Ok(Entry::passed(format!("laws: {hold} hold, {} not applicable", laws.len() - hold), laws))
}

/// The case with room for the names and passwords of the cast.
fn roomy(recipe: &Recipe, case: &Case) -> Case {
    let mut case = case.clone();
    for person in &recipe.people {
        let names = person.login.iter().flat_map(|login| &login.column);
        for column in person.password.iter().chain(names) {
            let (alias, name) = column.split_once('.').unwrap_or(("", column));
            let joined = person.join.iter().find(|join| join.name() == alias);
            let table = joined.map_or(&person.table, |join| &join.table);
            case.table.iter_mut().filter(|known| known.name == *table).for_each(|table| table.widen(name));
        }
    }
    case
}

/// One installation for all laws: none but the last changes it.
struct CopiedCast {
    shared: Arc<Shared>,
}

struct Shared {
    recipe: Recipe,
    section: Map<String, Value>,
    kind: TestDatabaseKind,
    db: TestDatabase,
    /// Takes connections and says nothing.
    silent: TcpListener,
    /// SQLite: a file without the tables, that can be locked as well.
    other: Option<TestDatabase>,
    copies: Copies,
    watched: Vec<(String, Vec<String>)>,
    case: Arc<Case>,
    lacks: Vec<Lack>,
}

impl CopiedCast {
    async fn new(recipe: &Recipe, case: &Arc<Case>, kind: TestDatabaseKind) -> Result<Self, String> {
        let db = TestDatabase::create(kind).await;
        tables::make(&db, &recipe.prefix, case).await?;
        let copies = Copies::make(&db, recipe, case).await?;
        let other = match kind {
            TestDatabaseKind::Sqlite => Some(TestDatabase::create(kind).await),
            TestDatabaseKind::Mariadb | TestDatabaseKind::Postgres => None,
        };
        let section = serde_json::to_value(&case.authenticator).map_err(|error| error.to_string())?;
        let Value::Object(section) = section else { return Err("[authenticator] is no table".to_owned()) };
        let mut watched = Vec::new();
        for table in case.table.iter().filter(|table| tables::is_on(table, kind)) {
            let columns = tables::parsed(table)?.into_iter().map(|column| column.name).collect();
            watched.push((tables::name_of(&table.name, &recipe.prefix), columns));
        }
        let lacks = lacks(recipe, &copies, kind);
        let silent = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let (recipe, case) = (recipe.clone(), Arc::clone(case));
        let shared = Shared { recipe, section, kind, db, silent, other, copies, watched, case, lacks };
        Ok(Self { shared: Arc::new(shared) })
    }
}

fn lacks(recipe: &Recipe, copies: &Copies, kind: TestDatabaseKind) -> Vec<Lack> {
    let mut lacks = Vec::new();
    for person in Person::ALL {
        if person != Person::Erin && !copies.has(person) {
            lacks.push(Lack::person(person, "the test case has nobody who is refused so"));
        }
    }
    if !copies.has(Person::Erin) {
        let plain = "any text may be a password that is stored in clear";
        lacks.push(Lack::person(Person::Erin, plain));
    }
    if kind == TestDatabaseKind::Mariadb && !WAITING.contains(&recipe.id.as_str()) {
        let engine = "the deadline is kept by the engine, which is tried with other recipes";
        lacks.push(Lack::condition(Condition::Hanging, engine));
    }
    if recipe.people.iter().any(|person| person.schemes == ["crypt-des"]) {
        let short = "only the first eight bytes of a password count, in the application as here";
        lacks.push(Lack::law(Law::WrongPassword, short));
    }
    if recipe.people.first().is_some_and(|person| person.id == person.name_column()) {
        lacks.push(Lack::rename("the application knows people by their names only"));
    }
    lacks
}

#[async_trait]
impl Fixture for CopiedCast {
    fn adapter(&self) -> &'static str {
        "sql"
    }

    fn database(&self) -> &'static str {
        self.shared.kind.name()
    }

    fn lacks(&self) -> Vec<Lack> {
        self.shared.lacks.clone()
    }

    async fn install(&self) -> Result<Box<dyn Installation>, BoxError> {
        Ok(Box::new(Installed(Arc::clone(&self.shared))))
    }
}

struct Installed(Arc<Shared>);

/// Builds with this recipe, wherever it is.
struct OfRecipe {
    recipe: Recipe,
    /// Where somebody logs in before anything is tried, as somebody did on every server that runs for a while: what
    /// unknown names cost is then what the rows of the test cost, and not what passwords cost in earnest.
    warm: Option<SecretString>,
}

#[async_trait]
impl AuthFactory for OfRecipe {
    fn kind(&self) -> &'static str {
        "sql"
    }

    async fn build(&self, options: Options, cx: &BuildContext) -> Result<Box<dyn Authenticator>, BuildError> {
        let path = options.path().to_owned();
        let config: SqlConfig = options.parse()?;
        let warm =
            self.warm.as_ref().is_some_and(|url| url.expose_secret() == config.database_url.expose_secret());
        let built = SqlApplication::of_recipe(self.recipe.clone(), &config, cx);
        let built = built.map_err(|error| BuildError::Adapter { path, source: error.into() })?;
        if warm {
            let front = FrontId::new("warm").expect("a good id");
            let alice = Credentials::password(Person::Alice.login(), Person::Alice.password());
            let _ = built.authenticate(&alice, &AuthContext::new(&front, SystemClock.now())).await;
        }
        Ok(Box::new(built))
    }
}

#[async_trait]
impl Installation for Installed {
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind> {
        let warm = (self.0.kind != TestDatabaseKind::Sqlite).then(|| SecretString::from(self.0.db.url()));
        registry.register_factory(OfRecipe { recipe: self.0.recipe.clone(), warm }).map(drop)
    }

    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError> {
        let shared = &self.0;
        let at = |address: &str| {
            let url = shared.db.url();
            let (before, rest) = url.rsplit_once('@').unwrap_or_default();
            let (_, database) = rest.split_once('/').unwrap_or_default();
            format!("{before}@{address}/{database}")
        };
        let url = match (condition, &shared.other) {
            (Condition::Healthy, _) => shared.db.url(),
            (Condition::Unreachable, Some(_)) => "sqlite:/no-such-folder/app.db".to_owned(),
            (Condition::Unreachable, None) => {
                at(&TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
            }
            (Condition::Hanging, Some(other)) => {
                other.cut().await;
                other.url()
            }
            (Condition::Hanging, None) => at(&shared.silent.local_addr()?.to_string()),
            (Condition::WrongServiceAccount, Some(other)) => {
                other.restore().await;
                other.url()
            }
            (Condition::WrongServiceAccount, None) => shared.db.url_for("no_such_reader", "no-such-secret"),
        };
        let mut options = shared.section.clone();
        options.insert("app".to_owned(), shared.recipe.id.clone().into());
        options.insert("database_url".to_owned(), url.into());
        Ok(options)
    }

    fn spellings_of_alice(&self) -> Vec<String> {
        // MySQL's usual collations take é for e, as the application's own login does.
        let accents = self.0.kind == TestDatabaseKind::Mariadb && self.0.copies.ignores_accents();
        if accents { vec!["alic\u{E9}".to_owned()] } else { Vec::new() }
    }

    async fn rename(&self, person: Person, new_login: &str) -> Result<(), BoxError> {
        let shared = &self.0;
        shared.copies.rename(&shared.db, person, new_login, &shared.case).await.map_err(Into::into)
    }

    async fn snapshot(&self) -> Result<String, BoxError> {
        Ok(snapshot(&self.0.db, &self.0.watched).await?)
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = self.0.copies.stored();
        secrets.retain(|stored| stored.len() > 8 && stored != UNREADABLE_HASH);
        secrets.push("no-such-secret".to_owned());
        secrets
    }

    async fn queries(&self) -> Option<u64> {
        Some(self.0.db.queries())
    }
}

/// Which person of the cast is refused with which word of a case.
pub fn parts() -> BTreeMap<&'static str, Person> {
    [
        ("banned", Person::Bob),
        ("disabled", Person::Carol),
        ("locked", Person::Dave),
        ("pending", Person::Paula),
        ("expired-password", Person::Victor),
    ]
    .into()
}
