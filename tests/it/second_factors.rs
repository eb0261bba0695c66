//! Second factors, at fronts and at the administration.

use portico_auth_native::SoftAuthenticator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::authenticator::CodeProgram;
use crate::support::client::{password_of, text};
use crate::support::{Database, Person, Reply, TestServer, builder};

async fn sign_in(door: &Person, login: &str) -> Reply {
    door.post("session", &json!({ "login": login, "password": password_of(login) })).await
}

async fn answer(door: &Person, challenge: &str, response: &str) -> Reply {
    door.post("session", &json!({ "challenge_id": challenge, "response": response })).await
}

/// The challenge after the right password.
async fn challenge(door: &Person, login: &str) -> Value {
    sign_in(door, login).await.problem(401, "challenge-required")["challenge"].clone()
}

async fn challenge_id(door: &Person, login: &str) -> String {
    text(&challenge(door, login).await["id"])
}

fn administration(server: &TestServer) -> Person {
    Person { api: format!("{}/admin/api/v1/", server.origin()), ..server.stranger("/im/") }
}

pub(crate) async fn an_administrator_with_a_second_factor_is_asked_for_it(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let at_front = server.enter("/im/", "root", &password_of("root")).await;
    let mut program = CodeProgram::enrolled(&server, &at_front, &password_of("root")).await;
    let door = administration(&server);

    let asked = challenge(&door, "root").await;
    assert_eq!(asked["kind"], "totp");
    let id = text(&asked["id"]);
    answer(&door, &id, "no code").await.problem(401, "login-refused");
    let code = program.show().await;
    let body = answer(&door, &id, &code).await.expect(201);
    server.keep_secret(&text(&body["token"]));
    assert_eq!(body["rights"].as_array().map(Vec::len), Some(8));
    answer(&door, &id, &code).await.problem(401, "login-refused");
    let again = challenge_id(&door, "root").await;
    answer(&door, &again, &code).await.problem(401, "login-refused");
    let (recovery, rest) = program.recovery.split_first().expect("codes");
    let token = text(&answer(&door, &again, recovery).await.expect(201)["token"]);
    server.keep_secret(&token);
    let used = challenge_id(&door, "root").await;
    answer(&door, &used, recovery).await.problem(401, "login-refused");
    answer(&door, &used, &rest[0]).await.expect(201);

    let log = root.get("audit?action=signed-in").await.expect(200);
    assert_eq!(
        log["entries"].as_array().map(Vec::len),
        Some(4),
        "once without the factor, three times with it"
    );
    for half in [
        json!({ "challenge_id": "x" }),
        json!({ "response": "x" }),
        json!({ "login": "root" }),
        json!({ "login": "root", "password": "x", "challenge_id": "x", "response": "x" }),
    ] {
        door.post("session", &half).await.problem(400, "invalid-request");
    }
}

pub(crate) async fn a_challenge_is_answered_where_it_was_made(database: Database) {
    let server = builder(database).start().await;
    server.root().await;
    let (im, second, admin) = (server.stranger("/im/"), server.stranger("/second/"), administration(&server));
    let root = server.enter("/im/", "root", &password_of("root")).await;
    let program = CodeProgram::enrolled(&server, &root, &password_of("root")).await;
    let mut codes = program.recovery.iter();
    let mut next = || codes.next().expect("a code").clone();

    let of_admin = challenge_id(&admin, "root").await;
    let of_front = challenge_id(&im, "root").await;
    let code = next();
    answer(&im, &of_admin, &code).await.problem(401, "login-refused");
    answer(&second, &of_front, &code).await.problem(401, "login-refused");
    answer(&admin, &of_front, &code).await.problem(401, "login-refused");
    answer(&admin, "made up", &code).await.problem(401, "login-refused");
    // Neither the challenges nor the code are worse for it.
    answer(&admin, &of_admin, &code).await.expect(201);
    answer(&im, &of_front, &next()).await.expect(201);

    // Whoever is no administrator is told so after the second step, and has no session.
    let ann = server.person("ann").await;
    let program = CodeProgram::enrolled(&server, &ann, &password_of("ann")).await;
    let of_ann = challenge_id(&admin, "ann").await;
    answer(&admin, &of_ann, &program.recovery[0]).await.problem(403, "not-permitted");
    let of_ann = challenge_id(&im, "ann").await;
    answer(&admin, &of_ann, &program.recovery[1]).await.problem(401, "login-refused");
}

const PAGE: &str = "https://chat.example.org";

/// A server whose address is known.
async fn with_address(database: Database) -> TestServer {
    builder(database).server(&format!("public_url = \"{PAGE}\"")).start().await
}

