//! Servers with doors of all kinds.

use portico_auth_phorum::demo::{DemoMember, DemoState};

use crate::support::forum::{board, member, section};
use crate::support::server::NATIVE;
use crate::support::{Database, TestServer, builder};

/// Where the board's members come in.
pub(crate) const FORUM: &str = "/forum/";

/// `/forum/`, which lets banned members read; `/severe/`, which does not, each with a board of its own; and native
/// accounts at `/im/`, in one community.
const DOORS: &str = r#"
[[front]]
path = "/forum/"
title = "The forum chat"
authenticators = ["forum"]
mode = "open-community"

[[front]]
path = "/severe/"
title = "The severe chat"
authenticators = ["severe"]
mode = "open-community"

[[front]]
path = "/im/"
title = "Open to all"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
"#;

/// A member of the board in this state.
pub(crate) fn in_state(login: &str, state: DemoState) -> DemoMember {
    DemoMember { state, ..member(login) }
}

/// A server with two Phorum boards of these members: `forum.db` and `severe.db`.
pub(crate) async fn with_boards(members: &[DemoMember]) -> TestServer {
    let builder = builder(Database::Sqlite);
    for file in ["forum.db", "severe.db"] {
        board(builder.folder(), file, members).await;
    }
    let severe = section("severe", "severe.db").replace("kind =", "refuse_banned = true\nkind =");
    let sections = format!("{NATIVE}{}{severe}{DOORS}", section("forum", "forum.db"));
    builder.sections(&sections).start().await
}
