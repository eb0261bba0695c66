//! What the server answered, page by page.

use serde_json::{Map, Value};

use super::call::Call;
use crate::cli::answer;

/// Prints answers as they come.
pub(super) enum Shown<'a> {
    /// As tables.
    Tables(&'a Call),
    /// As one JSON value, like the answer to a call whose list fits into one page.
    Json {
        /// The list that goes on from page to page, if the call has one.
        list: Option<&'static str>,
        /// What is printed behind the list, once its first page was.
        rest: Option<Map<String, Value>>,
    },
}

impl<'a> Shown<'a> {
    pub(super) fn new(call: &'a Call, json: bool) -> Self {
        if json || call.tables.is_empty() {
            let list = call.pages.and(call.tables.first()).map(|(list, _)| *list);
            return Self::Json { list, rest: None };
        }
        Self::Tables(call)
    }

    /// A page, and whether it is the last.
    pub(super) fn page(&mut self, mut body: Value, last: bool) {
        match self {
            Self::Tables(call) => tables(&body, call),
            Self::Json { rest: None, .. } if last => {
                if !body.is_null() {
                    answer(&body.to_string());
                }
            }
            Self::Json { list, rest } => {
                let name = list.unwrap_or_default();
                let rows = match body[name].take() {
                    Value::Array(rows) => rows,
                    _ => Vec::new(),
                };
                let first = rest.is_none();
                if first {
                    answer(&format!("{{{}:[", Value::from(name)));
                }
                let mut before = if first { "" } else { "," };
                for row in rows {
                    answer(&format!("{before}{row}"));
                    before = ",";
                }
                if let (true, Value::Object(mut fields)) = (first, body) {
                    fields.remove(name);
                    fields.insert("next".to_owned(), Value::Null);
                    *rest = Some(fields);
                }
                if last {
                    let rest = Value::Object(rest.take().unwrap_or_default()).to_string();
                    answer(&format!("],{}", rest.trim_start_matches('{')));
                }
            }
        }
    }
}

fn tables(body: &Value, call: &Call) {
    // Those who wait stand under those who are there: in the last column they differ.
    let rows: Vec<Vec<String>> = call
        .tables
        .iter()
        .flat_map(|(list, columns)| {
            let rows = body[list].as_array().into_iter().flatten();
            rows.map(|row| columns.iter().map(|column| cell(row, column)).collect::<Vec<_>>())
        })
        .collect();
    let columns = call.tables.first().map_or(0, |(_, columns)| columns.len());
    let width = |at: usize| rows.iter().map(|row: &Vec<String>| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        answer(line.join("  ").trim_end());
    }
}

/// What stands in a column; control characters of what people wrote stay away from the terminal.
fn cell(row: &Value, column: &str) -> String {
    let value = column.split('.').fold(row, |value, name| &value[name]);
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(","),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect()
}
