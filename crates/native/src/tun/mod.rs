//! Our stack and the kernel's face to face: a TUN device, at whose far end a simulated host stands in real time.
//!
//! [`Namespace`] keeps the device away from the machine's own network, [`Tun`] moves packets.

mod device;
mod namespace;

pub use device::{Tun, wait};
pub use namespace::Namespace;
