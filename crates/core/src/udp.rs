//! UDP sockets (RFC 768): datagrams in, datagrams out, boundaries kept.

use crate::errno::Errno;
use crate::payload::Payload;
use crate::program::{How, Readiness, RecvFlags};
use crate::trace::Discard;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// The most bytes a datagram to `addr` holds: what 65,535 bytes of IP leave beside the headers.
pub const fn max_payload(addr: &SocketAddr) -> usize {
    match addr {
        SocketAddr::V4(_) => 65_535 - 20 - 8,
        SocketAddr::V6(_) => 65_535 - 8,
    }
}

/// What a datagram costs in the receive queue beside its bytes, so that empty ones are bounded too.
const OVERHEAD: u32 = 8;

/// The UDP side of a socket: its receive queue, its peer where it is connected, and its pending error.
///
/// ```
/// use sockscope_core::udp::UdpSocket;
/// use sockscope_core::errno::Errno;
/// use sockscope_core::program::RecvFlags;
/// let mut socket = UdpSocket::new(1000);
/// let client = "10.0.0.1:49152".parse().unwrap();
/// socket.deliver(client, "one".into()).unwrap();
/// socket.deliver(client, "two".into()).unwrap();
/// assert_eq!(socket.recv(2, RecvFlags::NONE), Ok(("on".into(), client))); // the rest of "one" is lost
/// assert_eq!(socket.recv(100, RecvFlags::NONE), Ok(("two".into(), client)));
/// assert_eq!(socket.recv(100, RecvFlags::NONE), Err(Errno::EAGAIN));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UdpSocket {
    peer: Option<SocketAddr>,
    queue: VecDeque<(SocketAddr, Payload)>,
    /// Bytes of payload in the queue.
    queued: u32,
    /// Bytes the queue holds, with [`OVERHEAD`] for each datagram.
    limit: u32,
    error: Option<Errno>,
    read_shut: bool,
    write_shut: bool,
}

