//! How tests become trials, with the name of the database they run on.

/// Each test once per database, so that its name says where it ran: `postgres::messages::…`. The tests of servers that
/// must be started first run when they are asked for.
macro_rules! on_each_database {
    ($($theme:ident { $($test:ident,)* })*) => {
        on_each_database!(@on sqlite Sqlite [] $($theme { $($test,)* })*);
        on_each_database!(@on mariadb MariaDb [ignore = "needs MariaDB: run cargo xtask test"]
            $($theme { $($test,)* })*);
        on_each_database!(@on postgres Postgres [ignore = "needs PostgreSQL: run cargo xtask test"]
            $($theme { $($test,)* })*);
    };
    (@on $module:ident $database:ident $attributes:tt $($theme:ident { $($test:ident,)* })*) => {
        mod $module {
            $(on_each_database!(@theme $theme $database $attributes $($test)*);)*
        }
    };
    (@theme $theme:ident $database:ident $attributes:tt $($test:ident)*) => {
        mod $theme {
            use crate::support::{Database, run};
            $(on_each_database!(@test $theme $database $attributes $test);)*
        }
    };
    (@test $theme:ident $database:ident [] $test:ident) => {
        #[test]
        fn $test() {
            run(crate::$theme::$test(Database::$database));
        }
    };
    (@test $theme:ident $database:ident [$($attribute:tt)+] $test:ident) => {
        #[test]
        #[$($attribute)+]
        fn $test() {
            run(crate::$theme::$test(Database::$database));
        }
    };
}

/// Each test once per database of Portico's, beside another system's on MariaDB: `from_mariadb::sqlite::import::…`.
macro_rules! from_mariadb {
    ($($theme:ident { $($test:ident,)* })*) => {
        on_each_database!(@on sqlite Sqlite [ignore = "needs MariaDB: run cargo xtask test"]
            $($theme { $($test,)* })*);
        on_each_database!(@on mariadb MariaDb [ignore = "needs MariaDB: run cargo xtask test"]
            $($theme { $($test,)* })*);
        on_each_database!(@on postgres Postgres [ignore = "needs MariaDB and PostgreSQL: run cargo xtask test"]
            $($theme { $($test,)* })*);
    };
}

/// Tests of what has no database of Portico's, or always the same one.
macro_rules! without_a_database {
    ($($theme:ident { $($test:ident,)* })*) => {
        $(mod $theme {
            $(#[test]
            fn $test() {
                crate::support::run(crate::$theme::$test());
            })*
        })*
    };
}

/// Tests in a Windows domain, which must be started first.
macro_rules! in_the_domain {
    ($($theme:ident { $($test:ident,)* })*) => {
        $(mod $theme {
            $(#[test]
            #[ignore = "needs a Windows domain: run cargo xtask test"]
            fn $test() {
                crate::support::run(crate::$theme::$test());
            })*
        })*
    };
}
