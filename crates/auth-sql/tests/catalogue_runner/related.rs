//! Bans, memberships: rows of other tables that say whose they are.

use portico_auth_sql::recipe::RelatedRows;
use portico_auth_sql::testing::TestDatabase;

use crate::copies::Copies;
use crate::tables;
use crate::world::{Template, World, fresh, same};

impl Copies {
    /// Bans, memberships: rows that say whose they are.
    pub fn related(
        &self,
        db: &TestDatabase,
        world: &World<'_>,
        old: &Template,
        new: &Template,
        number: usize,
        statements: &mut Vec<String>,
    ) -> Result<(), String> {
        let person = &self.recipe.people[old.person];
        let mut done: Vec<&RelatedRows> = Vec::new();
        for rows in person
            .refuse
            .iter()
            .filter_map(|refuse| refuse.rows.as_ref())
            .chain(person.write_ban.iter().filter_map(|ban| ban.rows.as_ref()))
        {
            if done.contains(&rows) {
                continue;
            }
            done.push(rows);
            let Some((table, declared)) =
                world.table(&rows.table).filter(|(_, table)| tables::is_on(table, db.kind()))
            else {
                continue;
            };
            for (at, row) in declared.rows.iter().enumerate() {
                let mut copy = row.clone();
                let mut theirs = true;
                for (column, value) in &rows.matches {
                    let pattern = value.as_text();
                    let (Some(was), Some(is)) =
                        (self.filled(world, old, &pattern), self.filled(world, new, &pattern))
                    else {
                        theirs = false;
                        continue;
                    };
                    theirs &= same(world.cell(table, row, column), Some(was));
                    if let Some(place) = world.column(table, column) {
                        copy[place] = match is.parse::<i64>() {
                            Ok(number) if matches!(copy[place], toml::Value::Integer(_)) => {
                                toml::Value::Integer(number)
                            }
                            _ => toml::Value::String(is),
                        };
                    }
                }
                if !theirs || copy == *row {
                    continue;
                }
                let Some(mut bundle) = world.joined(table, row, &rows.join) else { continue };
                for text in &declared.columns {
                    let name = text.split_whitespace().next().unwrap_or_default();
                    if !world.is_unique(table, name) || rows.matches.contains_key(name) {
                        continue;
                    }
                    let (Some(place), Some(kept)) = (world.column(table, name), world.cell(table, row, name))
                    else {
                        continue;
                    };
                    copy[place] = fresh(&kept, number * 100 + at);
                    // Rows that are joined by this key.
                    for join in &rows.join {
                        let Some((other, joined)) = bundle.get_mut(join.name()) else { continue };
                        for (inner, outer) in join.on.iter().filter(|(_, outer)| outer.as_str() == name) {
                            let _ = outer;
                            if let Some(place_there) =
                                world.column(*other, inner.rsplit('.').next().unwrap_or(inner))
                            {
                                joined[place_there] = copy[place].clone();
                            }
                        }
                    }
                }
                for (alias, (other, joined)) in &mut bundle {
                    if alias.is_empty() {
                        continue;
                    }
                    let table = &world.case.table[*other];
                    for text in &table.columns {
                        let name = text.split_whitespace().next().unwrap_or_default();
                        let on_it = rows
                            .join
                            .iter()
                            .any(|join| join.on.keys().any(|inner| inner.rsplit('.').next() == Some(name)));
                        if world.is_unique(*other, name)
                            && !on_it
                            && let (Some(place), Some(kept)) =
                                (world.column(*other, name), world.cell(*other, joined, name))
                        {
                            joined[place] = fresh(&kept, number * 100 + at);
                        }
                    }
                    let columns = tables::parsed(table)?;
                    push(statements, tables::insert(db, &self.recipe.prefix, table, &columns, joined)?);
                }
                let columns = tables::parsed(declared)?;
                push(statements, tables::insert(db, &self.recipe.prefix, declared, &columns, &copy)?);
            }
        }
        Ok(())
    }

    fn filled(&self, world: &World<'_>, template: &Template, pattern: &str) -> Option<String> {
        let person = &self.recipe.people[template.person];
        let (inner, lower) = match pattern.strip_suffix("|lower}") {
            Some(inner) => (format!("{inner}}}"), true),
            None => (pattern.to_owned(), false),
        };
        let value = match inner.as_str() {
            "{id}" => template.value(world, &person.id),
            "{login}" => template.value(world, person.name_column()),
            "{email}" => template.value(world, person.identity.email.as_deref()?),
            other => match other.strip_prefix("{column.").and_then(|rest| rest.strip_suffix('}')) {
                Some(column) => template.value(world, column),
                None => Some(other.to_owned()),
            },
        };
        value.map(|value| if lower { value.to_lowercase() } else { value })
    }
}

/// Two rules may be of the same row.
fn push(statements: &mut Vec<String>, statement: String) {
    if !statements.contains(&statement) {
        statements.push(statement);
    }
}
