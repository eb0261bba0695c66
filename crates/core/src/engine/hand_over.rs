//! Entering with a ticket that another system has signed.

use std::sync::Arc;

use crate::Timestamp;
use crate::auth::{AuthError, Authenticator, Directory, DirectoryState, Refusal};
use crate::engine::{Engine, EntryError, Login, LoginOrigin, Visitor};
use crate::front::Front;
use crate::session::{MAX_TICKET_AGE, Proof, Ticket, TicketRefusal};

impl Engine {
    /// Lets in the person that a hand-over ticket names, as the directory of their authenticator knows them now. The ticket
    /// is good once: it is burnt, durably, before anything else happens.
    ///
    /// # Errors
    /// [`EntryError::Ticket`] for a bad one; [`EntryError::Refused`] when the person may not enter, as at a login.
    pub async fn hand_over(
        &self,
        front: &Arc<Front>,
        ticket: &str,
        origin: &LoginOrigin,
        earlier: Option<&Visitor>,
    ) -> Result<Login, EntryError> {
        self.check_address(front, origin)?;
        let secret = front.hand_over.as_ref().ok_or(EntryError::Refused(Refusal::NotPermitted))?;
        let ticket = Ticket::open(ticket, secret, &front.id, self.clock.now())?;
        let by = front.chain.members().iter().find(|member| *member.realm() == ticket.realm);
        let by = by.ok_or(TicketRefusal::Elsewhere)?;
        // Remembered a while longer than the ticket is good: clocks go back.
        let until = Timestamp::from_secs(ticket.expires).plus(MAX_TICKET_AGE);
        if !self.store.burn(&ticket.burnt(), until).await? {
            return Err(TicketRefusal::Used.into());
        }
        let directory = by.directory().ok_or_else(|| {
            AuthError::misconfigured(format!(
                "`{}` can't look people up, so it takes no hand-over",
                by.name()
            ))
        })?;
        let mut entries = directory.lookup(std::slice::from_ref(&ticket.subject)).await?;
        let entry = entries.pop().filter(|entry| entry.identity.subject == ticket.subject);
        let mut entry = entry.ok_or(EntryError::Refused(Refusal::UnknownSubject))?;
        let address = address_state(directory, &ticket, origin).await?;
        for state in [Some(entry.state), address].into_iter().flatten() {
            match state {
                DirectoryState::Refused(refusal) => return Err(EntryError::Refused(refusal)),
                DirectoryState::Active(more) => {
                    let write = &mut entry.identity.restrictions.write;
                    *write = write.take().or(more.write);
                }
            }
        }
        self.check_person(front, by.realm(), &entry.identity.login, origin)?;
        let entered = self.settle(front, by, &entry.identity, Proof::HandOver).await?;
        self.begin_session(front, entered, origin, earlier).await
    }
}

/// What bans of addresses say about the address that the person comes from.
async fn address_state(
    directory: &dyn Directory,
    ticket: &Ticket,
    origin: &LoginOrigin,
) -> Result<Option<DirectoryState>, AuthError> {
    let Some(peer) = origin.peer else { return Ok(None) };
    let mut bans = directory.address_bans(&[(ticket.subject.clone(), vec![peer])]).await?;
    Ok(bans.pop().map(|(_, state)| state))
}
