//! What of a row changes with the person's password.

use portico_core::auth::AuthError;
use sha2::{Digest, Sha256};

use super::record::Record;
use crate::Cell;

/// Bytes of the digest that are kept: they tell no less than all, and are even less to guess a password by.
const BYTES: usize = 16;

/// Changes with each of the columns that hold the password, and with the salt. Two people with the same stored password
/// have different stamps.
pub(super) fn secret_stamp(record: &Record<'_>) -> Result<String, AuthError> {
    let person = &record.prepared.person;
    let mut digest = Sha256::new();
    digest.update(b"portico sql secret stamp\0");
    add(&mut digest, 's', record.prepared.subject(&record.id).as_bytes());
    // The bytes as they are: a password that can't be read must not hide who the people of a directory are.
    for column in person.password.iter().chain(&person.salt) {
        match record.row.cell(column)? {
            Cell::Int(number) => add(&mut digest, 'i', &number.to_be_bytes()),
            Cell::Float(number) => add(&mut digest, 'f', &number.to_be_bytes()),
            Cell::Text(text) => add(&mut digest, 't', text.as_bytes()),
            Cell::Bytes(bytes) => add(&mut digest, 'b', bytes),
            Cell::Null => add(&mut digest, 'n', b""),
        }
    }
    Ok(digest.finalize().iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect())
}

/// One value, so that it can't be taken for another or for two.
fn add(digest: &mut Sha256, kind: char, value: &[u8]) {
    digest.update(format!("{kind}{}:", value.len()));
    digest.update(value);
}
