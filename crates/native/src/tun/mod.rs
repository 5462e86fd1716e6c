//! Our stack and the kernel's face to face: a TUN device, at whose far end a simulated host stands in real time.
//!
//! [`Namespace`] keeps the device away from the machine's own network, [`Tun`] moves packets, [`addresses`] says which
//! end has which, and [`drive`] runs a world whose host outside is the kernel.

pub mod addresses;
mod device;
mod drive;
mod namespace;
mod prepare;
mod tally;

pub use device::{Tun, wait};
pub use drive::drive;
pub use namespace::Namespace;
pub use tally::{Tally, Way};
