//! The old options file as a front's options.

use portico_auth_sql::php_config::PhpConfig;

/// What the old options say in today's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct OldOptions {
    /// Keys of `[[front]]`, as TOML.
    pub front: Vec<String>,
    /// Keys of `[front.options]`, as TOML.
    pub options: Vec<String>,
    /// What has to be decided by a person.
    pub notes: Vec<String>,
    /// The ids of the accounts that new ones get as contacts.
    pub auto_contacts: Vec<i64>,
}

/// How a value is carried over.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// `X` is on, nothing is off.
    Flag,
    /// A number; 0 is no limit.
    Limit,
    /// A number.
    Number,
    /// Seconds.
    Seconds,
    /// Days; up to `never` of them are for ever.
    Days { never: i64 },
    /// Kilobytes; 0 leaves the option as it is.
    Kilobytes,
    /// Megabytes; 0 leaves the option as it is.
    Megabytes,
    /// Texts with `;` between them.
    List,
    /// A text; an empty one leaves the option as it is.
    Text,
}

/// The old name, today's, and how its value is carried over.
const SAME: &[(&str, &str, Turn)] = &[
    ("_ALLOW_CONFERENCE", "conferences", Turn::Flag),
    ("_ALLOW_HIDDEN_TO_CONTACTS", "hide_from_contacts", Turn::Flag),
    ("_ALLOW_HIDDEN_STATUS", "invisible", Turn::Flag),
    ("_ALLOW_CHANGE_CONTACT_NICKNAME", "contact_nicknames", Turn::Flag),
    ("_ALLOW_CHANGE_EMAIL_PHONE", "change_profile", Turn::Flag),
    ("_ALLOW_SEND_TO_OFFLINE_USER", "offline_messages", Turn::Flag),
    ("_ALLOW_HISTORY_MESSAGES_EXPORT", "export", Turn::Flag),
    ("_ALLOW_MANAGE_CONTACT_LIST", "manage_contacts", Turn::Flag),
    ("_ONLINE_REASONS_LIST", "online_reasons", Turn::List),
    ("_AWAY_REASONS_LIST", "away_reasons", Turn::List),
    ("_BUSY_REASONS_LIST", "busy_reasons", Turn::List),
    ("_DONOTDISTURB_REASONS_LIST", "do_not_disturb_reasons", Turn::List),
    ("_UNREAD_MESSAGE_VALIDITY", "undelivered_validity", Turn::Days { never: 1 }),
    ("_LOCK_AFTER_NO_ACTIVITY_DURATION", "lock_after_inactivity", Turn::Days { never: 0 }),
    ("_MAX_NB_USER", "max_accounts", Turn::Limit),
    ("_MAX_NB_SESSION", "max_sessions", Turn::Limit),
    ("_MAX_NB_CONTACT_BY_USER", "max_contacts", Turn::Limit),
    ("_MAX_NB_IP", "max_sessions_per_address", Turn::Limit),
    ("_CHECK_NEW_MSG_EVERY", "poll_interval", Turn::Seconds),
    ("_TIME_ZONES", "show_time_zone", Turn::Flag),
    ("_STATISTICS", "statistics", Turn::Flag),
    ("_PUBLIC_USERS_LIST", "list_everybody", Turn::Flag),
    ("_GROUP_USER_CAN_JOIN", "join_groups", Turn::Flag),
    ("_SITE_URL_TO_SHOW", "site_url", Turn::Text),
    ("_SCROLL_TEXT", "welcome", Turn::Text),
    ("_SHOUTBOX", "shoutbox", Turn::Flag),
    ("_SHOUTBOX_STORE_DAYS", "shout_retention", Turn::Days { never: 0 }),
    ("_SHOUTBOX_STORE_MAX", "shouts_kept", Turn::Number),
    ("_SHOUTBOX_QUOTA_USER_DAY", "shouts_per_day", Turn::Limit),
    ("_SHOUTBOX_QUOTA_USER_WEEK", "shouts_per_week", Turn::Limit),
    ("_SHOUTBOX_NEED_APPROVAL", "shout_approval", Turn::Flag),
    ("_SHOUTBOX_APPROVAL_QUEUE_USER", "shout_queue_person", Turn::Number),
    ("_SHOUTBOX_APPROVAL_QUEUE", "shout_queue", Turn::Number),
    ("_SHOUTBOX_LOCK_USER_APPROVAL", "shout_mute_after_rejections", Turn::Number),
    ("_SHOUTBOX_VOTE", "shout_votes", Turn::Flag),
    ("_SHOUTBOX_MAX_NOTES_USER_DAY", "shout_votes_per_day", Turn::Limit),
    ("_SHOUTBOX_MAX_NOTES_USER_WEEK", "shout_votes_per_week", Turn::Limit),
    ("_SHOUTBOX_REMOVE_MESSAGE_VOTES", "shout_hidden_by_votes", Turn::Number),
    ("_SHOUTBOX_LOCK_USER_VOTES", "shout_mute_after_votes", Turn::Number),
    ("_SHOUTBOX_PUBLIC", "shoutbox_public", Turn::Flag),
    ("_SHARE_FILES_EXCHANGE", "attachments", Turn::Flag),
    ("_SHARE_FILES_MAX_FILE_SIZE", "max_attachment", Turn::Kilobytes),
    ("_SHARE_FILES_MAX_SPACE_SIZE_USER", "attachment_space", Turn::Megabytes),
    ("_SHARE_FILES_QUOTA_FILES_USER_WEEK", "attachments_per_week", Turn::Limit),
    ("_STOP_USE_THIS_SERVER_ADDRESS_NOW_USE_THIS_URL", "moved_to", Turn::Text),
    ("_STOP_USE_THIS_SERVER_ADDRESS_NOW_USE_THIS_URL_AFTER_LOGIN", "moved_to_after_login", Turn::Text),
];

