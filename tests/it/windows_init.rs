//! `portico init --ldap` asks a directory what it is.

use crate::support::portico;
use crate::support::windows::Domain;

pub(crate) async fn a_domain_is_configured_by_asking_it() {
    let domain = Domain::get();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = folder.path().join("portico.toml");
    let file = output.to_str().expect("UTF-8");
    let keytab = domain.keytab.to_str().expect("UTF-8");
    let arguments = [
        "init",
        "--ldap",
        &domain.url,
        "--bind-dn",
        "svc-portico@example.test",
        "--ca-file",
        &domain.ca,
        "--keytab",
        keytab,
        "--host",
        "chat.example.test",
        "--output",
        file,
    ];
    let outcome = portico(arguments).input(format!("{}\n", domain.password)).run().await;
    let said = outcome.expect(0);
    assert!(said.contains("DC=example,DC=test") && said.contains("realm EXAMPLE.TEST"), "{said}");
    let text = std::fs::read_to_string(&output).expect("it was written");
    assert!(text.contains("realms = [\"EXAMPLE.TEST\"]") && !text.contains(&domain.password), "{text}");
    let config = domain.krb5_config.to_str().expect("UTF-8");
    let checked = portico(["check", "--config", file]).env("KRB5_CONFIG", config).run().await;
    let words: Vec<&str> = checked.expect(0).split_whitespace().collect();
    let well = words.windows(4).any(|words| words == ["authenticator", "windows", "ldap-windows", "ok"]);
    assert!(well, "{}", checked.stdout);
    let login = ["login-test", "--config", file, "--authenticator", "windows", "--login", "alice"];
    let tested = portico(login).input(format!("{}\n", domain.password)).run().await;
    assert_eq!(tested.json(0)["identity"]["display_name"], "Alice Example");

    // What is there is never overwritten.
    let again = portico(arguments).input(format!("{}\n", domain.password)).run().await;
    again.expect(2);
    again.says(&["exists already"]);
}

pub(crate) async fn a_directory_that_can_not_be_asked_is_explained() {
    let domain = Domain::get();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = folder.path().join("portico.toml");
    let file = output.to_str().expect("UTF-8");
    let ask = async |url: &str, ca: &str, password: &str| {
        let arguments = [
            "init",
            "--ldap",
            url,
            "--bind-dn",
            "svc-portico@example.test",
            "--ca-file",
            ca,
            "--output",
            file,
        ];
        let outcome = portico(arguments).input(format!("{password}\n")).run().await;
        outcome.expect(2);
        assert!(!outcome.stderr.contains(&domain.password), "{}", outcome.stderr);
        outcome.stderr
    };
    let wrong = ask(&domain.url, &domain.ca, "not this one").await;
    assert!(wrong.contains("service account"), "{wrong}");
    let missing = ask(&domain.url, "/no/such/ca.pem", &domain.password).await;
    assert!(missing.contains("/no/such/ca.pem"), "{missing}");
    let nobody = ask("ldaps://127.0.0.1:9", &domain.ca, &domain.password).await;
    assert!(nobody.contains("127.0.0.1:9"), "{nobody}");
    assert!(!output.exists());
}
