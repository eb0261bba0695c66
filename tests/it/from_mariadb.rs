//! The tests that read another system's database on MariaDB: `from_mariadb::sqlite::theme::behaviour`.

from_mariadb! {
    import {
        what_is_planned_is_told_and_what_is_done_is_done_once,
        people_come_in_with_their_old_password_which_is_hashed_anew,
        contacts_groups_and_messages_are_there,
        options_and_roles_hold,
    }
}

#[test]
#[ignore = "needs MariaDB: run cargo xtask test"]
fn import_tells_what_goes_wrong_and_writes_nothing() {
    crate::support::run(crate::import::what_goes_wrong_is_told_and_writes_nothing());
}
