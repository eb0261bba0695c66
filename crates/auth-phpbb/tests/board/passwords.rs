//! Which password fits which stored value.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{AuthError, Refusal};

use crate::fixture::{Board, Door};
use crate::schema::V;

for_each_database!(
    every_hash_family_of_phpbb_fits,
    the_hash_is_of_the_escaped_password,
    blanks_at_both_ends_never_count,
    line_ends_nul_and_u_feff_are_filtered,
    a_decomposed_password_fits_the_hashes_of_new_and_old_boards,
    a_board_of_3_0_does_not_normalise_passwords,
    more_than_4096_bytes_never_fit,
    a_reset_password_with_blanks_fits_only_where_that_is_wanted,
    converted_values_are_tried_with_the_columns_that_are_there,
    a_board_of_3_0_reads_by_length_and_by_its_conversion_flag,
    values_that_phpbb_never_finds_equal_are_bad_secrets,
    an_unknown_hash_format_is_inconsistent,
);

/// A member whose stored value changes.
struct Alice {
    db: TestDatabase,
    version: V,
    door: Door,
}

impl Alice {
    async fn on(db: &TestDatabase, version: V) -> Self {
        let db = TestDatabase::create(db.kind()).await;
        let board = Board::install(&db, version).await;
        board.alice().await;
        let door = board.phpbb().await;
        Self { db, version, door }
    }

    /// Whether the password lets her in; if not, it is a bad secret.
    async fn fits(&self, stored: &str, password: &str) -> bool {
        let stored_sql = Board { db: &self.db, version: self.version }.literal(&stored.into());
        self.db
            .execute(&format!("UPDATE phpbb_users SET user_password = {stored_sql} WHERE user_id = 2"))
            .await;
        match self.door.login("alice", password).await {
            Ok(decision) if decision.identity().is_some() => true,
            Ok(decision) => {
                assert_eq!(decision.refusal(), Some(&Refusal::BadSecret), "{stored}");
                false
            }
            Err(error) => panic!("{stored}: {error}"),
        }
    }
}

async fn every_hash_family_of_phpbb_fits(db: TestDatabase) {
    let v33 = Alice::on(&db, V::V33).await;
    for stored in [
        "$argon2id$v=19$m=65536,t=4,p=1$alcxOWZmbUluVlRsZjZPNQ$QJekwZAPfuAp/9lcwE+mgHrCTJOYn4hsaZTgQHCo01Q",
        "$argon2i$v=19$m=1024,t=2,p=1$WGIzai9mWkxMcG83R2tCVA$1Aqop9x8pxt3wiFF/hYmmYdviuB2TdS0W9XOqHLhNug",
        "$2y$10$jCTmxmoruvKUUC1Axwe1Xu47ed/gbUJWaMS9U5upME9khkM9KnRmi",
        "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$H$9abcdefghPDonBA7cb6Wv7y6IfLfEF.",
        "$P$9abcdefghPDonBA7cb6Wv7y6IfLfEF.",
        r"$H\2y$95aoH6U83$10\z984lBEktka6cnDI68VqWO$hMniLqGHtJFAJ.NTg4Sfg71KxMbhU4i",
        r"$H\2y$9F9zTw6FT$10\d43Ru1g12jvTy0fbScs1JO$Yj0p.Hyt.dKByQsC65fdeHiwteWEzd6",
        "$CP$3cb4e732631f47e6eb961f34554b7cde",
        "$CP$$H$9abcdefghaZBFBKM28Z5ZZ.6o8Qlg0.",
        "$CP$2f9e53523b62abc141a2b4d6019d23cba835dbd0",
        "3cb4e732631f47e6eb961f34554b7cde",
    ] {
        assert!(v33.fits(stored, "correct horse").await, "{stored}");
        assert!(!v33.fits(stored, "correct horsf").await, "{stored}");
    }
    // crypt("café", "$2a$…"): phpBB's driver refuses passwords whose last byte is above 127.
    let cafe = "$2a$04$abcdefghijklmnopqrstuuusvfeYzFuQdqd.KjimlRKkZ2QcoHWhO";
    assert!(!v33.fits(cafe, "café").await);
}

