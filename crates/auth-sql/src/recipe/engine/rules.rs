//! Whom the application doesn't let in, or not write.

use portico_core::Timestamp;
use portico_core::auth::{AuthError, Refusal, Restriction};

use super::SqlApplication;
use super::facts::Facts;
use super::prepared::{Prepared, ReadyRule};
use super::record::Record;
use super::value::{all_hold, filled, time_of};
use crate::Row;
use crate::recipe::person::StoredText;
use crate::recipe::rule::RefuseAs;
use crate::recipe::text::unescape;

/// A rule that holds.
struct Held {
    until: Option<Timestamp>,
    reason: Option<String>,
}

impl SqlApplication {
    /// The first rule of each person that holds, in their order. They are all people of one table.
    pub(super) async fn refusals(
        &self,
        prepared: &Prepared,
        records: &[Record<'_>],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Vec<Option<Refusal>>, AuthError> {
        let mut refusals = vec![None; records.len()];
        for (answer, unless, rule) in &prepared.refuse {
            // Who is refused already needs no further look.
            if refusals.iter().all(Option::is_some) {
                break;
            }
            let held = self.held(prepared, rule, records, facts, now).await?;
            for (refusal, held) in refusals.iter_mut().zip(held) {
                if refusal.is_none() && held.is_some() != *unless {
                    *refusal = Some(told(*answer, held));
                }
            }
        }
        Ok(refusals)
    }

    /// Why each person may not write, if so.
    pub(super) async fn write_bans(
        &self,
        prepared: &Prepared,
        records: &[Record<'_>],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Vec<Option<Restriction>>, AuthError> {
        let Some(rule) = &prepared.write_ban else { return Ok(vec![None; records.len()]) };
        let held = self.held(prepared, rule, records, facts, now).await?;
        let restriction = |held: Held| {
            let usual = || format!("{} does not let you write.", self.recipe.name);
            let mut restriction = Restriction::new(held.reason.unwrap_or_else(usual));
            restriction.until_millis = held.until.map(Timestamp::as_millis);
            restriction
        };
        Ok(held.into_iter().map(|held| held.map(restriction)).collect())
    }

    /// Whether a rule holds, for each person.
    async fn held(
        &self,
        prepared: &Prepared,
        rule: &ReadyRule,
        records: &[Record<'_>],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Vec<Option<Held>>, AuthError> {
        let rows: Vec<Vec<Row>> = match &rule.rows {
            None => records.iter().map(|record| vec![record.row.clone()]).collect(),
            Some(rows) => self.related(rows, records, facts, now).await?,
        };
        rows.iter().map(|rows| first_held(prepared, rule, rows, now)).collect()
    }
}

/// Of several rows that hold the one that ends last; none that doesn't end goes before all.
fn first_held(
    prepared: &Prepared,
    rule: &ReadyRule,
    rows: &[Row],
    now: Timestamp,
) -> Result<Option<Held>, AuthError> {
    let mut longest: Option<Held> = None;
    for row in rows {
        if !all_hold(&rule.when, row, now)? {
            continue;
        }
        let until = match &rule.until {
            Some(until) => time_of(row, &until.column, until.time)?,
            None => None,
        };
        let reason = match &rule.reason {
            Some(column) => filled(row, column)?,
            None => None,
        };
        let reason = match prepared.person.stored_text {
            Some(StoredText::Html) => reason.map(|text| unescape(&text)),
            None => reason,
        };
        let longer = match &longest {
            None => true,
            Some(known) => known.until.is_some_and(|known| until.is_none_or(|until| until > known)),
        };
        if longer {
            longest = Some(Held { until, reason });
        }
    }
    Ok(longest)
}

fn told(answer: RefuseAs, held: Option<Held>) -> Refusal {
    let (until, reason) = held.map_or((None, None), |held| (held.until, held.reason));
    match answer {
        RefuseAs::Disabled => Refusal::Disabled,
        RefuseAs::Banned => Refusal::Banned { reason, until },
        RefuseAs::Pending => Refusal::Pending,
        RefuseAs::Locked => Refusal::Locked { until },
        RefuseAs::ExpiredPassword => Refusal::ExpiredPassword,
        RefuseAs::NotPermitted => Refusal::NotPermitted,
        RefuseAs::UnknownSubject => Refusal::UnknownSubject,
    }
}
