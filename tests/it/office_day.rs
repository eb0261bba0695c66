//! A day in the life of an office of 200 people, from the first login to the last.

use futures_util::StreamExt;
use futures_util::stream;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{password_of, text};
use crate::support::{Database, Person, TestServer, builder};

const PEOPLE: usize = 200;
const DEPARTMENTS: usize = 8;
/// How many requests of the crowd are under way at once.
const AT_ONCE: usize = 16;

const OFFICE: &str = r#"
[authenticator.native]
kind = "native"
[authenticator.native.argon2]
memory_kib = 7168
passes = 5

[role.lead]
create_groups = true

[role.moderator]
moderator = true

[[front]]
path = "/office/"
title = "The Office"
authenticators = ["native"]
mode = "open-community"
roles = [
    { login = "person-000", role = "lead" }, { login = "person-001", role = "lead" },
    { login = "person-002", role = "lead" }, { login = "person-003", role = "lead" },
    { login = "person-004", role = "lead" }, { login = "person-005", role = "lead" },
    { login = "person-006", role = "lead" }, { login = "person-007", role = "lead" },
    { login = "person-199", role = "moderator" },
]
[front.options]
unknown_names = "form"
shoutbox = true
busy_reasons = ["in a meeting"]
away_reasons = ["lunch"]
"#;

/// Everybody, each with one device.
struct Office {
    server: TestServer,
    people: Vec<Person>,
}

impl Office {
    /// Half past eight: everybody comes in, a few at a time.
    async fn opens(database: Database) -> Self {
        let server = builder(database).sections(OFFICE).start().await;
        let names = (0..PEOPLE).map(|number| format!("person-{number:03}"));
        let arrivals = stream::iter(names).map(|name| {
            let server = &server;
            async move { server.person_at("/office/", &name).await }
        });
        let people: Vec<Person> = arrivals.buffered(AT_ONCE).collect().await;
        Self { server, people }
    }

    fn lead(&self, department: usize) -> &Person {
        &self.people[department]
    }

    /// Everybody of a department but its lead.
    fn staff(&self, department: usize) -> impl Iterator<Item = &Person> {
        self.people.iter().skip(DEPARTMENTS + department).step_by(DEPARTMENTS)
    }

    fn moderator(&self) -> &Person {
        &self.people[PEOPLE - 1]
    }

    /// Nine: the leads make their departments, the others ask to be let in, and are.
    async fn departments_form(&self) -> Vec<Value> {
        let mut groups = Vec::new();
        for department in 0..DEPARTMENTS {
            let lead = self.lead(department);
            let wish = json!({ "name": format!("Department {department}"), "kind": "official" });
            let group = lead.post("groups", &wish).await.expect(201);
            let id = text(&group["id"]);
            crowd(self.staff(department), |person| {
                let call = format!("groups/{id}/members/me");
                async move { ask(person, Method::PUT, &call).await.expect(200) }
            })
            .await;
            let waiting = lead.get(&format!("groups/{id}/requests")).await.expect(200);
            let waiting = waiting["requests"].as_array().unwrap().clone();
            assert_eq!(waiting.len(), self.staff(department).count());
            crowd(waiting, |request| {
                let call = format!("groups/{id}/members/{}", text(&request["account"]["id"]));
                async move { lead.put(&call, &json!({ "action": "approve" })).await.expect(200) }
            })
            .await;
            groups.push(lead.get(&format!("groups/{id}")).await.expect(200));
        }
        groups
    }

    /// Ten: everybody writes to the next person, and each hears of exactly one message.
    async fn everybody_writes_to_their_neighbour(&self) {
        let pairs: Vec<(&Person, &Person)> =
            self.people.iter().zip(self.people.iter().cycle().skip(1)).collect();
        crowd(pairs, |(one, other)| async move {
            let talk = one.talk_to(other).await;
            one.say(&talk, &format!("good morning, {}", other.login)).await;
        })
        .await;
        crowd(&self.people, |person| async move {
            let wanted = format!("good morning, {}", person.login);
            let mut listener = person.listener();
            let mine = |event: &Value| {
                event["type"] == "message" && event["message"]["sender"] != person.id.as_str()
            };
            let heard = listener.until("the morning's greeting", mine).await;
            assert_eq!(heard["message"]["text"], wanted.as_str());
            let list = person.get("conversations?limit=200").await.expect(200);
            let unread: u64 = list["conversations"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["unread"].as_u64().unwrap())
                .sum();
            assert_eq!(unread, 1, "{}", person.login);
        })
        .await;
    }

