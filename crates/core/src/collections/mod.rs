//! Ordered maps and sets, and sorting: those of std, and as wasm lists that are kept in order.
//!
//! A B-tree is much code, and each type of key has its own; so it is with sorting. Natively that costs nothing and is fastest with 100,000 sockets;
//! a page has to load it before anything runs, for worlds of a few sockets. Both have the same names, methods and order. What
//! a map holds by the thousand is a map of std in a page, too.

#[cfg(any(test, target_arch = "wasm32"))]
mod ordered;
mod sort;
#[cfg(test)]
mod tests;

#[cfg(target_arch = "wasm32")]
pub use ordered::{BTreeMap, BTreeSet, Entry};
#[cfg(not(target_arch = "wasm32"))]
pub use std::collections::{BTreeMap, BTreeSet};

pub use sort::{sort, sort_by_key};
