//! From a configuration to authenticators, fronts and a running engine.

mod advice;
mod front;
mod roles;
mod rules;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use portico_core::auth::ThrottleRules;
use portico_core::auth::{
    AuthObserver, AuthRegistry, Authenticator as _, BuildContext, Guarded, HashPool, Options, Realm,
};
use portico_core::engine::EngineSettings;
use portico_core::front::{Front, FrontTable};
use portico_core::group::MirrorRule;
use portico_core::ports::{Clock, Mailer};

use crate::config::{AuthenticatorConfig, Config, MirrorConfig, MirrorWord};
use crate::mail::SmtpMailer;

/// A mistake in the configuration that only shows when its parts are put together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AssemblyError(String);

/// All mistakes, so that they can be mended at once.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct AssemblyErrors(Vec<AssemblyError>);

/// Authenticators by name.
pub type Authenticators = BTreeMap<String, Arc<Guarded>>;

/// What every authenticator is built with.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub hash_pool: HashPool,
    pub clock: Arc<dyn Clock>,
    pub observer: Arc<dyn AuthObserver>,
}

impl Config {
    /// Builds all authenticators.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub async fn build_authenticators(
        &self,
        registry: &AuthRegistry,
        surroundings: &Surroundings,
    ) -> Result<Authenticators, AssemblyErrors> {
        let mut built = Authenticators::new();
        let mut errors = Vec::new();
        for (name, section) in &self.authenticator {
            match self.build_authenticator(name, section, registry, surroundings).await {
                Ok(authenticator) => {
                    built.insert(name.clone(), Arc::new(authenticator));
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(built) } else { Err(AssemblyErrors(errors)) }
    }

    /// Builds one authenticator.
    pub async fn build_authenticator(
        &self,
        name: &str,
        section: &AuthenticatorConfig,
        registry: &AuthRegistry,
        surroundings: &Surroundings,
    ) -> Result<Guarded, AssemblyError> {
        let path = format!("authenticator.{name}");
        let realm = realm_of(name, section)?;
        let mut cx =
            BuildContext::new(name, realm, surroundings.hash_pool.clone(), Arc::clone(&surroundings.clock));
        cx.base_dir.clone_from(&self.base_dir);
        cx.timeout = section.timeout;
        let options = Options::new(path, section.options.clone());
        let observer = Arc::clone(&surroundings.observer);
        registry
            .build(&section.kind, options, &cx, observer)
            .await
            .map_err(|error| AssemblyError(with_causes(&error)))
    }

    /// Puts the fronts together.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn build_fronts(&self, authenticators: &Authenticators) -> Result<FrontTable, AssemblyErrors> {
        let mut fronts = Vec::new();
        let mut errors = Vec::new();
        for (index, section) in self.front.iter().enumerate() {
            match self.build_front(section, authenticators) {
                Ok(front) => fronts.push(Arc::new(front)),
                Err(wrong) => {
                    let at = format!("front[{index}] (`{}`)", section.path);
                    errors.extend(wrong.into_iter().map(|message| AssemblyError(format!("{at}: {message}"))));
                }
            }
        }
        errors.extend(self.check_general().into_iter().map(AssemblyError));
        errors.extend(self.check_directories(authenticators).into_iter().map(AssemblyError));
        if self.front.is_empty() {
            errors.push(AssemblyError("there is no [[front]]: a server needs at least one".into()));
        }
        if !errors.is_empty() {
            return Err(AssemblyErrors(errors));
        }
        FrontTable::new(fronts).map_err(|conflict| AssemblyErrors(vec![AssemblyError(conflict.to_string())]))
    }

    /// What the fronts' options say without an effect: no mistake, and perhaps not what was meant.
    pub fn advice(fronts: &FrontTable) -> Vec<String> {
        let of = |front: Arc<Front>| {
            let told = advice::of(&front);
            told.into_iter().map(move |told| format!("front `{}`: {told}", front.path.as_str()))
        };
        fronts.iter().flat_map(of).collect()
    }

    fn check_directories(&self, authenticators: &Authenticators) -> Vec<String> {
        let mut wrong = Vec::new();
        for (name, section) in &self.authenticator {
            let Some(sync) = section.sync else { continue };
            if authenticators.get(name).is_some_and(|built| built.sync().is_none()) {
                wrong.push(format!(
                    "authenticator.{name}.sync: it can't list its people; kind \"ldap-windows\" with a service account can"
                ));
            }
            if sync.interval.is_zero() || sync.full_interval.is_zero() || sync.most == 0 {
                wrong.push(format!(
                    "authenticator.{name}.sync: expected `interval`, `full_interval` and `most` above zero"
                ));
            }
        }
        wrong
    }

    fn check_general(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(url) = &self.server.public_url {
            let origin = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let host = origin.map(|rest| rest.strip_suffix('/').unwrap_or(rest));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', '@', ' '])) {
                wrong.push(
                    "server.public_url: expected an origin alone, for example \"https://chat.example.org\""
                        .into(),
                );
            }
        }
        wrong.extend(self.check_mail());
        for (key, value) in [
            ("login.max_failures_per_name", self.login.max_failures_per_name),
            ("login.max_failures_per_address", self.login.max_failures_per_address),
        ] {
            if value == 0 {
                wrong.push(format!("{key}: expected at least 1; with 0 nobody could log in"));
            }
        }
        wrong
    }

    /// What letters need: a mail server that can be one, and an address for their links that no visitor can choose.
    fn check_mail(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(mail) = &self.mail {
            wrong.extend(SmtpMailer::new(mail, &self.base_dir).err());
            if self.server.public_url.is_none() {
                wrong.push(
                    "mail: links in letters need `server.public_url`, the address that people use".into(),
                );
            }
        }
        for (name, section) in &self.authenticator {
            let verifies = section.options.get("verify_email") == Some(&serde_json::Value::Bool(true));
            if section.kind == Realm::NATIVE && verifies && self.mail.is_none() {
                wrong.push(format!("authenticator.{name}.verify_email: it needs [mail]"));
            }
        }
        wrong
    }

    /// Who sends letters.
    ///
    /// # Errors
    /// What is wrong with `[mail]`.
    pub fn mailer(&self) -> Result<Option<Arc<dyn Mailer>>, AssemblyErrors> {
        let Some(mail) = &self.mail else { return Ok(None) };
        let mailer = SmtpMailer::new(mail, &self.base_dir)
            .map_err(|error| AssemblyErrors(vec![AssemblyError(error)]))?;
        Ok(Some(Arc::new(mailer)))
    }

    /// The engine's choices.
    pub fn engine_settings(&self, authenticators: &Authenticators) -> EngineSettings {
        let mut labels = HashMap::new();
        for (name, authenticator) in authenticators {
            let label = self.authenticator.get(name).and_then(|section| section.label.clone());
            let own = (authenticator.kind() == Realm::NATIVE).then(|| "Portico".to_owned());
            if let Some(label) = label.or(own) {
                labels.insert(authenticator.realm().clone(), label);
            }
        }
        let mut settings = EngineSettings::default();
        settings.mailbox_capacity = self.server.mailbox_capacity;
        settings.seen_write_interval = self.server.seen_write_interval;
        settings.throttle = ThrottleRules {
            window: self.login.failure_window,
            per_name: self.login.max_failures_per_name,
            per_address: self.login.max_failures_per_address,
            longest_pause: self.login.longest_pause,
        };
        settings.refusal_step = self.login.refusal_step;
        settings.log_names = self.login.log_names;
        settings.realm_labels = labels;
        settings.public_url.clone_from(&self.server.public_url);
        settings.revalidate_interval = self.server.revalidate_interval;
        settings.news_interval = self.server.news_interval;
        let read = self
            .authenticator
            .iter()
            .filter_map(|(name, section)| Some((name.clone(), section.sync?.into())));
        settings.directories = read.collect();
        settings.mirrored =
            self.authenticator.iter().map(|(name, section)| (name.clone(), mirror_rule(section))).collect();
        settings
    }
}

fn mirror_rule(section: &AuthenticatorConfig) -> MirrorRule {
    match &section.mirror_groups {
        MirrorConfig::Word(MirrorWord::All) => MirrorRule::All,
        MirrorConfig::Word(MirrorWord::None) => MirrorRule::None,
        MirrorConfig::These(groups) => MirrorRule::These(groups.clone()),
    }
}

fn realm_of(name: &str, section: &AuthenticatorConfig) -> Result<Realm, AssemblyError> {
    let native = section.kind == Realm::NATIVE;
    let text = match &section.realm {
        None if native => Realm::NATIVE,
        None => name,
        Some(realm) => realm,
    };
    if (text == Realm::NATIVE) != native {
        return Err(AssemblyError(format!(
            "authenticator.{name}: the realm `native` is that of kind \"native\", and only that; set `realm` to another name"
        )));
    }
    if text == Realm::OWN {
        return Err(AssemblyError(format!(
            "authenticator.{name}: the realm `portico` is Portico's own; set `realm` to another name"
        )));
    }
    Realm::new(text).map_err(|error| AssemblyError(format!("authenticator.{name}.realm: `{text}`: {error}")))
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.contains(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        cause = error.source();
    }
    text
}