async fn the_hash_is_of_the_escaped_password(db: TestDatabase) {
    let v30 = Alice::on(&db, V::V30).await;
    let v33 = Alice::on(&db, V::V33).await;
    for (typed, escaped, md5) in [
        ("a&b", "a&amp;b", "40014f2a3d56f4f7fdb387f476d213d4"),
        ("p\"q", "p&quot;q", "cc02df512c4aef382cbc7f5fcd3d3000"),
        ("<3", "&lt;3", "83be12f7179f5d7953004408eee3ae12"),
        ("it's", "it's", "706dc2ee585fb5dcb18e3ac08da7ce0c"),
        ("a&amp;b", "a&amp;amp;b", "54e3881f33416800f72cd2929628c335"),
    ] {
        for board in [&v30, &v33] {
            assert!(board.fits(md5, typed).await, "{typed}");
            assert!(typed == escaped || !board.fits(md5, escaped).await, "{escaped}");
        }
    }
}

async fn blanks_at_both_ends_never_count(db: TestDatabase) {
    let v33 = Alice::on(&db, V::V33).await;
    for typed in [" correct horse", "correct horse \t", "\r\ncorrect horse\u{B}\0"] {
        assert!(v33.fits(crate::fixture::CORRECT_HORSE, typed).await, "{typed:?}");
    }
    assert!(!v33.fits(crate::fixture::CORRECT_HORSE, "correct horse\u{A0}").await);
}

async fn line_ends_nul_and_u_feff_are_filtered(db: TestDatabase) {
    let v33 = Alice::on(&db, V::V33).await;
    let v31 = Alice::on(&db, V::V31).await;
    // md5("x\ny"), md5("xy"), md5("x\xEF\xBB\xBFy")
    for typed in ["x\r\ny", "x\ry", "x\ny"] {
        assert!(v33.fits("16151ff14c884e2d18c9903202288ba0", typed).await);
    }
    assert!(v33.fits("3e44107170a520582ade522fa73c1d15", "x\0y").await);
    assert!(v33.fits("3e44107170a520582ade522fa73c1d15", "x\u{FEFF}y").await);
    assert!(v31.fits("9c0180333bf402e4f3385fd3dbaa1f4f", "x\u{FEFF}y").await, "before 3.2 it stays");
}

async fn a_decomposed_password_fits_the_hashes_of_new_and_old_boards(db: TestDatabase) {
    let v33 = Alice::on(&db, V::V33).await;
    let (composed, decomposed) = ("07117fe4a1ebd544965dc19573183da2", "10a85865ce7a7d2f0dc3faf37c617a8d");
    assert!(v33.fits(composed, "café").await);
    assert!(v33.fits(composed, "cafe\u{301}").await);
    assert!(v33.fits(decomposed, "cafe\u{301}").await, "a hash that 3.0 made");
    assert!(!v33.fits(decomposed, "café").await);
}

async fn a_board_of_3_0_does_not_normalise_passwords(db: TestDatabase) {
    let v30 = Alice::on(&db, V::V30).await;
    let (composed, decomposed) = ("07117fe4a1ebd544965dc19573183da2", "10a85865ce7a7d2f0dc3faf37c617a8d");
    assert!(v30.fits(decomposed, "cafe\u{301}").await);
    assert!(!v30.fits(composed, "cafe\u{301}").await);
}

async fn more_than_4096_bytes_never_fit(db: TestDatabase) {
    let v33 = Alice::on(&db, V::V33).await;
    assert!(v33.fits("20439f79e4e9dc95be34b21029221f80", &"x".repeat(4096)).await);
    // 820 escaped ampersands are 4100 bytes.
    assert!(!v33.fits("5cab85a567a0e8cbbfb3ffd6b51d5ef1", &"&".repeat(820)).await);
}

async fn a_reset_password_with_blanks_fits_only_where_that_is_wanted(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    // md5(" reset ")
    board.member(2, "Alice", "alice").with("user_password", "8487f6f9cc7eebfca8f6fccb3e4b78b0").seed().await;
    assert_eq!(board.phpbb().await.refused("alice", " reset ").await, Refusal::BadSecret);
    let kinder = board.phpbb_with(serde_json::json!({"accept_untrimmed_password": true})).await;
    assert_eq!(kinder.accepted("alice", " reset ").await, "2");
    assert_eq!(kinder.refused("alice", "reset").await, Refusal::BadSecret);
}

