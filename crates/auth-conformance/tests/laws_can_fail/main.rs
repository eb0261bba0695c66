//! A law that can't fail proves nothing: for every law there is an authenticator that breaks just it, and the suite
//! notices.

mod flaw;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use flaw::{Flaw, Flawed};
use portico_auth_conformance::{Fixture, Law, Verdict, Wrapping, judge};
use support::FakeFixture;

/// The laws that a fixture breaks, with what was said of them.
async fn broken(fixture: &dyn Fixture) -> Vec<(Law, String)> {
    let mut broken = Vec::new();
    for law in Law::ALL {
        match judge(fixture, law).await {
            Verdict::Holds(_) => {}
            Verdict::Broken(what) => broken.push((law, what)),
            Verdict::NotApplicable(reason) => panic!("the fake has everything, but {law}: {reason}"),
        }
    }
    broken
}

async fn breaks_just(flaw: Flaw, laws: &[Law]) {
    let fixture = FakeFixture {
        strict_keys: flaw != Flaw::IgnoresUnknownKeys,
        spoil: Arc::new(move |fake| Box::new(Flawed::new(fake, flaw))),
        ..FakeFixture::sound(Wrapping::Guarded)
    };
    let found = broken(&fixture).await;
    let numbers: BTreeSet<Law> = found.iter().map(|(law, _)| *law).collect();
    assert_eq!(numbers, laws.iter().copied().collect(), "{flaw:?}: {found:#?}");
}

#[tokio::test]
async fn a_sound_fake_breaks_none() {
    for wrapping in [Wrapping::Guarded, Wrapping::Chained] {
        assert_eq!(broken(&FakeFixture::sound(wrapping)).await, []);
    }
}

macro_rules! the_suite_notices {
    ($($name:ident: $flaw:ident => [$($law:ident),+];)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                breaks_just(Flaw::$flaw, &[$(Law::$law),+]).await;
            }
        )+
    };
}

the_suite_notices! {
    law_01_a_declared_kind_that_is_refused: RefusesADeclaredKind => [GoodCredentials];
    law_02_a_wrong_password_taken_for_unknown: TakesWrongPasswordsForUnknown => [WrongPassword];
    law_03_an_unknown_login_taken_for_a_wrong_password: TakesUnknownForWrongPasswords => [UnknownLogin];
    law_04_capabilities_that_depend_on_the_other_system: GuessesItsCapabilities => [UndeclaredKind];
    law_05_a_password_of_nuls_that_enters: ReadsPasswordsAsCStrings => [BlankPassword];
    law_06_a_subject_made_of_the_typed_login: SubjectIsTheTypedLogin => [OneSubject];
    // Whoever has another's subject is another's entry in the directory too.
    law_07_one_subject_for_all: OneSubjectForAll => [TwoSubjects, DirectoryAgrees];
    law_08_a_ban_told_to_strangers: TellsBansToStrangers => [StateOnlyAfterSecret];
    law_09_an_outage_taken_for_a_refusal: TakesOutagesForRefusals => [Outage, SessionOutage];
    law_09_a_directory_that_is_empty_in_an_outage: DirectoryIsEmptyInAnOutage => [Outage];
    law_10_a_service_account_that_is_not_checked: IsContentWithAnyAccount => [WrongServiceAccount];
    law_11_a_stored_text_compared_as_plain_text: ComparesPlainText => [UnknownHashFormat];
    law_12_a_login_spliced_into_a_query: SplicesLogins => [HostileLogins];
    law_12_an_error_at_a_nul: FailsAtNul => [HostileLogins];
    law_12_a_directory_that_compares_loosely: DirectoryComparesLoosely => [HostileLogins];
    law_13_busy_for_ever_after_a_login_was_given_up: StaysBusyWhenGivenUp => [GivenUpLogin, ParallelLogins];
    law_14_one_login_kept_for_all: KeepsOneLoginForAll => [ParallelLogins];
    law_15_a_traced_password: TracesPasswords => [SecretsStaySecret];
    law_15_a_password_in_debug: ShowsPasswordsInDebug => [SecretsStaySecret];
    // The error is the wrong one as well.
    law_15_a_password_in_a_cause: QuotesPasswordsInErrors => [UnknownHashFormat, SecretsStaySecret];
    law_16_an_unknown_key_ignored: IgnoresUnknownKeys => [UnknownKey];
    law_17_another_name_in_the_directory: DirectoryShowsAnotherName => [DirectoryAgrees];
    // Inventing people finds hostile subjects as well.
    law_17_people_invented_by_the_directory: DirectoryInventsPeople => [HostileLogins, DirectoryAgrees];
    law_18_a_last_login_written: WritesLastLogin => [ReadOnly];
    law_19_no_hash_for_unknown_logins: SavesTheHashOfUnknownLogins => [SameWork];
    law_20_another_name_by_a_session: SessionShowsAnotherName => [SessionIsThePerson];
    law_21_beginnings_of_sessions_compared: ComparesBeginningsOfSessions => [WorthlessCookies];
    law_21_guests_taken_for_wrong_passwords: TakesWorthlessCookiesForWrongPasswords => [WorthlessCookies, EndedSession];
    law_22_sessions_of_the_banned_that_enter: LetsBannedSessionsIn => [SessionState];
    law_23_sessions_remembered: RemembersSessions => [EndedSession];
    law_24_everybody_a_guest_in_an_outage: TakesOutagesForGuests => [SessionOutage];
}
