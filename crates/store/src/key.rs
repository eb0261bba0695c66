//! Text that is compared as bytes, and text that nobody may print.

use std::fmt;

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, Value};

/// A text that is compared as bytes on every database.
///
/// On MySQL and MariaDB its column is `VARBINARY`: every text collation they share ignores spaces at the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(pub(crate) String);

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        key.0.into()
    }
}

impl TryGetable for Key {
    fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
        if row.try_as_mysql_row().is_none() {
            return String::try_get_by(row, column).map(Self);
        }
        let bytes = Vec::<u8>::try_get_by(row, column)?;
        String::from_utf8(bytes).map(Self).map_err(|_| {
            TryGetError::DbErr(DbErr::Type("a key column holds something that is not UTF-8".to_owned()))
        })
    }
}

impl ValueType for Key {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <String as ValueType>::try_from(value).map(Self)
    }

    fn type_name() -> String {
        "Key".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::String(StringLen::None)
    }
}

impl TryFromU64 for Key {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        // Asked for the key that a database made itself: none makes texts.
        Err(DbErr::ConvertFromU64("Key"))
    }
}

impl Nullable for Key {
    fn null() -> Value {
        String::null()
    }
}

/// A text that `Debug` does not print: a password's hash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretText(pub(crate) String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText([REDACTED])")
    }
}

impl From<SecretText> for Value {
    fn from(text: SecretText) -> Self {
        text.0.into()
    }
}

impl TryGetable for SecretText {
    fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
        String::try_get_by(row, column).map(Self)
    }
}

impl ValueType for SecretText {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <String as ValueType>::try_from(value).map(Self)
    }

    fn type_name() -> String {
        "SecretText".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Text
    }
}
