use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portico_core::auth::PasswordRules;
use portico_passwords::native::Params;
use serde::Deserialize;

use crate::guessable::Blocklist;
use crate::span;

/// The adapter's section of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NativeConfig {
    /// Cost of the password hashes.
    pub argon2: Argon2Config,
    /// Fewest characters of a new password, 8 to 128.
    #[serde(alias = "password_min_length")]
    pub min_password_chars: usize,
    /// What a new password must have in it.
    pub password_rules: PasswordRulesConfig,
    /// A file of passwords that nobody may have besides those that are guessed first anyway: one a line, in any case.
    pub password_blocklist: Option<PathBuf>,
    /// After this time a password must be changed: `"90d"`. Default: never.
    #[serde(deserialize_with = "span::optional")]
    pub password_max_age: Option<Duration>,
    /// How many past passwords may not be chosen again, 0 to 24.
    pub password_history: usize,
    /// Whether a new account waits until its e-mail address is proved; needs `[mail]`.
    pub verify_email: bool,
    /// What authenticator programs show beside the code.
    pub totp_issuer: String,
    /// Fewest characters of a new login, 1 to `max_login_chars`.
    pub min_login_chars: usize,
    /// Most characters of a new login, 8 to 64.
    pub max_login_chars: usize,
    /// Logins that nobody can register, in any spelling. An administrator can make them.
    pub reserved_logins: Vec<String>,
    /// What `password_blocklist` names, once [`read_files`](Self::read_files) has read it.
    #[serde(skip)]
    pub blocked: Blocklist,
}

impl Default for NativeConfig {
    fn default() -> Self {
        let reserved = ["admin", "administrator", "moderator", "root", "support", "system"];
        Self {
            argon2: Argon2Config::default(),
            min_password_chars: 10,
            password_rules: PasswordRulesConfig::default(),
            password_blocklist: None,
            password_max_age: None,
            password_history: 0,
            verify_email: false,
            totp_issuer: "Portico".to_owned(),
            min_login_chars: 1,
            max_login_chars: 64,
            reserved_logins: reserved.map(str::to_owned).into(),
            blocked: Blocklist::default(),
        }
    }
}

/// What a new password must have in it. Length does more for a password than any of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordRulesConfig {
    /// A digit.
    pub digit: bool,
    /// A letter.
    pub letter: bool,
    /// A capital letter.
    pub upper: bool,
    /// A small letter.
    pub lower: bool,
    /// Something that is neither letter, digit nor space.
    pub special: bool,
}

/// Cost of argon2id. The defaults are the first choice of OWASP's password storage recommendations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Argon2Config {
    /// Memory of one hash in KiB, 7168 to 262144.
    pub memory_kib: u32,
    /// Passes over the memory, 1 to 20.
    pub passes: u32,
    /// Lanes, 1 to 16. They are computed one after the other.
    pub lanes: u32,
}

impl Default for Argon2Config {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

/// A value outside its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct InvalidConfig {
    /// The key, from the top of the adapter's section.
    pub key: &'static str,
    /// What it is and what it must be.
    pub message: String,
}

/// The least work of one hash: the weakest of OWASP's equivalent choices, 7 MiB and 5 passes.
const LEAST_KIB_TIMES_PASSES: u64 = 7168 * 5;

impl NativeConfig {
    /// Checks all bounds.
    ///
    /// # Errors
    /// The first key that is out of bounds, and its bounds.
    pub fn validate(&self) -> Result<(), InvalidConfig> {
        let Argon2Config { memory_kib, passes, lanes } = self.argon2;
        within("argon2.memory_kib", memory_kib.into(), 7168, 262_144)?;
        within("argon2.passes", passes.into(), 1, 20)?;
        within("argon2.lanes", lanes.into(), 1, 16)?;
        within("min_password_chars", count(self.min_password_chars), 8, 128)?;
        within("max_login_chars", count(self.max_login_chars), 8, 64)?;
        within("min_login_chars", count(self.min_login_chars), 1, count(self.max_login_chars))?;
        within("password_history", count(self.password_history), 0, 24)?;
        if let Some(age) = self.password_max_age {
            within("password_max_age", age.as_secs() / 86_400, 1, 3660)?;
        }
        within("totp_issuer", count(self.totp_issuer.chars().count()), 1, 64)?;
        let work = u64::from(memory_kib) * u64::from(passes);
        if work < LEAST_KIB_TIMES_PASSES {
            let message = format!(
                "memory_kib × passes is {work}, must be at least {LEAST_KIB_TIMES_PASSES}: raise one of the two"
            );
            return Err(InvalidConfig { key: "argon2", message });
        }
        Ok(())
    }

    /// Reads the files that it names; a relative path starts at `base_dir`.
    ///
    /// # Errors
    /// Which file can't be read, and why.
    pub fn read_files(&mut self, base_dir: &Path) -> Result<(), InvalidConfig> {
        if let Some(file) = &self.password_blocklist {
            self.blocked = Blocklist::read(&base_dir.join(file))
                .map_err(|message| InvalidConfig { key: "password_blocklist", message })?;
        }
        Ok(())
    }

    pub(crate) fn login_chars(&self) -> RangeInclusive<usize> {
        self.min_login_chars..=self.max_login_chars
    }

    pub(crate) fn rules(&self) -> PasswordRules {
        let PasswordRulesConfig { digit, letter, upper, lower, special } = self.password_rules;
        PasswordRules { min_length: self.min_password_chars, digit, letter, upper, lower, special }
    }

    pub(crate) fn params(&self) -> Params {
        let Argon2Config { memory_kib, passes, lanes } = self.argon2;
        Params { memory_kib, time: passes, lanes }
    }
}

fn within(key: &'static str, value: u64, low: u64, high: u64) -> Result<(), InvalidConfig> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(InvalidConfig { key, message: format!("is {value}, must be {low} to {high}") })
    }
}

fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_configuration_is_valid() {
        assert_eq!(NativeConfig::default().validate(), Ok(()));
    }

    #[test]
    fn a_value_out_of_bounds_is_named_with_its_bounds() {
        let mut config = NativeConfig::default();
        config.argon2.memory_kib = 64;
        assert_eq!(
            config.validate().unwrap_err().to_string(),
            "argon2.memory_kib: is 64, must be 7168 to 262144"
        );
        config.argon2.memory_kib = 7168;
        let error = config.validate().unwrap_err().to_string();
        assert_eq!(
            error,
            "argon2: memory_kib × passes is 14336, must be at least 35840: raise one of the two"
        );
        config.argon2.passes = 5;
        assert_eq!(config.validate(), Ok(()));
        config.min_password_chars = 4;
        assert_eq!(config.validate().unwrap_err().key, "min_password_chars");
        config.min_password_chars = 10;
        for (fewest, fits) in [(0, false), (1, true), (64, true), (65, false)] {
            config.min_login_chars = fewest;
            assert_eq!(config.validate().is_ok(), fits, "{fewest}");
        }
    }
}
