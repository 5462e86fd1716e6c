//! A keyed hash: numbers that nobody can guess who does not know the secret (RFC 6528 §3, RFC 4987 §3.6, RFC 7413 §4.1.2).

use std::net::{IpAddr, SocketAddr};

/// A short message to be hashed, put together in place: both ends of a connection are part of it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Message {
    bytes: [[u8; 16]; 3],
    len: usize,
}

impl Message {
    /// Both addresses, then both ports.
    pub(crate) fn of_ends(local: SocketAddr, remote: SocketAddr) -> Message {
        let ports = [local.port(), remote.port()].map(u16::to_be_bytes);
        Message::default().address(local.ip()).address(remote.ip()).octets(ports[0]).octets(ports[1])
    }
    /// An address more.
    pub(crate) fn address(self, addr: IpAddr) -> Message {
        match addr {
            IpAddr::V4(addr) => self.octets(addr.octets()),
            IpAddr::V6(addr) => self.octets(addr.octets()),
        }
    }
    /// So many bytes more.
    pub(crate) fn octets<const N: usize>(mut self, octets: [u8; N]) -> Message {
        self.bytes.as_flattened_mut()[self.len..][..N].copy_from_slice(&octets);
        self.len += N;
        self
    }
    /// Its [`sip_hash`].
    pub(crate) fn hash(&self, key: [u64; 2]) -> u64 {
        sip_hash(key, &self.bytes.as_flattened()[..self.len])
    }
}

/// SipHash-2-4 of Aumasson and Bernstein (2012), over the bytes of `message`.
fn sip_hash(key: [u64; 2], message: &[u8]) -> u64 {
    let mut v = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = message.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    last[7] = message.len() as u8;
    for word in words.iter().chain([&last]).map(|bytes| u64::from_le_bytes(*bytes)) {
        v[3] ^= word;
        (0..2).for_each(|_| round(&mut v));
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    (0..4).for_each(|_| round(&mut v));
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn round(v: &mut [u64; 4]) {
    let half = |v: &mut [u64; 4], a: usize, b: usize, by: u32| {
        v[a] = v[a].wrapping_add(v[b]);
        v[b] = v[b].rotate_left(by) ^ v[a];
    };
    half(v, 0, 1, 13);
    v[0] = v[0].rotate_left(32);
    half(v, 2, 3, 16);
    half(v, 0, 3, 21);
    half(v, 2, 1, 17);
    v[2] = v[2].rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the paper's appendix A.
    #[test]
    fn it_is_siphash() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let message: Vec<u8> = (0..15).collect();
        assert_eq!(sip_hash(key, &message), 0xa129_ca61_49be_45e5);
    }
}