/// The three special modes; without one of them a front is `normal`.
const MODES: [(&str, &str); 3] = [
    ("_SPECIAL_MODE_OPEN_COMMUNITY", "open-community"),
    ("_SPECIAL_MODE_GROUP_COMMUNITY", "group-community"),
    ("_SPECIAL_MODE_OPEN_GROUP_COMMUNITY", "open-group-community"),
];

/// Old options that a person has to look at, and why.
const NOTES: [(&str, &str); 6] = [
    (
        "_EXTERNAL_AUTHENTICATION",
        "people logged in through another application: set up its authenticator (`portico apps`, `portico init`)",
    ),
    (
        "_FORCE_USERNAME_TO_PC_SESSION_NAME",
        "names were those of Windows sessions, unproven: see `username = \"forced\"` in docs/windows.md",
    ),
    ("_CENSOR_MESSAGES", "the list of words lies in common/config/censure.txt: set `word_filter` to it"),
    (
        "_MAINTENANCE_MODE",
        "the old server was in maintenance: set `maintenance` when the new one is to be so as well",
    ),
    ("_USER_HIEARCHIC_MANAGEMENT_BY_ADMIN", "there were ranks of people: give them by `rank` in roles"),
    (
        "_PASSWORD_FOR_PRIVATE_SERVER",
        "a password that everybody knew was asked for: limit the front by `require_groups` or by networks instead",
    ),
];

impl OldOptions {
    /// Reads the old `config.inc.php`, as data. A constant that is computed is noted and left out.
    pub(super) fn read(file: &PhpConfig) -> Self {
        let mut old = Self::default();
        for &(name, key, turn) in SAME {
            if let Some(value) = old.constant(file, name)
                && let Some(toml) = turn.toml(&value)
            {
                old.options.push(format!("{key} = {toml}"));
            }
        }
        let on = |old: &mut Self, name| old.constant(file, name).is_some_and(|value| is_on(&value));
        let mode = MODES.into_iter().find(|(name, _)| on(&mut old, name)).map_or("normal", |(_, mode)| mode);
        old.front.push(format!("mode = \"{mode}\""));
        if let Some(title) = old.constant(file, "_SITE_TITLE").filter(|title| !title.trim().is_empty()) {
            old.front.push(format!("title = {}", quoted(&title)));
        }
        old.unknown_names(file);
        old.contact_of_administrator(file);
        if on(&mut old, "_ALLOW_CONTACT_RATING") {
            // The old server told everybody the averages whatever the option said.
            old.options.push("contact_rating = \"public\"".to_owned());
        }
        if let Some(ids) = old.constant(file, "_AUTO_ADD_CONTACT_USER_ID") {
            old.auto_contacts = ids.split(';').filter_map(|id| id.trim().parse().ok()).collect();
        }
        for (name, why) in NOTES {
            if old.constant(file, name).is_some_and(|value| is_on(&value)) {
                old.notes.push(format!("{name}: {why}"));
            }
        }
        old
    }

    fn constant(&mut self, file: &PhpConfig, name: &str) -> Option<String> {
        match file.constant(name) {
            Ok(value) => value,
            Err(error) => {
                let note = error.to_string();
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
                None
            }
        }
    }

    fn unknown_names(&mut self, file: &PhpConfig) {
        let Some(adds) = self.constant(file, "_ALLOW_AUTO_ADD_NEW_USER_ON_SERVER") else { return };
        let by_form =
            self.constant(file, "_NEED_QUICK_REGISTER_TO_AUTO_ADD_NEW_USER").is_some_and(|v| is_on(&v));
        let waits = self.constant(file, "_PENDING_NEW_AUTO_ADDED_USER").is_some_and(|v| is_on(&v));
        let word = match (is_on(&adds), by_form, waits) {
            (false, ..) => "closed",
            (true, true, true) => "form-approval",
            (true, true, false) => "form",
            (true, false, true) => "first-login-approval",
            (true, false, false) => "first-login",
        };
        self.options.push(format!("unknown_names = \"{word}\""));
    }

    fn contact_of_administrator(&mut self, file: &PhpConfig) {
        let parts: Vec<String> = ["_ADMIN_EMAIL", "_ADMIN_PHONE"]
            .into_iter()
            .filter_map(|name| self.constant(file, name))
            .filter(|text| !text.trim().is_empty())
            .collect();
        if !parts.is_empty() {
            self.options.push(format!("admin_contact = {}", quoted(&parts.join(", "))));
        }
    }
}

