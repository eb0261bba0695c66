//! Options of a central server that is asked again by itself.

use std::time::Duration;

use serde_json::json;

use crate::support::central::{Central, Says};
use crate::support::server::NATIVE;
use crate::support::{Database, Person, TestServer, builder, eventually_within};

/// Longer than the shortest time between two questions, which is 30 s.
const TWO_ROUNDS: Duration = Duration::from_secs(75);

fn central_file(max_contacts: u32) -> Says {
    Says::File(format!("max_contacts = {max_contacts}\nmax_attachment = \"{max_contacts}MB\"\n"))
}

/// A server whose front takes its options from `central` every 30 s, and says itself how large files may be.
async fn follower(central: &Central) -> (TestServer, Person) {
    let front = format!(
        "\n[[front]]\npath = \"/im/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\nextends = \"{}\"\n\
         extends_refresh = \"30s\"\n[front.options]\nunknown_names = \"form\"\nmax_attachment = \"9MB\"\n",
        central.url()
    );
    let server = builder(Database::Sqlite).sections(&format!("{NATIVE}{front}")).start().await;
    let ann = server.person("ann").await;
    assert_eq!(contacts(&ann).await, json!(3));
    (server, ann)
}

async fn contacts(person: &Person) -> serde_json::Value {
    person.get("session").await.expect(200)["options"]["max_contacts"].clone()
}

/// What is the same is not sent twice.
async fn the_same() {
    let central = Central::start(central_file(3)).await;
    let (_server, ann) = follower(&central).await;
    eventually_within(TWO_ROUNDS, "another question", async || (central.answered().len() > 1).then_some(()))
        .await;
    assert_eq!(central.answered()[..2], [200, 304]);
    assert_eq!(contacts(&ann).await, json!(3));
}

/// What is new holds for whoever is here; where the front says something itself, that holds.
async fn something_new() {
    let central = Central::start(central_file(3)).await;
    let (_server, ann) = follower(&central).await;
    central.now_says(central_file(4));
    eventually_within(TWO_ROUNDS, "the new options", async || {
        (contacts(&ann).await == json!(4)).then_some(())
    })
    .await;
    let options = ann.get("session").await.expect(200)["options"].clone();
    assert_eq!(options["max_attachment"], 9 << 20);
}

/// What can't be is refused and told, and what was good stays.
async fn something_bad(bad: Says, told: &str) {
    let central = Central::start(central_file(3)).await;
    let (server, ann) = follower(&central).await;
    central.now_says(bad);
    eventually_within(TWO_ROUNDS, "the refusal", async || server.log().contains(told).then_some(())).await;
    assert_eq!(contacts(&ann).await, json!(3));
}

pub(crate) async fn central_options_are_asked_for_again_by_themselves() {
    tokio::join!(
        the_same(),
        something_new(),
        something_bad(Says::File("max_contacts = \"some\"\n".into()), "max_contacts: expected a number"),
        something_bad(Says::File("shout_votes = true\n".into()), "the central options don't fit"),
        something_bad(Says::Status(500), "the central options are as they were last"),
    );
}
