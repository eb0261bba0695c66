use std::sync::Arc;

use crate::account::fold_login;
use crate::administration::{Actor, Ban, BanList, BanSubject, Change, Place, Suspect};
use crate::auth::{Realm, RegistrationForm};
use crate::engine::{Engine, EngineError, EntryError, LoginOrigin, Visitor};
use crate::front::Front;
use crate::session::LiveSession;
use crate::{BanId, Timestamp};

use super::reason;

/// A ban to be made.
#[derive(Debug, Clone)]
pub struct NewBan {
    /// Whom it is about.
    pub subject: BanSubject,
    /// Where it holds.
    pub place: Place,
    /// Shown to the banned.
    pub reason: Option<String>,
    /// When it is over.
    pub until: Option<Timestamp>,
}

impl Engine {
    /// Bans. Whoever is here and meant is out when this returns.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`] for an end that is over already or a reason that is too long.
    pub async fn ban(&self, by: &Actor, new: NewBan) -> Result<Ban, EngineError> {
        let now = self.clock.now();
        if new.until.is_some_and(|until| until <= now) {
            return Err(EngineError::Unacceptable("this ban would be over already".into()));
        }
        let ban = Ban {
            id: BanId::generate(now),
            subject: new.subject,
            place: new.place,
            reason: reason(new.reason)?,
            until: new.until,
            created_at: now,
            by: by.name.clone(),
        };
        let entry = self.audit_entry(by, "ban-added").on("ban", ban.id).at_place(&ban.place);
        self.administer(&Change::AddBan(ban.clone()), entry).await?;
        self.desk.bans_mut().insert(ban.clone());
        self.end_banned(&BanList::new([ban.clone()])).await;
        Ok(ban)
    }

