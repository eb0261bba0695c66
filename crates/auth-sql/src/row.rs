//! What a query answers, with getters that name the column when it holds something else.

use std::sync::Arc;

use portico_core::auth::AuthError;

/// One value.
#[derive(Clone, PartialEq)]
pub enum Cell {
    /// SQL's NULL.
    Null,
    /// A number without a fraction.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes that are no valid text.
    Bytes(Vec<u8>),
}

impl Cell {
    fn describe(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a floating-point number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes that are no UTF-8 text",
        }
    }
}

/// Shows the type only: most columns of a login are nobody's business.
impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.describe())
    }
}

/// One row. Columns are asked for by the name or alias that the statement gives them.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<[String]>,
    cells: Vec<Cell>,
}

impl Row {
    pub(crate) fn new(columns: Arc<[String]>, cells: Vec<Cell>) -> Self {
        Self { columns, cells }
    }

    /// Whether another row of the same columns has the same values.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.cells == other.cells
    }

    /// The value of a column, whatever it is.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] when the row has no such column.
    pub fn cell(&self, column: &str) -> Result<&Cell, AuthError> {
        let exact = self.columns.iter().position(|name| name == column);
        let position =
            exact.or_else(|| self.columns.iter().position(|name| name.eq_ignore_ascii_case(column)));
        position
            .and_then(|at| self.cells.get(at))
            .ok_or_else(|| AuthError::inconsistent(format!("the answer has no column `{column}`")))
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] naming the column: NULL, or not a text.
    pub fn text(&self, column: &str) -> Result<&str, AuthError> {
        self.optional_text(column)?.ok_or_else(|| unexpected(column, "a text", &Cell::Null))
    }

    /// A text, or `None` for NULL.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] naming the column: not a text.
    pub fn optional_text(&self, column: &str) -> Result<Option<&str>, AuthError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            other => Err(unexpected(column, "a text", other)),
        }
    }

    /// An integer that must be there.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] naming the column: NULL, or not an integer.
    pub fn i64(&self, column: &str) -> Result<i64, AuthError> {
        self.optional_i64(column)?.ok_or_else(|| unexpected(column, "an integer", &Cell::Null))
    }

    /// An integer, or `None` for NULL.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] naming the column: not an integer.
    pub fn optional_i64(&self, column: &str) -> Result<Option<i64>, AuthError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Int(number) => Ok(Some(*number)),
            other => Err(unexpected(column, "an integer", other)),
        }
    }

    /// A number that may have a fraction, or `None` for NULL. Exact decimals are read as well: MySQL and PostgreSQL
    /// hand them over as texts.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] naming the column: not a number.
    pub fn optional_f64(&self, column: &str) -> Result<Option<f64>, AuthError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            #[expect(
                clippy::cast_precision_loss,
                reason = "numbers with fractions are small: time zones, ratings"
            )]
            Cell::Int(number) => Ok(Some(*number as f64)),
            Cell::Float(number) => Ok(Some(*number)),
            cell @ Cell::Text(text) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                _ => Err(unexpected(column, "a number", cell)),
            },
            other @ Cell::Bytes(_) => Err(unexpected(column, "a number", other)),
        }
    }

    /// The bytes of a text or binary column that must be there.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] naming the column: NULL, or a number.
    pub fn bytes(&self, column: &str) -> Result<&[u8], AuthError> {
        self.optional_bytes(column)?.ok_or_else(|| unexpected(column, "bytes", &Cell::Null))
    }

    /// The bytes of a text or binary column, or `None` for NULL.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] naming the column: a number.
    pub fn optional_bytes(&self, column: &str) -> Result<Option<&[u8]>, AuthError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text.as_bytes())),
            Cell::Bytes(bytes) => Ok(Some(bytes)),
            other => Err(unexpected(column, "bytes", other)),
        }
    }
}

fn unexpected(column: &str, wanted: &str, found: &Cell) -> AuthError {
    AuthError::inconsistent(format!("column `{column}`: expected {wanted}, found {}", found.describe()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let columns: Arc<[String]> = ["n", "i", "t", "b", "d"].map(str::to_owned).into();
        let cells = vec![
            Cell::Null,
            Cell::Int(7),
            Cell::Text("secret".into()),
            Cell::Bytes(vec![0xFF]),
            Cell::Text("-5.50".into()),
        ];
        Row::new(columns, cells)
    }

    #[test]
    fn a_wrong_type_names_the_column_and_never_the_value() {
        let error = row().i64("t").unwrap_err();
        assert_eq!(error.to_string(), "inconsistent: column `t`: expected an integer, found a text");
        assert!(row().text("i").is_err());
        assert!(row().text("b").is_err());
        assert!(row().bytes("i").is_err());
        assert!(row().optional_f64("t").is_err());
    }

    #[test]
    fn null_is_an_error_unless_it_was_asked_for_as_optional() {
        assert!(row().text("n").unwrap_err().to_string().contains("`n`: expected a text, found NULL"));
        assert!(row().i64("n").is_err());
        assert!(row().bytes("n").is_err());
        assert_eq!(row().optional_text("n").unwrap(), None);
        assert_eq!(row().optional_i64("n").unwrap(), None);
        assert_eq!(row().optional_bytes("n").unwrap(), None);
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        assert!(row().text("zz").unwrap_err().to_string().contains("no column `zz`"));
    }

    #[test]
    fn decimals_are_read_from_texts() {
        assert_eq!(row().optional_f64("d").unwrap(), Some(-5.5));
        assert_eq!(row().optional_f64("i").unwrap(), Some(7.0));
    }

    #[test]
    fn names_of_columns_ignore_case() {
        assert_eq!(row().i64("I").unwrap(), 7);
    }

    #[test]
    fn debug_shows_no_values() {
        assert!(!format!("{:?}", row()).contains("secret"));
    }
}
