//! The rows of Phorum's `settings` table that a login depends on.

use std::collections::HashMap;

use portico_core::auth::AuthError;

use crate::php_value::PhpValue;

/// The hooks by which a module takes the password check over: 5.2 and 6.0, and the name of 5.1.
const CHECK_HOOKS: [&str; 2] = ["user_authenticate", "user_check_login"];

/// The hook by which a module says itself who is logged in.
const SESSION_HOOKS: [&str; 1] = ["user_session_restore"];

/// The patch of 29 June 2026, which made room for PHP's hashes: Phorum 6.0.
const PATCH_OF_6_0: u64 = 2_026_062_900;

/// The names of the rows that are read, for the query and for the manual.
pub(crate) const NAMES: [&str; 10] = [
    "status",
    "hooks",
    "internal_patchlevel",
    "admin_session_salt",
    "registration_control",
    "user_time_zone",
    "custom_display_name",
    "display_name_source",
    "use_cookies",
    "tight_security",
];

/// The rows, as far as they are there. An absent row reads as in Phorum: as nothing.
#[derive(Default)]
pub(crate) struct Settings(HashMap<String, String>);

// `admin_session_salt` is a secret.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Whether the forum is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForumStatus {
    /// `normal`, and whatever Phorum doesn't know.
    Normal,
    /// `read-only`: everybody but administrators is treated as not logged in.
    ReadOnly,
    /// `admin-only`: everybody but administrators sees a notice.
    AdminOnly,
    /// `disabled`: everybody sees a notice.
    Disabled,
}

impl FromIterator<(String, String)> for Settings {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(rows: I) -> Self {
        Self(rows.into_iter().collect())
    }
}

impl Settings {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// What PHP's `!empty()` says of a row.
    fn is_on(&self, name: &str) -> bool {
        !matches!(self.get(name), "" | "0")
    }

    pub(crate) fn status(&self) -> ForumStatus {
        match self.get("status") {
            "read-only" => ForumStatus::ReadOnly,
            "admin-only" => ForumStatus::AdminOnly,
            "disabled" => ForumStatus::Disabled,
            _ => ForumStatus::Normal,
        }
    }

    /// Whether the tables have the patch of Phorum 6.0; `None` = the forum doesn't say.
    pub(crate) fn has_patch_of_6_0(&self) -> Option<bool> {
        self.get("internal_patchlevel").parse::<u64>().ok().map(|level| level >= PATCH_OF_6_0)
    }

    /// Whether new accounts prove their e-mail address (`registration_control` 1 and 3).
    pub(crate) fn proves_emails(&self) -> bool {
        matches!(self.get("registration_control"), "1" | "3")
    }

    /// Whether members have a time zone of their own.
    pub(crate) fn has_member_time_zones(&self) -> bool {
        self.is_on("user_time_zone")
    }

    /// Whether `display_name` is HTML made by a module.
    pub(crate) fn display_names_are_html(&self) -> bool {
        self.is_on("custom_display_name")
    }

    /// Whether the shown name is `real_name` where there is one.
    pub(crate) fn shows_real_names(&self) -> bool {
        self.get("display_name_source") == "real_name"
    }

    /// The text that tells this forum from every other, if it has one: made at the installation and never changed.
    pub(crate) fn salt(&self) -> Option<&str> {
        Some(self.get("admin_session_salt")).filter(|salt| !salt.is_empty())
    }

    /// Whether the forum keeps its sessions in cookies.
    pub(crate) fn uses_cookies(&self) -> bool {
        self.get("use_cookies").trim().parse::<i64>().is_ok_and(|mode| mode > 0)
    }

    /// Whether writing needs the short session besides the long one.
    pub(crate) fn has_tight_security(&self) -> bool {
        self.is_on("tight_security")
    }

    /// That Phorum itself decides about passwords, and not a module.
    ///
    /// # Errors
    /// [`AuthError::Misconfigured`] naming the modules.
    pub(crate) fn forbid_check_modules(&self) -> Result<(), AuthError> {
        let modules = self.modules_on(&CHECK_HOOKS);
        if modules.is_empty() {
            return Ok(());
        }
        Err(AuthError::misconfigured(format!(
            "the forum checks passwords by a module ({}), so the passwords in its tables mean nothing; use the \
             authenticator of the system behind that module, set `passwords = false` (then the forum's cookies let people in), \
             or `ignore_authentication_modules = true` if the module leaves the decision to Phorum",
            modules.join(", ")
        )))
    }

    /// That Phorum itself decides about sessions, and not a module.
    ///
    /// # Errors
    /// [`AuthError::Misconfigured`] naming the modules.
    pub(crate) fn forbid_session_modules(&self) -> Result<(), AuthError> {
        let modules = self.modules_on(&SESSION_HOOKS);
        if modules.is_empty() {
            return Ok(());
        }
        Err(AuthError::misconfigured(format!(
            "a module of the forum ({}) says who is logged in there, so Phorum's own cookies prove nobody; set \
             `cookies = false`, or `ignore_authentication_modules = true` if the module leaves the decision to Phorum",
            modules.join(", ")
        )))
    }

