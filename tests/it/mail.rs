//! Letters, as a mail server gets them.

use std::net::SocketAddr;

use serde_json::json;

use crate::support::client::password_of;
use crate::support::ports::free_address;
use crate::support::server::{Builder, NATIVE};
use crate::support::smtp::{Fault, MailServer, certificate_file};
use crate::support::{Database, Reply, TestServer, builder, eventually};

const SMTP_SECRET: &str = "the secret of the mail server";

const FRONT: &str = "
[[front]]
path = \"/post/\"
title = \"Plausch für Jürgen\"
authenticators = [\"native\"]
mode = \"open-community\"
[front.options]
unknown_names = \"form\"
";

fn with_mail(database: Database, mail: SocketAddr, native: &str) -> Builder {
    let native = NATIVE.replacen("kind = \"native\"\n", &format!("kind = \"native\"\n{native}"), 1);
    with_mail_by(database, &format!("smtp = \"smtp+plain://{mail}\""), &native)
}

/// The same with these lines about the mail server.
fn with_mail_by(database: Database, by: &str, native: &str) -> Builder {
    let mail = format!(
        "\n[mail]\n{by}\nfrom = \"Der Plausch <chat@example.org>\"\n\
         username = \"postmaster\"\npassword = \"{SMTP_SECRET}\"\n"
    );
    builder(database)
        .server("public_url = \"http://chat.example.org\"")
        .sections(&format!("{native}{FRONT}{mail}"))
}

async fn server_with(database: Database, mail: SocketAddr) -> TestServer {
    let server = with_mail(database, mail, "").start().await;
    server.keep_secret(SMTP_SECRET);
    server
}

impl TestServer {
    async fn joins(&self, login: &str) -> Reply {
        let password = password_of(login);
        self.keep_secret(&password);
        let email = format!("{}@example.org", login.replace('ü', "ue"));
        let form = json!({ "login": login, "password": password, "email": email });
        self.stranger("/post/").post("account", &form).await
    }

    async fn forgets(&self, who: &str) -> Reply {
        self.stranger("/post/").post("account/reset", &json!({ "login_or_email": who })).await
    }

    async fn chooses(&self, token: &str, password: &str) -> Reply {
        self.keep_secret(token);
        self.keep_secret(password);
        let body = json!({ "token": token, "new_password": password });
        self.stranger("/post/").post("account/reset/finish", &body).await
    }

    async fn proves(&self, token: &str) -> Reply {
        self.keep_secret(token);
        self.stranger("/post/").post("account/verify", &json!({ "token": token })).await
    }
}

async fn told(server: &TestServer, what: &str) {
    eventually(what, async || server.log().contains(what).then_some(())).await;
}

pub(crate) async fn a_forgotten_password_is_replaced_by_one_letter_once(database: Database) {
    let mail = MailServer::start(&[]).await;
    let server = server_with(database, mail.address).await;
    assert_eq!(server.stranger("/post/").get("front").await.expect(200)["password_reset"], true);
    server.joins("jürgen").await.expect(201);
    let device = server.enter("/post/", "jürgen", &password_of("jürgen")).await;
    server.forgets("JÜRGEN").await.expect(202);
    let [letter] = <[_; 1]>::try_from(mail.letters(1).await).expect("one letter");
    assert_eq!(
        (letter.sender.as_str(), letter.recipients.as_slice()),
        ("chat@example.org", ["juergen@example.org".to_owned()].as_slice())
    );
    assert_eq!(letter.header("To"), "juergen@example.org");
    assert_eq!(letter.header("From").replace('"', ""), "Der Plausch <chat@example.org>");
    let subject = letter.header("Subject");
    assert!(subject.is_ascii() && subject.contains("=?utf-8?b?"), "{subject}");
    assert!(letter.header("Date").ends_with(" +0000"), "{}", letter.header("Date"));
    let id = letter.header("Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@example.org>") && id.len() == 46, "{id}");
    assert_eq!(letter.header("Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    assert!(letter.data.is_ascii(), "what any mail server takes");
    let text = letter.text();
    assert!(text.contains("\"jürgen\" at Plausch für Jürgen"), "{text}");
    assert_eq!(mail.logins(), 1);

    let (link, token) = letter.link("reset");
    assert_eq!(link, format!("http://chat.example.org/post/#reset={token}"));
    server.chooses(&token, "short").await.problem(422, "unacceptable");
    server.chooses("no such token", "another long password").await.problem(422, "unacceptable");
    server.chooses(&token, "another long password").await.expect(204);
    device.get("session").await.problem(401, "session-ended");
    server.chooses(&token, "a third long password").await.problem(422, "unacceptable");
    server.enter("/post/", "jürgen", "another long password").await;

    server.forgets("juergen@example.org").await.expect(202);
    let (_, late) = mail.letters(2).await[1].link("reset");
    server.database.execute("UPDATE native_tokens SET until = 1").await;
    server.chooses(&late, "a third long password").await.problem(422, "unacceptable");
}

pub(crate) async fn who_is_not_there_gets_the_same_answer_and_no_letter(database: Database) {
    let mail = MailServer::start(&[]).await;
    let server = server_with(database, mail.address).await;
    server.joins("ann").await.expect(201);
    let strangers = [
        "nobody",
        "nobody@example.org",
        "ann@example.org\r\nBcc: eve@example.org",
        "ann@example.org, eve@example.org",
        "eve@example.org\0",
    ];
    let mut answers = Vec::new();
    for who in strangers {
        answers.push(server.forgets(who).await);
    }
    answers.push(server.forgets("ann@example.org").await);
    for answer in &answers {
        assert_eq!((answer.status, answer.text()), (202, answers[0].text()));
        assert_eq!(answer.comparable_headers(), answers[0].comparable_headers());
    }
    let letters = mail.letters(1).await;
    assert_eq!(letters[0].recipients, ["ann@example.org"]);
    assert_eq!((mail.connections(), mail.taken()), (1, 1), "asked last, hers is the only one");
}

pub(crate) async fn nothing_that_people_choose_becomes_a_header(database: Database) {
    let mail = MailServer::start(&[]).await;
    let server = server_with(database, mail.address).await;
    for email in [
        "ann@example.org\r\nBcc: eve@example.org",
        "ann@example.org\nBcc: eve@example.org",
        "ann@example.org>\r\nRCPT TO:<eve@example.org",
        "ann@example.org,eve@example.org",
        "\"ann\r\n.\r\n\"@example.org",
    ] {
        let form = json!({ "login": "ann", "password": password_of("ann"), "email": email });
        server.stranger("/post/").post("account", &form).await.problem(422, "unacceptable");
    }
    // A name goes into the text, as it is.
    let form = json!({ "login": "Bcc: {link}", "password": password_of("x"), "email": "ann@example.org" });
    server.stranger("/post/").post("account", &form).await.expect(201);
    server.forgets("ann@example.org").await.expect(202);
    let letter = mail.letters(1).await.remove(0);
    assert_eq!(letter.recipients, ["ann@example.org"]);
    assert!(letter.headers().iter().all(|(name, _)| !name.eq_ignore_ascii_case("bcc")), "{}", letter.data);
    assert!(letter.text().contains("\"Bcc: {link}\""), "{}", letter.text());
}

pub(crate) async fn a_busy_mail_server_gets_the_letter_later(database: Database) {
    let mail = MailServer::start(&[Fault::Busy]).await;
    let server = server_with(database, mail.address).await;
    server.joins("ann").await.expect(201);
    server.forgets("ann").await.expect(202);
    mail.letters(1).await;
    assert_eq!(mail.connections(), 2);
    assert!(server.log().contains("a letter waits"), "{}", server.log());
}

pub(crate) async fn letters_go_by_tls_of_both_kinds_and_to_nobody_else(database: Database) {
    let ca_file = format!("ca_file = '{}'", certificate_file("ca.pem").display());
    let starttls = MailServer::start_with_starttls("good").await;
    let tls = MailServer::start_with_tls("good").await;
    let expired = MailServer::start_with_tls("expired").await;
    let elsewhere = MailServer::start_with_starttls("elsewhere").await;
    let unknown = MailServer::start_with_starttls("good").await;
    let without = MailServer::start(&[]).await;
    for (mail, scheme, more, arrives) in [
        (&starttls, "smtp", ca_file.as_str(), true),
        (&tls, "smtps", &ca_file, true),
        (&expired, "smtps", &ca_file, false),
        (&elsewhere, "smtp", &ca_file, false),
        (&unknown, "smtp", "", false),
        (&without, "smtp", &ca_file, false),
    ] {
        let by = format!("smtp = \"{scheme}://{}\"\n{more}", mail.address);
        let server = with_mail_by(database, &by, NATIVE).start().await;
        server.keep_secret(SMTP_SECRET);
        server.joins("ann").await.expect(201);
        server.forgets("ann").await.expect(202);
        if arrives {
            assert!(mail.letters(1).await[0].text().contains("ann"));
            assert_eq!(mail.logins(), 1);
        } else {
            let said = ["a letter waits", "a letter could not be sent"];
            eventually("what became of it", async || {
                said.iter().any(|one| server.log().contains(one)).then_some(())
            })
            .await;
            assert_eq!((mail.taken(), mail.logins()), (0, 0), "{by}");
        }
        assert_eq!(mail.in_the_clear(), 0, "{by}");
    }
}

pub(crate) async fn a_letter_that_may_have_arrived_is_the_same_letter_again(database: Database) {
    let mail = MailServer::start(&[Fault::DropsAfterData]).await;
    let server = server_with(database, mail.address).await;
    server.joins("ann").await.expect(201);
    server.forgets("ann").await.expect(202);
    let again = mail.letters(1).await.remove(0);
    let first = mail.dropped().remove(0);
    assert_eq!(first.header("Message-ID"), again.header("Message-ID"));
    assert_eq!(first.link("reset"), again.link("reset"));
}

pub(crate) async fn a_mail_server_that_is_out_holds_up_nobody(database: Database) {
    let address = free_address();
    let server = server_with(database, address).await;
    server.joins("ann").await.expect(201);
    server.forgets("ann").await.expect(202);
    told(&server, "a letter waits").await;
    let mail = MailServer::start_at(address, &[]).await;
    mail.letters(1).await;
}

pub(crate) async fn a_letter_of_an_administrator_waits_for_the_mail_server_by_itself(database: Database) {
    let address = free_address();
    let server = server_with(database, address).await;
    server.joins("ann").await.expect(201);
    let natives = server.call("admin native-accounts", &["ann", "--json"]).run().await.json(0);
    let id = natives["accounts"][0]["id"].as_str().expect("an id").to_owned();
    let sent = server.call("admin reset-password", &[&id, "--send"]).run().await.json(0);
    assert_eq!((&sent["link"], &sent["sent_to"]), (&json!(null), &json!("ann@example.org")));
    told(&server, "a letter waits").await;
    let mail = MailServer::start_at(address, &[]).await;
    let (_, token) = mail.letters(1).await[0].link("reset");
    server.chooses(&token, "another long password").await.expect(204);
}

pub(crate) async fn a_refused_letter_is_not_sent_again(database: Database) {
    let mail = MailServer::start(&[Fault::Refuses]).await;
    let server = server_with(database, mail.address).await;
    server.joins("ann").await.expect(201);
    server.forgets("ann").await.expect(202);
    told(&server, "a letter could not be sent").await;
    // The next one goes its own way.
    server.forgets("ann").await.expect(202);
    mail.letters(1).await;
    assert_eq!(mail.connections(), 2);
}

pub(crate) async fn an_address_is_proved_by_a_letter_and_nobody_waits_for_the_mail_server(
    database: Database,
) {
    let mail = MailServer::start(&[Fault::Hangs]).await;
    let server = with_mail(database, mail.address, "verify_email = true\n").start().await;
    server.keep_secret(SMTP_SECRET);
    // Answered while the mail server says nothing, which it never will.
    assert_eq!(server.joins("ann").await.expect(201), json!({ "state": "unverified" }));
    mail.somebody_hangs().await;
    assert_eq!(server.joins("bob").await.expect(201), json!({ "state": "unverified" }));
    let letter = mail.letters(1).await.remove(0);
    assert_eq!(letter.recipients, ["bob@example.org"]);
    server.log_in("/post/", "bob", &password_of("bob")).await.problem(403, "pending");
    let (link, token) = letter.link("verify");
    assert_eq!(link, format!("http://chat.example.org/post/#verify={token}"));
    server.proves("no such token").await.problem(422, "unacceptable");
    server.proves(&token).await.expect(204);
    server.proves(&token).await.problem(422, "unacceptable");
    server.enter("/post/", "bob", &password_of("bob")).await;
    server.log_in("/post/", "ann", &password_of("ann")).await.problem(403, "pending");
}
