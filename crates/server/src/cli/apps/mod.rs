//! `portico apps`: which applications there are.

mod markdown;
pub(in crate::cli) mod own;
mod show;
pub(in crate::cli) mod words;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use portico_auth_sql::recipe::{Catalogue, Confidence, Recipe};
use serde_json::{Value, json};

use crate::cli::{EXIT_CONFIG, EXIT_NO, EXIT_OK, EXIT_USAGE, answer, complain};
use own::{KINDS, OwnKind};

/// `portico apps`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct AppsArgs {
    /// Only those whose id, name, versions or category contain all these words.
    #[arg(value_name = "SEARCH")]
    search: Vec<String>,
    /// Only those of this category.
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// A folder with recipes of your own.
    #[arg(long, value_name = "DIR", global = true)]
    recipes: Option<PathBuf>,
    /// Print the list as a page of the manual.
    #[arg(long, hide = true)]
    markdown: bool,
    #[command(subcommand)]
    command: Option<AppsCommand>,
}

#[derive(Debug, Subcommand)]
enum AppsCommand {
    /// All about one application: how people log in, what is read, who is refused, the configuration, the grants.
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// The id, as in the list.
    id: String,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// An application that people can enter from.
#[derive(Debug, Clone, Copy)]
pub(super) enum App<'c> {
    Recipe(&'c Recipe),
    Own(&'static OwnKind),
}

impl<'c> App<'c> {
    pub(super) fn id(&self) -> &'c str {
        match self {
            Self::Recipe(recipe) => &recipe.id,
            Self::Own(kind) => kind.id,
        }
    }

    pub(super) fn name(&self) -> &'c str {
        match self {
            Self::Recipe(recipe) => &recipe.name,
            Self::Own(kind) => kind.name,
        }
    }

    fn versions(&self) -> &'c str {
        match self {
            Self::Recipe(recipe) => &recipe.versions,
            Self::Own(kind) => kind.versions,
        }
    }

    fn category(&self) -> &'static str {
        match self {
            Self::Recipe(recipe) => recipe.category.as_str(),
            Self::Own(kind) => kind.category.as_str(),
        }
    }

    fn confidence(&self) -> Confidence {
        match self {
            Self::Recipe(recipe) => recipe.confidence,
            Self::Own(kind) => kind.confidence,
        }
    }

    /// The word of `kind = "…"`.
    fn kind(&self) -> &'static str {
        match self {
            Self::Recipe(_) => "sql",
            Self::Own(kind) => kind.id,
        }
    }

    fn databases(&self) -> Vec<&'static str> {
        match self {
            Self::Recipe(recipe) => recipe.databases.iter().map(|&kind| words::database(kind)).collect(),
            Self::Own(kind) => kind.databases.to_vec(),
        }
    }

    fn is_found_by(&self, words: &[String]) -> bool {
        let aliases = match self {
            Self::Recipe(_) => &[][..],
            Self::Own(kind) => kind.aliases,
        };
        let aliases = aliases.join(" ");
        let all = format!("{} {} {} {} {aliases}", self.id(), self.name(), self.versions(), self.category());
        let all = all.to_lowercase();
        words.iter().all(|word| all.contains(&word.to_lowercase()))
    }
}

/// The catalogue with the kinds that have no recipe.
#[derive(Debug)]
pub(super) struct Applications(pub(super) Catalogue);

impl Applications {
    /// Those of this build, and of a folder if one is given.
    pub(super) fn load(folder: Option<&std::path::Path>) -> Result<Self, String> {
        match folder {
            None => Ok(Self(Catalogue::bundled())),
            Some(folder) => Catalogue::with_folder(folder).map(Self).map_err(|error| error.to_string()),
        }
    }

