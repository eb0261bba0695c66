use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::front::FrontId;
use crate::{AccountId, AuditId, CommunityId, Timestamp};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// What kind.
    pub kind: ActorKind,
    /// Their account; the command line has none.
    pub id: Option<AccountId>,
    /// Their name then.
    pub name: String,
    /// Where they were.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// Whoever has a shell on the server and can read the database.
    pub fn command_line() -> Self {
        Self { kind: ActorKind::CommandLine, id: None, name: "command line".to_owned(), address: None }
    }

    /// Whoever may send the server a signal.
    pub fn signal(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::command_line() }
    }
}

/// What kind of somebody did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    /// An administrator.
    Administrator,
    /// A moderator of a front.
    Moderator,
    /// The command line.
    CommandLine,
    /// Somebody with an ordinary account, who alerted others or keeps order in a group that they manage.
    Person,
}

impl ActorKind {
    /// The word of the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Moderator => "moderator",
            Self::CommandLine => "command-line",
            Self::Person => "person",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Administrator, Self::Moderator, Self::CommandLine, Self::Person]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// `account`, `ban`, `report`, …
    pub kind: String,
    /// Its id.
    pub id: String,
}

impl Target {
    /// A thing of this kind.
    pub fn new(kind: &str, id: &impl ToString) -> Self {
        Self { kind: kind.to_owned(), id: id.to_string() }
    }
}

/// One line of the audit log. It is written with the act, in one transaction, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its id; later entries have greater ones.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What: a word like `ban-added`.
    pub action: String,
    /// To what.
    pub target: Option<Target>,
    /// At which front, if at one.
    pub front: Option<FrontId>,
    /// In which community, if in one.
    pub community: Option<CommunityId>,
    /// What there was. Never a secret.
    pub before: Option<Value>,
    /// What there is now. Never a secret.
    pub after: Option<Value>,
}

impl AuditEntry {
    /// An entry about an act now; more is added with the builders.
    pub fn new(now: Timestamp, actor: &Actor, action: &str) -> Self {
        Self {
            id: AuditId::generate(now),
            at: now,
            actor: actor.clone(),
            action: action.to_owned(),
            target: None,
            front: None,
            community: None,
            before: None,
            after: None,
        }
    }

    /// What it was done to.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids are small, and callers name them in place")]
    pub fn on(mut self, kind: &str, id: impl ToString) -> Self {
        self.target = Some(Target::new(kind, &id));
        self
    }

    /// Where.
    #[must_use]
    pub fn at_place(mut self, place: &super::Place) -> Self {
        self.front = place.front().cloned();
        self.community = place.community().cloned();
        self
    }

    /// What it was and is, for acts that the store can't see.
    #[must_use]
    pub fn changed(mut self, before: Option<Value>, after: Option<Value>) -> Self {
        (self.before, self.after) = (before, after);
        self
    }
}

/// Which entries are wanted: all that is given must fit. Newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The actor's account id or exact name.
    pub actor: Option<String>,
    /// The action's word.
    pub action: Option<String>,
    /// The target's id.
    pub target: Option<String>,
    /// Not before this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub to: Option<Timestamp>,
    /// Older than this entry.
    pub before: Option<AuditId>,
    /// At most so many.
    pub limit: usize,
}

impl AuditFilter {
    /// Whether an entry is wanted.
    pub fn takes(&self, entry: &AuditEntry) -> bool {
        let actor = |wanted: &String| {
            entry.actor.name == *wanted || entry.actor.id.is_some_and(|id| id.to_string() == *wanted)
        };
        self.actor.as_ref().is_none_or(actor)
            && self.action.as_ref().is_none_or(|action| entry.action == *action)
            && self
                .target
                .as_ref()
                .is_none_or(|id| entry.target.as_ref().is_some_and(|target| target.id == *id))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
            && self.before.is_none_or(|before| entry.id < before)
    }
}
