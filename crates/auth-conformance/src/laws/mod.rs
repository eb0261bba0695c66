//! One function a law, one theme a file.

mod concurrency;
mod configuration;
mod directory;
mod external_session;
mod failure;
mod hostile;
mod identity;
mod refusal;
mod restraint;
mod secrecy;

use crate::law::Law;
use crate::stage::Stage;
use crate::verdict::LawResult;

pub(crate) async fn apply(law: Law, stage: &Stage<'_>) -> LawResult {
    match law {
        Law::GoodCredentials => identity::good_credentials_are_accepted(stage).await,
        Law::WrongPassword => refusal::wrong_password_is_a_bad_secret(stage).await,
        Law::UnknownLogin => refusal::unknown_login_looks_like_wrong_password(stage).await,
        Law::UndeclaredKind => refusal::undeclared_kind_is_refused_unasked(stage).await,
        Law::BlankPassword => refusal::blank_password_is_refused_unasked(stage).await,
        Law::OneSubject => identity::one_person_keeps_one_subject(stage).await,
        Law::TwoSubjects => identity::two_people_have_two_subjects(stage).await,
        Law::StateOnlyAfterSecret => refusal::state_is_told_only_after_the_right_password(stage).await,
        Law::Outage => failure::outage_is_unavailable_and_never_a_refusal(stage).await,
        Law::WrongServiceAccount => failure::wrong_service_account_is_misconfigured(stage).await,
        Law::UnknownHashFormat => failure::unknown_hash_format_is_inconsistent(stage).await,
        Law::HostileLogins => hostile::hostile_logins_match_nobody(stage).await,
        Law::GivenUpLogin => concurrency::given_up_login_leaves_the_instance_usable(stage).await,
        Law::ParallelLogins => concurrency::parallel_logins_do_not_mix(stage).await,
        Law::SecretsStaySecret => secrecy::secrets_show_nowhere(stage).await,
        Law::UnknownKey => configuration::unknown_key_is_named_with_its_path(stage).await,
        Law::DirectoryAgrees => directory::directory_agrees_with_login(stage).await,
        Law::ReadOnly => restraint::the_other_system_is_read_only(stage).await,
        Law::SessionIsThePerson => external_session::session_says_what_the_password_says(stage).await,
        Law::WorthlessCookies => external_session::worthless_cookies_prove_nobody(stage).await,
        Law::SessionState => {
            external_session::session_is_told_the_state_that_the_password_is_told(stage).await
        }
        Law::EndedSession => external_session::ended_session_is_worth_nothing(stage).await,
        Law::SessionOutage => external_session::outage_is_no_answer_to_a_session(stage).await,
        Law::SameWork => restraint::unknown_login_costs_what_a_wrong_password_costs(stage).await,
    }
}