    /// Eleven: the leads announce something; their people read it, the others can't.
    async fn announcements_reach_their_departments(&self, groups: &[Value]) {
        for (department, group) in groups.iter().enumerate() {
            let (lead, room) = (self.lead(department), text(&group["conversation_id"]));
            let call = format!("groups/{}/announcements", text(&group["id"]));
            let words = format!("figures of department {department} by noon");
            lead.post(&call, &json!({ "text": words })).await.expect(201);
            crowd(self.staff(department), |person| {
                let (room, words) = (room.clone(), words.clone());
                async move {
                    assert_eq!(person.whole_history(&room).await.last().unwrap()["text"], words.as_str())
                }
            })
            .await;
            let outsider = self.lead((department + 1) % DEPARTMENTS);
            outsider.history_is_closed(&room).await;
        }
    }

    /// Half past eleven: a few people talk together; who leaves hears no more.
    async fn a_conference_is_held(&self) {
        let (host, guests) = (self.lead(0), &self.people[50..55]);
        let invite: Vec<&str> = guests.iter().map(|guest| guest.id.as_str()).collect();
        let wish = json!({ "conference": { "topic": "the budget", "invite": invite } });
        let talk = text(&host.post("conversations", &wish).await.expect(201)["id"]);
        let call = format!("conversations/{talk}/membership");
        for guest in &guests[..4] {
            guest.put(&call, &json!({ "answer": "accept" })).await.expect(200);
        }
        guests[4].put(&call, &json!({ "answer": "decline" })).await.expect(204);
        self.people[60].put(&call, &json!({ "answer": "accept" })).await.problem(404, "not-found");
        host.say(&talk, "we are over it").await;
        for guest in &guests[..4] {
            assert_eq!(guest.whole_history(&talk).await.len(), 1);
        }
        guests[0].delete(&call).await.expect(204);
        host.say(&talk, "by far").await;
        guests[0].history_is_closed(&talk).await;
        guests[4].history_is_closed(&talk).await;
        assert_eq!(guests[1].whole_history(&talk).await.len(), 2);
    }

    /// Noon: some are away, one wants no disturbance but by a favourite.
    async fn lunch_is_taken(&self) {
        let (busy, friend, other) = (&self.people[20], &self.people[21], &self.people[22]);
        let away = &self.people[23];
        away.put("presence", &json!({ "state": "away", "reason": "lunch" })).await.expect(200);
        crate::support::eventually("the state is shown", async || {
            let seen = friend.sees(away).await["presence"].clone();
            (seen["state"] == "away" && seen["reason"] == "lunch").then_some(())
        })
        .await;
        busy.contact(friend, "request").await.expect(200);
        friend.contact(busy, "accept").await.expect(200);
        let note = busy.request(Method::PATCH, &format!("contacts/{}", friend.id));
        Person::send(note.json(&json!({ "favourite": true }))).await.expect(200);
        busy.put("presence", &json!({ "state": "do-not-disturb" })).await.expect(200);
        let talk = friend.talk_to(busy).await;
        friend.say(&talk, "the cake is here").await;
        let refused = other.post("conversations", &json!({ "with": [busy.id] })).await;
        if refused.status == 403 {
            refused.problem(403, "not-permitted");
        } else {
            let talk = text(&refused.json()["id"]);
            other.write(&talk, &json!({ "text": "a minute?" })).await.problem(403, "not-permitted");
        }
        busy.put("presence", &json!({ "state": "online" })).await.expect(200);
    }

    /// One: a report is sent to a department, and corrected.
    async fn a_report_goes_round(&self, group: &Value) {
        let (lead, room) = (self.lead(0), text(&group["conversation_id"]));
        let upload = lead.request(Method::POST, "files?name=report.txt");
        let upload = upload.header("content-type", "application/octet-stream").body("all is well");
        let file = Person::send(upload).await.expect(201);
        let sent =
            lead.write(&room, &json!({ "text": "the reprot", "files": [file["id"]] })).await.expect(201);
        let place = format!("conversations/{room}/messages/{}", text(&sent["id"]));
        let change = lead.request(Method::PATCH, &place).json(&json!({ "text": "the report" }));
        assert!(Person::send(change).await.expect(200)["edited_at"].is_string());
        crowd(self.staff(0), |person| {
            let (room, file) = (room.clone(), text(&file["id"]));
            async move {
                let last = person.whole_history(&room).await.last().unwrap().clone();
                assert_eq!(last["text"], "the report");
                assert_eq!(person.get(&format!("files/{file}")).await.text(), "all is well");
            }
        })
        .await;
        let reader = self.staff(0).next().unwrap();
        let thanks = ask(reader, Method::PUT, &format!("{place}/reactions/%F0%9F%91%8D")).await.expect(200);
        assert_eq!(thanks["reactions"][0]["count"], 1);
        let found = reader.get("search?q=report").await.expect(200);
        assert_eq!(found["messages"][0]["id"], sent["id"]);
        let stranger = self.lead(1);
        stranger.get(&format!("files/{}", text(&file["id"]))).await.problem(404, "not-found");
        assert!(stranger.get("search?q=report").await.expect(200)["messages"].as_array().unwrap().is_empty());
    }

