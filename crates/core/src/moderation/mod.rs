//! What keeps the talk civil.

mod word_filter;

pub use word_filter::{WordFilter, WordListError};
