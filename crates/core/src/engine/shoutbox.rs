//! The walls of fronts and groups.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::engine::administration::Waiting;
use crate::engine::{Engine, EngineError, Visitor};
use crate::front::{Front, FrontOptions};
use crate::messaging::{Event, Notice};
use crate::shoutbox::{Shout, ShoutRefusal, ShoutRules, ShoutState, ShoutTally, Vote, Wall, shout_text};
use crate::{AccountId, CommunityId, ShoutId, Timestamp};

/// Most shouts on a page.
const MAX_PAGE: usize = 100;
/// How many shouts everybody may read where the wall is public.
const PUBLIC: usize = 20;

/// A shout as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShoutView {
    /// Its id.
    pub id: ShoutId,
    /// Where it stands: `front:ID` or `group:ID`.
    pub wall: Wall,
    /// Who shouted.
    pub author: ShoutAuthor,
    /// The text.
    pub text: String,
    /// How far it has come.
    pub state: ShoutState,
    /// Votes for it.
    pub up: u32,
    /// Votes against it.
    pub down: u32,
    /// My vote: `true` = for it. Never told by events.
    pub my_vote: Option<bool>,
    /// When.
    pub at: Timestamp,
}

/// Who shouted: on a wall everybody has a name, whomever the mode shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShoutAuthor {
    /// The account.
    pub id: AccountId,
    /// The name to show; `None` when the account is gone.
    pub display_name: Option<String>,
}

/// A page of a wall.
#[derive(Debug, Clone)]
pub struct WallPage {
    /// The shouts, newest first.
    pub shouts: Vec<ShoutView>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<ShoutId>,
    /// Whether the visitor moderates here.
    pub moderator: bool,
}

fn rules(options: &FrontOptions) -> ShoutRules {
    ShoutRules {
        per_day: options.shouts_per_day,
        per_week: options.shouts_per_week,
        approval: options.shout_approval,
        queue_person: options.shout_queue_person,
        queue: options.shout_queue,
        mute_after_rejections: options.shout_mute_after_rejections,
        mute_after_votes: options.shout_mute_after_votes,
        votes_per_day: options.shout_votes_per_day,
        votes_per_week: options.shout_votes_per_week,
        hidden_by_votes: options.shout_hidden_by_votes,
    }
}

impl Engine {
    /// Puts a text on a wall; durable on return. It may wait for a moderator: see its state.
    ///
    /// # Errors
    /// [`EngineError::Shout`], [`EngineError::NotFound`] for walls that are not the visitor's.
    pub async fn shout(&self, visitor: &Visitor, wall: Wall, sent: &str) -> Result<ShoutView, EngineError> {
        self.members_only(visitor)?;
        let moderates = self.enter_wall(visitor, &wall).await?;
        if let Some(restriction) = self.write_restriction(visitor) {
            return Err(EngineError::WriteRestricted(restriction));
        }
        let text = self.filtered(visitor.front(), &shout_text(sent)?)?;
        let mut rules = rules(&visitor.options());
        // Whoever looks at the others' shouts need not wait for themselves.
        rules.approval &= !moderates;
        let one_by_one = self.shouting.lock().await;
        let now = self.clock.now();
        let shout = Shout {
            id: ShoutId::generate(now),
            community: visitor.community().clone(),
            wall,
            author: visitor.account(),
            front: visitor.front().id.clone(),
            text,
            state: ShoutState::Waiting,
            at: now,
        };
        let shout = self.store.post_shout(&shout, &rules).await??;
        drop(one_by_one);
        if shout.state == ShoutState::Waiting {
            self.tell_that_one_waits(visitor.front(), Waiting::Shout).await;
        }
        self.tell_of_shout(visitor, ShoutTally { shout, up: 0, down: 0 }).await
    }

    /// The shouts of a wall, newest first; with `queue` those that a moderator has to look at.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for walls that are not the visitor's, [`EngineError::NotPermitted`] for the queue.
    pub async fn wall(
        &self,
        visitor: &Visitor,
        wall: &Wall,
        queue: bool,
        before: Option<ShoutId>,
        limit: usize,
    ) -> Result<WallPage, EngineError> {
        let moderator = self.enter_wall(visitor, wall).await?;
        if queue && !moderator {
            return Err(not_moderator());
        }
        let states: &[ShoutState] =
            if queue { &[ShoutState::Waiting, ShoutState::Hidden] } else { &[ShoutState::Shown] };
        let limit = limit.clamp(1, MAX_PAGE);
        let mut found = self.store.shouts(wall, states, before, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|tally| tally.shout.id);
        let shouts = self.shout_views(Some(visitor), visitor.community(), found).await?;
        Ok(WallPage { shouts, next, moderator })
    }

