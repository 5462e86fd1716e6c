//! Scenarios between two connections over a link that does as the test says.

mod closing;
#[allow(dead_code)]
mod pair;

use pair::{A, B, Pair};
