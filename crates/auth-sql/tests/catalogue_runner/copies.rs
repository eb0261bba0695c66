//! The cast as copies of people that a test case has: the same rows, with another id, name and password.

use portico_auth_conformance::Person;
use portico_auth_conformance::people::UNREADABLE_HASH;
use portico_auth_sql::recipe::{Compare, Recipe};
use portico_auth_sql::testing::TestDatabase;
use portico_auth_sql::{Cell, ForeignDatabase};

use crate::case::Case;
use crate::laws::parts;
use crate::tables;
use crate::world::{Template, World, fresh, site_key, stored_name};

/// Who was copied, and what stands where.
pub struct Copies {
    pub recipe: Recipe,
    people: Vec<(Person, Made)>,
    ignores_accents: bool,
}

/// A copy.
struct Made {
    template: Template,
    /// Table (in the database), column, value: the names.
    names: Vec<(String, String, String)>,
    /// Table, column, value.
    password: (String, String, String),
}
impl Copies {
    pub async fn make(db: &TestDatabase, recipe: &Recipe, case: &Case) -> Result<Self, String> {
        let world = World { case };
        let kind = db.kind().name();
        let site_key = site_key(&world, recipe);
        let template = |expect: &str| {
            let mut tries =
                case.tries.iter().filter(|attempt| attempt.expect == expect && attempt.is_on(kind));
            tries.find_map(|attempt| Template::find(&world, recipe, attempt, site_key.as_deref()))
        };
        let good = template("accepted").ok_or("no accepted try is of a person whose row can be copied")?;
        let mut cast = vec![(Person::Alice, good.clone()), (Person::Grace, good.clone())];
        cast.extend(parts().into_iter().filter_map(|(expect, person)| Some((person, template(expect)?))));
        let words = recipe.people[good.person].schemes.iter();
        let binary = !recipe.people[good.person].binary.is_empty();
        if !binary
            && !words
                .chain(
                    recipe.people[good.person]
                        .select
                        .iter()
                        .flat_map(|select| select.schemes.values().flatten()),
                )
                .any(|word| word == "plain")
        {
            cast.push((Person::Erin, good.clone()));
        }
        let mut copies = Self { recipe: recipe.clone(), people: Vec::new(), ignores_accents: false };
        let mut statements = namesakes(db, recipe);
        for (number, (person, template)) in cast.into_iter().enumerate() {
            let made = copies.copy(db, &world, person, &template, number + 1, &mut statements)?;
            copies.people.push((person, made));
        }
        let person = &recipe.people[good.person];
        let mut columns = person
            .login
            .iter()
            .filter(|login| login.compare != Compare::Exact)
            .flat_map(|login| &login.column);
        copies.ignores_accents = columns.any(|column| ignores_accents(&world, &good, column));
        db.try_execute(&statements).await?;
        Ok(copies)
    }

    fn copy(
        &self,
        db: &TestDatabase,
        world: &World<'_>,
        person: Person,
        old: &Template,
        number: usize,
        statements: &mut Vec<String>,
    ) -> Result<Made, String> {
        let recipe = &self.recipe;
        let columns = &recipe.people[old.person];
        let mut new = old.clone();
        // Everything that is unique, and the id.
        let mut keys: Vec<String> = vec![columns.id.clone()];
        for (alias, (table, _)) in &old.rows {
            for text in &world.case.table[*table].columns {
                let name = text.split_whitespace().next().unwrap_or_default();
                let shown = if alias.is_empty() { name.to_owned() } else { format!("{alias}.{name}") };
                if world.is_unique(*table, name) && alias.is_empty() && !keys.contains(&shown) {
                    keys.push(shown);
                }
            }
        }
        for key in &keys {
            if let Some(value) = old.value(world, key) {
                new.set(world, key, fresh(&value, number));
            }
        }
        let mut names = Vec::new();
        for login in &columns.login {
            let Some(column) = login.column.first() else { continue };
            let plain = login.when_contains.is_none();
            let typed =
                if plain { person.login().to_owned() } else { format!("{}@example.org", person.login()) };
            let stored = stored_name(recipe, old.person, login, &typed);
            if names.iter().any(|(_, known, _)| known == column) {
                continue;
            }
            new.set(world, column, toml::Value::String(stored.clone()));
            names.push((new.table_of(recipe, column), column.clone(), stored));
        }
        let named: Vec<&str> = names.iter().map(|(_, column, _)| column.as_str()).collect();
        self.follow(world, old, &mut new, number, &named);
        let stored = match person {
            Person::Erin => Some(UNREADABLE_HASH.to_owned()),
            _ => new.hash(world, recipe, old, person.password()),
        };
        let stored = stored.ok_or("none of the schemes can be made for the tests")?;
        for (at, column) in columns.password.iter().enumerate() {
            let binary = columns.binary.contains(column);
            let value = match at {
                0 if binary => {
                    toml::Value::Table(toml::Table::from_iter([("hex".to_owned(), stored.clone().into())]))
                }
                0 => toml::Value::String(stored.clone()),
                _ => toml::Value::Table(toml::Table::new()),
            };
            new.set(world, column, value);
        }
        for (alias, (table, row)) in &new.rows {
            if old.rows.get(alias).is_none_or(|(_, known)| known != row) {
                let table = &world.case.table[*table];
                statements.push(tables::insert(db, &recipe.prefix, table, &tables::parsed(table)?, row)?);
            }
        }
        self.related(db, world, old, &new, number, statements)?;
        let column = columns.password.first().cloned().unwrap_or_default();
        Ok(Made { password: (new.table_of(recipe, &column), column, stored), names, template: new })
    }

