//! Sessions: one login of one account at one front.

mod hand_over;
mod live;
mod places;
mod standing;
mod table;
mod token;

pub use hand_over::{MAX_TICKET_AGE, MIN_SECRET_BYTES, Ticket, TicketRefusal};
pub use live::{LiveSession, Signal};
pub use places::{AddressFull, FrontFull, NoPlace, PlaceLimits};
pub use standing::{Ending, Proof, Standing};
pub use table::{Admission, SEEN_WINDOW, SessionTable};
pub use token::{InvalidToken, Token, TokenKey};
