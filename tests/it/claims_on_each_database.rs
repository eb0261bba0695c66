//! Claimed names, on each database.

use crate::support::{Database, run};
use crate::windows_claims::a_claim_holds_until_the_person_proves_who_they_are;

#[test]
#[ignore = "needs a Windows domain: run cargo xtask test"]
fn sqlite() {
    run(a_claim_holds_until_the_person_proves_who_they_are(Database::Sqlite));
}

#[test]
#[ignore = "needs a Windows domain and MariaDB: run cargo xtask test"]
fn mariadb() {
    run(a_claim_holds_until_the_person_proves_who_they_are(Database::MariaDb));
}

#[test]
#[ignore = "needs a Windows domain and PostgreSQL: run cargo xtask test"]
fn postgres() {
    run(a_claim_holds_until_the_person_proves_who_they_are(Database::Postgres));
}