impl UdpSocket {
    /// A socket whose receive queue holds `limit` bytes, with 8 more counted for each datagram.
    pub fn new(limit: u32) -> UdpSocket {
        UdpSocket {
            peer: None,
            queue: VecDeque::new(),
            queued: 0,
            limit,
            error: None,
            read_shut: false,
            write_shut: false,
        }
    }
    /// The peer, where `connect` named one.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }
    /// From now on datagrams come from `peer` only, and go to it where no other address is given.
    pub fn connect(&mut self, peer: SocketAddr) {
        self.peer = Some(peer);
    }
    /// Bytes of payload that wait for `recv`.
    pub fn queued(&self) -> u32 {
        self.queued
    }
    /// Changes the size of the receive queue; what is in it stays.
    pub fn set_limit(&mut self, limit: u32) {
        self.limit = limit;
    }
    /// Puts an arrived datagram in the receive queue.
    ///
    /// # Errors
    /// [`Discard::ReceiveQueueFull`]: it does not fit.
    pub fn deliver(&mut self, from: SocketAddr, payload: Payload) -> Result<(), Discard> {
        let len = payload.len() as u32;
        let full = self.queued + OVERHEAD * self.queue.len() as u32;
        if full + OVERHEAD + len > self.limit {
            return Err(Discard::ReceiveQueueFull);
        }
        self.queued += len;
        self.queue.push_back((from, payload));
        Ok(())
    }
    /// The oldest datagram, cut to `max` bytes, and its sender. After `shutdown` of reading: no bytes.
    ///
    /// # Errors
    /// The pending error, once; EAGAIN where nothing is there.
    pub fn recv(&mut self, max: u32, flags: RecvFlags) -> Result<(Payload, SocketAddr), Errno> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if let (Some((from, payload)), true) = (self.queue.front(), flags.has(RecvFlags::PEEK)) {
            return Ok((payload.slice(0, max as usize), *from));
        }
        if let Some((from, payload)) = self.queue.pop_front() {
            self.queued -= payload.len() as u32;
            return Ok((payload.slice(0, max as usize), from));
        }
        match self.peer {
            Some(peer) if self.read_shut => Ok((Payload::EMPTY, peer)),
            _ => Err(Errno::EAGAIN),
        }
    }
    /// Whether `len` bytes may be sent to `to` now.
    ///
    /// # Errors
    /// The pending error, once; EPIPE after `shutdown` of writing; EMSGSIZE for more than [`max_payload`].
    pub fn check_send(&mut self, len: usize, to: &SocketAddr) -> Result<(), Errno> {
        match self.error.take() {
            Some(error) => Err(error),
            None if self.write_shut => Err(Errno::EPIPE),
            None if len > max_payload(to) => Err(Errno::EMSGSIZE),
            None => Ok(()),
        }
    }
    /// The pending error, told once.
    pub fn take_error(&mut self) -> Option<Errno> {
        self.error.take()
    }
    /// What a datagram socket is ready for.
    pub fn readiness(&self) -> Readiness {
        Readiness {
            readable: !self.queue.is_empty() || self.error.is_some() || self.read_shut,
            writable: true,
            error: self.error.is_some(),
            hang_up: self.read_shut && self.write_shut,
            read_hang_up: self.read_shut,
            urgent: false,
        }
    }
    /// Bytes of the datagram that the next `recv` takes.
    pub fn next_len(&self) -> u32 {
        self.queue.front().map_or(0, |(_, payload)| payload.len() as u32)
    }
    /// The peer's host said that nobody has the port. The next call of a connected socket fails with ECONNREFUSED.
    pub fn refused(&mut self) {
        self.error = Some(Errno::ECONNREFUSED);
    }
    /// Ends a direction.
    ///
    /// # Errors
    /// ENOTCONN where the socket is not connected.
    pub fn shutdown(&mut self, how: How) -> Result<(), Errno> {
        if self.peer.is_none() {
            return Err(Errno::ENOTCONN);
        }
        self.read_shut |= how != How::Write;
        self.write_shut |= how != How::Read;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_full_queue_takes_no_more_until_it_is_read() {
        let mut socket = UdpSocket::new(40);
        let from = addr("10.0.0.1:1");
        assert_eq!(socket.deliver(from, "0123456789".into()), Ok(()));
        assert_eq!(socket.deliver(from, "0123456789abcde".into()), Err(Discard::ReceiveQueueFull));
        assert_eq!(socket.deliver(from, "0123456789abcd".into()), Ok(()));
        assert_eq!(socket.deliver(from, Payload::EMPTY), Err(Discard::ReceiveQueueFull));
        assert_eq!(socket.queued(), 24);
        socket.recv(1, RecvFlags::NONE).unwrap();
        assert_eq!(socket.queued(), 14);
        assert_eq!(socket.deliver(from, Payload::EMPTY), Ok(()));
    }

    #[test]
    fn the_longest_datagram_is_that_of_the_ip_version() {
        let mut socket = UdpSocket::new(0);
        let (v4, v6) = (addr("10.0.0.1:1"), addr("[::2]:1"));
        assert_eq!(socket.check_send(65_507, &v4), Ok(()));
        assert_eq!(socket.check_send(65_508, &v4), Err(Errno::EMSGSIZE));
        assert_eq!(socket.check_send(65_527, &v6), Ok(()));
        assert_eq!(socket.check_send(65_528, &v6), Err(Errno::EMSGSIZE));
    }

    #[test]
    fn a_pending_error_is_told_once() {
        let mut socket = UdpSocket::new(100);
        socket.connect(addr("10.0.0.1:1"));
        socket.refused();
        assert_eq!(socket.recv(1, RecvFlags::NONE), Err(Errno::ECONNREFUSED));
        assert_eq!(socket.recv(1, RecvFlags::NONE), Err(Errno::EAGAIN));
        socket.refused();
        assert_eq!(socket.check_send(1, &addr("10.0.0.1:1")), Err(Errno::ECONNREFUSED));
        assert_eq!(socket.check_send(1, &addr("10.0.0.1:1")), Ok(()));
    }

    #[test]
    fn shutdown_ends_a_direction_of_a_connected_socket() {
        let mut socket = UdpSocket::new(100);
        let peer = addr("10.0.0.1:1");
        assert_eq!(socket.shutdown(How::Both), Err(Errno::ENOTCONN));
        socket.connect(peer);
        socket.shutdown(How::Read).unwrap();
        assert_eq!(socket.recv(10, RecvFlags::NONE), Ok((Payload::EMPTY, peer)));
        assert_eq!(socket.check_send(1, &peer), Ok(()));
        socket.shutdown(How::Write).unwrap();
        assert_eq!(socket.check_send(1, &peer), Err(Errno::EPIPE));
    }
}
