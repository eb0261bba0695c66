//! A phpBB board in an SQLite file beside the server, whose members can be banned, grouped and renamed.

use std::path::Path;

use portico_auth_phpbb::demo::{Browser, DemoForum, DemoMember, HashFamily, MemberState, seed};
use secrecy::SecretString;

use super::client::password_of;
use super::server::Builder;
use super::{Database, TestServer, builder};

/// What the board's own pages see of the tests' visitors.
pub(crate) fn visitor() -> Browser {
    Browser { address: [127, 0, 0, 1].into(), user_agent: USER_AGENT.to_owned() }
}

/// The `User-Agent` of the tests' visitors at the board.
pub(crate) const USER_AGENT: &str = "Mozilla/5.0 (a test)";

/// The authenticator of the board.
pub(crate) const BOARD: &str = r#"
[authenticator.board]
kind = "phpbb"
label = "The Board"
database_url = "sqlite:board.db"
url = "http://board.example.org/"
"#;

/// One front over the board.
pub(crate) const FRONT: &str = r#"
[[front]]
path = "/board/"
title = "The Board's Chat"
authenticators = ["board"]
mode = "open-community"
"#;

async fn make(folder: &Path, logins: &[&str]) -> DemoForum {
    let member = |login: &&str| DemoMember {
        login: (*login).to_owned(),
        password: SecretString::from(password_of(login)),
        hash: HashFamily::Md5,
        state: MemberState::Active,
        groups: Vec::new(),
    };
    let file = folder.join("board.db");
    let members: Vec<_> = logins.iter().map(member).collect();
    seed(&file, &members).await.expect("the board is made");
    DemoForum::at(file)
}

/// A server to be whose front `/board/` has these members, looked after every 200 ms.
pub(crate) async fn board_builder(database: Database, logins: &[&str]) -> (Builder, DemoForum) {
    let builder = builder(database)
        .server("revalidate_interval = \"200ms\"\nnews_interval = \"200ms\"")
        .sections(BOARD);
    let board = make(builder.folder(), logins).await;
    (builder, board)
}

/// The same, running, with one front.
pub(crate) async fn board_server(database: Database, logins: &[&str]) -> (TestServer, DemoForum) {
    let (builder, board) = board_builder(database, logins).await;
    (builder.and(FRONT).start().await, board)
}