    /// Joined rows take the new values; those that hold a name or a password become rows of their own. The columns in
    /// `named` have their new values.
    fn follow(&self, world: &World<'_>, old: &Template, new: &mut Template, number: usize, named: &[&str]) {
        let person = &self.recipe.people[old.person];
        for join in &person.join {
            let own =
                |column: &String| column.strip_prefix(join.name()).is_some_and(|rest| rest.starts_with('.'));
            let holds = person.password.iter().any(own)
                || person.login.iter().flat_map(|login| &login.column).any(own);
            for (inner, outer) in &join.on {
                let inner = format!("{}.{}", join.name(), inner.rsplit('.').next().unwrap_or(inner));
                let value = new.value(world, outer);
                if value != old.value(world, outer) {
                    if let Some(value) = value {
                        new.set_alike(world, &inner, value);
                    }
                } else if holds && let Some(value) = value {
                    let fresh = fresh(&value, number);
                    new.set(world, &inner, fresh.clone());
                    new.set(world, outer, fresh);
                }
            }
            // What is unique in a row that is another now.
            let Some((table, row)) = new.rows.get(join.name()).cloned() else { continue };
            if old.rows.get(join.name()).is_none_or(|(_, known)| *known == row) {
                continue;
            }
            for text in &world.case.table[table].columns {
                let name = text.split_whitespace().next().unwrap_or_default();
                let column = format!("{}.{name}", join.name());
                let kept = old.value(world, &column);
                if world.is_unique(table, name)
                    && !named.contains(&column.as_str())
                    && kept == new.value(world, &column)
                    && let Some(kept) = kept
                {
                    // Several joins may be of one table.
                    let nth = person.join.iter().position(|other| other.name() == join.name()).unwrap_or(0);
                    new.set(world, &column, fresh(&kept, number * 10 + nth));
                }
            }
        }
    }

    pub fn has(&self, person: Person) -> bool {
        self.people.iter().any(|(known, _)| *known == person)
    }

    /// The stored values of all copies.
    pub fn stored(&self) -> Vec<String> {
        self.people.iter().map(|(_, made)| made.password.2.clone()).collect()
    }

    pub fn ignores_accents(&self) -> bool {
        self.ignores_accents
    }

