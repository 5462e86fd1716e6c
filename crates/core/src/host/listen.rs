//! Welcoming sockets: `listen()`, `accept()`, and the two queues between a SYN and the program.

use super::Host;
use super::arrives::discard;
use super::outbox::Route;
use super::over_udp;
use super::socket::{Role, Socket};
use crate::errno::Errno;
use crate::program::{Fd, SocketOption};
use crate::seq::Seq;
use crate::tcp::{Answer, Config, Connection, Listener, Reason, State};
use crate::time::{Span, Time};
use crate::trace::{Cx, Discard, Kind, Sock};
use crate::wire::{Body, Flags, Packet, Segment};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// A welcoming socket with the connections that wait in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Welcome {
    listener: Listener,
    /// How many connections each queue holds; at least one (Linux lets one more wait for `accept()`).
    backlog: u32,
    /// Connections in SYN-RECEIVED, the oldest first.
    syn: VecDeque<Sock>,
    /// Finished connections, the oldest first.
    accept: VecDeque<Sock>,
    /// When a SYN was last answered with a cookie.
    cookie_given: Option<Time>,
}

/// For so long after the last cookie was given ACKs are looked at whether they bring one back.
const COOKIE_LIFE: Span = Span::from_secs(128);

impl Welcome {
    pub(super) fn accept_queue_is_full(&self) -> bool {
        self.accept.len() >= self.backlog as usize
    }
    /// Whether `accept()` has something to give.
    pub(super) fn has_accepted(&self) -> bool {
        !self.accept.is_empty()
    }
    fn syn_queue_is_full(&self) -> bool {
        self.syn.len() >= self.backlog as usize
    }
    pub(super) fn children(&self) -> Vec<Sock> {
        self.syn.iter().chain(&self.accept).copied().collect()
    }
    fn show(&self, sock: Sock, cx: &mut Cx) {
        let (syn, accept) = (self.syn.len() as u32, self.accept.len() as u32);
        cx.emit(|| Kind::Backlog { sock, syn, accept });
    }
}

impl Host {
    /// `listen()`: the socket welcomes clients from now on; on a welcoming socket it changes the backlog. An unbound
    /// socket is bound first, to a free port.
    ///
    /// # Errors
    /// EOPNOTSUPP (datagram socket), EINVAL (it has a connection), EADDRINUSE (another one listens there).
    pub fn listen(&mut self, fd: Fd, backlog: u32, cx: &mut Cx) -> Result<(), Errno> {
        let sock = self.descriptors.get(fd)?;
        match &mut self.entry(sock).role {
            Role::Udp(_) => return Err(Errno::EOPNOTSUPP),
            Role::Connection(connection) if connection.state() != State::Closed => return Err(Errno::EINVAL),
            Role::Listener(welcome) => welcome.backlog = backlog.max(1),
            Role::Idle | Role::Connection(_) => self.open_listener(sock, backlog.max(1), cx)?,
        }
        cx.emit(|| Kind::Listening { sock, backlog });
        Ok(())
    }
    /// `accept()`: the oldest finished connection gets a descriptor. Also the peer's address.
    ///
    /// # Errors
    /// EAGAIN (none is finished), EINVAL (the socket does not listen), EOPNOTSUPP (datagram socket), EMFILE.
    pub fn accept(&mut self, fd: Fd, cx: &mut Cx) -> Result<(Fd, SocketAddr), Errno> {
        let sock = self.descriptors.get(fd)?;
        let welcome = match &mut self.entry(sock).role {
            Role::Listener(welcome) => welcome,
            Role::Udp(_) => return Err(Errno::EOPNOTSUPP),
            Role::Idle | Role::Connection(_) => return Err(Errno::EINVAL),
        };
        let child = *welcome.accept.front().ok_or(Errno::EAGAIN)?;
        let fd = self.descriptors.open(child, self.config.descriptors)?;
        let welcome = self.welcome(sock);
        welcome.accept.pop_front();
        welcome.show(sock, cx);
        let socket = self.entry(child);
        (socket.fd, socket.parent) = (Some(fd), None);
        let peer = socket.told(socket.remote.expect("a child has a peer"));
        cx.emit(|| Kind::Accepted { sock: child, fd });
        Ok((fd, peer))
    }