    /// The names of the modules on these hooks.
    fn modules_on(&self, hooks: &[&str]) -> Vec<String> {
        let text = self.get("hooks");
        match PhpValue::parse(text) {
            Some(all) => hooks
                .iter()
                .filter_map(|hook| all.get(hook))
                .flat_map(|hook| {
                    let names: Vec<String> = hook
                        .get("mods")
                        .into_iter()
                        .flat_map(PhpValue::texts)
                        .map(|name| format!("`{name}`"))
                        .collect();
                    if names.is_empty() { vec!["a module without a name".to_owned()] } else { names }
                })
                .collect(),
            // Damaged, for example by a change of the character set that left the counted lengths behind. Phorum
            // would run without any module; whoever has such a row means to have them.
            None if hooks.iter().any(|hook| text.contains(&format!("\"{hook}\""))) => {
                vec!["a module in the damaged row `hooks`".to_owned()]
            }
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(rows: &[(&str, &str)]) -> Settings {
        rows.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect()
    }

    #[test]
    fn an_unknown_or_absent_status_is_normal() {
        for (data, status) in [
            ("normal", ForumStatus::Normal),
            ("read-only", ForumStatus::ReadOnly),
            ("admin-only", ForumStatus::AdminOnly),
            ("disabled", ForumStatus::Disabled),
            ("Disabled", ForumStatus::Normal),
            ("", ForumStatus::Normal),
        ] {
            assert_eq!(settings(&[("status", data)]).status(), status, "{data}");
        }
        assert_eq!(Settings::default().status(), ForumStatus::Normal);
    }

    #[test]
    fn the_patch_level_tells_6_0_from_5_2() {
        let of = |level: &str| settings(&[("internal_patchlevel", level)]).has_patch_of_6_0();
        assert_eq!(of("2026062900"), Some(true));
        assert_eq!(of("2016101000"), Some(false));
        assert_eq!(of(""), None);
    }

    #[test]
    fn a_module_that_checks_passwords_is_named() {
        // php -r 'echo serialize(["user_authenticate"=>["mods"=>["ldap"],"funcs"=>["f"]]]);'
        let ldap = "a:1:{s:17:\"user_authenticate\";a:2:{s:4:\"mods\";a:1:{i:0;s:4:\"ldap\";}s:5:\"funcs\";a:1:{i:0;s:1:\"f\";}}}";
        for (hooks, named) in [
            (ldap.to_owned(), "`ldap`"),
            (ldap.replace("s:17:\"user_authenticate\"", "s:16:\"user_check_login\""), "`ldap`"),
            (ldap.replace("s:4:\"ldap\"", "s:9:\"ldap\""), "damaged row `hooks`"),
        ] {
            let error = settings(&[("hooks", &hooks)]).forbid_check_modules().unwrap_err();
            assert_eq!(error.as_str(), "misconfigured");
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn a_module_that_keeps_the_sessions_is_named() {
        // php -r 'echo serialize(["user_session_restore"=>["mods"=>["sso"],"funcs"=>["f"]]]);'
        let sso = "a:1:{s:20:\"user_session_restore\";a:2:{s:4:\"mods\";a:1:{i:0;s:3:\"sso\";}s:5:\"funcs\";a:1:{i:0;s:1:\"f\";}}}";
        let with = settings(&[("hooks", sso)]);
        assert!(with.forbid_session_modules().unwrap_err().to_string().contains("`sso`"));
        assert!(with.forbid_check_modules().is_ok(), "passwords are Phorum's own all the same");
    }

    #[test]
    fn cookies_are_used_from_mode_1_on() {
        for (mode, used) in [("0", false), ("1", true), ("2", true), ("", false), ("x", false)] {
            assert_eq!(settings(&[("use_cookies", mode)]).uses_cookies(), used, "{mode}");
        }
    }

    #[test]
    fn other_modules_are_no_obstacle() {
        // php -r 'echo serialize(["format"=>["mods"=>["smileys","bbcode"],"funcs"=>["phorum_mod_smileys","phorum_bb_code"]]]);'
        let usual = "a:1:{s:6:\"format\";a:2:{s:4:\"mods\";a:2:{i:0;s:7:\"smileys\";i:1;s:6:\"bbcode\";}\
                     s:5:\"funcs\";a:2:{i:0;s:18:\"phorum_mod_smileys\";i:1;s:14:\"phorum_bb_code\";}}}";
        for hooks in [usual, "a:0:{}", ""] {
            assert!(settings(&[("hooks", hooks)]).forbid_check_modules().is_ok(), "{hooks}");
        }
    }

    #[test]
    fn debug_shows_names_only() {
        let shown = format!("{:?}", settings(&[("admin_session_salt", "0.5 144")]));
        assert!(shown.contains("admin_session_salt") && !shown.contains("144"));
    }
}
