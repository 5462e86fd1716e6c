//! What stands in the memory of another process, read through `/proc`. What cannot be read is nothing: the call that named
//! the address fails in the kernel too.

use nix::unistd::Pid;
use std::fs::File;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::FileExt;

/// So many pieces of one `readv` or `sendmsg` are looked at: the kernel's own limit.
const PIECES: usize = 1024;

/// The memory of a process.
pub(super) struct Memory(File);

/// A piece of a scattered buffer: `struct iovec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) base: u64,
    pub(super) len: u64,
}

/// `struct msghdr` of recvmsg(2), as far as we look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) name: Piece,
    iov: Piece,
}

impl Message {
    /// Its size in memory.
    pub(super) const SIZE: u64 = 56;
}

impl Memory {
    pub(super) fn of(process: Pid) -> Option<Memory> {
        File::open(format!("/proc/{process}/mem")).ok().map(Memory)
    }

    /// As many bytes as can be read, `len` at most.
    pub(super) fn bytes(&self, at: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        let mut read = 0;
        while let Ok(more @ 1..) = self.0.read_at(&mut bytes[read..], at.wrapping_add(read as u64)) {
            read += more;
        }
        bytes.truncate(read);
        bytes
    }

    /// A number of 4 bytes.
    pub(super) fn u32(&self, at: u64) -> Option<u32> {
        self.bytes(at, 4).try_into().ok().map(u32::from_ne_bytes)
    }

    /// A number of 8 bytes.
    pub(super) fn u64(&self, at: u64) -> Option<u64> {
        self.bytes(at, 8).try_into().ok().map(u64::from_ne_bytes)
    }

    /// An address of IPv4 or IPv6.
    pub(super) fn address(&self, at: u64, len: u64) -> Option<SocketAddr> {
        address(&self.bytes(at, len.min(28) as usize))
    }

    /// A scattered buffer.
    pub(super) fn pieces(&self, at: u64, count: u64) -> Vec<Piece> {
        let count = usize::try_from(count).unwrap_or(PIECES).min(PIECES);
        let words = self.bytes(at, count * 16);
        let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_ne_bytes);
        words
            .chunks_exact(16)
            .map(|piece| Piece { base: word(&piece[..8]), len: word(&piece[8..]) })
            .collect()
    }

    /// The first `len` bytes of a scattered buffer.
    pub(super) fn gathered(&self, pieces: &[Piece], len: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for piece in pieces {
            let room = len - bytes.len();
            bytes.extend(self.bytes(piece.base, room.min(usize::try_from(piece.len).unwrap_or(room))));
        }
        bytes
    }

    /// A message of `sendmsg` or `recvmsg`.
    pub(super) fn message(&self, at: u64) -> Option<Message> {
        let name = Piece { base: self.u64(at)?, len: self.u32(at + 8)?.into() };
        Some(Message { name, iov: Piece { base: self.u64(at + 16)?, len: self.u64(at + 24)? } })
    }

    /// Where the bytes of a message are.
    pub(super) fn pieces_of(&self, message: &Message) -> Vec<Piece> {
        self.pieces(message.iov.base, message.iov.len)
    }
}

/// How long a scattered buffer is.
pub(super) fn total(pieces: &[Piece]) -> u64 {
    pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.len))
}

/// `struct sockaddr` in memory.
fn address(bytes: &[u8]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?);
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    match i32::from(family) {
        libc::AF_INET => {
            let ip: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
            Some((Ipv4Addr::from(ip), port).into())
        }
        libc::AF_INET6 => {
            let ip: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
            Some((Ipv6Addr::from(ip), port).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_memory_is_read_and_what_does_not_is_nothing() {
        let memory = Memory::of(Pid::this()).unwrap();
        let (one, two) = (*b"hello", *b", world");
        let pieces = [
            Piece { base: one.as_ptr().expose_provenance() as u64, len: 5 },
            Piece { base: two.as_ptr().expose_provenance() as u64, len: 7 },
        ];
        assert_eq!(memory.gathered(&pieces, 64), b"hello, world");
        assert_eq!(memory.gathered(&pieces, 7), b"hello, ");
        assert_eq!(total(&pieces), 12);
        assert!(memory.bytes(8, 4).is_empty(), "nothing lies there");
        assert_eq!(memory.u64(8), None);
    }

    #[test]
    fn addresses_are_read_as_the_kernel_writes_them() {
        let v4 = [2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(address(&v4), Some("127.0.0.1:8080".parse().unwrap()));
        let mut v6 = [0; 28];
        (v6[0], v6[2], v6[3], v6[23]) = (10, 0x1f, 0x90, 1);
        assert_eq!(address(&v6), Some("[::1]:8080".parse().unwrap()));
        assert_eq!(address(&[1, 0, b'/', b'x']), None, "a Unix socket has no such address");
        assert_eq!(address(&v4[..6]), None);
    }
}