    fn open_listener(&mut self, sock: Sock, backlog: u32, cx: &mut Cx) -> Result<(), Errno> {
        self.revive(sock);
        let local = self.bound(sock, cx)?;
        let mut places = self.other_place(sock, local).into_iter().chain([local]);
        let bars = |other| self.sockets[other].is_listener() && !self.share_port(sock, other);
        if places.any(|place| self.tcp.overlapping(&self.sockets, place).any(bars)) {
            return Err(Errno::EADDRINUSE);
        }
        let listener = Listener::open(sock, cx);
        let (syn, accept) = Default::default();
        self.entry(sock).role =
            Role::Listener(Welcome { listener, backlog, syn, accept, cookie_given: None }.into());
        Ok(())
    }
    /// Closes a welcoming socket: connections that nobody accepted are aborted.
    pub(super) fn close_listener(&mut self, sock: Sock, cx: &mut Cx) {
        let Role::Listener(welcome) = std::mem::replace(&mut self.entry(sock).role, Role::Idle) else {
            return;
        };
        for child in welcome.children() {
            self.entry(child).parent = None;
            if let Role::Connection(connection) = &mut self.entry(child).role {
                connection.abort(cx);
            }
            self.settle(child, cx);
        }
        welcome.listener.close(cx);
        self.remove(sock, cx);
    }
    /// A segment for a welcoming socket, from a peer with whom there is no connection; `iss` where one before says with
    /// which sequence number the next has to begin.
    pub(super) fn knock(
        &mut self,
        sock: Sock,
        packet: &Packet,
        segment: &Segment,
        iss: Option<Seq>,
        cx: &mut Cx,
    ) {
        let answer = self.listener_says(sock, segment);
        let welcome = self.welcome(sock);
        let why = match answer {
            Answer::Accept if welcome.accept_queue_is_full() => Discard::AcceptQueueFull,
            Answer::Accept => {
                let full = welcome.syn_queue_is_full();
                match self.gives_cookie(full) {
                    true => return self.give_cookie(sock, packet, segment, cx),
                    false if full => Discard::SynQueueFull,
                    false => return self.begin(sock, packet, segment, iss, cx),
                }
            }
            Answer::Ignore => Discard::Unacceptable,
            Answer::Reset(_) if self.take_cookie(sock, packet, segment, cx) => return,
            Answer::Reset(reset) => {
                let route = Route::back(packet);
                self.outbox.push(Some(sock), route, Body::Tcp(reset), Reason::ResetUnwanted, cx);
                Discard::Unacceptable
            }
        };
        discard(Some(sock), packet.id, why, cx);
    }
    /// Answers a SYN with a cookie, and forgets it.
    fn give_cookie(&mut self, parent: Sock, packet: &Packet, syn: &Segment, cx: &mut Cx) {
        let (local, remote) = ends(packet, syn);
        self.welcome(parent).cookie_given = Some(cx.now);
        let mut policy = self.policy(parent);
        if over_udp::came_from(packet).is_some() {
            policy =
                Config { mss: policy.mss.saturating_sub(over_udp::OVERHEAD), ..(*policy).clone() }.into();
        }
        if let Some(syn_ack) = self.syn_ack_with_cookie(policy, local, remote, syn, cx) {
            let route = Route::back(packet).asked_by(&self.sockets[parent].options);
            self.outbox.push(Some(parent), route, Body::Tcp(syn_ack), Reason::SynCookie, cx);
        }
    }
    /// An ACK that nobody waits for may bring a cookie back, where some were given lately; true where it does.
    fn take_cookie(&mut self, parent: Sock, packet: &Packet, ack: &Segment, cx: &mut Cx) -> bool {
        let (local, remote) = ends(packet, ack);
        let given = self.welcome(parent).cookie_given;
        if ack.flags.has(Flags::SYN) || given.is_none_or(|given| cx.now.since(given) > COOKIE_LIFE) {
            return false;
        }
        let Some(syn) = self.syn_of_cookie(local, remote, ack, cx.now) else { return false };
        if self.welcome(parent).accept_queue_is_full() {
            discard(Some(parent), packet.id, Discard::AcceptQueueFull, cx);
            return true;
        }
        let sock = self.child(parent, packet, (local, remote), cx);
        cx.emit(|| Kind::Rule { sock, reason: Reason::CookieReturned });
        let isns = (ack.ack - 1, self.initial_sequence_number(local, remote, cx.now));
        let policy = self.policy(sock);
        let mut connection = Connection::accept_by_cookie(policy, sock, local, remote, isns, &syn, cx);
        connection.syn_ack_went_out(cx);
        connection.on_segment(ack, cx);
        self.entry(sock).role = Role::Connection(Box::new(connection));
        self.settle(sock, cx);
        true
    }
    fn listener_says(&self, sock: Sock, segment: &Segment) -> Answer {
        match &self.sockets[sock].role {
            Role::Listener(welcome) => welcome.listener.on_segment(segment, &self.config.tcp),
            _ => Answer::Ignore,
        }
    }
    /// A SYN begins a connection, which shares the port of its welcoming socket.
    fn begin(&mut self, parent: Sock, packet: &Packet, syn: &Segment, iss: Option<Seq>, cx: &mut Cx) {
        let (local, remote) = ends(packet, syn);
        let sock = self.child(parent, packet, (local, remote), cx);
        let fresh = self.initial_sequence_number(local, remote, cx.now);
        let (config, iss) = (self.policy(sock), iss.unwrap_or(fresh));
        let mut connection = Connection::accept(config, sock, local, remote, iss, syn, cx);
        self.tell_path(&mut connection, cx.now);
        self.welcome_fast(parent, &mut connection, syn, cx);
        self.entry(sock).role = Role::Connection(Box::new(connection));
        self.settle(sock, cx);
    }
    /// A socket for a connection in the making, in the SYN queue of its welcoming socket.
    fn child(
        &mut self,
        parent: Sock,
        packet: &Packet,
        (local, remote): (SocketAddr, SocketAddr),
        cx: &mut Cx,
    ) -> Sock {
        let family = self.entry(parent).family;
        let non_blocking = self.config.tcp.interface.accepted_non_blocking;
        let mut options = self.entry(parent).options.inherited(non_blocking);
        if let Some(port) = over_udp::came_from(packet) {
            options.set(SocketOption::RemoteUdpPort(port.into()));
        }
        let child = Socket { options, parent: Some(parent), ..Socket::new(None, family, Role::Idle) };
        let sock = self.add(child, Some(parent), cx);
        self.recent = sock;
        self.rebind(sock, local, Some(remote));
        cx.emit(|| Kind::Connected { sock, local: local.into(), remote: remote.into() });
        let welcome = self.welcome(parent);
        welcome.syn.push_back(sock);
        welcome.show(parent, cx);
        sock
    }
    /// Moves a child on where its handshake has come to an end, good or bad.
    pub(super) fn advance_child(&mut self, sock: Sock, parent: Sock, state: State, cx: &mut Cx) {
        let early = matches!(&self.sockets[sock].role, Role::Connection(it) if it.is_fast());
        let welcome = self.welcome(parent);
        if state == State::SynReceived && !early {
            return;
        }
        let Ok(place) = welcome.syn.binary_search(&sock) else { return };
        welcome.syn.remove(place);
        if state == State::Closed {
            welcome.show(parent, cx);
            self.entry(sock).parent = None;
        } else {
            welcome.accept.push_back(sock);
            welcome.show(parent, cx);
            self.note_ready(parent);
        }
    }
    /// The queues of a socket that listens.
    pub(super) fn welcome(&mut self, sock: Sock) -> &mut Welcome {
        match &mut self.entry(sock).role {
            Role::Listener(welcome) => welcome,
            role => panic!("{sock} does not listen: {role:?}"),
        }
    }
}

/// The ends of the connection that a segment is about: ours and the peer's.
fn ends(packet: &Packet, segment: &Segment) -> (SocketAddr, SocketAddr) {
    (SocketAddr::new(packet.dst, segment.dst_port), SocketAddr::new(packet.src, segment.src_port))
}
