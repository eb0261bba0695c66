use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Place, glob};
use crate::account::fold_login;
use crate::auth::{Realm, Refusal, Restriction};
use crate::front::FrontId;
use crate::session::Ending;
use crate::{AccountId, BanId, CommunityId, MuteId, Timestamp};

/// Longest pattern of a name, in characters: the longest login.
const MAX_PATTERN: usize = 255;
/// Longest id of a device.
const MAX_DEVICE: usize = 64;

/// Somebody or something that may not come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Its id.
    pub id: BanId,
    /// Whom it is about.
    pub subject: BanSubject,
    /// Where it holds.
    pub place: Place,
    /// Shown to the banned.
    pub reason: Option<String>,
    /// When it is over; `None` = never.
    pub until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by name.
    pub by: String,
}

impl Ban {
    /// Whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    /// What a login is told.
    pub fn refusal(&self) -> Refusal {
        Refusal::Banned { reason: self.reason.clone(), until: self.until }
    }

    /// What a session is told.
    pub fn ending(&self) -> Ending {
        Ending::Banned { reason: self.reason.clone(), until: self.until }
    }
}

/// Whom a ban is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum BanSubject {
    /// Everybody whose login is of this pattern.
    Name {
        /// Folded, with `*` and `?`.
        pattern: String,
        /// Only people of this realm.
        realm: Option<Realm>,
    },
    /// Everybody at these addresses.
    Address {
        /// The network; of one address, all its bits.
        network: IpNet,
    },
    /// Everybody at this device. A weak ban: whoever deletes their cookies has another device.
    Device {
        /// The id in its cookie.
        device: String,
    },
}

/// Why a ban can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BanRefusal {
    /// Nothing, or too much.
    #[error("a pattern of names has 1 to 255 characters")]
    Length,
    /// Characters that no name has.
    #[error("a pattern of names has no control characters")]
    Control,
    /// Nothing but wildcards.
    #[error("this would ban everybody: give at least one character other than `*` and `?`")]
    Everybody,
    /// No network.
    #[error("this is neither an address nor a network like 192.0.2.0/24 or 2001:db8::/32")]
    Network,
    /// Too many at once.
    #[error("this network is too large: an IPv4 network has at least /8, an IPv6 network at least /16")]
    Wide,
    /// No device.
    #[error("this can't be the id of a device")]
    Device,
}

impl BanSubject {
    /// People by a pattern of their login.
    ///
    /// # Errors
    /// [`BanRefusal`]
    pub fn name(pattern: &str, realm: Option<Realm>) -> Result<Self, BanRefusal> {
        let pattern = pattern.trim();
        if pattern.is_empty() || pattern.chars().count() > MAX_PATTERN {
            return Err(BanRefusal::Length);
        }
        if pattern.chars().any(char::is_control) {
            return Err(BanRefusal::Control);
        }
        let folded = fold_login(pattern);
        if folded.chars().all(|c| matches!(c, '*' | '?')) {
            return Err(BanRefusal::Everybody);
        }
        Ok(Self::Name { pattern: folded, realm })
    }

    /// An address or a network.
    ///
    /// # Errors
    /// [`BanRefusal`]
    pub fn address(text: &str) -> Result<Self, BanRefusal> {
        let text = text.trim();
        let network = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address.to_canonical()),
            Err(_) => canonical(text.parse().map_err(|_| BanRefusal::Network)?)?,
        };
        let least = if network.addr().is_ipv4() { 8 } else { 16 };
        if network.prefix_len() < least { Err(BanRefusal::Wide) } else { Ok(Self::Address { network }) }
    }

    /// A device.
    ///
    /// # Errors
    /// [`BanRefusal`]
    pub fn device(id: &str) -> Result<Self, BanRefusal> {
        let fits = (16..=MAX_DEVICE).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if fits { Ok(Self::Device { device: id.to_owned() }) } else { Err(BanRefusal::Device) }
    }

    /// The word of the API.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Name { .. } => "name",
            Self::Address { .. } => "address",
            Self::Device { .. } => "device",
        }
    }

    /// What is written in the list.
    pub fn value(&self) -> String {
        match self {
            Self::Name { pattern, .. } => pattern.clone(),
            Self::Address { network } if network.prefix_len() == network.max_prefix_len() => {
                network.addr().to_string()
            }
            Self::Address { network } => network.to_string(),
            Self::Device { device } => device.clone(),
        }
    }

    fn is_about(&self, suspect: &Suspect<'_>) -> bool {
        match self {
            Self::Name { pattern, realm } => {
                let theirs = realm.is_none() || realm.as_ref() == suspect.realm;
                theirs && suspect.name.is_some_and(|name| glob::matches(pattern, name))
            }
            Self::Address { network } => {
                suspect.address.is_some_and(|address| network.contains(&address.to_canonical()))
            }
            Self::Device { device } => suspect.device == Some(device),
        }
    }
}

/// IPv4 written as IPv6 (RFC 4291 §2.5.5.2) is IPv4, and the bits of the host are none of the network.
fn canonical(network: IpNet) -> Result<IpNet, BanRefusal> {
    let network = match network {
        IpNet::V6(wide) => match wide.addr().to_ipv4_mapped() {
            Some(address) => {
                let prefix = wide.prefix_len().checked_sub(96).ok_or(BanRefusal::Wide)?;
                IpNet::new(address.into(), prefix).map_err(|_| BanRefusal::Network)?
            }
            None => network,
        },
        IpNet::V4(_) => network,
    };
    Ok(network.trunc())
}