    /// What everybody may read of a front's wall, without a session.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] where the wall is not public.
    pub async fn public_wall(&self, front: &Front) -> Result<Vec<ShoutView>, EngineError> {
        if !front.options.shoutbox || !front.options.shoutbox_public {
            return Err(EngineError::NotFound);
        }
        let wall = Wall::Front(front.id.clone());
        let found = self.store.shouts(&wall, &[ShoutState::Shown], None, PUBLIC).await?;
        self.shout_views(None, &front.community, found).await
    }

    /// Gives, changes or takes back a vote.
    ///
    /// # Errors
    /// [`EngineError::Shout`], [`EngineError::NotFound`]
    pub async fn vote_on_shout(
        &self,
        visitor: &Visitor,
        id: ShoutId,
        vote: Option<Vote>,
    ) -> Result<ShoutView, EngineError> {
        self.members_only(visitor)?;
        self.shout_at(visitor, id).await?;
        if !visitor.options().shout_votes {
            return Err(EngineError::NotPermitted("there are no votes here".into()));
        }
        let one_by_one = self.shouting.lock().await;
        let now = self.clock.now();
        let tally =
            self.store.vote_on_shout(id, visitor.account(), vote, &rules(&visitor.options()), now).await?;
        drop(one_by_one);
        let tally = tally.map_err(|refusal| match refusal {
            ShoutRefusal::Gone => EngineError::NotFound,
            other => other.into(),
        })?;
        let mut view = self.tell_of_shout(visitor, tally).await?;
        view.my_vote = vote.map(|vote| vote == Vote::Up);
        Ok(view)
    }

    /// A moderator shows a shout, or turns it down.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::NotPermitted`]
    pub async fn decide_shout(
        &self,
        visitor: &Visitor,
        id: ShoutId,
        show: bool,
    ) -> Result<ShoutView, EngineError> {
        let (_, moderates) = self.shout_at(visitor, id).await?;
        if !moderates {
            return Err(not_moderator());
        }
        let by = self.in_charge(visitor).await?;
        match self.decide_any_shout(&by, id, show).await {
            Ok((_, view)) => Ok(view),
            // Another moderator was faster, or the answer was lost.
            Err(EngineError::Repeated(_)) => {
                let tally = self.store.shout(id).await?.ok_or(EngineError::NotFound)?;
                self.tell_of_shout(visitor, tally).await
            }
            Err(other) => Err(other),
        }
    }

    /// Removes a shout: its author's right, and a moderator's.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::NotPermitted`]
    pub async fn remove_shout(&self, visitor: &Visitor, id: ShoutId) -> Result<(), EngineError> {
        let (tally, moderates) = self.shout_at(visitor, id).await?;
        if !moderates && (visitor.is_guest() || tally.shout.author != visitor.account()) {
            return Err(EngineError::NotPermitted("this is another person's shout".into()));
        }
        if tally.shout.author != visitor.account() {
            let by = self.in_charge(visitor).await?;
            return match self.remove_any_shout(&by, id).await {
                Err(EngineError::NotFound) => Ok(()),
                outcome => outcome,
            };
        }
        if self.store.remove_shout(id).await? {
            self.tell_of_lost_shout(visitor.community(), id, tally.shout.wall).await?;
        }
        Ok(())
    }

    /// Removes what is older, or more, than fronts keep on their walls. Of every front: a role may open a shoutbox that is
    /// closed to the others, and one that was closed since still has its shouts.
    pub async fn trim_walls(&self) {
        for front in self.fronts().iter() {
            let before = self.clock.now().minus(front.options.shout_retention);
            match self.store.trim_shouts(&front.id, before, front.options.shouts_kept).await {
                Ok(0) => {}
                Ok(removed) => tracing::debug!(front = %front.id, removed, "old shouts were removed"),
                Err(error) => tracing::warn!(front = %front.id, %error, "old shouts could not be removed"),
            }
        }
    }

    /// Whether the visitor moderates the wall.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when it is not theirs.
    async fn enter_wall(&self, visitor: &Visitor, wall: &Wall) -> Result<bool, EngineError> {
        let options = visitor.options();
        if !options.shoutbox || !Self::stands_here(visitor, wall) || Self::is_closed_to(visitor) {
            return Err(EngineError::NotFound);
        }
        let Wall::Group(id) = wall else { return Ok(options.moderator && !visitor.is_guest()) };
        self.members_only(visitor)?;
        let groups = self.groups(visitor).await?;
        let part = groups.into_iter().find(|part| part.group.id == *id).ok_or(EngineError::NotFound)?;
        Ok(options.moderator || part.manager)
    }

