//! TCP endpoints (RFC 9293).

mod reason;
mod state;
mod timers;
mod variables;

pub use reason::Reason;
pub use state::{State, TRANSITIONS, Transition, Trigger};
pub use timers::Timer;
pub use variables::Variables;