    /// All, by id.
    pub(super) fn all(&self) -> Vec<App<'_>> {
        let mut all: Vec<App<'_>> =
            self.0.iter().map(App::Recipe).chain(KINDS.iter().map(App::Own)).collect();
        all.sort_by_key(|app| app.id().to_owned());
        all
    }

    /// The one with this id.
    pub(super) fn get(&self, id: &str) -> Option<App<'_>> {
        let own = || KINDS.iter().find(|kind| kind.id == id || kind.aliases.contains(&id));
        self.0.get(id).map(App::Recipe).or_else(|| own().map(App::Own))
    }

    /// What to say where there is none with this id.
    pub(super) fn unknown(&self, id: &str) -> String {
        let wanted = id.to_lowercase();
        let mut near: Vec<&str> = self.0.suggestions(id);
        let by_name = self.all().into_iter().filter(|app| {
            wanted.len() > 2 && app.name().to_lowercase().contains(&wanted)
                || app.is_found_by(std::slice::from_ref(&wanted))
        });
        for app in by_name {
            if !near.contains(&app.id()) {
                near.push(app.id());
            }
        }
        near.truncate(6);
        match near.is_empty() {
            true => format!("there is no application `{id}`; `portico apps` lists them"),
            false => format!("there is no application `{id}`; similar: {}", near.join(", ")),
        }
    }
}

pub(super) fn run(args: &AppsArgs) -> u8 {
    let applications = match Applications::load(args.recipes.as_deref()) {
        Ok(applications) => applications,
        Err(error) => {
            complain(&error);
            return EXIT_CONFIG;
        }
    };
    match &args.command {
        Some(AppsCommand::Show(show)) => match applications.get(&show.id) {
            Some(app) => {
                let facts = show::Facts::of(app);
                answer(&if show.json { facts.to_json() } else { facts.to_text() });
                EXIT_OK
            }
            None => {
                complain(&applications.unknown(&show.id));
                EXIT_USAGE
            }
        },
        None => list(&applications, args),
    }
}

fn list(applications: &Applications, args: &AppsArgs) -> u8 {
    let all = applications.all();
    if args.markdown {
        answer(markdown::page(&all).trim_end());
        return EXIT_OK;
    }
    if let Some(wanted) = &args.category
        && !all.iter().any(|app| app.category() == wanted)
    {
        let mut known: Vec<&str> = all.iter().map(App::category).collect();
        known.sort_unstable();
        known.dedup();
        complain(&format!("there is no category `{wanted}`; there are: {}", known.join(", ")));
        return EXIT_USAGE;
    }
    let found: Vec<App<'_>> = all
        .into_iter()
        .filter(|app| args.category.as_deref().is_none_or(|wanted| app.category() == wanted))
        .filter(|app| app.is_found_by(&args.search))
        .collect();
    if args.json {
        answer(&Value::Array(found.iter().map(as_json).collect()).to_string());
    } else {
        answer(&table(&found));
    }
    if found.is_empty() { EXIT_NO } else { EXIT_OK }
}

fn as_json(app: &App<'_>) -> Value {
    json!({
        "id": app.id(),
        "name": app.name(),
        "kind": app.kind(),
        "versions": app.versions(),
        "category": app.category(),
        "confidence": app.confidence().as_str(),
        "databases": app.databases(),
    })
}

/// Longest text of a column of the table, in characters.
const WIDEST: usize = 44;

fn table(apps: &[App<'_>]) -> String {
    let cut = |text: &str| -> String {
        if text.chars().count() <= WIDEST {
            return text.to_owned();
        }
        text.chars().take(WIDEST - 1).chain(['…']).collect()
    };
    let mut rows = vec![["ID", "NAME", "VERSIONS", "CATEGORY", "CONFIDENCE"].map(str::to_owned)];
    rows.extend(apps.iter().map(|app| {
        [app.id(), app.name(), app.versions(), app.category(), app.confidence().as_str()].map(cut)
    }));
    let widths: [usize; 5] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let line = |row: &[String; 5]| {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    let count = apps.len();
    let applications = if count == 1 { "application" } else { "applications" };
    lines.push(format!("{count} {applications}. All about one: portico apps show ID"));
    lines.join("\n")
}