async fn converted_values_are_tried_with_the_columns_that_are_there(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    let mybb = "$CP$f40f4b6b28efa590d30a580d84d1073b";
    let smf = "$CP$857ef0eaffecd0d63013cc839d724d0ebc8766b6";
    board.member(2, "MyBB", "mybb").with("user_password", mybb).seed().await;
    board.member(3, "Bob", "bob").with("user_password", smf).seed().await;
    // md5("p\\\"q\x80"): slashes added and the euro sign in windows-1252, as phpBB 2 hashed it.
    board.member(4, "Two", "two").with("user_password", "$CP$24cb9b47efc890e4fe224beaec984521").seed().await;
    let plain = board.phpbb().await;
    assert_eq!(plain.refused("mybb", "correct horse").await, Refusal::BadSecret, "no column for the salt");
    assert_eq!(plain.accepted("two", "p\"q€").await, "4", "checked against what was typed");
    db.execute(
        "ALTER TABLE phpbb_users ADD user_passwd_salt varchar(30);
         ALTER TABLE phpbb_users ADD login_name varchar(255);
         UPDATE phpbb_users SET user_passwd_salt = 'abcdefgh' WHERE user_id = 2;
         UPDATE phpbb_users SET login_name = 'Bob' WHERE user_id = 3;",
    )
    .await;
    let converted = board.phpbb().await;
    assert_eq!(converted.accepted("mybb", "correct horse").await, "2");
    assert_eq!(converted.accepted("bob", "correct horse").await, "3");
}

async fn a_board_of_3_0_reads_by_length_and_by_its_conversion_flag(db: TestDatabase) {
    let board = Board::install(&db, V::V30).await;
    let portable = "$H$9abcdefghPDonBA7cb6Wv7y6IfLfEF.";
    let of_md5 = "$H$9abcdefghaZBFBKM28Z5ZZ.6o8Qlg0.";
    board.member(2, "A", "a").with("user_password", portable).seed().await;
    board.member(3, "B", "b").with("user_password", of_md5).with("user_pass_convert", 1).seed().await;
    board.member(4, "C", "c").with("user_password", portable).with("user_pass_convert", 1).seed().await;
    board.member(5, "D", "d").with("user_pass_convert", 1).seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted("a", "correct horse").await, "2");
    assert_eq!(door.accepted("b", "correct horse").await, "3");
    assert_eq!(door.refused("c", "correct horse").await, Refusal::BadSecret);
    assert_eq!(door.accepted("d", "correct horse").await, "5");
}

async fn values_that_phpbb_never_finds_equal_are_bad_secrets(db: TestDatabase) {
    let v33 = Alice::on(&db, V::V33).await;
    for stored in [
        "",
        "*",
        "correct horse",
        "3CB4E732631F47E6EB961F34554B7CDE",
        "$smf$857ef0eaffecd0d63013cc839d724d0ebc8766b6",
        "$sha1$2f9e53523b62abc141a2b4d6019d23cba835dbd0",
        "$wcf2$2a$04$abcdefghijklmnopqrstuu04QuEPxXnYV8/EvKFZ0tCwx.2OdGrkS",
        "$xf1$2f9e53523b62abc141a2b4d6019d23cba835dbd0",
        "$H$9abcdefghPDonBA7cb6Wv7y6IfLfEF",
        "$CP$tooshort",
        r"$2y\2y$10\abcdefghijklmnopqrstuu$10\abcdefghijklmnopqrstuu$wCaIHzSp7UWowYCjDywAh.G0kEttGZO",
    ] {
        assert!(!v33.fits(stored, "correct horse").await, "{stored}");
    }
}

async fn an_unknown_hash_format_is_inconsistent(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    for (id, stored) in [
        (2, "{no-such-scheme}4711-0815"),
        (3, "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
        (4, "$6$salt$digest"),
    ] {
        let name = format!("u{id}");
        board.member(id, &name, &name).with("user_password", stored).seed().await;
        let error = board.phpbb().await.login(&name, "correct horse").await.unwrap_err();
        assert!(
            matches!(&error, AuthError::Inconsistent { what } if what.contains(&format!("user {id}"))),
            "{error}"
        );
        assert!(!error.full_text().contains("4711") && !error.full_text().contains("digest"), "{error}");
    }
}
