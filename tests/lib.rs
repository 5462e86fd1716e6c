//! What holds across crates: see the `[[test]]` files beside this one.
