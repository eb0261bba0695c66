//! Sending and reading messages.

use serde_json::json;

use crate::support::{Database, builder};

pub(crate) async fn a_repeated_send_returns_the_original(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let original = ann.write(&talk, &json!({ "text": "hello", "client_id": "c-1" })).await.expect(201);
    let repeated = ann.write(&talk, &json!({ "text": "hello", "client_id": "c-1" })).await.expect(200);
    assert_eq!(original, repeated);
    let other_text = ann.write(&talk, &json!({ "text": "goodbye", "client_id": "c-1" })).await;
    other_text.problem(409, "conflict");
    // The id is the sender's own: the other one may use the same.
    bob.write(&talk, &json!({ "text": "hello", "client_id": "c-1" })).await.expect(201);
    assert_eq!(bob.whole_history(&talk).await.len(), 2);
}

pub(crate) async fn a_message_is_what_was_sent(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    for words in [
        "hello",
        " \t spaces and line ends stay \r\n\n ",
        "<script>alert(1)</script> & \"quotes\" 'quotes' \\ \u{7f} \u{1}",
        "Grüße, 你好, 🫠 e\u{301} \u{202e}backwards\u{feff}",
        "'; DROP TABLE message; --",
        "\u{10ffff}",
    ] {
        let message = ann.say(&talk, words).await;
        assert_eq!(message["text"], words);
        assert_eq!((&message["sender"], &message["conversation_id"]), (&json!(ann.id), &json!(talk)));
        assert_eq!(message["client_id"], json!(null));
        let newest = bob.history(&talk, "?limit=1").await;
        assert_eq!(newest["messages"], json!([message]));
        let sent_at = message["sent_at"].as_str().unwrap();
        assert!(sent_at.len() == 24 && sent_at.ends_with('Z'), "{sent_at}");
    }
}

pub(crate) async fn a_text_has_1_to_16384_bytes_and_no_nul(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    for good in
        ["x".to_owned(), "x".repeat(16_384), "é".repeat(8_192), "🫠".repeat(4_096), "\u{1}".repeat(16_384)]
    {
        assert_eq!(ann.say(&talk, &good).await["text"], good);
    }
    for bad in
        [String::new(), "x".repeat(16_385), format!("{}é", "x".repeat(16_383)), "a\0b".into(), "\0".into()]
    {
        let problem = ann.write(&talk, &json!({ "text": bad })).await.problem(422, "unacceptable");
        assert!(problem["detail"].is_string());
    }
    ann.write(&talk, &json!({})).await.problem(400, "invalid-request");
    ann.write(&talk, &json!({ "text": 5 })).await.problem(400, "invalid-request");
    assert_eq!(ann.whole_history(&talk).await.len(), 5);
}

pub(crate) async fn a_client_id_has_1_to_64_bytes(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob, cleo) =
        (server.person("ann").await, server.person("bob").await, server.person("cleo").await);
    let talk = ann.talk_to(&bob).await;
    for good in ["x".to_owned(), "x".repeat(64), "é".repeat(32), " \u{1f}'\"".into()] {
        let message = ann.write(&talk, &json!({ "text": "t", "client_id": good })).await.expect(201);
        assert_eq!(message["client_id"], good);
    }
    for bad in [String::new(), "x".repeat(65), "é".repeat(33), "a\0".into()] {
        ann.write(&talk, &json!({ "text": "t", "client_id": bad })).await.problem(422, "unacceptable");
    }
    // Ids are compared as bytes, per conversation.
    for another in ["X", "x ", "\u{e9}", "e\u{301}"] {
        ann.write(&talk, &json!({ "text": "t", "client_id": another })).await.expect(201);
    }
    let elsewhere = ann.talk_to(&cleo).await;
    ann.write(&elsewhere, &json!({ "text": "t", "client_id": "x" })).await.expect(201);
}

pub(crate) async fn parallel_repeats_of_a_send_store_it_once(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let body = json!({ "text": "once", "client_id": "the-one" });
    let replies = futures_util::future::join_all((0..40).map(|_| ann.write(&talk, &body))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 39);
    assert!(replies.iter().all(|reply| reply.json() == replies[0].json()));
    assert_eq!(ann.whole_history(&talk).await.len(), 1);
}

pub(crate) async fn the_history_is_read_backwards_in_pages(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    assert_eq!(ann.history(&talk, "").await, json!({ "messages": [], "more": false }));
    let sends = (0..205).map(|number| {
        let body = json!({ "text": format!("number {number}"), "client_id": format!("{number}") });
        let (ann, talk) = (&ann, &talk);
        async move { ann.write(talk, &body).await.expect(201) }
    });
    let mut sent = futures_util::future::join_all(sends).await;
    sent.sort_by_key(|message| message["id"].as_str().unwrap().parse::<u64>().unwrap());

    let newest = bob.history(&talk, "").await;
    assert_eq!((newest["messages"].as_array().unwrap().len(), &newest["more"]), (50, &json!(true)));
    assert_eq!(newest["messages"].as_array().unwrap()[..], sent[155..]);
    let most = bob.history(&talk, "?limit=1000").await;
    assert_eq!(most["messages"].as_array().unwrap().len(), 200);
    assert_eq!(most["more"], true);
    let edge = sent[5]["id"].as_str().unwrap();
    let rest = bob.history(&talk, &format!("?before={edge}&limit=5")).await;
    assert_eq!(rest, json!({ "messages": sent[..5], "more": false }), "exactly what is left");
    let rest = bob.history(&talk, &format!("?before={edge}&limit=4")).await;
    assert_eq!(rest, json!({ "messages": sent[1..5], "more": true }));
    let nothing = bob.history(&talk, &format!("?before={}", sent[0]["id"].as_str().unwrap())).await;
    assert_eq!(nothing, json!({ "messages": [], "more": false }));
    assert_eq!(bob.whole_history(&talk).await, sent);
    let times: Vec<&str> = sent.iter().map(|message| message["sent_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "times never go back");
}
