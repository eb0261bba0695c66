//! One front: what its section says, checked against everything around it.

use std::sync::Arc;

use portico_core::account::LinkPolicy;
use portico_core::auth::{Authenticator, Chain, Guarded};
use portico_core::front::{Front, FrontId, FrontPath, NewsPlace, NewsRule, OptionLayers, UnknownNames};
use portico_core::group::GroupSelector;
use portico_core::session::MIN_SECRET_BYTES;
use secrecy::{ExposeSecret, SecretString};

use super::roles::{grants, role_named};
use super::{Authenticators, rules};
use crate::central::checked_url;
use crate::config::{
    CentralOptions, Config, EmbedConfig, FrontConfig, GroupAt, GroupConfig, HandOverConfig, NewsConfig,
};
use crate::entrance::entrance_of;

impl Config {
    /// What the central server says that a front extends.
    fn central_of(&self, section: &FrontConfig, wrong: &mut Vec<String>) -> Option<&CentralOptions> {
        let url = section.extends.as_ref()?;
        let known = self.central.get(url).map(Arc::as_ref);
        // What may not be asked at all is told elsewhere.
        if known.is_none() && checked_url(section, url).is_ok() {
            wrong.push(format!("extends: nothing is known yet of what {url} says"));
        }
        known
    }

    /// A front, or everything that is wrong with it.
    pub(super) fn build_front(
        &self,
        section: &FrontConfig,
        authenticators: &Authenticators,
    ) -> Result<Front, Vec<String>> {
        let mut wrong = Vec::new();
        let path = FrontPath::new(&section.path).map_err(|error| vec![format!("path: {error}")])?;
        let id = section.id.clone().unwrap_or_else(|| FrontId::from_path(&path));
        let members = members(section, authenticators, &mut wrong);
        check_keys(section, &mut wrong);
        let central = self.central_of(section, &mut wrong);
        let layers = OptionLayers {
            central: central.map(|central| central.options.clone()).unwrap_or_default(),
            central_url: section.extends.clone(),
            local: section.options.clone(),
        };
        let mut options = layers.options();
        check_registration(options.unknown_names, &members, &mut wrong);
        self.check_directory(section, &mut wrong);
        options.entrance = entrance_of(section, &members, &mut wrong);
        let role_book = self.role_book(central);
        let default_role = section.default_role.as_ref();
        let front = Front {
            host: section.host.clone(),
            title: section.title.clone().unwrap_or_else(|| "Portico".into()),
            community: section.community.clone(),
            options,
            layers,
            link_policy: LinkPolicy {
                same_login: section.link.same_login,
                reused_subject: section.link.reused_subject,
            },
            require_groups: require_groups(section, &members, &mut wrong),
            roles: grants(section, &members, &role_book, &mut wrong),
            default_role: default_role
                .and_then(|name| role_named("default_role", name, &role_book, &mut wrong)),
            role_book,
            news: section.news.iter().filter_map(|news| news_rule(news, &members, &mut wrong)).collect(),
            hand_over: section.hand_over.as_ref().and_then(|over| secret(over, &members, &mut wrong)),
            guests: section.guests,
            embed: origins(&section.embed, &mut wrong),
            who_is_here: section.embed.who_is_here,
            directory: section.directory,
            ..Front::new(id, path, section.mode, Chain::new(members))
        };
        rules::check(&front, &self.base_dir, &mut wrong);
        if wrong.is_empty() { Ok(front) } else { Err(wrong) }
    }

    fn check_directory(&self, section: &FrontConfig, wrong: &mut Vec<String>) {
        if section.trusted_name.as_ref().is_some_and(|trusted| trusted.unix_socket)
            && self.server.listen_unix.is_none()
        {
            wrong.push("trusted_name.unix_socket: there is no socket file; set [server] listen_unix".into());
        }
        let is_read = |name: &String| self.authenticator.get(name).is_some_and(|one| one.sync.is_some());
        if section.directory && !section.authenticators.iter().any(is_read) {
            wrong.push(
                "directory: none of the authenticators is read; it needs [authenticator.NAME.sync]".into(),
            );
        }
    }
}

fn members(
    section: &FrontConfig,
    authenticators: &Authenticators,
    wrong: &mut Vec<String>,
) -> Vec<Arc<Guarded>> {
    if section.authenticators.is_empty() {
        wrong.push("authenticators: a front needs at least one".into());
    }
    let mut members = Vec::new();
    for (index, name) in section.authenticators.iter().enumerate() {
        match authenticators.get(name) {
            Some(authenticator) => members.push(Arc::clone(authenticator)),
            None => {
                let known = authenticators.keys().cloned().collect::<Vec<_>>().join(", ");
                wrong
                    .push(format!("authenticators: there is no [authenticator.{name}] (there are: {known})"));
            }
        }
        if section.authenticators.iter().skip(index + 1).any(|other| other == name) {
            wrong.push(format!("authenticators: `{name}` is listed twice"));
        }
    }
    members
}

