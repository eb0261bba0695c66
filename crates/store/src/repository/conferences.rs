//! Conferences.

use std::collections::HashMap;

use portico_core::administration::AuditEntry;
use portico_core::messaging::{
    Conference, ConferenceChange, ConferenceRefusal, Conversation, Invited, NewConference, Participant,
    Sequence,
};
use portico_core::{AccountId, CommunityId, ConversationId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::administer::add_difference;
use super::conversations::{accounts, plain};
use super::groups::last_sequence;
use super::{CHUNK, key_of, moment};
use crate::entity::{conference_invitation, conversation, conversation_member};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn make_conference(&self, new: &NewConference) -> Sql<Conversation> {
        let wanted = new.conference();
        retried(async || {
            let txn = self.begin().await?;
            let row = conversation::ActiveModel {
                id: Set(new.id.as_uuid()),
                community: Set(key_of(&new.community)),
                low: Set(None),
                high: Set(None),
                host: Set(Some(wanted.host.as_uuid())),
                topic: Set(wanted.topic.clone()),
                created_at: Set(new.now.as_millis()),
            };
            conversation::Entity::insert(row).exec_without_returning(&txn).await?;
            for one in &wanted.participants {
                seat(&txn, new.id, &new.community, one).await?;
            }
            invite(&txn, new.id, &wanted.invited).await?;
            Ok(txn.commit().await?)
        })
        .await?;
        Ok(Conversation {
            id: new.id,
            community: new.community.clone(),
            group: None,
            members: wanted.participants.iter().map(|one| one.account).collect(),
            conference: Some(wanted),
            created_at: new.now,
        })
    }

    pub(crate) async fn change_one_conference(
        &self,
        change: &ConferenceChange,
    ) -> Sql<Result<(Conference, Conference), ConferenceRefusal>> {
        self.change_conference_with(change, None).await
    }

    /// The same, with the line of an administrator who does it.
    pub(crate) async fn change_conference_with(
        &self,
        change: &ConferenceChange,
        line: Option<&AuditEntry>,
    ) -> Sql<Result<(Conference, Conference), ConferenceRefusal>> {
        retried(|| self.try_change_conference(change, line)).await
    }

    async fn try_change_conference(
        &self,
        change: &ConferenceChange,
        line: Option<&AuditEntry>,
    ) -> Sql<Result<(Conference, Conference), ConferenceRefusal>> {
        let txn = self.begin().await?;
        let id = change.conversation.as_uuid();
        let row = self.lock_conversation(&txn, id).await?;
        let here = row.filter(|row| row.host.is_some() && row.community == key_of(&change.community));
        let Some(row) = here else { return Ok(Err(ConferenceRefusal::NotFound)) };
        let members = conversation_member::Entity::find()
            .filter(conversation_member::Column::Conversation.eq(id))
            .order_by_asc(conversation_member::Column::Account);
        let members = members.all(&txn).await?;
        let invited = invitations(&txn, [id]).await?.remove(&id).unwrap_or_default();
        let before = conference(&row, &members, &invited)?.conference;
        let before = before.ok_or_else(|| Failure::broken("a conference without a host"))?;
        let last = last_sequence(&txn, id).await?;
        let after = match before.after(change, Sequence::new(last.unwrap_or(0))) {
            Ok(after) => after,
            Err(refusal) => return Ok(Err(refusal)),
        };
        write_difference(&txn, change, &before, &after).await?;
        if let Some(line) = line.filter(|_| before != after) {
            let now = after.facts(&after.gone_since(&before));
            add_difference(&txn, line, Some(before.facts(&[])), Some(now)).await?;
        }
        txn.commit().await?;
        Ok(Ok((before, after)))
    }

    pub(crate) async fn invited_to_conferences(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> Sql<Vec<Conversation>> {
        let mine: Vec<Uuid> = conference_invitation::Entity::find()
            .select_only()
            .column(conference_invitation::Column::Conversation)
            .filter(conference_invitation::Column::Account.eq(account.as_uuid()))
            .into_tuple()
            .all(self.reader()?)
            .await?;
        let mut found = Vec::with_capacity(mine.len());
        for some in mine.chunks(CHUNK) {
            let ids = || some.iter().copied();
            let mut members: HashMap<Uuid, Vec<conversation_member::Model>> = HashMap::new();
            let everybody = conversation_member::Entity::find()
                .filter(conversation_member::Column::Conversation.is_in(ids()))
                .order_by_asc(conversation_member::Column::Account);
            for member in everybody.all(self.reader()?).await? {
                members.entry(member.conversation).or_default().push(member);
            }
            let invited = self.invited_to(ids()).await?;
            let conversations = conversation::Entity::find()
                .filter(conversation::Column::Id.is_in(ids()))
                .filter(conversation::Column::Community.eq(Key::from(community.as_str())));
            for row in conversations.all(self.reader()?).await? {
                let members = members.remove(&row.id).unwrap_or_default();
                let invited = invited.get(&row.id).map_or(&[][..], Vec::as_slice);
                // Whoever has answered, or been put out, between two of these statements has no invitation now.
                if !members.is_empty() && invited.iter().any(|one| one.account == account.as_uuid()) {
                    found.push(conference(&row, &members, invited)?);
                }
            }
        }
        Ok(found)
    }

    /// Who is invited to these conferences.
    pub(super) async fn invited_to(
        &self,
        conversations: impl IntoIterator<Item = Uuid>,
    ) -> Sql<HashMap<Uuid, Vec<conference_invitation::Model>>> {
        invitations(self.reader()?, conversations).await
    }
}

async fn invitations(
    db: &impl ConnectionTrait,
    conversations: impl IntoIterator<Item = Uuid>,
) -> Sql<HashMap<Uuid, Vec<conference_invitation::Model>>> {
    let ids: Vec<Uuid> = conversations.into_iter().collect();
    let mut invited: HashMap<Uuid, Vec<conference_invitation::Model>> = HashMap::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let found = conference_invitation::Entity::find()
            .filter(conference_invitation::Column::Conversation.is_in(some.iter().copied()))
            .order_by_asc(conference_invitation::Column::Since)
            .order_by_asc(conference_invitation::Column::Account);
        for row in found.all(db).await? {
            invited.entry(row.conversation).or_default().push(row);
        }
    }
    Ok(invited)
}

