//! Phorum boards in SQLite files: the other systems of the tests.

use std::path::{Path, PathBuf};

use portico_auth_phorum::demo::{DemoHash, DemoMember, DemoState, seed};
use secrecy::SecretString;

use super::client::password_of;

/// A member whose stored hash is cheap.
pub(crate) fn member(login: &str) -> DemoMember {
    member_with(login, &password_of(login))
}

/// The same with a password of one's own.
pub(crate) fn member_with(login: &str, password: &str) -> DemoMember {
    DemoMember {
        login: login.to_owned(),
        password: SecretString::from(password.to_owned()),
        hash: DemoHash::Md5,
        state: DemoState::Active,
        groups: Vec::new(),
    }
}

/// Makes a board of these members in `folder` and returns its file.
pub(crate) async fn board(folder: &Path, name: &str, members: &[DemoMember]) -> PathBuf {
    let file = folder.join(name);
    seed(&file, members).await.expect("the board is made");
    file
}

/// The section of the configuration that lets a board's members in.
pub(crate) fn section(authenticator: &str, file: &str) -> String {
    format!("[authenticator.{authenticator}]\nkind = \"phorum\"\ndatabase_url = \"sqlite://{file}\"\n\n")
}
