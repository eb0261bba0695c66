use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::messaging::Sequence;
use crate::{AccountId, CommunityId};

/// A position in what a client has learned: which run of the server, which message, which volatile event.
///
/// To clients it is an opaque, authenticated text that only works for the account and community it was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The run of the server that `volatile` counts in; 0 = none: read the messages from the store.
    pub epoch: u64,
    /// All messages up to here have been delivered.
    pub durable: Sequence,
    /// All events of the run up to here have been delivered.
    pub volatile: u64,
    /// All changes of people in the run up to here have been delivered.
    pub changes: u64,
}

/// A text that is no cursor, or somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cursor is not valid here")]
pub struct InvalidCursor;

const BODY: usize = 32;
/// Cursors of versions that knew no changes: they are of an older run in any case.
const OLD_BODY: usize = 24;
const TAG: usize = 16;

/// Makes and checks the texts of cursors.
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// From the server's key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(crate::mac::keyed(key, b"portico cursor 1\0"))
    }

    fn tag(&self, body: &[u8], account: AccountId, community: &CommunityId) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(body);
        mac.update(account.as_uuid().as_bytes());
        mac.update(community.as_str().as_bytes());
        mac
    }

    /// The text of a cursor for this person: 64 characters of `A-Z a-z 0-9 - _`.
    pub fn seal(&self, cursor: Cursor, account: AccountId, community: &CommunityId) -> String {
        let mut bytes = [0_u8; BODY + TAG];
        let (body, tag) = bytes.split_at_mut(BODY);
        body[..8].copy_from_slice(&cursor.epoch.to_be_bytes());
        body[8..16].copy_from_slice(&cursor.durable.get().to_be_bytes());
        body[16..24].copy_from_slice(&cursor.volatile.to_be_bytes());
        body[24..].copy_from_slice(&cursor.changes.to_be_bytes());
        tag.copy_from_slice(&self.tag(body, account, community).finalize().into_bytes()[..TAG]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor in a text.
    ///
    /// # Errors
    /// [`InvalidCursor`] when the text was not made here for this person.
    pub fn open(
        &self,
        text: &str,
        account: AccountId,
        community: &CommunityId,
    ) -> Result<Cursor, InvalidCursor> {
        if text.len() > 128 {
            return Err(InvalidCursor);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let length = if bytes.len() == OLD_BODY + TAG { OLD_BODY } else { BODY };
        let (body, tag) = bytes.split_at_checked(length).ok_or(InvalidCursor)?;
        if tag.len() != TAG || self.tag(body, account, community).verify_truncated_left(tag).is_err() {
            return Err(InvalidCursor);
        }
        let number = |at: usize| {
            let mut eight = [0_u8; 8];
            eight.copy_from_slice(body.get(at..at + 8).unwrap_or(&[0; 8]));
            u64::from_be_bytes(eight)
        };
        let durable = i64::try_from(number(8)).map_err(|_| InvalidCursor)?;
        Ok(Cursor {
            epoch: number(0),
            durable: Sequence::new(durable),
            volatile: number(16),
            changes: number(24),
        })
    }
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use proptest::prelude::*;

    fn person() -> AccountId {
        AccountId::generate(Timestamp::from_secs(1))
    }

    #[test]
    fn a_cursor_works_for_its_owner_in_its_community_only() {
        let key = CursorKey::new(&[7; 32]);
        let (me, main) = (person(), CommunityId::default());
        let cursor = Cursor { epoch: 3, durable: Sequence::new(9), volatile: 27, changes: 81 };
        let text = key.seal(cursor, me, &main);
        assert_eq!(key.open(&text, me, &main), Ok(cursor));
        assert_eq!(key.open(&text, person(), &main), Err(InvalidCursor));
        assert_eq!(key.open(&text, me, &CommunityId::new("other").unwrap()), Err(InvalidCursor));
        assert_eq!(CursorKey::new(&[8; 32]).open(&text, me, &main), Err(InvalidCursor));
    }

    #[test]
    fn a_cursor_from_before_changes_were_counted_is_understood() {
        let key = CursorKey::new(&[7; 32]);
        let (me, main) = (person(), CommunityId::default());
        let mut bytes = [0_u8; OLD_BODY + TAG];
        bytes[7] = 3;
        bytes[15] = 9;
        let tag = key.tag(&bytes[..OLD_BODY], me, &main).finalize().into_bytes();
        bytes[OLD_BODY..].copy_from_slice(&tag[..TAG]);
        let old = URL_SAFE_NO_PAD.encode(bytes);
        let cursor = Cursor { epoch: 3, durable: Sequence::new(9), volatile: 0, changes: 0 };
        assert_eq!(key.open(&old, me, &main), Ok(cursor));
    }

    proptest! {
        #[test]
        fn no_text_from_outside_panics_or_is_believed(text in "\\PC{0,200}") {
            prop_assert!(CursorKey::new(&[7; 32]).open(&text, person(), &CommunityId::default()).is_err());
        }
    }
}
