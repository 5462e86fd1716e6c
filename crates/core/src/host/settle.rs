//! What follows a change to a socket: segments to send, timers, queues, and who is told.

use super::Host;
use super::challenges::Challenges;
use super::outbox::{Outbox, Route};
use super::socket::Role;
use crate::rng::Rng;
use crate::tcp::{Exit, Reason, State};
use crate::time::Time;
use crate::trace::{Cx, Kind, Sock};
use crate::wire::{Body, Ecn, Segment};

/// The way of a socket's segments out of its host.
struct Way<'a> {
    sock: Sock,
    route: Route,
    outbox: &'a mut Outbox,
    /// How many challenge ACKs the host sends, and of how many it has done so.
    limit: Option<u32>,
    challenges: &'a mut Challenges,
    rng: &'a mut Rng,
}

impl Exit for Way<'_> {
    /// Always in line: what is made there is written where the packet stays.
    #[inline(always)]
    fn send(&mut self, segment: Segment, reason: Reason, ecn: Ecn, cx: &mut Cx) {
        if reason != Reason::ChallengeAck || self.challenges.take(self.limit, self.rng, cx.now) {
            self.outbox.push(Some(self.sock), self.route.marked(ecn), Body::Tcp(segment), reason, cx);
        }
    }
}

/// The place of a connection among the timers of its host. One that moves on, as with every ACK, keeps its place: it is
/// looked at again when that time comes.
fn place(filed: Option<Time>, due: Option<Time>) -> Option<Time> {
    due.map(|due| filed.map_or(due, |filed| filed.min(due)))
}

impl Host {
    /// When [`handle_timeout`](Host::handle_timeout) is to be called; `None` while no timer runs. Nothing happens then where
    /// the timer was set anew in the meantime.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.agenda.first().map(|(due, _)| due)
    }
    /// Handles every timer that has run out by now. Afterwards [`poll_timeout`](Host::poll_timeout) is later than now.
    pub fn handle_timeout(&mut self, cx: &mut Cx) {
        let cause = cx.cause;
        while let Some((_, sock)) = self.agenda.first().filter(|(due, _)| *due <= cx.now) {
            self.entry(sock).due = None;
            self.agenda.pop(&self.sockets);
            let socket = self.entry(sock);
            let Role::Connection(connection) = &mut socket.role else { continue };
            let due = connection.poll_timeout();
            if due.is_some_and(|due| due <= cx.now) {
                connection.handle_timeout(cx);
                self.settle(sock, cx);
            } else if let Some(due) = due {
                socket.due = Some(due);
                self.agenda.put(due, sock);
            }
            cx.cause = cause;
        }
    }
    /// A connection has another place among the timers of the host.
    fn file(&mut self, sock: Sock, before: Option<Time>, place: Option<Time>) {
        if before.is_some() {
            self.agenda.forget(&self.sockets);
        }
        if let Some(place) = place {
            self.agenda.put(place, sock);
        }
    }

    /// Draws the consequences of a change to a socket. Called after each.
    pub(super) fn settle(&mut self, sock: Sock, cx: &mut Cx) {
        self.note_ready(sock);
        let socket = self.sockets.get_mut(sock).expect("it is in the table");
        let Role::Connection(connection) = &mut socket.role else { return };
        if connection.may_send() {
            let (src, dst) = connection.addresses();
            let route = Route::of(&socket.options, src, dst)
                .over_udp(self.config.udp_tunneling_port, connection.remote_udp_port());
            let limit = self.config.tcp.trust.challenge_acks_of_host;
            let Host { outbox, challenges, rng, .. } = self;
            connection.drain(&mut Way { sock, route, outbox, limit, challenges, rng }, cx);
        } else {
            connection.rest(cx);
        }
        let learned = connection.take_fast_open_outcome().map(|outcome| (connection.addresses().1, outcome));
        let (state, parent) = (connection.state(), socket.parent);
        let place = place(socket.due, connection.poll_timeout());
        let before = std::mem::replace(&mut socket.due, place);
        if place != before {
            self.file(sock, before, place);
        }
        if let Some((server, outcome)) = learned {
            self.note_cookie(server, outcome);
        }
        if let Some(parent) = parent {
            self.advance_child(sock, parent, state, cx);
        }
        if state == State::Closed {
            self.bury(sock, cx);
        }
    }
    /// The program has read: mostly nothing else changed, and the peer is told of the room only where it is much.
    pub(super) fn settle_read(&mut self, sock: Sock, cx: &mut Cx) {
        match &mut self.entry(sock).role {
            Role::Connection(connection) if !connection.may_send() => {
                connection.show(cx);
                self.note_ready(sock);
            }
            _ => self.settle(sock, cx),
        }
    }
    /// Text that came next may be followed by more. So its consequences wait until the driver asks for packets, or another
    /// socket has some: text that is handed in at once is acknowledged at once, as where a network card hands it over (GRO).
    pub(super) fn settle_later(&mut self, sock: Sock, cx: &mut Cx) {
        if self.unsettled.is_some_and(|(other, _)| other != sock) {
            self.settle_now(cx);
        }
        self.unsettled = Some((sock, cx.cause));
    }
    /// Draws the consequences that wait.
    #[inline]
    pub(super) fn settle_now(&mut self, cx: &mut Cx) {
        if let Some((sock, arrived)) = self.unsettled.take()
            && self.sockets.get(sock).is_some()
        {
            let cause = std::mem::replace(&mut cx.cause, arrived);
            self.settle(sock, cx);
            cx.cause = cause;
        }
    }
    /// Something happened to the socket: who waits for it may try again.
    pub(super) fn note_ready(&mut self, sock: Sock) {
        if self.ready.last() != Some(&sock) {
            self.ready.push(sock);
        }
    }
    /// A connection is over. Nobody's is gone; one that a program still has keeps what it can still tell, and the port
    /// only where `bind()` asked for it.
    fn bury(&mut self, sock: Sock, cx: &mut Cx) {
        let socket = self.entry(sock);
        match (socket.fd, socket.parent, socket.asked.as_deref().copied()) {
            (None, None, _) => self.remove(sock, cx),
            (.., Some(local)) => self.rebind(sock, local, None),
            (.., None) => self.unbind(sock),
        }
    }
    /// Takes a socket out of the table.
    pub(super) fn remove(&mut self, sock: Sock, cx: &mut Cx) {
        self.unbind(sock);
        self.sockets.remove(sock);
        cx.emit(|| Kind::Removed { sock });
    }
}
