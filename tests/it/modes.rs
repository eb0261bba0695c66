//! Four people, four fronts of the four modes, and everything that one can try with another.

use serde_json::{Value, json};

use crate::support::client::password_of;
use crate::support::forum::{board, member, section};
use crate::support::{Database, Person, TestServer, builder};

/// A front of each mode over one board, each a community of its own.
const MODES: [&str; 4] = ["normal", "open-community", "group-community", "open-group-community"];

/// Ann and Ben are in the Team, Cat sings, Dan is in no group.
async fn town(database: Database) -> TestServer {
    let builder = builder(database);
    let groups: [(&str, &[&str]); 4] =
        [("ann", &["Team", "Chess"]), ("ben", &["Team"]), ("cat", &["Choir"]), ("dan", &[])];
    let members = groups.map(|(login, groups)| {
        let mut member = member(login);
        member.groups = groups.iter().map(|name| (*name).to_owned()).collect();
        member
    });
    board(builder.folder(), "board.db", &members).await;
    let fronts = MODES.map(|mode| {
        format!(
            "[[front]]\npath = \"/{mode}/\"\nauthenticators = [\"board\"]\nmode = \"{mode}\"\n\
             community = \"{mode}\"\n"
        )
    });
    builder.and(&format!("{}{}", section("board", "board.db"), fronts.concat())).start().await
}

struct Four {
    ann: Person,
    ben: Person,
    cat: Person,
    dan: Person,
}

async fn at(server: &TestServer, mode: &str) -> Four {
    let front = format!("/{mode}/");
    let enter = async |login: &str| server.enter(&front, login, &password_of(login)).await;
    Four {
        ann: enter("ann").await,
        ben: enter("ben").await,
        cat: enter("cat").await,
        dan: enter("dan").await,
    }
}

fn lists(page: &Value, whom: &Person) -> bool {
    page["people"].as_array().unwrap().iter().any(|person| person["id"] == json!(whom.id))
}

/// What `who` can do with `whom`: see, find, ask, write; a dash for what is refused.
async fn tried(who: &Person, whom: &Person) -> String {
    let see = lists(&who.get("roster").await.expect(200), whom);
    let find = lists(&who.get(&format!("people?login={}", whom.login)).await.expect(200), whom);
    let search = lists(&who.get(&format!("people?q={}", &whom.login[..2])).await.expect(200), whom);
    assert_eq!(find, search, "both ways of finding find the same people");
    let open = who.post("conversations", &json!({ "with": [whom.id] })).await;
    let write = matches!(open.status, 200 | 201);
    if !write {
        open.problem(if see { 403 } else { 404 }, if see { "not-permitted" } else { "not-found" });
    }
    let asked = who.contact(whom, "request").await;
    if asked.status == 200 {
        who.contact(whom, "withdraw").await.expect(200);
    } else {
        asked.problem(if find { 403 } else { 404 }, if find { "not-permitted" } else { "not-found" });
    }
    let letters = [(see, 's'), (find, 'f'), (asked.status == 200, 'a'), (write, 'w')];
    letters.map(|(allowed, letter)| if allowed { letter } else { '-' }).iter().collect()
}

pub(crate) async fn each_mode_opens_what_the_manual_says(database: Database) {
    let server = town(database).await;
    // Ann with Ben, with Cat, with Dan; Dan with Ann.
    let table = [
        ("normal", ["-fa-", "-fa-", "-fa-", "-fa-"]),
        ("open-community", ["sfaw", "sfaw", "sfaw", "sfaw"]),
        ("group-community", ["sfaw", "----", "----", "----"]),
        ("open-group-community", ["sfaw", "sfaw", "----", "sfaw"]),
    ];
    for (mode, wanted) in table {
        let Four { ann, ben, cat, dan } = at(&server, mode).await;
        let found = [
            tried(&ann, &ben).await,
            tried(&ann, &cat).await,
            tried(&ann, &dan).await,
            tried(&dan, &ann).await,
        ];
        assert_eq!(found, wanted, "{mode}");
    }
}

pub(crate) async fn a_refusal_binds_in_every_mode(database: Database) {
    let server = town(database).await;
    for mode in MODES {
        let Four { ann, ben, .. } = at(&server, mode).await;
        if mode == "normal" {
            ann.contact(&ben, "request").await.expect(200);
            ben.contact(&ann, "accept").await.expect(200);
        }
        let talk = ann.talk_to(&ben).await;
        ann.say(&talk, "before").await;
        ben.contact(&ann, "refuse").await.expect(200);
        assert_eq!(tried(&ann, &ben).await, "sf--", "{mode}");
        let seen = ann.sees(&ben).await;
        assert_eq!(seen["presence"]["state"], "offline", "{mode}");
        assert_eq!(seen["may"], json!({ "write": false, "request": false, "call": false }), "{mode}");
        let refused = ann.write(&talk, &json!({ "text": "why?" })).await.problem(403, "not-permitted");
        assert_eq!(refused["reason"], Value::Null, "nothing is said of it");
        let own = ben.write(&talk, &json!({ "text": "because" })).await.problem(403, "not-permitted");
        assert_eq!(own["reason"], "you-refuse");
        ben.contact(&ann, "remove").await.expect(200);
    }
}

pub(crate) async fn who_is_in_no_group_can_only_be_answered(database: Database) {
    let server = town(database).await;
    let Four { ann, dan, .. } = at(&server, "open-group-community").await;
    let talk = dan.talk_to(&ann).await;
    let early = ann.write(&talk, &json!({ "text": "who is there?" })).await.problem(403, "not-permitted");
    assert_eq!(early["reason"], "not-grouped");
    dan.say(&talk, "may I join?").await;
    ann.say(&talk, "welcome").await;
    ann.post("conversations", &json!({ "with": [dan.id] })).await.problem(404, "not-found");
}

pub(crate) async fn a_person_tells_which_groups_are_shared(database: Database) {
    let server = town(database).await;
    let Four { ann, ben, .. } = at(&server, "group-community").await;
    let mine = ann.get("groups").await.expect(200)["groups"].as_array().unwrap().clone();
    let team = mine.iter().find(|group| group["name"] == "Team").unwrap();
    assert_eq!(ann.roster().await[0]["groups"], json!([team["id"]]));
    assert_eq!(ann.roster().await[0]["id"], json!(ben.id));
}