impl Turn {
    /// The value as TOML; `None` when nothing is to be said.
    fn toml(self, old: &str) -> Option<String> {
        let old = old.trim();
        let number = || old.parse::<i64>().ok().filter(|number| *number >= 0);
        match self {
            Self::Flag => Some(is_on(old).to_string()),
            Self::Limit => number().map(|n| if n == 0 { "\"unlimited\"".to_owned() } else { n.to_string() }),
            Self::Number => number().map(|n| n.to_string()),
            Self::Seconds => number().filter(|n| *n > 0).map(|n| format!("\"{n}s\"")),
            Self::Days { never } => {
                number().map(|n| if n <= never { "\"never\"".to_owned() } else { format!("\"{n}d\"") })
            }
            Self::Kilobytes => number().filter(|n| *n > 0).map(|n| format!("\"{n}KB\"")),
            Self::Megabytes => number().filter(|n| *n > 0).map(|n| format!("\"{n}MB\"")),
            Self::List => {
                let texts: Vec<String> =
                    old.split(';').map(str::trim).filter(|t| !t.is_empty()).take(10).map(quoted).collect();
                (!texts.is_empty()).then(|| format!("[{}]", texts.join(", ")))
            }
            Self::Text => (!old.is_empty()).then(|| quoted(old)),
        }
    }
}

fn is_on(value: &str) -> bool {
    !value.trim().is_empty() && value.trim() != "0"
}

/// A text as a basic string of TOML 1.0.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::front::OPTIONS;

    fn read(text: &str) -> OldOptions {
        OldOptions::read(&PhpConfig::parse("config.inc.php", format!("<?php\n{text}").as_bytes()))
    }

    #[test]
    fn every_option_is_carried_over_to_one_that_there_is() {
        for (old, new, _) in SAME {
            assert!(OPTIONS.iter().any(|option| option.name == *new), "{old} -> {new}");
        }
    }

    #[test]
    fn the_old_file_becomes_todays_words() {
        let old = read(
            "define('_SPECIAL_MODE_OPEN_COMMUNITY', 'X'); define('_SITE_TITLE', 'Caf\u{e9} \"Noir\"');
             define('_MAX_NB_CONTACT_BY_USER', '3'); define('_MAX_NB_SESSION', '0'); define('_ALLOW_CONFERENCE', '');
             define('_BUSY_REASONS_LIST', 'Meeting;Eating; '); define('_UNREAD_MESSAGE_VALIDITY', '90');
             define('_LOCK_AFTER_NO_ACTIVITY_DURATION', '0'); define('_CHECK_NEW_MSG_EVERY', '20');
             define('_ALLOW_AUTO_ADD_NEW_USER_ON_SERVER', 'X'); define('_NEED_QUICK_REGISTER_TO_AUTO_ADD_NEW_USER', 'X');
             define('_PENDING_NEW_AUTO_ADDED_USER', 'X'); define('_AUTO_ADD_CONTACT_USER_ID', '7; 9;x');
             define('_SHARE_FILES_MAX_FILE_SIZE', '2048'); define('_EXTERNAL_AUTHENTICATION', 'phpbb3');
             define('_MAX_NB_IP', rand());",
        );
        assert_eq!(old.front, ["mode = \"open-community\"", "title = \"Caf\u{e9} \\\"Noir\\\"\""]);
        for line in [
            "max_contacts = 3",
            "max_sessions = \"unlimited\"",
            "conferences = false",
            "busy_reasons = [\"Meeting\", \"Eating\"]",
            "undelivered_validity = \"90d\"",
            "lock_after_inactivity = \"never\"",
            "poll_interval = \"20s\"",
            "unknown_names = \"form-approval\"",
            "max_attachment = \"2048KB\"",
        ] {
            assert!(old.options.iter().any(|option| option == line), "{line}: {:?}", old.options);
        }
        assert_eq!(old.auto_contacts, [7, 9]);
        assert_eq!(old.notes.len(), 2, "{:?}", old.notes);
        assert!(old.notes.iter().any(|note| note.contains("computed by PHP")));
    }

    #[test]
    fn what_comes_out_is_toml_that_options_are_read_from() {
        let old = read(
            "define('_SCROLL_TEXT', 'a \\\\ b'); define('_SHOUTBOX', 'X'); define('_AWAY_REASONS_LIST', 'Lunch');",
        );
        let toml = format!("{}\n[options]\n{}\n", old.front.join("\n"), old.options.join("\n"));
        let parsed: toml::Table = toml.parse().unwrap();
        assert_eq!(parsed["options"]["welcome"].as_str(), Some("a \\ b"));
        assert_eq!(parsed["options"]["shoutbox"].as_bool(), Some(true));
    }

    #[test]
    fn an_empty_file_says_nothing_but_the_mode() {
        let old = read("");
        assert_eq!(old, OldOptions { front: vec!["mode = \"normal\"".into()], ..OldOptions::default() });
    }
}
