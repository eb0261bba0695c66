#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod fixture;
mod harness;
mod in_chain;
mod judge;
mod law;
mod laws;
mod listener;
pub mod people;
mod report;
mod stage;
mod verdict;

pub use fixture::{Condition, Fixture, Installation, Lack, Missing, Visitor};
pub use harness::main;
pub use judge::judge;
pub use law::Law;
pub use people::Person;
pub use stage::Wrapping;
pub use verdict::Verdict;