    /// Gives somebody another name; where the name is part of the formula, the password is hashed anew, as the
    /// application does.
    pub async fn rename(
        &self,
        db: &TestDatabase,
        person: Person,
        new_login: &str,
        case: &Case,
    ) -> Result<(), String> {
        let (_, made) =
            self.people.iter().find(|(known, _)| *known == person).ok_or("nobody of this name")?;
        let world = World { case };
        let columns = &self.recipe.people[made.template.person];
        let mut template = made.template.clone();
        let mut changes = Vec::new();
        for (table, column, old) in &made.names {
            let Some(login) = columns.login.iter().find(|login| login.column.first() == Some(column)) else {
                continue;
            };
            let typed =
                if old.contains('@') { format!("{new_login}@example.org") } else { new_login.to_owned() };
            let new = stored_name(&self.recipe, made.template.person, login, &typed);
            template.set(&world, column, toml::Value::String(new.clone()));
            // Rows that are joined by the name.
            for join in &columns.join {
                for (inner, _) in join.on.iter().filter(|(_, outer)| *outer == column) {
                    let joined = tables::name_of(&join.table, &self.recipe.prefix);
                    changes.push((joined, inner.clone(), old.clone(), new.clone()));
                }
            }
            changes.push((table.clone(), column.clone(), old.clone(), new));
        }
        let (table, column, old) = &made.password;
        if let Some(hash) = template.hash(&world, &self.recipe, &made.template, person.password())
            && !columns.binary.contains(column)
        {
            changes.push((table.clone(), column.clone(), old.clone(), hash));
        }
        let dialect = db.dialect();
        let literal = |text: &str| match db.kind() {
            portico_auth_sql::testing::TestDatabaseKind::Mariadb => {
                format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
            }
            _ => format!("'{}'", text.replace('\'', "''")),
        };
        let statements: Vec<String> = changes
            .into_iter()
            .map(|(table, column, old, new)| {
                let name = dialect.identifier(column.rsplit('.').next().unwrap_or(&column));
                let table = dialect.identifier(&table);
                format!("UPDATE {table} SET {name} = {} WHERE {name} = {}", literal(&new), literal(&old))
            })
            .collect();
        db.try_execute(&statements).await
    }
}

/// Whether a column has a usual collation.
fn ignores_accents(world: &World<'_>, of: &Template, column: &str) -> bool {
    let (alias, name) = column.split_once('.').unwrap_or(("", column));
    let declared = of.rows.get(alias).and_then(|(table, _)| {
        let at = world.column(*table, name)?;
        world.case.table.get(*table)?.columns.get(at)
    });
    declared.is_some_and(|text| {
        let mut words = text.split_whitespace().skip(1);
        let is_text = words.next().is_some_and(|kind| kind.contains("char") || kind.contains("text"));
        is_text && !words.any(|word| word == "binary")
    })
}

/// People of the case who have a name of the cast leave it: their rows were copied already.
fn namesakes(db: &TestDatabase, recipe: &Recipe) -> Vec<String> {
    let dialect = db.dialect();
    let mut names: Vec<String> = Person::ALL.map(|person| person.login().to_owned()).into();
    names.extend(Person::ALL.map(|person| format!("{}@example.org", person.login())));
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let mut statements = Vec::new();
    let mut delete = |table: &str, column: &str| {
        let table = dialect.identifier(&tables::name_of(table, &recipe.prefix));
        let column = dialect.identifier(column.rsplit('.').next().unwrap_or(column));
        let statement = format!("DELETE FROM {table} WHERE LOWER({column}) IN ({})", names.join(", "));
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    };
    for person in &recipe.people {
        for column in person.login.iter().flat_map(|login| &login.column) {
            let alias = column.split_once('.').map(|(alias, _)| alias);
            match alias {
                None => delete(&person.table, column),
                Some(alias) => person
                    .join
                    .iter()
                    .filter(|join| join.name() == alias)
                    .for_each(|join| delete(&join.table, column)),
            }
            // Rows that are joined by the name.
            for join in &person.join {
                let by_name = join.on.iter().filter(|(_, outer)| *outer == column);
                by_name.for_each(|(inner, _)| delete(&join.table, inner));
            }
        }
    }
    statements
}

/// All rows of these tables as one text.
pub async fn snapshot(db: &TestDatabase, watched: &[(String, Vec<String>)]) -> Result<String, String> {
    let database = ForeignDatabase::connect(&db.settings());
    let dialect = db.dialect();
    let mut text = String::new();
    for (table, columns) in watched {
        let names: Vec<String> = columns.iter().map(|column| dialect.identifier(column)).collect();
        let sql = format!("SELECT {} FROM {}", names.join(", "), dialect.identifier(table));
        let rows = database.query(&sql, &[]).await.map_err(|error| error.full_text())?;
        let mut lines = Vec::new();
        for row in rows {
            let mut line = table.clone();
            for column in columns {
                line.push('\t');
                line.push_str(&match row.cell(column).map_err(|error| error.to_string())? {
                    Cell::Int(number) => number.to_string(),
                    Cell::Float(number) => number.to_string(),
                    Cell::Text(value) => value.clone(),
                    Cell::Bytes(bytes) => format!("{bytes:02x?}"),
                    Cell::Null => "NULL".to_owned(),
                });
            }
            lines.push(line);
        }
        lines.sort();
        text.push_str(&lines.join("\n"));
        text.push('\n');
    }
    Ok(text)
}
