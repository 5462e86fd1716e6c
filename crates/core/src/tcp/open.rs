//! OPEN (RFC 9293 §3.10.1), and the SYN that reaches a listener (§3.10.7.2).

use super::congestion::Congestion;
use super::timestamps::Timestamps;
use super::{Config, Connection, State, Trigger};
use crate::seq::{Seq, SeqRange};
use crate::shared::Shared;
use crate::time::Time;
use crate::trace::{Cx, Sock};
use crate::wire::Segment;
use std::net::SocketAddr;

impl Connection {
    /// Active OPEN: the connection is in SYN-SENT and its SYN is the next segment.
    ///
    /// `iss` is the initial send sequence number, which the host draws (RFC 6528); `sock` is the connection's number
    /// in the trace.
    pub fn connect(
        config: impl Into<Shared<Config>>,
        sock: Sock,
        local: SocketAddr,
        remote: SocketAddr,
        iss: Seq,
        cx: &mut Cx,
    ) -> Connection {
        let mut new = Connection::new(config.into(), sock, local, remote, iss, State::Closed, cx.now);
        new.rcv.wnd = new.first_window();
        new.transition(Trigger::ActiveOpen, cx);
        new
    }

    /// Passive OPEN that meets its SYN: the connection is in SYN-RECEIVED and its SYN,ACK is the next segment.
    ///
    /// `syn` is a segment for which [`Listener::on_segment`](super::Listener::on_segment) said
    /// [`Answer::Accept`](super::Answer::Accept). Text on it is not taken; the peer sends it again.
    pub fn accept(
        config: impl Into<Shared<Config>>,
        sock: Sock,
        local: SocketAddr,
        remote: SocketAddr,
        iss: Seq,
        syn: &Segment,
        cx: &mut Cx,
    ) -> Connection {
        let mut new = Connection::new(config.into(), sock, local, remote, iss, State::Listen, cx.now);
        new.meet(syn, cx);
        new
    }
    fn meet(&mut self, syn: &Segment, cx: &mut Cx) {
        self.rcv.wnd = self.first_window();
        self.learn_syn(syn, cx.now);
        self.transition(Trigger::Syn, cx);
    }

    /// A connection whose SYN,ACK is a cookie (RFC 4987 §3.6), as [`accept`](Connection::accept) makes it. The cookie is its
    /// initial sequence number, whereas its timestamps follow the number that it would have otherwise, and hold what they
    /// hold when the ACK comes.
    pub fn accept_by_cookie(
        config: impl Into<Shared<Config>>,
        sock: Sock,
        local: SocketAddr,
        remote: SocketAddr,
        (cookie, clock): (Seq, Seq),
        syn: &Segment,
        cx: &mut Cx,
    ) -> Connection {
        let mut new = Connection::new(config.into(), sock, local, remote, cookie, State::Listen, cx.now);
        new.timestamps = Timestamps::new(&new.config, clock, cx.now);
        new.meet(syn, cx);
        new
    }
    /// The SYN,ACK is on its way, and nobody knows since when.
    pub fn syn_ack_went_out(&mut self, cx: &Cx) {
        self.snd.nxt = self.snd.iss + 1;
        self.sent.restore(SeqRange::new(self.snd.iss, 1), cx.now);
    }

    /// What a SYN tells: the initial sequence number, the first window, the MSS, and what else both sides can do.
    pub(super) fn learn_syn(&mut self, syn: &Segment, now: Time) {
        self.rcv.irs = syn.seq;
        self.rcv.nxt = syn.seq + 1;
        self.rcv.acked = syn.seq;
        // §3.7.1: without the option, 536 over IPv4 and 1220 over IPv6.
        let default = if self.remote.0.is_ipv4() { 536 } else { 1220 };
        self.snd.peer_mss = u32::from(syn.options.mss.unwrap_or(default));
        self.agree_on_scaling(syn);
        self.agree_on_ecn(syn);
        self.agree_on_timestamps(syn, now);
        self.sack_permitted = self.config.sack && syn.options.sack_permitted;
        self.settle_mss();
        self.round_buffers();
        self.congestion = Congestion::new(&self.config, self.snd.mss);
        self.move_window(syn);
    }

    /// The SYN is acknowledged: what it taught about the path (RFC 5681 §3.1, RFC 6298 §5.7).
    pub(super) fn finish_handshake(&mut self) {
        if self.attempts > 0 {
            if self.attempts > self.config.opening.syn_losses_forgiven {
                self.congestion.syn_was_lost();
            }
            self.rto.syn_was_lost(&self.config);
        }
    }
}
