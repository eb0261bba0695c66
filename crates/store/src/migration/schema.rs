//! Column types and tables that mean the same on every database.

use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, IndexCreateStatement, Table, TableCreateStatement};
use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::DbErr;

/// Makes the columns of one database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema(DbBackend);

impl Schema {
    pub(super) fn of(manager: &SchemaManager<'_>) -> Self {
        Self(manager.get_database_backend())
    }

    /// A table that may exist already.
    pub(super) fn table(self, name: &'static str) -> TableCreateStatement {
        let mut table = Table::create();
        table.table(name).if_not_exists();
        if self.0 == DbBackend::MySql {
            table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
        }
        table
    }

    /// A text of at most `bytes` bytes that is compared as bytes.
    pub(super) fn key(self, name: &'static str, bytes: u32) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::MySql => column.var_binary(bytes),
            DbBackend::Postgres => column.text().extra("COLLATE \"C\""),
            _ => column.text(),
        };
        column.not_null();
        column
    }

    /// A text of at most 65,535 bytes that is only shown.
    pub(super) fn text(self, name: &'static str) -> ColumnDef {
        self.optional_text(name).not_null().take()
    }

    /// A text of at most 65,535 bytes that is only shown, or `NULL`.
    pub(super) fn optional_text(self, name: &'static str) -> ColumnDef {
        ColumnDef::new(name).text().take()
    }

    /// An id: `uuid`, or its 16 bytes.
    pub(super) fn id(self, name: &'static str) -> ColumnDef {
        self.optional_id(name).not_null().take()
    }

    /// An id or `NULL`.
    pub(super) fn optional_id(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::Sqlite => column.blob(),
            _ => column.uuid(),
        };
        column
    }

    /// Bytes: exactly `length`, where the database can say so.
    pub(super) fn hash(self, name: &'static str, length: u32) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::MySql => column.binary_len(length),
            _ => column.blob(),
        };
        column.not_null();
        column
    }

    /// Bytes, at most 65,535.
    pub(super) fn bytes(self, name: &'static str) -> ColumnDef {
        ColumnDef::new(name).blob().not_null().take()
    }

    /// Milliseconds since 1970, or a sequence number.
    pub(super) fn number(self, name: &'static str) -> ColumnDef {
        self.optional_number(name).not_null().take()
    }

    /// As [`number`](Self::number), or `NULL`.
    pub(super) fn optional_number(self, name: &'static str) -> ColumnDef {
        ColumnDef::new(name).big_integer().take()
    }

    /// A sequence number that is the table's primary key, and where the database lets it the place of the row.
    pub(super) fn sequence(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            // Exactly this type name makes the column the row's own number.
            DbBackend::Sqlite => column.integer(),
            _ => column.big_integer(),
        };
        column.not_null().primary_key();
        column
    }

    /// Yes or no.
    pub(super) fn flag(self, name: &'static str) -> ColumnDef {
        ColumnDef::new(name).boolean().not_null().take()
    }
}

/// The primary key over several columns.
pub(super) fn primary_key<const N: usize>(columns: [&'static str; N]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(column);
    }
    index.primary().take()
}

/// Makes an index, if it is not there yet.
pub(super) async fn index<const N: usize>(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: [&'static str; N],
) -> Result<(), DbErr> {
    create(manager, table, name, columns, false).await
}

/// Makes a unique index, if it is not there yet.
pub(super) async fn unique<const N: usize>(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: [&'static str; N],
) -> Result<(), DbErr> {
    create(manager, table, name, columns, true).await
}

async fn create<const N: usize>(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: [&'static str; N],
    unique: bool,
) -> Result<(), DbErr> {
    // MySQL has no `CREATE INDEX IF NOT EXISTS`.
    if manager.has_index(table, name).await? {
        return Ok(());
    }
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(column);
    }
    if unique {
        index.unique();
    }
    manager.create_index(index).await
}

/// Adds a column that may be `NULL` or has a default, if it is not there yet.
pub(super) async fn add_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    mut column: ColumnDef,
) -> Result<(), DbErr> {
    if manager.has_column(table, column.get_column_name()).await? {
        return Ok(());
    }
    manager.alter_table(Table::alter().table(table).add_column(&mut column).take()).await
}

/// A column that refers to another table's id.
pub(super) fn refers(
    column: &'static str,
    table: &'static str,
    id: &'static str,
) -> sea_orm::sea_query::ForeignKeyCreateStatement {
    sea_orm::sea_query::ForeignKey::create().from_col(column).to(table, id).take()
}
