//! What is counted by day and front.

use std::collections::BTreeMap;

use portico_core::AccountId;
use portico_core::administration::{DayCount, Tally};
use portico_core::front::FrontId;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::front_id;
use crate::entity::{statistic, statistic_person};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn add_counts(
        &self,
        counts: &[DayCount],
        people: &[(String, FrontId, AccountId)],
    ) -> Sql<()> {
        retried(|| self.try_add_counts(counts, people)).await
    }

    async fn try_add_counts(&self, counts: &[DayCount], people: &[(String, FrontId, AccountId)]) -> Sql<()> {
        let txn = self.begin().await?;
        let mut sums: BTreeMap<(&str, &FrontId), Tally> = BTreeMap::new();
        for count in counts {
            let sum = sums.entry((&count.day, &count.front)).or_default();
            *sum = sum.plus(Tally { people: 0, ..count.tally });
        }
        for (day, front, person) in people {
            if is_new(&txn, day, front, *person).await? {
                sums.entry((day, front)).or_default().people += 1;
            }
        }
        for ((day, front), tally) in sums.into_iter().filter(|(_, tally)| !tally.is_nothing()) {
            add(&txn, day, front, tally).await?;
        }
        // Who was counted is of no use once the day is over everywhere.
        if let Some(last) = people.iter().map(|(day, ..)| day.as_str()).max() {
            statistic_person::Entity::delete_many()
                .filter(statistic_person::Column::Day.lt(Key(day_before(last))))
                .exec(&txn)
                .await?;
        }
        Ok(txn.commit().await?)
    }

    pub(crate) async fn counts_between(
        &self,
        from: &str,
        to: &str,
        front: Option<&FrontId>,
    ) -> Sql<Vec<DayCount>> {
        let mut wanted = statistic::Entity::find()
            .filter(statistic::Column::Day.gte(Key::from(from)))
            .filter(statistic::Column::Day.lte(Key::from(to)))
            .order_by_asc(statistic::Column::Day)
            .order_by_asc(statistic::Column::Front);
        if let Some(front) = front {
            wanted = wanted.filter(statistic::Column::Front.eq(Key::from(front.as_str())));
        }
        wanted.all(self.reader()?).await?.into_iter().map(count_of).collect()
    }
}

/// Yesterday, or some day before it: enough to keep today's and yesterday's people.
fn day_before(day: &str) -> String {
    let start: Result<portico_core::Timestamp, _> = day.parse();
    let yesterday = start.map(|start| start.minus(std::time::Duration::from_secs(86_400)));
    yesterday.map(portico_core::administration::day_of).unwrap_or_default()
}

async fn is_new(txn: &DatabaseTransaction, day: &str, front: &FrontId, person: AccountId) -> Sql<bool> {
    let known = statistic_person::Entity::find()
        .filter(statistic_person::Column::Day.eq(Key::from(day)))
        .filter(statistic_person::Column::Front.eq(Key::from(front.as_str())))
        .filter(statistic_person::Column::Account.eq(person.as_uuid()));
    if known.count(txn).await? > 0 {
        return Ok(false);
    }
    let row = statistic_person::ActiveModel {
        day: Set(day.into()),
        front: Set(front.as_str().into()),
        account: Set(person.as_uuid()),
    };
    statistic_person::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(true)
}

async fn add(txn: &DatabaseTransaction, day: &str, front: &FrontId, tally: Tally) -> Sql<()> {
    use statistic::Column;
    let columns = [
        (Column::Messages, tally.messages),
        (Column::Sessions, tally.sessions),
        (Column::People, tally.people),
        (Column::NewAccounts, tally.new_accounts),
        (Column::Files, tally.files),
        (Column::Bytes, tally.bytes),
    ];
    let mut update = statistic::Entity::update_many()
        .filter(Column::Day.eq(Key::from(day)))
        .filter(Column::Front.eq(Key::from(front.as_str())));
    for (column, more) in columns {
        update = update.col_expr(column, Expr::col(column).add(signed(more)));
    }
    if update.exec(txn).await?.rows_affected > 0 {
        return Ok(());
    }
    let row = statistic::ActiveModel {
        day: Set(day.into()),
        front: Set(front.as_str().into()),
        messages: Set(signed(tally.messages)),
        sessions: Set(signed(tally.sessions)),
        people: Set(signed(tally.people)),
        new_accounts: Set(signed(tally.new_accounts)),
        files: Set(signed(tally.files)),
        bytes: Set(signed(tally.bytes)),
    };
    statistic::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count_of(row: statistic::Model) -> Sql<DayCount> {
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(DayCount {
        front: front_id(&row.front)?,
        day: row.day.0,
        tally: Tally {
            messages: number(row.messages),
            sessions: number(row.sessions),
            people: number(row.people),
            new_accounts: number(row.new_accounts),
            files: number(row.files),
            bytes: number(row.bytes),
        },
    })
}