    /// Two: somebody forgets their manners.
    async fn order_is_kept(&self) {
        let (rude, hurt, moderator) = (&self.people[30], &self.people[31], self.moderator());
        let talk = rude.talk_to(hurt).await;
        let words = rude.say(&talk, "you are no good").await;
        let report = json!({ "conversation_id": talk, "message_id": words["id"], "text": "see yourself" });
        hurt.post("reports", &report).await.expect(201);
        rude.get("moderation/reports").await.problem(403, "not-permitted");
        let open = moderator.get("moderation/reports?state=open").await.expect(200);
        let call = format!("moderation/reports/{}", text(&open["reports"][0]["id"]));
        moderator.put(&call, &json!({ "decision": "remove-message", "text": "not here" })).await.expect(200);
        assert!(hurt.whole_history(&talk).await.iter().all(|message| message["text"] != "you are no good"));
        hurt.contact(rude, "refuse").await.expect(200);
        rude.write(&talk, &json!({ "text": "sorry" })).await.problem(403, "not-permitted");
        let mute = json!({ "account": rude.id, "minutes": 60, "reason": "cool down" });
        moderator.post("moderation/mutes", &mute).await.expect(201);
        rude.post("shouts", &json!({ "text": "unfair" })).await.problem(403, "not-permitted");
        hurt.post("shouts", &json!({ "text": "a good afternoon to all" })).await.expect(201);
        let wall = self.people[32].get("shouts").await.expect(200);
        assert_eq!(wall["shouts"].as_array().unwrap().len(), 1);
    }

    /// Three: the machine is restarted, and nobody notices but by a pause.
    async fn the_machine_is_restarted(&mut self, groups: &[Value]) {
        self.server.kill_9().await;
        self.server.start_again().await;
        crowd(&self.people, |person| async move { person.get("session").await.expect(200) }).await;
        for (department, group) in groups.iter().enumerate() {
            let members =
                self.lead(department).get(&format!("groups/{}", text(&group["id"]))).await.expect(200);
            assert_eq!(members["member_count"], group["member_count"]);
        }
        let again = self.server.enter("/office/", "person-040", &password_of("person-040")).await;
        assert_eq!(again.id, self.people[40].id);
    }

    /// Five: everybody goes home, and one for good.
    async fn everybody_leaves(&self) {
        let leaver = &self.people[40];
        let goodbye = leaver.request(Method::DELETE, "account");
        Person::send(goodbye.json(&json!({ "password": password_of(&leaver.login) }))).await.expect(204);
        leaver.get("session").await.problem(401, "session-ended");
        let refused = self.server.log_in("/office/", &leaver.login, &password_of(&leaver.login)).await;
        refused.problem(401, "login-refused");
        let stay = self.people.iter().filter(|person| person.id != leaver.id);
        crowd(stay, |person| async move { person.delete("session").await.expect(204) }).await;
        self.people[0].get("session").await.problem(401, "session-required");
    }
}

/// Does something with everybody of a crowd, a few at a time.
async fn crowd<T, F: Future>(people: impl IntoIterator<Item = T>, act: impl Fn(T) -> F) {
    stream::iter(people).map(act).buffer_unordered(AT_ONCE).for_each(async |_| ()).await;
}

/// A call without a body.
async fn ask(person: &Person, method: Method, call: &str) -> crate::support::Reply {
    Person::send(person.request(method, call)).await
}

impl Person {
    async fn history_is_closed(&self, conversation: &str) {
        self.get(&format!("conversations/{conversation}/messages")).await.problem(404, "not-found");
    }
}

pub(crate) async fn two_hundred_people_spend_a_day(database: Database) {
    let mut office = Office::opens(database).await;
    let groups = office.departments_form().await;
    office.everybody_writes_to_their_neighbour().await;
    office.announcements_reach_their_departments(&groups).await;
    office.a_conference_is_held().await;
    office.lunch_is_taken().await;
    office.a_report_goes_round(&groups[0]).await;
    office.order_is_kept().await;
    office.the_machine_is_restarted(&groups).await;
    office.everybody_leaves().await;
}
