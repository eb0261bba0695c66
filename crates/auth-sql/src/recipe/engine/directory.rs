//! People without a login: are they still who they were, and what waits for them over there?

use async_trait::async_trait;
use portico_core::auth::{AuthError, Directory, DirectoryEntry, DirectoryState, ExternalInbox, SubjectId};

use super::SqlApplication;
use super::facts::Facts;
use super::prepared::Prepared;
use super::record::Record;
use super::related::{BATCH, values};
use super::statement::{Decides, Statement};
use super::value::{all_hold, text};
use crate::recipe::identity::InboxCount;

impl SqlApplication {
    /// The rows of these subjects among the people of one table.
    async fn records<'a>(
        &'a self,
        prepared: &'a Prepared,
        subjects: &[SubjectId],
        facts: &Facts,
    ) -> Result<Vec<Record<'a>>, AuthError> {
        let ids: Vec<&str> = subjects.iter().filter_map(|subject| prepared.id_in(subject.as_str())).collect();
        let scope = self.scope_of(prepared, facts);
        let column = &prepared.person.id;
        let now = self.clock.now();
        let mut records: Vec<Record<'a>> = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            let Some(wanted) = scope.among(column, ids.iter().copied()) else { continue };
            let columns = prepared.columns.iter().map(String::as_str);
            let mut select = Statement::default();
            select.push(&format!("SELECT {}", scope.select_list(columns)));
            select.append(scope.from());
            select.push(" WHERE ");
            select.append(wanted);
            select.append(scope.conditions(&prepared.person.conditions, Decides::Roughly));
            for row in self.query(&select).await? {
                // A collation takes more for equal than a subject is.
                let asked = text(&row, column)?.is_some_and(|id| ids.contains(&id.as_str()));
                if !asked || !all_hold(&prepared.person.conditions, &row, now)? {
                    continue;
                }
                let record = Record::new(prepared, row)?;
                if !records.iter().any(|known| known.id == record.id) {
                    records.push(record);
                }
            }
        }
        Ok(records)
    }

    async fn counted(
        &self,
        prepared: &Prepared,
        count: &InboxCount,
        records: &[Record<'_>],
        facts: &Facts,
    ) -> Result<Vec<u64>, AuthError> {
        let mut numbers = vec![0; records.len()];
        let newer;
        let mut facts = facts;
        if count.optional {
            let Some(learnt) = self.facts_of(&count.table).await? else { return Ok(numbers) };
            newer = learnt;
            facts = &newer;
        }
        let scope = self.scope_at(&count.table, &count.join, facts);
        let values = values(&prepared.inbox, records);
        let Some(whose) = scope.among(&count.person, values.iter().map(String::as_str)) else {
            return Ok(numbers);
        };
        let person = scope.column(&count.person);
        let number = match &count.sum {
            Some(column) => format!("SUM({})", scope.column(column)),
            None => "COUNT(*)".to_owned(),
        };
        let dialect = self.database.dialect();
        let mut select = Statement::default();
        select.push(&format!(
            "SELECT {person} AS {}, {number} AS {}",
            dialect.identifier("person"),
            dialect.identifier("number")
        ));
        select.append(scope.from());
        select.push(" WHERE ");
        select.append(whose);
        select.append(scope.conditions(&count.conditions, Decides::Alone));
        select.push(&format!(" GROUP BY {person}"));
        for row in self.query(&select).await? {
            let Some(whose) = text(&row, "person")? else { continue };
            let unread = row.optional_f64("number")?.unwrap_or(0.0).max(0.0);
            for (number, record) in numbers.iter_mut().zip(records) {
                if prepared.inbox.text(record).is_some_and(|value| value.eq_ignore_ascii_case(&whose)) {
                    *number += whole(unread);
                }
            }
        }
        Ok(numbers)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of messages")]
fn whole(number: f64) -> u64 {
    number.min(1e15) as u64
}

#[async_trait]
impl Directory for SqlApplication {
    /// For each table of people one query, and one for each related table.
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        if subjects.is_empty() {
            return Ok(Vec::new());
        }
        let answer = async {
            let facts = self.facts().await?;
            let now = self.clock.now();
            let mut entries = Vec::with_capacity(subjects.len());
            for prepared in &self.people {
                let records = self.records(prepared, subjects, &facts).await?;
                for records in records.chunks(BATCH) {
                    let refusals = self.refusals(prepared, records, &facts, now).await?;
                    let identities = self.identities(prepared, records, &facts, now).await?;
                    for (identity, refusal) in identities.into_iter().zip(refusals) {
                        let state = match refusal {
                            Some(refusal) => DirectoryState::Refused(refusal),
                            None => DirectoryState::Active(identity.restrictions.clone()),
                        };
                        entries.push(DirectoryEntry { identity, state });
                    }
                }
            }
            Ok(entries)
        };
        self.explained(answer.await).await
    }
}

#[async_trait]
impl ExternalInbox for SqlApplication {
    async fn unread(&self, subjects: &[SubjectId]) -> Result<Vec<(SubjectId, u64)>, AuthError> {
        if subjects.is_empty() {
            return Ok(Vec::new());
        }
        let answer = async {
            let facts = self.facts().await?;
            let mut unread = Vec::with_capacity(subjects.len());
            for prepared in &self.people {
                let Some(inbox) = &prepared.person.inbox else { continue };
                let records = self.records(prepared, subjects, &facts).await?;
                for records in records.chunks(BATCH) {
                    let numbers = match (&inbox.column, &inbox.count) {
                        (Some(column), _) => {
                            let number = |record: &Record<'_>| {
                                record.stored(column).map(|text| parsed(text.as_deref()))
                            };
                            records.iter().map(number).collect::<Result<Vec<u64>, _>>()?
                        }
                        (None, Some(count)) => self.counted(prepared, count, records, &facts).await?,
                        (None, None) => continue,
                    };
                    for (record, number) in records.iter().zip(numbers) {
                        let subject = prepared.subject(&record.id);
                        unread.extend(
                            subjects
                                .iter()
                                .find(|known| known.as_str() == subject)
                                .map(|subject| (subject.clone(), number)),
                        );
                    }
                }
            }
            Ok(unread)
        };
        self.explained(answer.await).await
    }
}

fn parsed(text: Option<&str>) -> u64 {
    text.and_then(|text| text.trim().parse::<i64>().ok())
        .and_then(|number| u64::try_from(number).ok())
        .unwrap_or(0)
}