    /// Lifts a ban.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn lift_ban(&self, by: &Actor, id: BanId) -> Result<(), EngineError> {
        let place = self.desk.bans().page(None, usize::MAX).into_iter().find(|ban| ban.id == id);
        let place = place.map_or(Place::Everywhere, |ban| ban.place.clone());
        let entry = self.audit_entry(by, "ban-lifted").on("ban", id).at_place(&place);
        self.administer(&Change::RemoveBan(id), entry).await?;
        self.desk.bans_mut().remove(id);
        Ok(())
    }

    /// The bans after `after`, oldest first; those that are over stay in the list until they are lifted.
    pub fn bans(&self, after: Option<BanId>, limit: usize) -> Vec<Arc<Ban>> {
        self.desk.bans().page(after, limit)
    }

    /// How many there are.
    pub fn ban_count(&self) -> usize {
        self.desk.bans().len()
    }

    /// Before anything else is looked at: whether somebody from there, or with that device, may come in at all.
    pub(in crate::engine) fn check_address(
        &self,
        front: &Front,
        origin: &LoginOrigin,
    ) -> Result<(), EntryError> {
        let suspect = Suspect { address: origin.peer, ..Suspect::at(&front.community, &front.id) };
        self.refuse_banned(&suspect)
    }

    /// After the person is known.
    pub(in crate::engine) fn check_person(
        &self,
        front: &Front,
        realm: &Realm,
        login: &str,
        origin: &LoginOrigin,
    ) -> Result<(), EntryError> {
        let name = fold_login(login);
        self.refuse_banned(&Suspect {
            realm: Some(realm),
            name: Some(&name),
            address: origin.peer,
            device: origin.device.as_deref(),
            ..Suspect::at(&front.community, &front.id)
        })
    }

    /// Whether a new account may have these names.
    pub(in crate::engine) fn check_new_names(
        &self,
        front: &Front,
        realm: &Realm,
        form: &RegistrationForm,
    ) -> Result<(), EntryError> {
        for name in [Some(&form.login), form.display_name.as_ref()].into_iter().flatten() {
            let checked = self.check_new_name(front, realm, name);
            checked.map_err(|error| EntryError::Unacceptable(error.to_string()))?;
        }
        Ok(())
    }

    /// Refuses a name that a ban is about to somebody who wants to be called so.
    pub(in crate::engine) fn check_new_name(
        &self,
        front: &Front,
        realm: &Realm,
        name: &str,
    ) -> Result<(), EngineError> {
        let name = fold_login(name);
        let suspect =
            Suspect { realm: Some(realm), name: Some(&name), ..Suspect::at(&front.community, &front.id) };
        match self.refuse_banned(&suspect) {
            Ok(()) => Ok(()),
            Err(_) => Err(EngineError::Unacceptable("this name can't be used here".into())),
        }
    }

    fn refuse_banned(&self, suspect: &Suspect<'_>) -> Result<(), EntryError> {
        match self.desk.bans().find(suspect, self.clock.now()) {
            Some(ban) => Err(EntryError::Refused(ban.refusal())),
            None => Ok(()),
        }
    }

    /// Ends the live sessions that a ban of the list is about.
    pub(in crate::engine) async fn end_banned(&self, bans: &BanList) {
        for session in self.sessions.all() {
            if let Err(error) = self.end_if_banned(bans, &session).await {
                tracing::warn!(%error, "whether somebody who is here is banned could not be looked up");
            }
        }
    }

    /// The bans that hold now, against everybody who is here: names and addresses change.
    pub(in crate::engine) async fn enforce_bans(&self) -> usize {
        if self.desk.bans().is_empty() {
            return 0;
        }
        let mut ended = 0;
        for session in self.sessions.all() {
            match self.banned_session(&session).await {
                Ok(true) => ended += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "whether somebody who is here is banned could not be looked up");
                }
            }
        }
        ended
    }

    /// Ends a session whose person is banned. Whether it did.
    pub(in crate::engine) async fn banned_session(&self, session: &LiveSession) -> Result<bool, EngineError> {
        if self.desk.bans().is_empty() {
            return Ok(false);
        }
        let name = self.folded_name(session).await?;
        let ban =
            self.desk.bans().find(&suspect(session, name.as_deref()).as_suspect(session), self.clock.now());
        let Some(ban) = ban else { return Ok(false) };
        self.end_session(session, ban.ending()).await?;
        Ok(true)
    }

    async fn end_if_banned(&self, bans: &BanList, session: &LiveSession) -> Result<(), EngineError> {
        let name = self.folded_name(session).await?;
        let ban = bans.find(&suspect(session, name.as_deref()).as_suspect(session), self.clock.now());
        match ban {
            Some(ban) => self.end_session(session, ban.ending()).await,
            None => Ok(()),
        }
    }

    async fn folded_name(&self, session: &LiveSession) -> Result<Option<String>, EngineError> {
        let member = self.member_of(session.community(), session.account()).await?;
        Ok(member.map(|member| fold_login(&member.account.profile.login)))
    }

    /// The device that a request of the session came from.
    ///
    /// # Errors
    /// [`EngineError::SessionEnded`] when it is banned.
    pub async fn used_on(&self, visitor: &Visitor, device: &str) -> Result<(), EngineError> {
        if visitor.session.device().as_deref() == Some(device) {
            return Ok(());
        }
        visitor.session.used_on(device);
        if self.banned_session(&visitor.session).await? {
            return Err(self.no_session(visitor.session.token_hash()));
        }
        Ok(())
    }
}

/// What is known of a session's person, kept as long as the ban is looked for.
struct Seen<'n> {
    name: Option<&'n str>,
    standing: Arc<crate::session::Standing>,
    device: Option<Arc<str>>,
}

fn suspect<'n>(session: &LiveSession, name: Option<&'n str>) -> Seen<'n> {
    Seen { name, standing: session.standing(), device: session.device() }
}

impl Seen<'_> {
    fn as_suspect<'s>(&'s self, session: &'s LiveSession) -> Suspect<'s> {
        Suspect {
            realm: Some(&self.standing.realm),
            name: self.name,
            address: session.address(),
            device: self.device.as_deref(),
            ..Suspect::at(session.community(), session.front())
        }
    }
}
