//! `docs/applications.md`, made from the catalogue.

use std::fmt::Write;

use super::App;

const HEAD: &str = "\
# Applications

<!-- Made by `cargo xtask gen` from the recipes. Changes here are lost. -->

People of these applications can enter with the names and passwords that they have there. Portico reads the
application's tables and never writes to them.

```sh
portico apps                           # this list; portico apps wiki searches it
portico apps show ID                   # all about one: who is refused, what is read, the grants
portico init --from /var/www/site      # recognises what is installed there, and writes the configuration
portico init --app ID --database-url mysql://…
```

*Confidence* says how sure the facts are: **high** were read in the application itself, **medium** in part, **low** come
from memory or from an adapter that was never tried. Try people with `portico login-test` before you rely on a recipe
that is not high. *Found* says whether `portico init --from` recognises the application in its folder. An application
that is missing takes [a recipe of a few lines](write-a-recipe.md).

";

/// The categories in the order of the page, with their headings.
const CATEGORIES: [(&str, &str); 16] = [
    ("forum", "Forums"),
    ("cms", "Content management"),
    ("blog", "Blogs"),
    ("wiki", "Wikis and knowledge bases"),
    ("social", "Social networks"),
    ("lms", "Learning"),
    ("groupware", "Groupware"),
    ("project", "Projects and trackers"),
    ("erp", "Enterprise resource planning"),
    ("crm", "Customer relations"),
    ("ecommerce", "Shops"),
    ("helpdesk", "Help desks"),
    ("calendar", "Calendars"),
    ("directory", "Members and directories"),
    ("framework", "Tables of frameworks"),
    ("other", "Others"),
];

/// The page.
pub(super) fn page(apps: &[App<'_>]) -> String {
    let mut page = HEAD.to_owned();
    let own = apps.iter().filter(|app| matches!(app, App::Own(_))).count();
    let _ = writeln!(
        page,
        "There are {} applications: {} recipes and {own} kinds with code of their own.\n",
        apps.len(),
        apps.len() - own
    );
    for (category, heading) in CATEGORIES {
        let members: Vec<&App<'_>> = apps.iter().filter(|app| app.category() == category).collect();
        if members.is_empty() {
            continue;
        }
        let _ = write!(
            page,
            "## {heading}\n\n| id | application | versions | confidence | databases | people enter by | found |\n|---|---|---|---|---|---|---|\n"
        );
        for app in members {
            page.push_str(&row(app));
        }
        page.push('\n');
    }
    page
}

fn row(app: &App<'_>) -> String {
    let (id, login, found) = match app {
        App::Recipe(recipe) => {
            let found = if recipe.config.is_empty() { "" } else { "yes" };
            let columns: Vec<String> = recipe
                .people
                .iter()
                .flat_map(|person| &person.login)
                .flat_map(|login| &login.column)
                .map(|column| format!("`{column}`"))
                .collect();
            let mut once = Vec::new();
            for column in columns {
                if !once.contains(&column) {
                    once.push(column);
                }
            }
            (format!("`{}`", recipe.id), once.join(", "), found)
        }
        App::Own(kind) => {
            let found = if kind.config().is_some() { "yes" } else { "" };
            (format!("[`{}`]({})", kind.id, kind.manual), "see there".to_owned(), found)
        }
    };
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    format!(
        "| {id} | {} | {} | {} | {} | {login} | {found} |\n",
        cell(app.name()),
        cell(app.versions()),
        app.confidence().as_str(),
        app.databases().join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::apps::Applications;

    #[test]
    fn every_category_has_a_heading() {
        let applications = Applications::load(None).unwrap();
        let all = applications.all();
        let page = page(&all);
        for app in &all {
            assert!(page.contains(&format!("`{}`", app.id())), "{}", app.id());
        }
    }
}