/// Somebody's new passkey: what holds it, and the answer to its making.
async fn make_passkey(person: &Person, password: &str) -> (SoftAuthenticator, Reply) {
    let begun = person.post("account/passkeys", &json!({ "password": password })).await.expect(201);
    let mut authenticator = SoftAuthenticator::new(PAGE);
    let credential = authenticator.register(&begun["options"]);
    let body = json!({ "id": begun["id"], "name": "the blue key", "credential": credential });
    (authenticator, person.put("account/passkeys", &body).await)
}

async fn delete_passkey(person: &Person, id: &Value, password: &str) -> Reply {
    let request = person.request(Method::DELETE, &format!("account/passkeys/{}", text(id)));
    Person::send(request.json(&json!({ "password": password }))).await
}

pub(crate) async fn a_passkey_is_made_used_and_taken_away(database: Database) {
    let server = with_address(database).await;
    let ann = server.person("ann").await;
    let wrong = ann.post("account/passkeys", &json!({ "password": "wrong" })).await;
    wrong.problem(403, "not-permitted");
    let before = ann.get("account/security").await.expect(200);
    assert_eq!((&before["passkeys"], &before["may"]["passkeys"]), (&json!(0), &json!(true)));

    let (mut key, made) = make_passkey(&ann, &password_of("ann")).await;
    let made = made.expect(201);
    let recovery: Vec<String> = made["recovery_codes"].as_array().expect("codes").iter().map(text).collect();
    assert_eq!(recovery.len(), 10);
    let list = ann.get("account/passkeys").await.expect(200);
    assert_eq!((&list["limit"], &list["available"], &list["why"]), (&json!(10), &json!(true), &Value::Null));
    assert_eq!(list["rp_id"], "chat.example.org");
    assert_eq!(list["passkeys"][0]["name"], "the blue key");
    assert!(list["passkeys"][0]["used_at"].is_null());

    let im = server.stranger("/im/");
    let asked = challenge(&im, "ann").await;
    assert_eq!((&asked["kind"], &asked["methods"]), (&json!("passkey"), &json!(["passkey", "recovery"])));
    assert_eq!(asked["passkey"]["allowCredentials"][0]["type"], "public-key");
    let assertion = key.assert(&asked["passkey"]).to_string();
    let entered = server.entered("/im/", &answer(&im, &text(&asked["id"]), &assertion).await);
    assert_eq!(entered.id, ann.id);
    let used = entered.get("account/passkeys").await.expect(200);
    assert!(used["passkeys"][0]["used_at"].is_string());
    let export = entered.get("export").await.text();
    let exported = export.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let exported: Vec<Value> = exported.filter(|line| line["type"] == "passkey").collect();
    let mut wanted = used["passkeys"][0].clone();
    wanted["type"] = json!("passkey");
    assert_eq!(exported, [wanted], "no more than the list says");

    // With a program of codes there is a choice, and no second set of recovery codes.
    let mut program = CodeProgram::begun(&server, &ann, &password_of("ann")).await;
    let code = program.show().await;
    let confirmed = ann.put("account/totp", &json!({ "code": code })).await.expect(200);
    assert_eq!(confirmed["recovery_codes"], json!([]));
    let asked = challenge(&im, "ann").await;
    assert_eq!(asked["methods"], json!(["totp", "passkey", "recovery"]));
    answer(&im, &text(&asked["id"]), &program.show().await).await.expect(201);
    let taken =
        Person::send(ann.request(Method::DELETE, "account/totp").json(&json!({ "code": recovery[0] })));
    taken.await.expect(204);

    // A code still opens where the passkey isn't at hand.
    let id = challenge_id(&im, "ann").await;
    answer(&im, &id, &recovery[1]).await.expect(201);
    let id = &list["passkeys"][0]["id"];
    delete_passkey(&ann, id, "wrong").await.problem(403, "not-permitted");
    delete_passkey(&ann, id, &password_of("ann")).await.expect(204);
    delete_passkey(&ann, id, &password_of("ann")).await.problem(404, "not-found");
    server.enter("/im/", "ann", &password_of("ann")).await;
    assert_eq!(ann.get("account/security").await.expect(200)["recovery_codes_left"], 0);
}

