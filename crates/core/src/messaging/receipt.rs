use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::messaging::Sequence;
use crate::{AccountId, ConversationId};

/// How far somebody has got in a conversation, as they let others know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// Up to here messages have reached one of their devices.
    pub delivered: Sequence,
    /// Up to here they have read, while they let others know.
    pub read: Sequence,
}

impl Marks {
    /// The farther of both.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { delivered: self.delivered.max(other.delivered), read: self.read.max(other.read) }
    }
}

/// A person in a conversation.
pub type Place = (ConversationId, AccountId);

/// The marks of live people, told to the others in batches and written behind.
#[derive(Debug)]
pub struct ReceiptBoard(Mutex<Board>);

#[derive(Debug)]
struct Board {
    marks: LruCache<Place, Marks>,
    /// Not yet told to the others.
    untold: HashSet<Place>,
    /// Not yet written.
    unwritten: HashMap<Place, Marks>,
}

/// How many marks are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(50_000).unwrap();

impl Default for ReceiptBoard {
    fn default() -> Self {
        Self(Mutex::new(Board {
            marks: LruCache::new(REMEMBERED),
            untold: HashSet::new(),
            unwritten: HashMap::new(),
        }))
    }
}

impl ReceiptBoard {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves marks forward, never back.
    pub fn advance(&self, place: Place, to: Marks) {
        let mut board = self.board();
        let before = board.marks.get(&place).copied().unwrap_or_default();
        let after = before.max(to);
        if after != before {
            board.marks.put(place, after);
            board.untold.insert(place);
            // What is remembered may have been forgotten since something farther was noted.
            let unwritten = board.unwritten.entry(place).or_default();
            *unwritten = unwritten.max(after);
        }
    }

    /// What is known here of somebody; less than the store may know.
    pub fn known(&self, place: Place) -> Marks {
        self.board().marks.peek(&place).copied().unwrap_or_default()
    }

    /// What the others are to be told.
    pub fn take_untold(&self) -> Vec<(Place, Marks)> {
        let mut board = self.board();
        let places = std::mem::take(&mut board.untold);
        let marks = &board.marks;
        places.into_iter().filter_map(|place| Some((place, *marks.peek(&place)?))).collect()
    }

    /// What is to be written.
    pub fn take_unwritten(&self) -> Vec<(Place, Marks)> {
        std::mem::take(&mut self.board().unwritten).into_iter().collect()
    }

    /// What could not be written is to be written later.
    pub fn put_back_unwritten(&self, marks: Vec<(Place, Marks)>) {
        let mut board = self.board();
        for (place, marks) in marks {
            let entry = board.unwritten.entry(place).or_default();
            *entry = entry.max(marks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn marks_only_grow_and_are_told_and_written_once() {
        let board = ReceiptBoard::default();
        let now = Timestamp::from_secs(1);
        let place = (ConversationId::generate(now), AccountId::generate(now));
        let marks =
            |delivered, read| Marks { delivered: Sequence::new(delivered), read: Sequence::new(read) };
        board.advance(place, marks(3, 0));
        board.advance(place, marks(2, 1));
        assert_eq!(board.take_untold(), [(place, marks(3, 1))]);
        board.advance(place, marks(3, 1));
        assert_eq!(board.take_untold(), []);
        let unwritten = board.take_unwritten();
        assert_eq!(unwritten, [(place, marks(3, 1))]);
        board.advance(place, marks(5, 0));
        board.put_back_unwritten(unwritten);
        assert_eq!(board.take_unwritten(), [(place, marks(5, 1))]);
        assert_eq!(board.known(place), marks(5, 1));
    }
}