/// Somebody who wants to come in, or to stay.
#[derive(Debug, Clone, Copy)]
pub struct Suspect<'a> {
    /// The community of the front.
    pub community: &'a CommunityId,
    /// The front.
    pub front: &'a FrontId,
    /// Where they come from, once that is known.
    pub realm: Option<&'a Realm>,
    /// Their folded login, once that is known.
    pub name: Option<&'a str>,
    /// Where they are.
    pub address: Option<IpAddr>,
    /// What they use.
    pub device: Option<&'a str>,
}

impl<'a> Suspect<'a> {
    /// Somebody at a front of whom nothing is known yet.
    pub fn at(community: &'a CommunityId, front: &'a FrontId) -> Self {
        Self { community, front, realm: None, name: None, address: None, device: None }
    }
}

/// The bans of networks of one length.
type NetworkBans = HashMap<IpNet, Vec<Arc<Ban>>>;

/// All bans, compiled: what is looked up doesn't grow with their number, patterns that begin alike excepted.
#[derive(Debug, Default)]
pub struct BanList {
    all: BTreeMap<BanId, Arc<Ban>>,
    names: HashMap<String, Vec<Arc<Ban>>>,
    /// Patterns by their first character; those that begin with a wildcard under `None`.
    patterns: HashMap<Option<char>, Vec<Arc<Ban>>>,
    /// By length of the prefix, then by network.
    networks: BTreeMap<(bool, u8), NetworkBans>,
    devices: HashMap<String, Vec<Arc<Ban>>>,
}

impl BanList {
    /// From what is kept.
    pub fn new(bans: impl IntoIterator<Item = Ban>) -> Self {
        let mut list = Self::default();
        for ban in bans {
            list.insert(ban);
        }
        list
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds one.
    pub fn insert(&mut self, ban: Ban) {
        let ban = Arc::new(ban);
        self.all.insert(ban.id, Arc::clone(&ban));
        self.shelf(&ban).push(ban);
    }

    /// Takes one away.
    pub fn remove(&mut self, id: BanId) -> Option<Arc<Ban>> {
        let ban = self.all.remove(&id)?;
        self.shelf(&ban).retain(|other| other.id != id);
        Some(ban)
    }

    /// Where bans like this one are looked for.
    fn shelf(&mut self, ban: &Ban) -> &mut Vec<Arc<Ban>> {
        match &ban.subject {
            BanSubject::Name { pattern, .. } if !pattern.contains(['*', '?']) => {
                self.names.entry(pattern.clone()).or_default()
            }
            BanSubject::Name { pattern, .. } => {
                let first = pattern.chars().next().filter(|c| !matches!(c, '*' | '?'));
                self.patterns.entry(first).or_default()
            }
            BanSubject::Address { network } => {
                let length = (network.addr().is_ipv4(), network.prefix_len());
                self.networks.entry(length).or_default().entry(*network).or_default()
            }
            BanSubject::Device { device } => self.devices.entry(device.clone()).or_default(),
        }
    }

    /// The bans after `after`, oldest first.
    pub fn page(&self, after: Option<BanId>, limit: usize) -> Vec<Arc<Ban>> {
        let behind = self.all.values().filter(|ban| after.is_none_or(|after| ban.id > after));
        behind.take(limit).cloned().collect()
    }

    /// A ban that holds against somebody.
    pub fn find(&self, suspect: &Suspect<'_>, now: Timestamp) -> Option<Arc<Ban>> {
        let holds = |ban: &&Arc<Ban>| {
            ban.holds(now)
                && ban.place.covers(suspect.community, suspect.front)
                && ban.subject.is_about(suspect)
        };
        self.candidates(suspect).find(holds).cloned()
    }

    fn candidates<'l>(&'l self, suspect: &Suspect<'l>) -> impl Iterator<Item = &'l Arc<Ban>> {
        let address = suspect.address.map(|address| address.to_canonical());
        let at_address = address.into_iter().flat_map(|address| {
            let wanted = address.is_ipv4();
            self.networks.iter().filter(move |((v4, _), _)| *v4 == wanted).filter_map(
                move |((_, length), networks)| {
                    let network = IpNet::new(address, *length).ok()?.trunc();
                    networks.get(&network)
                },
            )
        });
        let device = suspect.device.and_then(|device| self.devices.get(device));
        let name = suspect.name.and_then(|name| self.names.get(name));
        let first = suspect.name.and_then(|name| name.chars().next());
        let beginning = first.and_then(|first| self.patterns.get(&Some(first)));
        let wild = suspect.name.and_then(|_| self.patterns.get(&None));
        let shelves = device.into_iter().chain(name).chain(beginning).chain(wild);
        at_address.chain(shelves).flatten()
    }
}

/// Somebody who may read but not write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// Its id.
    pub id: MuteId,
    /// Who.
    pub account: AccountId,
    /// Where.
    pub place: Place,
    /// Shown to the muted.
    pub reason: Option<String>,
    /// When it is over; `None` = never.
    pub until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by name.
    pub by: String,
}

impl Mute {
    /// Whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    /// What the muted is told.
    pub fn restriction(&self) -> Restriction {
        let reason = self.reason.clone().unwrap_or_else(|| "a moderator has muted you".to_owned());
        Restriction { reason, until_millis: self.until.map(Timestamp::as_millis) }
    }
}

#[cfg(test)]
#[path = "ban_tests.rs"]
mod tests;