pub(crate) async fn a_passkeys_answer_is_good_once_and_for_its_person(database: Database) {
    let server = with_address(database).await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let (mut anns, made) = make_passkey(&ann, &password_of("ann")).await;
    let id = text(&made.expect(201)["passkey"]["id"]);
    let of_another_front = server.person_at("/second/", "cleo").await;
    let wrong_front = Person { proof: of_another_front.proof.clone(), ..server.stranger("/im/") };
    for nobody in [&server.stranger("/im/"), &wrong_front] {
        let password = json!({ "password": password_of("ann") });
        nobody.post("account/passkeys", &password).await.problem(401, "session-required");
        let body = json!({ "id": "x", "name": "x", "credential": {} });
        nobody.put("account/passkeys", &body).await.problem(401, "session-required");
        let id = Value::from(id.as_str());
        delete_passkey(nobody, &id, &password_of("ann")).await.problem(401, "session-required");
    }
    delete_passkey(&bob, &Value::from(id.as_str()), &password_of("bob")).await.problem(404, "not-found");
    let (mut bobs, _) = make_passkey(&bob, &password_of("bob")).await;
    let (im, admin) = (server.stranger("/im/"), administration(&server));
    let refused = async |door: &Person, id: &Value, response: String| {
        answer(door, &text(id), &response).await.problem(401, "login-refused");
    };

    let asked = challenge(&im, "ann").await;
    refused(&im, &asked["id"], bobs.assert(&asked["passkey"]).to_string()).await;
    // What the passkey was asked is spent; a code would do.
    refused(&im, &asked["id"], anns.assert(&asked["passkey"]).to_string()).await;

    let (one, other) = (challenge(&im, "ann").await, challenge(&im, "ann").await);
    let good = anns.assert(&one["passkey"]).to_string();
    refused(&im, &other["id"], good.clone()).await;
    refused(&admin, &one["id"], good.clone()).await;
    answer(&im, &text(&one["id"]), &good).await.expect(201);
    refused(&im, &one["id"], good).await;

    let asked = challenge(&im, "ann").await;
    anns.counter = 1;
    refused(&im, &asked["id"], anns.assert(&asked["passkey"]).to_string()).await;
    anns.counter = 50;
    anns.origin = "https://chat.example.com".into();
    let asked = challenge(&im, "ann").await;
    refused(&im, &asked["id"], anns.assert(&asked["passkey"]).to_string()).await;
    anns.origin = PAGE.into();

    // The same key is nobody else's, and a beginning is good once.
    let begun = bob.post("account/passkeys", &json!({ "password": password_of("bob") })).await.expect(201);
    let credential = anns.register(&begun["options"]);
    let body = json!({ "id": begun["id"], "name": "stolen", "credential": credential });
    ann.put("account/passkeys", &body).await.problem(422, "unacceptable");
    bob.put("account/passkeys", &json!({ "id": begun["id"], "name": " ", "credential": {} }))
        .await
        .problem(422, "unacceptable");
    bob.put("account/passkeys", &body).await.problem(409, "conflict");
    bob.put("account/passkeys", &body).await.problem(422, "unacceptable");
}

pub(crate) async fn new_recovery_codes_end_the_old_ones(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let renew =
        async |password: &str| ann.post("account/recovery-codes", &json!({ "password": password })).await;
    let told = renew(&password_of("ann")).await.problem(409, "conflict");
    assert!(text(&told["detail"]).contains("no second factor"), "{told}");
    let program = CodeProgram::enrolled(&server, &ann, &password_of("ann")).await;
    let im = server.stranger("/im/");
    // Until none is left.
    server.database.execute("DELETE FROM native_recovery_codes").await;
    let security = ann.get("account/security").await.expect(200);
    assert_eq!(security["recovery_codes_left"], 0);
    renew("wrong").await.problem(403, "not-permitted");
    let mut sets = Vec::new();
    for _ in 0..2 {
        let made = renew(&password_of("ann")).await.expect(201);
        let codes: Vec<String> = made["recovery_codes"].as_array().expect("codes").iter().map(text).collect();
        assert_eq!(codes.len(), 10);
        codes.iter().for_each(|code| server.keep_secret(code));
        sets.push(codes);
    }
    let id = challenge_id(&im, "ann").await;
    for old in [&program.recovery[0], &sets[0][0]] {
        answer(&im, &id, old).await.problem(401, "login-refused");
    }
    answer(&im, &id, &sets[1][0]).await.expect(201);
    let security = ann.get("account/security").await.expect(200);
    assert_eq!((&security["recovery_codes_left"], &security["totp"]), (&json!(9), &json!(true)));
}

pub(crate) async fn passkeys_are_off_without_a_secure_address(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let list = ann.get("account/passkeys").await.expect(200);
    assert_eq!((&list["available"], &list["passkeys"]), (&json!(false), &json!([])));
    assert!(list["rp_id"].is_null());
    assert!(text(&list["why"]).contains("server.public_url"), "{list}");
    let refused = ann.post("account/passkeys", &json!({ "password": password_of("ann") })).await;
    assert!(text(&refused.problem(403, "not-permitted")["detail"]).contains("public_url"));
    let security = ann.get("account/security").await.expect(200);
    assert_eq!(security["may"]["passkeys"], false);
    assert_eq!(security["passkeys_unavailable"], list["why"]);
}