    /// A shout that the visitor may see, and whether they moderate its wall.
    async fn shout_at(&self, visitor: &Visitor, id: ShoutId) -> Result<(ShoutTally, bool), EngineError> {
        let tally = self.store.shout(id).await?.ok_or(EngineError::NotFound)?;
        if tally.shout.community != *visitor.community() {
            return Err(EngineError::NotFound);
        }
        let moderates = self.enter_wall(visitor, &tally.shout.wall).await?;
        let own = !visitor.is_guest() && tally.shout.author == visitor.account();
        let seen = tally.shout.state == ShoutState::Shown || moderates || own;
        if seen { Ok((tally, moderates)) } else { Err(EngineError::NotFound) }
    }

    async fn tell_of_shout(&self, visitor: &Visitor, tally: ShoutTally) -> Result<ShoutView, EngineError> {
        self.tell_of_shout_in(visitor.community(), tally).await
    }

    pub(super) async fn tell_of_shout_in(
        &self,
        community: &CommunityId,
        tally: ShoutTally,
    ) -> Result<ShoutView, EngineError> {
        let wall = tally.shout.wall.clone();
        let mut views = self.shout_views(None, community, vec![tally]).await?;
        let view = views.pop().ok_or(EngineError::NotFound)?;
        let people = self.people_at(community, &wall).await?;
        self.mailboxes.push(community, people, &Notice::Shout(Arc::new(view.clone())));
        Ok(view)
    }

    pub(super) async fn tell_of_lost_shout(
        &self,
        community: &CommunityId,
        id: ShoutId,
        wall: Wall,
    ) -> Result<(), EngineError> {
        let people = self.people_at(community, &wall).await?;
        self.mailboxes.push(community, people, &Notice::ShoutGone(id, wall));
        Ok(())
    }

    /// The live people who may stand before a wall; which of them are at its front is looked at when they are told.
    async fn people_at(&self, community: &CommunityId, wall: &Wall) -> Result<Vec<AccountId>, EngineError> {
        let live = self.mailboxes.live(community);
        let Wall::Group(id) = wall else { return Ok(live) };
        let Some(group) = self.group_of(*id).await? else { return Ok(Vec::new()) };
        let load = || async { Ok(self.store.conversation(group.room).await?.map(Arc::new)) };
        let room = self.conversations.get(&group.room, load).await?;
        Ok(room.map(|room| room.members.clone()).unwrap_or_default())
    }

    /// Whether a wall can be one of the visitor's front.
    pub(super) fn stands_here(visitor: &Visitor, wall: &Wall) -> bool {
        match wall {
            Wall::Front(front) => *front == visitor.front().id,
            Wall::Group(_) => true,
        }
    }

    /// Guests read a wall that everybody may read.
    fn is_closed_to(visitor: &Visitor) -> bool {
        visitor.is_guest() && !visitor.options().shoutbox_public
    }

    pub(super) async fn show_shout(
        &self,
        visitor: &Visitor,
        shout: Arc<ShoutView>,
    ) -> Result<Option<Event>, EngineError> {
        if !Self::stands_here(visitor, &shout.wall)
            || !visitor.options().shoutbox
            || Self::is_closed_to(visitor)
        {
            return Ok(None);
        }
        if shout.state == ShoutState::Shown {
            return Ok(Some(Event::Shout { shout }));
        }
        let own = !visitor.is_guest() && shout.author.id == visitor.account();
        if own || self.enter_wall(visitor, &shout.wall).await.unwrap_or(false) {
            return Ok(Some(Event::Shout { shout }));
        }
        // It may have been shown before; that it waits is nobody's business.
        let gone = Event::ShoutGone { id: shout.id, wall: shout.wall.clone() };
        Ok((shout.state != ShoutState::Waiting).then_some(gone))
    }

    pub(super) async fn shout_views(
        &self,
        visitor: Option<&Visitor>,
        community: &CommunityId,
        found: Vec<ShoutTally>,
    ) -> Result<Vec<ShoutView>, EngineError> {
        let ids: Vec<ShoutId> = found.iter().map(|tally| tally.shout.id).collect();
        let votes: HashMap<ShoutId, Vote> = match visitor.filter(|visitor| !visitor.is_guest()) {
            Some(visitor) => self.store.votes_of(visitor.account(), &ids).await?.into_iter().collect(),
            None => HashMap::new(),
        };
        let mut views = Vec::with_capacity(found.len());
        for ShoutTally { shout, up, down } in found {
            let member = self.member_of(community, shout.author).await?;
            let display_name = member.map(|member| member.account.profile.display_name.clone());
            views.push(ShoutView {
                id: shout.id,
                wall: shout.wall,
                author: ShoutAuthor { id: shout.author, display_name },
                text: shout.text,
                state: shout.state,
                up,
                down,
                my_vote: votes.get(&shout.id).map(|vote| *vote == Vote::Up),
                at: shout.at,
            });
        }
        Ok(views)
    }
}

fn not_moderator() -> EngineError {
    EngineError::NotPermitted("only moderators do this".into())
}
