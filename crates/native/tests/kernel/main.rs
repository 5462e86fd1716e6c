//! Our stack against the kernel's: real programs in a network namespace, and between the two an impaired link.
//!
//! Making a namespace takes root; where a machine has none of it, every test says so and passes.

mod between;
mod bulk;
mod iperf;
mod lab;
mod talk;
mod wire;
