//! What holds across crates: see the `[[test]]` files beside this one. The examples of the README are tests too.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