fn check_keys(section: &FrontConfig, wrong: &mut Vec<String>) {
    if section.host.as_deref().is_some_and(|host| host.contains(['/', ':']) && !host.starts_with('[')) {
        wrong.push("host: expected a host name alone, without scheme, port or path".into());
    }
    if let Some(url) = &section.extends
        && let Err(why) = checked_url(section, url)
    {
        wrong.push(format!("extends: {why}"));
    }
    if section.extends_refresh < rules::SHORTEST_REFRESH {
        wrong.push("extends_refresh: expected at least \"30s\"".into());
    }
}

/// The group, if the authenticator it is to be of is one of the front's.
pub(super) fn selector(
    authenticator: Option<&str>,
    group: &str,
    members: &[Arc<Guarded>],
) -> Option<GroupSelector> {
    let realm = match authenticator {
        None => None,
        Some(name) => Some(members.iter().find(|member| member.name() == name)?.realm().clone()),
    };
    Some(GroupSelector { realm, group: group.to_owned() })
}

pub(super) fn not_a_member(key: &str, authenticator: Option<&str>) -> String {
    let name = authenticator.unwrap_or_default();
    format!("{key}: `{name}` is not one of this front's `authenticators`")
}

fn require_groups(
    section: &FrontConfig,
    members: &[Arc<Guarded>],
    wrong: &mut Vec<String>,
) -> Vec<GroupSelector> {
    let mut groups = Vec::new();
    for group in &section.require_groups {
        let (authenticator, group) = match group {
            GroupConfig::Name(group) => (None, group),
            GroupConfig::At(GroupAt { authenticator, group }) => (Some(authenticator.as_str()), group),
        };
        match selector(authenticator, group, members) {
            Some(selector) => groups.push(selector),
            None => wrong.push(not_a_member("require_groups", authenticator)),
        }
    }
    groups
}

fn news_rule(section: &NewsConfig, members: &[Arc<Guarded>], wrong: &mut Vec<String>) -> Option<NewsRule> {
    let Some(member) = members.iter().find(|member| member.name() == section.authenticator) else {
        wrong.push(not_a_member("news", Some(&section.authenticator)));
        return None;
    };
    if member.news().is_none() {
        wrong.push(format!("news: kind \"{}\" has no topics that could be announced", member.kind()));
    }
    if section.forums.is_empty() {
        wrong.push("news: `forums` must list the ids of the forums whose new topics are announced".into());
    }
    let place = match (&section.room, &section.group) {
        (Some(room), None) if !room.trim().is_empty() => NewsPlace::Room(room.trim().to_owned()),
        (None, Some(group)) => NewsPlace::Group(group.clone()),
        _ => {
            wrong.push(
                "news: give either `room`, a name, or `group`, the mirrored group in whose room they go"
                    .into(),
            );
            return None;
        }
    };
    let forums = section.forums.iter().map(ToString::to_string).collect();
    Some(NewsRule { authenticator: section.authenticator.clone(), forums, place })
}

fn secret(
    section: &HandOverConfig,
    members: &[Arc<Guarded>],
    wrong: &mut Vec<String>,
) -> Option<SecretString> {
    if section.secret.expose_secret().len() < MIN_SECRET_BYTES {
        wrong.push(format!(
            "hand_over.secret: expected at least {MIN_SECRET_BYTES} bytes, for example from `openssl rand -hex 32`"
        ));
    }
    if members.iter().all(|member| member.directory().is_none()) {
        wrong.push("hand_over: none of this front's authenticators can look people up".into());
    }
    Some(section.secret.clone())
}

fn origins(section: &EmbedConfig, wrong: &mut Vec<String>) -> Vec<String> {
    for origin in &section.origins {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        // The value stands in a header: nothing may end it.
        let plain = host.is_some_and(|host| {
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
        });
        if !plain {
            wrong.push(format!(
                "embed.origins: `{origin}`: expected an origin alone, for example \"https://forum.example.org\""
            ));
        }
    }
    section.origins.clone()
}

fn check_registration(unknown_names: UnknownNames, members: &[Arc<Guarded>], wrong: &mut Vec<String>) {
    let makes_accounts = unknown_names.has_form() || unknown_names.creates_at_login();
    if makes_accounts && !members.iter().any(|member| member.registrar().is_some()) {
        wrong.push(format!(
            "options.unknown_names: \"{}\" needs native accounts among the front's authenticators",
            unknown_names.as_str()
        ));
    }
    if unknown_names.creates_at_login() && members.len() > 1 {
        wrong.push(format!(
            "options.unknown_names: \"{}\" can't stand in a chain: a name unknown to another system would become an \
             account here; let native accounts be the front's only authenticator, or use \"form\"",
            unknown_names.as_str()
        ));
    }
}
