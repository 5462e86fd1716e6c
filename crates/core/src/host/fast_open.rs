//! Fast open in the host (RFC 7413 §4.1): the cookies that servers gave us, and those that we give.

use super::Host;
use super::socket::Role;
use crate::collections::BTreeMap;
use crate::errno::Errno;
use crate::keyed_hash::Message;
use crate::payload::Payload;
use crate::program::{OptionName, SendFlags, SocketOption};
use crate::seq::Seq;
use crate::tcp::{Connection, FastOpenOutcome, State};
use crate::time::Time;
use crate::trace::{Cx, Sock};
use crate::wire::{Cookie, Segment};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// What is known of servers, by address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cookies(BTreeMap<IpAddr, Known>);

/// What is known of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Known {
    /// Its cookie for us, and its MSS.
    Cookie(Cookie, u16),
    /// On the way to it fast open does not work.
    Refuses,
}

impl Host {
    /// Forgets every fast open cookie, and which paths refused one.
    pub fn forget_cookies(&mut self) {
        self.cookies = Cookies::default();
    }
    /// Whether a send on an unconnected stream socket connects it, with the data on the SYN where there is a cookie.
    pub(super) fn sends_fast(&self, sock: Sock, flags: SendFlags) -> bool {
        let asked = matches!(self.sockets[sock].options.get(OptionName::FastOpen), Some(SocketOption::FastOpen(n)) if n > 0);
        asked && self.config.tcp.fast_open.client || flags.has(SendFlags::FASTOPEN)
    }
    /// Whether `connect` waits for the first data.
    pub(super) fn connects_fast(&self, sock: Sock) -> bool {
        let asked = self.sockets[sock].options.has(SocketOption::FastOpenConnect(true));
        self.config.tcp.fast_open.client && asked
    }
    /// `sendto()` that connects; how much of `data` was taken.
    pub(super) fn connect_fast(
        &mut self,
        sock: Sock,
        data: &Payload,
        to: SocketAddr,
        flags: SendFlags,
        cx: &mut Cx,
    ) -> Result<u32, Errno> {
        if !self.config.tcp.fast_open.client {
            return Err(Errno::EOPNOTSUPP);
        }
        let (offer, linux) = (self.offer_to(to.ip()), flags.has(SendFlags::FASTOPEN));
        let mut taken = 0;
        self.connect_stream_with(sock, to, cx, |connection, cx| {
            connection.open_fast(offer);
            taken = if linux {
                connection.send_on_syn(data)
            } else {
                // As on FreeBSD: what finds no room on the SYN, or no cookie, waits for the end of the handshake.
                connection.send_early();
                connection.send(data, flags, cx).unwrap_or(0)
            };
        })?;
        if taken == 0 && linux { Err(Errno::EINPROGRESS) } else { Ok(taken as u32) }
    }
    /// `connect()` with `TCP_FASTOPEN_CONNECT`: done at once where there is a cookie, and the SYN waits for the first data.
    pub(super) fn connect_with_cookie(
        &mut self,
        sock: Sock,
        to: SocketAddr,
        cx: &mut Cx,
    ) -> Result<(), Errno> {
        let offer = self.offer_to(to.ip());
        let waits = offer.is_some_and(|(cookie, _)| !cookie.is_request());
        self.connect_stream_with(sock, to, cx, |connection, _| {
            connection.open_fast(offer);
            if waits {
                connection.wait_for_data();
            }
        })?;
        if waits { Ok(()) } else { Err(Errno::EINPROGRESS) }
    }
    /// What a SYN to this server offers: its cookie, or the request for one; nothing where the path refuses them.
    fn offer_to(&self, server: IpAddr) -> Option<(Cookie, Option<u16>)> {
        match self.cookies.0.get(&server) {
            Some(Known::Cookie(cookie, mss)) => Some((*cookie, Some(*mss))),
            Some(Known::Refuses) => None,
            None => Some((Cookie::REQUEST, None)),
        }
    }
    /// Takes note of what a connection learned of its server.
    pub(super) fn note_cookie(&mut self, server: IpAddr, outcome: FastOpenOutcome) {
        match outcome {
            FastOpenOutcome::Granted(cookie, mss) => {
                self.cookies.0.insert(server, Known::Cookie(cookie, mss));
            }
            FastOpenOutcome::Accepted => {}
            FastOpenOutcome::Refused => {
                self.cookies.0.insert(server, Known::Refuses);
            }
        }
    }
    /// §4.1.2: a listener's answer to the fast open option of a SYN.
    pub(super) fn welcome_fast(&self, parent: Sock, child: &mut Connection, syn: &Segment, cx: &mut Cx) {
        let most = match self.sockets[parent].options.get(OptionName::FastOpen) {
            _ if !self.config.tcp.fast_open.server => return,
            Some(SocketOption::FastOpen(most)) => most as usize,
            _ if self.config.tcp.fast_open.everywhere => usize::MAX,
            _ => return,
        };
        if self.early_children(parent) >= most {
            return;
        }
        let trusted = !self.config.tcp.fast_open.needs_cookie;
        if trusted && !syn.payload.is_empty() {
            return child.take_data_of_syn(syn, cx);
        }
        let Some(offered) = syn.options.fast_open.as_deref().copied() else { return };
        let good = self.cookie_for(child.remote().ip(), child.local().ip());
        let good = good.in_experiment(offered.experimental);
        if offered == good {
            child.take_data_of_syn(syn, cx);
        } else {
            child.grant_cookie(good);
        }
    }
    /// §5.1: connections that a program may use although their handshakes are not over; a listener bounds them.
    fn early_children(&self, parent: Sock) -> usize {
        let early = |child: &Sock| match &self.sockets[*child].role {
            Role::Connection(connection) => connection.is_fast() && connection.state() == State::SynReceived,
            _ => false,
        };
        match &self.sockets[parent].role {
            Role::Listener(welcome) => welcome.children().into_iter().filter(early).count(),
            _ => 0,
        }
    }
    /// The cookie of a client: nobody else can make it, and nobody else gets it. As Linux makes it.
    fn cookie_for(&self, client: IpAddr, server: IpAddr) -> Cookie {
        let hash = Message::default().address(client).address(server).hash(self.fast_open_key);
        Cookie::new(&hash.to_le_bytes()).unwrap_or_default()
    }
    /// The key of the fast open cookies that listeners give from now on (`net.ipv4.tcp_fastopen_key`); at first it is drawn
    /// from the seed.
    pub fn set_fast_open_key(&mut self, key: [u64; 2]) {
        self.fast_open_key = key;
    }
    /// RFC 6528 §3: an initial sequence number, `M + F(localip, localport, remoteip, remoteport, secretkey)`. `M` is a
    /// clock with ticks of 4 µs; `F` keeps strangers from guessing.
    pub(super) fn initial_sequence_number(&self, local: SocketAddr, remote: SocketAddr, now: Time) -> Seq {
        Seq::new(Message::of_ends(local, remote).hash(self.secret) as u32) + (now.as_nanos() / 4_000) as u32
    }
}
