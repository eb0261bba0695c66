//! Files: sent, read by those whom they were sent to, and by nobody else.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::text;
use crate::support::{Database, Person, Reply, builder};

const LIMITED: &str = r#"
[[front]]
path = "/small/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
max_attachment = 1024
attachment_space = 2500
attachments_per_week = 4

[[front]]
path = "/none/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
attachments = false
"#;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows";

async fn send(person: &Person, name: &str, bytes: &[u8]) -> Reply {
    let mut query = String::new();
    for byte in name.bytes() {
        query.push_str(&format!("%{byte:02X}"));
    }
    let request = person.request(Method::POST, &format!("files?name={query}"));
    let request = request.header("content-type", "application/octet-stream").body(bytes.to_vec());
    Person::send(request).await
}

async fn sent(person: &Person, name: &str, bytes: &[u8]) -> Value {
    send(person, name, bytes).await.expect(201)
}

fn path_of(file: &Value) -> String {
    format!("files/{}", text(&file["id"]))
}

pub(crate) async fn a_file_reaches_those_whom_its_message_reaches(database: Database) {
    let server = builder(database).start().await;
    let (ann, ben, cleo) =
        (server.person("ann").await, server.person("ben").await, server.person("cleo").await);
    let talk = ann.talk_to(&ben).await;
    let contents: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let file = sent(&ann, "../über/Bericht.ods", &contents).await;
    assert_eq!(file["name"], "Bericht.ods");
    assert_eq!(file["size"], 1_200_000);
    assert_eq!(file["media_type"], "application/octet-stream");
    ben.get(&path_of(&file)).await.problem(404, "not-found");
    let mut ear = ben.listener();
    let message = json!({ "text": "", "files": [file["id"]], "client_id": "one" });
    let written = ann.write(&talk, &message).await.expect(201);
    assert_eq!(written["files"], json!([file]));
    assert_eq!(ann.write(&talk, &message).await.expect(200)["id"], written["id"], "repeated");
    let heard = ear.until_type("message").await;
    assert_eq!(heard["message"]["files"], json!([file]));
    assert_eq!(ben.whole_history(&talk).await[0]["files"], json!([file]));
    let read = ben.get(&path_of(&file)).await;
    assert_eq!((read.status, read.bytes.len()), (200, contents.len()));
    assert!(read.bytes == contents);
    let disposition = read.header("content-disposition").unwrap();
    assert_eq!(disposition, "attachment; filename=\"Bericht.ods\"; filename*=UTF-8''Bericht.ods");
    assert_eq!(read.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    cleo.get(&path_of(&file)).await.problem(404, "not-found");
    let elsewhere = server.person_at("/elsewhere/", "ben").await;
    elsewhere.get(&path_of(&file)).await.problem(404, "not-found");
    server.stranger("/im/").get(&path_of(&file)).await.problem(401, "session-required");
    ann.delete(&path_of(&file)).await.problem(404, "not-found");
}

pub(crate) async fn only_pictures_are_shown_by_the_browser(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let picture = sent(&ann, "cat.exe", PNG).await;
    assert_eq!(picture["media_type"], "image/png", "by its contents, not by its name");
    let read = ann.get(&path_of(&picture)).await;
    assert_eq!(read.header("content-type"), Some("image/png"));
    assert!(read.header("content-disposition").unwrap().starts_with("inline"));
    for hostile in
        ["<html><script>alert(1)</script>", "<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"]
    {
        let page = sent(&ann, "cat.png", hostile.as_bytes()).await;
        let read = ann.get(&path_of(&page)).await;
        assert_eq!(read.header("content-type"), Some("application/octet-stream"));
        assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
        assert!(read.header("content-disposition").unwrap().starts_with("attachment"));
    }
}

pub(crate) async fn a_download_can_be_resumed(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let file = sent(&ann, "digits.txt", b"0123456789").await;
    let range = |range: &'static str| {
        let request = ann.request(Method::GET, &path_of(&file)).header("range", range);
        async move { Person::send(request).await }
    };
    let part = range("bytes=4-6").await;
    assert_eq!((part.status, part.text().as_str()), (206, "456"));
    assert_eq!(part.header("content-range"), Some("bytes 4-6/10"));
    assert_eq!(range("bytes=-2").await.text(), "89");
    let beyond = range("bytes=10-").await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */10")));
}

pub(crate) async fn files_have_limits_that_hold_in_parallel(database: Database) {
    let server = builder(database).and(LIMITED).start().await;
    let ann = server.person_at("/small/", "ann").await;
    assert_eq!(send(&ann, "a", &[7; 1025]).await.problem(413, "payload-too-large")["limit"], 1024);
    let kilobyte = [7; 1000];
    let uploads = (0..20).map(|_| send(&ann, "a", &kilobyte));
    let replies = futures_util::future::join_all(uploads).await;
    let taken: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(taken.len(), 2);
    send(&ann, "b", &kilobyte).await.problem(403, "limit-reached");
    ann.delete(&path_of(&taken[0].json())).await.expect(204);
    sent(&ann, "b", &kilobyte).await;
    let none = server.person_at("/none/", "ben").await;
    send(&none, "a", b"a").await.problem(403, "not-permitted");
}