pub(crate) async fn ten_passkeys_are_enough_also_all_at_once(database: Database) {
    let server = with_address(database).await;
    let ann = server.person("ann").await;
    let mut answers = Vec::new();
    for _ in 0..14 {
        let begun =
            ann.post("account/passkeys", &json!({ "password": password_of("ann") })).await.expect(201);
        let credential = SoftAuthenticator::new(PAGE).register(&begun["options"]);
        answers.push(json!({ "id": begun["id"], "name": "one of many", "credential": credential }));
    }
    let made = answers.into_iter().map(|body| {
        let ann = ann.clone();
        tokio::spawn(async move { ann.put("account/passkeys", &body).await })
    });
    let (mut there, mut codes) = (0, 0);
    for made in futures_util::future::join_all(made).await {
        let reply = made.expect("no panic");
        if reply.status == 201 {
            there += 1;
            codes += usize::from(reply.expect(201)["recovery_codes"].is_array());
        } else {
            reply.problem(409, "conflict");
        }
    }
    assert_eq!((there, codes), (10, 1), "ten, and one set of recovery codes");
    let more = ann.post("account/passkeys", &json!({ "password": password_of("ann") })).await;
    more.problem(409, "conflict");
}

pub(crate) async fn an_administrator_takes_lost_second_factors_away(database: Database) {
    let server = with_address(database).await;
    let root = server.root().await;
    let ann = server.person("ann").await;
    make_passkey(&ann, &password_of("ann")).await.1.expect(201);
    let im = server.stranger("/im/");
    let native = async |login: &str| {
        let found = root.get(&format!("native-accounts?query={login}")).await.expect(200);
        text(&found["accounts"][0]["id"])
    };
    let anns = native("ann").await;
    let path = format!("native-accounts/{anns}/second-factors");
    challenge(&im, "ann").await;
    // Whoever may do less does not open the way to whoever may do more.
    let helper = server.person("helper").await;
    root.put(&format!("administrators/{}", helper.id), &json!({ "rights": ["accounts"] })).await.expect(200);
    let helper = server.administrator("helper", &password_of("helper")).await;
    let roots = format!("native-accounts/{}/second-factors", native("root").await);
    helper.delete(&roots).await.problem(403, "not-permitted");
    helper.delete(&path).await.expect(204);
    helper.delete(&path).await.problem(404, "not-found");
    server.enter("/im/", "ann", &password_of("ann")).await;
    assert_eq!(ann.get("account/passkeys").await.expect(200)["passkeys"], json!([]));
    let log = root.get("audit?action=second-factors-removed").await.expect(200);
    assert_eq!(log["entries"][0]["target"]["id"], json!(anns));
    assert_eq!(log["entries"].as_array().map(Vec::len), Some(1));

    // An administrator's passkey is asked for at the administration too.
    let at_front = server.enter("/im/", "root", &password_of("root")).await;
    let (mut key, _) = make_passkey(&at_front, &password_of("root")).await;
    let door = administration(&server);
    let asked = challenge(&door, "root").await;
    let assertion = key.assert(&asked["passkey"]).to_string();
    answer(&im, &text(&asked["id"]), &assertion).await.problem(401, "login-refused");
    let session = answer(&door, &text(&asked["id"]), &assertion).await.expect(201);
    server.keep_secret(&text(&session["token"]));
}

pub(crate) async fn secrets_of_second_factors_are_kept_encrypted(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let mut program = CodeProgram::enrolled(&server, &ann, &password_of("ann")).await;
    let im = server.stranger("/im/");
    let keep_as = async |secret: &str| {
        // Only what is encrypted is replaced.
        let sql = format!("UPDATE native_second_factors SET secret = '{secret}' WHERE secret LIKE 'v1.%'");
        server.database.execute(&sql).await;
    };

    // As a version before this one has left it: read as it is, and encrypted at its next use.
    keep_as(&program.secret).await;
    let id = challenge_id(&im, "ann").await;
    answer(&im, &id, &program.show().await).await.expect(201);

    // A row that can't be read is an outage, not a wrong code; a recovery code is none of its business.
    keep_as("v1.AAAA").await;
    let id = challenge_id(&im, "ann").await;
    let unread = answer(&im, &id, &program.show().await).await;
    unread.problem(503, "authenticator-unavailable");
    assert!(server.log().contains("can't be decrypted"));
    answer(&im, &id, &program.recovery[0]).await.expect(201);
}
