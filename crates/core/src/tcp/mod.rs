//! TCP endpoints (RFC 9293), to be read with the RFC on the left and this on the right.
//!
//! | RFC 9293 | here |
//! |---|---|
//! | §3.3.1 the variables (TCB) | [`Connection`] in `connection.rs` |
//! | §3.3.2 the state diagram | [`State`] and [`TRANSITIONS`] in `state.rs` |
//! | §3.5 the handshake | `open.rs`, [`Listener`] in `listen.rs` |
//! | §3.7.1 MSS, path MTU (RFC 1191, RFC 8201) | `path_mtu.rs` |
//! | §3.9.2.2 ICMP (RFC 5461, RFC 5927) | `icmp.rs` |
//! | §3.8.2 explicit congestion notification (RFC 3168) | `ecn.rs` |
//! | §3.8.6.2.1 silly windows and Nagle | `output.rs` |
//! | window scaling, timestamps (RFC 7323) | `window_scale.rs`, `timestamps.rs` |
//! | §3.8.1 retransmission (RFC 6298) | `rto.rs`, `timeouts.rs` |
//! | §3.8.2 congestion control (RFC 5681, RFC 9438, RFC 9406) | `congestion/` |
//! | §3.8.2 loss recovery (RFC 6582, RFC 6675) | `recovery.rs`, over the scoreboard in `sent.rs` |
//! | RFC 8985 RACK and tail loss probes, RFC 6937 PRR | `rack.rs`, `tail_loss_probe.rs`, `prr.rs` |
//! | RFC 5682 F-RTO, RFC 3708 and RFC 4015 undo | `frto.rs`, `undo.rs` |
//! | §3.8.6 windows, probes, ACKs | `output.rs`, all at once `drain.rs`; `timeouts.rs`; SACK (RFC 2018, RFC 2883) in `sack.rs` |
//! | §3.8.5 urgent data (RFC 6093) | `urgent.rs` |
//! | data on the SYN (RFC 7413) | `fast_open.rs` |
//! | §3.10.1 to §3.10.6 user calls | `open.rs`, `calls.rs`, `socket_options.rs`, `info.rs` (STATUS) |
//! | §3.10.7 SEGMENT ARRIVES | `arrives/`, a file for a check |
//! | §3.10.8 timeouts | `timers.rs` (the table), `timeouts.rs` |
//!
//! Every decision names the [`Reason`] it follows; the trace and the page show that same name.

mod arrives;
mod calls;
mod config;
mod congestion;
mod connection;
mod defer_accept;
mod drain;
mod ecn;
mod fast_open;
mod frto;
mod icmp;
mod info;
mod keep_alive;
mod listen;
mod open;
mod output;
mod path_mtu;
mod prr;
mod rack;
mod reason;
mod reassembly;
mod receive_buffer;
mod records;
mod recovery;
mod rto;
mod sack;
mod send_buffer;
mod sent;
mod snapshot;
mod socket_options;
mod state;
mod tail_loss_probe;
#[cfg(test)]
mod tests;
mod timeouts;
mod timers;
mod timestamps;
mod undo;
mod urgent;
mod user_timeout;
mod variables;
mod window_scale;

pub use arrives::reset_for;
pub use config::{
    AckEvery, ClosedPorts, Config, Growth, Interface, KeepAlive, LossRecovery, Opening, PathPolicy, Rounding,
    SynCookies, Timeouts, Trust, WindowUpdate,
};
pub use congestion::{IdleRestart, SlowStartExit};
pub use connection::Connection;
pub use drain::Exit;
pub use ecn::EcnPolicy;
pub use fast_open::{FastOpenOutcome, FastOpenPolicy};
pub use icmp::IcmpPolicy;
pub use info::{Agreed, TcpInfo};
pub use listen::{Answer, Listener};
pub(crate) use path_mtu::PathMtu;
pub use reason::Reason;
pub use recovery::Phase;
pub use snapshot::Snapshot;
pub use state::{State, TRANSITIONS, Transition, Trigger};
pub use timers::Timer;
use timestamps::Stamp;
pub use variables::Variables;
