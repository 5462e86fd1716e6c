//! Packets to bytes and back, with checksums, on smoltcp's `wire`.
