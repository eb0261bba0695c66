//! Sessions: one login of one account at one front.

mod live;
mod table;
mod token;

pub use live::{LiveSession, Signal};
pub use table::{Admission, FrontFull, SEEN_WINDOW, SessionTable};
pub use token::{InvalidToken, Token, TokenKey};
