//! phpBB's hash over a hash: `$H\2y$<settings 1>$<settings 2>$<digest>`, made by a cron task without the passwords.

use zeroize::Zeroizing;

use super::old_input::md5_hex;
use crate::compare;
use crate::error::Reject;
use crate::family::{bcrypt, phpass};

/// One step: what the text of the step before (first: the password) is hashed with.
#[derive(Clone)]
enum Step {
    Phpass(phpass::Setting),
    Bcrypt(bcrypt::Setting),
}

/// A parsed value: steps from left to right and the digest of the last.
#[derive(Clone)]
pub(crate) struct Combined {
    steps: Vec<Step>,
    digest: String,
}

impl Combined {
    /// Parses the whole value.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        let mut fields = stored.split('$');
        if fields.next() != Some("") {
            return Err(Reject::Other);
        }
        let types: Vec<&str> = fields.next().unwrap_or_default().split('\\').collect();
        if types.len() < 2 {
            return Err(Reject::Other);
        }
        let mut steps = Vec::with_capacity(types.len());
        for (at, name) in types.iter().enumerate() {
            if types[..at].contains(name) {
                return Err(Reject::malformed("it names the same type twice"));
            }
            let setting =
                fields.next().ok_or_else(|| Reject::malformed("the settings of a type are missing"))?;
            steps.push(Step::parse(name, setting)?);
        }
        let digest = fields.next().ok_or_else(|| Reject::malformed("the digest is missing"))?.to_owned();
        if fields.next().is_some() {
            return Err(Reject::malformed("there is text after the digest"));
        }
        Ok(Self { steps, digest })
    }

    /// Whether the password gives this digest. When the first step is a portable hash, boards that came from phpBB 2
    /// have it of md5(p), so that is tried as well.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let plain = self.fits(password);
        match self.steps.first() {
            Some(Step::Phpass(_)) => plain || self.fits(md5_hex(password).as_bytes()),
            _ => plain,
        }
    }

    fn fits(&self, password: &[u8]) -> bool {
        let mut text = Zeroizing::new(password.to_vec());
        for step in &self.steps {
            if !step.affordable(&text) {
                return false;
            }
            let digest = step.digest(&text);
            text = Zeroizing::new(digest.as_bytes().to_vec());
        }
        compare::equal(&text, self.digest.as_bytes())
    }
}

impl Step {
    /// Reads the settings of a type; inside them a backslash stands for `$`.
    fn parse(name: &str, setting: &str) -> Result<Self, Reject> {
        let md5 = || phpass::Setting::parse(phpass::Flavour::Md5, setting.as_bytes()).map(Self::Phpass);
        let bcrypt = |prefix: &str| {
            let setting = format!("{prefix}{}", setting.replace('\\', "$"));
            bcrypt::Setting::parse(&setting).map(Self::Bcrypt)
        };
        match name {
            "H" | "P" => md5(),
            "2y" => bcrypt("$2y$"),
            "2a" => bcrypt("$2a$"),
            _ => Err(Reject::malformed("it is made of types other than `H`, `P`, `2a` and `2y`")),
        }
    }

    fn affordable(&self, text: &[u8]) -> bool {
        match self {
            Self::Phpass(setting) => setting.affordable(text),
            Self::Bcrypt(_) => true,
        }
    }

    /// The digest alone, without the setting.
    fn digest(&self, text: &[u8]) -> Zeroizing<String> {
        match self {
            Self::Phpass(setting) => setting.digest(text),
            Self::Bcrypt(setting) => setting.digest(text),
        }
    }
}
