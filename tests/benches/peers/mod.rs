//! The same work for Sockscope and for its peers: each module here has the same functions.
//!
//! - `bulk(bytes)`: one connection moves so many bytes one way; all of them must arrive.
//! - `connections(n)`: `n` times, one after another: connect, send 5 bytes, get 5 back, close.
//! - `datagrams(n)`: `n` times, one after another: a datagram of 5 bytes there and one back.

#[cfg(target_family = "wasm")]
mod exported;
pub mod hosts;
pub mod smoltcp;
pub mod sockscope;
#[cfg(not(target_family = "wasm"))]
pub mod turmoil;

/// What travels in a round trip.
pub const MESSAGE: &[u8; 5] = b"hello";
/// The port that the server has.
pub const PORT: u16 = 12000;
