//! Second factors, at fronts and at the administration.

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