/// A conference, by what is kept of it.
pub(super) fn conference(
    row: &conversation::Model,
    members: &[conversation_member::Model],
    invited: &[conference_invitation::Model],
) -> Sql<Conversation> {
    let host = row.host.ok_or_else(|| Failure::broken("a conference without a host"))?;
    let participant = |member: &conversation_member::Model| Participant {
        account: AccountId::from_uuid(member.account),
        floor: Sequence::new(member.from_sequence),
        invited_by: member.invited_by.map(AccountId::from_uuid),
        since: moment(member.joined_at.unwrap_or(row.created_at)),
    };
    let invitation = |row: &conference_invitation::Model| Invited {
        account: AccountId::from_uuid(row.account),
        by: AccountId::from_uuid(row.invited_by),
        since: moment(row.since),
    };
    let participants: Vec<Participant> = members.iter().map(participant).collect();
    // A host whose account was deleted has left without a word.
    let there = members.iter().any(|member| member.account == host);
    let longest = participants.iter().min_by_key(|one| (one.since, one.account)).map(|one| one.account);
    let host = AccountId::from_uuid(host);
    let conference = Conference {
        topic: row.topic.clone(),
        host: if there { host } else { longest.unwrap_or(host) },
        participants,
        invited: invited.iter().map(invitation).collect(),
    };
    Ok(Conversation { conference: Some(conference), ..plain(row, accounts(members))? })
}

async fn seat(
    txn: &DatabaseTransaction,
    id: ConversationId,
    community: &CommunityId,
    one: &Participant,
) -> Sql<()> {
    let floor = one.floor.get();
    let member = conversation_member::ActiveModel {
        conversation: Set(id.as_uuid()),
        account: Set(one.account.as_uuid()),
        community: Set(key_of(community)),
        last_sequence: Set(floor),
        read_up_to: Set((floor > 0).then_some(floor)),
        from_sequence: Set(floor),
        invited_by: Set(one.invited_by.map(|by| by.as_uuid())),
        joined_at: Set(Some(Timestamp::as_millis(one.since))),
    };
    conversation_member::Entity::insert(member).exec_without_returning(txn).await?;
    Ok(())
}

async fn invite(txn: &DatabaseTransaction, id: ConversationId, invited: &[Invited]) -> Sql<()> {
    let row = |one: &Invited| conference_invitation::ActiveModel {
        conversation: Set(id.as_uuid()),
        account: Set(one.account.as_uuid()),
        invited_by: Set(one.by.as_uuid()),
        since: Set(one.since.as_millis()),
    };
    for some in invited.chunks(CHUNK) {
        conference_invitation::Entity::insert_many(some.iter().map(row)).exec_without_returning(txn).await?;
    }
    Ok(())
}

async fn write_difference(
    txn: &DatabaseTransaction,
    change: &ConferenceChange,
    before: &Conference,
    after: &Conference,
) -> Sql<()> {
    let id = change.conversation;
    let gone = before.participants.iter().filter(|one| !after.has(one.account));
    let gone: Vec<Uuid> = gone.map(|one| one.account.as_uuid()).collect();
    if !gone.is_empty() {
        let theirs = Condition::all()
            .add(conversation_member::Column::Conversation.eq(id.as_uuid()))
            .add(conversation_member::Column::Account.is_in(gone));
        conversation_member::Entity::delete_many().filter(theirs).exec(txn).await?;
    }
    let answered = before.invited.iter().filter(|one| after.invitation_of(one.account).is_none());
    let answered: Vec<Uuid> = answered.map(|one| one.account.as_uuid()).collect();
    for some in answered.chunks(CHUNK) {
        let theirs = Condition::all()
            .add(conference_invitation::Column::Conversation.eq(id.as_uuid()))
            .add(conference_invitation::Column::Account.is_in(some.iter().copied()));
        conference_invitation::Entity::delete_many().filter(theirs).exec(txn).await?;
    }
    for one in after.participants.iter().filter(|one| !before.has(one.account)) {
        seat(txn, id, &change.community, one).await?;
    }
    let new: Vec<Invited> =
        after.invited.iter().filter(|one| before.invitation_of(one.account).is_none()).copied().collect();
    invite(txn, id, &new).await?;
    if (after.host, &after.topic) != (before.host, &before.topic) {
        conversation::Entity::update_many()
            .col_expr(conversation::Column::Host, Expr::value(after.host.as_uuid()))
            .col_expr(conversation::Column::Topic, Expr::value(after.topic.clone()))
            .filter(conversation::Column::Id.eq(id.as_uuid()))
            .exec(txn)
            .await?;
    }
    Ok(())
}