pub(crate) async fn a_file_can_not_be_smuggled_into_a_message(database: Database) {
    let server = builder(database).start().await;
    let (ann, ben, cleo) =
        (server.person("ann").await, server.person("ben").await, server.person("cleo").await);
    let (with_ben, with_cleo) = (ann.talk_to(&ben).await, ann.talk_to(&cleo).await);
    let (mine, theirs) = (sent(&ann, "a", b"a").await, sent(&ben, "b", b"b").await);
    let with = |files: Value| json!({ "text": "look", "files": files });
    for bad in [
        json!([theirs["id"]]),
        json!(["01890000-0000-7000-8000-000000000000"]),
        json!([mine["id"], mine["id"]]),
    ] {
        ann.write(&with_ben, &with(bad)).await.problem(422, "unacceptable");
    }
    ann.write(&with_ben, &with(json!(["x"]))).await.problem(400, "invalid-request");
    ann.write(&with_ben, &with(json!([mine["id"]]))).await.expect(201);
    ann.write(&with_cleo, &with(json!([mine["id"]]))).await.problem(422, "unacceptable");
    cleo.get(&path_of(&mine)).await.problem(404, "not-found");
    ann.write(&with_ben, &json!({ "text": "", "files": [] })).await.problem(422, "unacceptable");
    assert_eq!(ben.whole_history(&with_ben).await.len(), 1);
}

pub(crate) async fn a_deleted_message_takes_its_files_with_it(database: Database) {
    let server = builder(database).start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let talk = ann.talk_to(&ben).await;
    let file = sent(&ann, "a.txt", b"regretted").await;
    let message = ann.write(&talk, &json!({ "text": "oh", "files": [file["id"]] })).await.expect(201);
    ben.get(&path_of(&file)).await;
    ann.delete(&format!("conversations/{talk}/messages/{}", text(&message["id"]))).await.expect(204);
    ben.get(&path_of(&file)).await.problem(404, "not-found");
    ann.get(&path_of(&file)).await.problem(404, "not-found");
    assert_eq!(ben.whole_history(&talk).await[0]["files"], json!([]));
}

pub(crate) async fn an_upload_needs_its_length_its_name_and_its_kind(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let request = |query: &str| ann.request(Method::POST, &format!("files{query}"));
    let octets =
        |request: reqwest::RequestBuilder| request.header("content-type", "application/octet-stream");
    Person::send(octets(request("")).body("a")).await.problem(400, "invalid-request");
    Person::send(request("?name=a").json(&json!({}))).await.problem(415, "unsupported-media-type");
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("a")]);
    let unmeasured = octets(request("?name=a")).body(reqwest::Body::wrap_stream(chunks));
    Person::send(unmeasured).await.problem(400, "invalid-request");
    let cookie = server.cookie_person("/im/", "ben").await;
    let foreign = Person { proof: crate::support::client::Proof::Nothing, ..cookie.clone() };
    let crate::support::client::Proof::Cookie { pair, .. } = &cookie.proof else { panic!("a cookie") };
    let forged =
        octets(foreign.request(Method::POST, "files?name=a")).header("cookie", pair.clone()).body("a");
    Person::send(forged).await.problem(403, "csrf");
    sent(&cookie, "a", b"a").await;
}

pub(crate) async fn who_comes_later_reads_no_file_of_before(database: Database) {
    let server = builder(database).start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let body = json!({ "conference": { "topic": null, "invite": [ben.id] } });
    let talk = text(&ann.post("conversations", &body).await.expect(201)["id"]);
    let early = sent(&ann, "early.txt", b"early").await;
    ann.write(&talk, &json!({ "text": "", "files": [early["id"]] })).await.expect(201);
    let accept = json!({ "answer": "accept" });
    ben.put(&format!("conversations/{talk}/membership"), &accept).await.expect(200);
    let late = sent(&ann, "late.txt", b"late").await;
    ann.write(&talk, &json!({ "text": "", "files": [late["id"]] })).await.expect(201);
    ben.get(&path_of(&early)).await.problem(404, "not-found");
    assert_eq!(ben.get(&path_of(&late)).await.status, 200);
    assert_eq!(ann.get(&path_of(&early)).await.status, 200);
    assert_eq!(ben.whole_history(&talk).await.len(), 1);
}

pub(crate) async fn files_are_counted_in_the_statistics_of_the_day(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let ann = server.person("ann").await;
    sent(&ann, "a.txt", b"12345").await;
    sent(&ann, "b.txt", b"1234567").await;
    let body = root.get("statistics").await.expect(200);
    let days = body["days"].as_array().expect("days");
    let day = days.iter().find(|day| day["front"] == "im").expect("the front's day");
    assert_eq!((&day["files"], &day["bytes"]), (&json!(2), &json!(12)));
}
