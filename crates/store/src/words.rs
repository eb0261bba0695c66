//! What the index of the words of messages and the search in it must say alike.

/// The words of a message on PostgreSQL, as its index has them: to the letter, or the index is not used.
///
/// Left alone, PostgreSQL's parser takes addresses, paths and markup as one word each or as none; so what holds them together
/// is taken away first.
pub(crate) const POSTGRES_WORDS: &str = "to_tsvector('simple'::regconfig, translate(messages.text, '-_./:;@#+=&%~|<>()*', '                   '))";
