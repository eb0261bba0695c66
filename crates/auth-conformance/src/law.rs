use std::fmt;

/// The laws of an authenticator, by number. What each demands in detail stands at its function in `src/laws`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Law {
    /// 1: good credentials of every declared kind are accepted.
    GoodCredentials = 1,
    /// 2: a wrong password is a bad secret.
    WrongPassword,
    /// 3: an unknown login is an unknown subject, and looks like a wrong password from outside.
    UnknownLogin,
    /// 4: an undeclared kind of credentials is not permitted, and the other system isn't asked.
    UndeclaredKind,
    /// 5: a blank password is refused, and the other system isn't asked.
    BlankPassword,
    /// 6: a person keeps one subject over spellings, repeated logins and a rename.
    OneSubject,
    /// 7: two people have two subjects.
    TwoSubjects,
    /// 8: a ban, or any other state of an account, is told only to whoever knows the password.
    StateOnlyAfterSecret,
    /// 9: an outage is `Unavailable` within the deadline, never a refusal nor an answer with nobody.
    Outage,
    /// 10: a wrong service account is `Misconfigured` at the check.
    WrongServiceAccount,
    /// 11: an unknown hash format is `Inconsistent`, and never compared as plain text.
    UnknownHashFormat,
    /// 12: hostile logins are refused, match nobody and raise no error.
    HostileLogins,
    /// 13: a login given up at any await leaves the instance usable.
    GivenUpLogin,
    /// 14: 64 logins at once get each their own answer.
    ParallelLogins,
    /// 15: a secret shows in no `Debug`, error or trace.
    SecretsStaySecret,
    /// 16: an unknown configuration key is an error that names its path.
    UnknownKey,
    /// 17: the directory agrees with the login.
    DirectoryAgrees,
    /// 18: the other system is read only.
    ReadOnly,
    /// 19: an unknown login costs what a wrong password costs: as many hashes, as many queries.
    SameWork,
    /// 20: a live session over there says of a person what the password says.
    SessionIsThePerson,
    /// 21: cookies that prove nobody are an unknown subject.
    WorthlessCookies,
    /// 22: a session is told the state of its account, as the right password is.
    SessionState,
    /// 23: a session that was ended over there is worth nothing at once.
    EndedSession,
    /// 24: an outage is `Unavailable` to a session, never a refusal.
    SessionOutage,
}

impl Law {
    /// All laws, in order.
    pub const ALL: [Self; 24] = [
        Self::GoodCredentials,
        Self::WrongPassword,
        Self::UnknownLogin,
        Self::UndeclaredKind,
        Self::BlankPassword,
        Self::OneSubject,
        Self::TwoSubjects,
        Self::StateOnlyAfterSecret,
        Self::Outage,
        Self::WrongServiceAccount,
        Self::UnknownHashFormat,
        Self::HostileLogins,
        Self::GivenUpLogin,
        Self::ParallelLogins,
        Self::SecretsStaySecret,
        Self::UnknownKey,
        Self::DirectoryAgrees,
        Self::ReadOnly,
        Self::SameWork,
        Self::SessionIsThePerson,
        Self::WorthlessCookies,
        Self::SessionState,
        Self::EndedSession,
        Self::SessionOutage,
    ];

    /// The number, from 1.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The law as a name of a trial: `law_03_unknown_login_looks_like_wrong_password`.
    pub fn name(self) -> &'static str {
        match self {
            Self::GoodCredentials => "law_01_good_credentials_of_every_declared_kind_are_accepted",
            Self::WrongPassword => "law_02_wrong_password_is_a_bad_secret",
            Self::UnknownLogin => "law_03_unknown_login_looks_like_wrong_password",
            Self::UndeclaredKind => "law_04_undeclared_kind_is_refused_unasked",
            Self::BlankPassword => "law_05_blank_password_is_refused_unasked",
            Self::OneSubject => "law_06_one_person_keeps_one_subject",
            Self::TwoSubjects => "law_07_two_people_have_two_subjects",
            Self::StateOnlyAfterSecret => "law_08_account_state_is_told_only_after_the_right_password",
            Self::Outage => "law_09_outage_is_unavailable_and_never_a_refusal",
            Self::WrongServiceAccount => "law_10_wrong_service_account_is_misconfigured",
            Self::UnknownHashFormat => "law_11_unknown_hash_format_is_inconsistent",
            Self::HostileLogins => "law_12_hostile_logins_match_nobody",
            Self::GivenUpLogin => "law_13_given_up_login_leaves_the_instance_usable",
            Self::ParallelLogins => "law_14_parallel_logins_do_not_mix",
            Self::SecretsStaySecret => "law_15_secrets_show_nowhere",
            Self::UnknownKey => "law_16_unknown_key_is_named_with_its_path",
            Self::DirectoryAgrees => "law_17_directory_agrees_with_login",
            Self::ReadOnly => "law_18_the_other_system_is_read_only",
            Self::SameWork => "law_19_unknown_login_costs_what_a_wrong_password_costs",
            Self::SessionIsThePerson => "law_20_a_session_says_what_the_password_says",
            Self::WorthlessCookies => "law_21_worthless_cookies_prove_nobody",
            Self::SessionState => "law_22_a_session_is_told_the_state_of_its_account",
            Self::EndedSession => "law_23_an_ended_session_is_worth_nothing",
            Self::SessionOutage => "law_24_an_outage_is_no_answer_to_a_session",
        }
    }

    /// The law as words for the report.
    pub fn title(self) -> String {
        let words = self.name().get("law_00_".len()..).unwrap_or_default();
        words.replace('_', " ")
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "law {}", self.number())
    }
}
