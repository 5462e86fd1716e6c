//! TCP fast open (RFC 7413): data on the SYN, for clients that the server has seen before and given a cookie.

use super::{Connection, Reason, State};
use crate::payload::Payload;
use crate::rare::Blank;
use crate::seq::{Seq, SeqRange};
use crate::time::Time;
use crate::trace::Cx;
use crate::wire::{Cookie, Options, Segment};
use serde::{Deserialize, Serialize};

/// What fast open is about on this connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FastOpen {
    /// The program may send before the handshake is over.
    early: bool,
    /// The SYN waits for the first data.
    waits: bool,
    /// The cookie of our SYN, or the request for one.
    offer: Option<Cookie>,
    /// Past the data that went out on our first SYN.
    reach: Option<Seq>,
    /// What the SYN,ACK said of it, until the host asks.
    outcome: Option<FastOpenOutcome>,
    /// The cookie that our SYN,ACK hands out.
    grant: Option<Cookie>,
    /// The data of the peer's SYN was taken.
    taken: bool,
    /// A SYN carried data, and the other end took it.
    given: bool,
}

/// Who takes part in fast open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FastOpenPolicy {
    /// Clients may send data on the SYN.
    pub client: bool,
    /// Listeners that want it take data on a SYN.
    pub server: bool,
    /// Every listener wants it, also one that has not set `TCP_FASTOPEN`.
    pub everywhere: bool,
    /// Only from clients that show a cookie (§4.1.2); else from everybody.
    pub needs_cookie: bool,
    /// A server that was asked for a cookie and gave none is not asked again; else only where it did not take the data of a SYN
    /// (§4.1.3).
    pub no_cookie_refuses: bool,
}

impl FastOpenPolicy {
    /// Clients and listeners.
    pub const RFC: FastOpenPolicy = FastOpenPolicy {
        client: true,
        server: true,
        everywhere: false,
        needs_cookie: true,
        no_cookie_refuses: false,
    };
    /// Clients only, as on Linux.
    pub const LINUX: FastOpenPolicy = FastOpenPolicy { server: false, ..FastOpenPolicy::RFC };
    /// Clients only, as on FreeBSD.
    pub const FREEBSD: FastOpenPolicy = FastOpenPolicy { no_cookie_refuses: true, ..FastOpenPolicy::LINUX };
}

/// What a client learned of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FastOpenOutcome {
    /// A new cookie, and the server's MSS in bytes.
    Granted(Cookie, u16),
    /// The cookie goes on to be good.
    Accepted,
    /// Neither a cookie nor an acknowledgment of the data: fast open does not work on this path.
    Refused,
}

impl Blank for FastOpen {
    const BLANK: &'static FastOpen = &FastOpen {
        early: false,
        waits: false,
        offer: None,
        reach: None,
        outcome: None,
        grant: None,
        taken: false,
        given: false,
    };
}

impl Connection {
    /// §4.2.1, before the SYN is taken from [`next_segment`](Connection::next_segment): where there is an offer, the SYN
    /// carries that cookie, and data with it, or asks for a cookie; the server's MSS is what it was the last time.
    pub fn open_fast(&mut self, offer: Option<(Cookie, Option<u16>)>) {
        self.fast_open.offer = offer.map(|(cookie, _)| cookie);
        if let Some((_, Some(mss))) = offer {
            self.snd.peer_mss = mss.into();
        }
    }
    /// The program may send although the handshake has not begun; what finds no room on the SYN waits for its end.
    pub fn send_early(&mut self) {
        self.fast_open.early = true;
    }
    /// The SYN waits until the program sends (`TCP_FASTOPEN_CONNECT`).
    pub fn wait_for_data(&mut self) {
        self.fast_open.waits = true;
    }
    /// Whether it does.
    pub fn waits_for_data(&self) -> bool {
        self.fast_open.waits
    }
    /// Whether a send began the connection that the program cannot use before the handshake is over.
    pub fn opens_by_send(&self) -> bool {
        self.fast_open.offer.is_some() && !self.fast_open.early && !self.fast_open.waits
    }
    /// The data of the SYN: as much of it as there is room for beside a cookie, and none where there is no cookie.
    pub fn send_on_syn(&mut self, data: &Payload) -> usize {
        self.fast_open.waits = false;
        let taken = data.slice(0, (self.syn_room() as usize).min(data.len()));
        self.snd.end += taken.len() as u32;
        self.snd.push = self.snd.end;
        self.send_buffer.push(taken.clone());
        taken.len()
    }
    /// What the server said to it; told once.
    pub fn take_fast_open_outcome(&mut self) -> Option<FastOpenOutcome> {
        // Asked after every change: what never was is not made for the question.
        if self.fast_open.outcome.is_none() { None } else { self.fast_open.outcome.take() }
    }
    /// §4.2.2: the server hands out a cookie with its SYN,ACK.
    pub fn grant_cookie(&mut self, cookie: Cookie) {
        self.fast_open.grant = Some(cookie);
    }
    /// §4.2.2: the SYN's cookie is good; its data counts although the handshake is not over.
    pub fn take_data_of_syn(&mut self, syn: &Segment, cx: &mut Cx) {
        let fits = syn.payload.len().min(self.rcv.wnd as usize);
        self.rule(Reason::DataOnSyn, cx);
        self.fast_open.taken = true;
        self.fast_open.given = fits > 0;
        if fits > 0 {
            self.rcv.nxt += fits as u32;
            self.rcv.wnd -= fits as u32;
            self.receive_buffer.push(&syn.payload.slice(0, fits));
        }
    }
    /// Whether a SYN carried data that was taken.
    pub(super) fn syn_had_data(&self) -> bool {
        self.fast_open.given
    }
    /// True for a connection that a program may use before its handshake is over.
    pub fn is_fast(&self) -> bool {
        self.fast_open.taken
    }
    /// Whether the program may send before the handshake is over.
    pub(super) fn sends_early(&self) -> bool {
        self.fast_open.taken || self.fast_open.early
    }

    /// Our SYN,ACK is out, and its peer is one that we trust: data may follow at once.
    pub(super) fn sends_before_handshake(&self) -> bool {
        self.fast_open.taken && self.snd.nxt != self.snd.iss
    }
    /// The option of our SYN or SYN,ACK. A SYN that has to go again goes without: it may have been dropped for that.
    pub(super) fn fast_open_option(&self) -> Option<Cookie> {
        match self.state {
            State::SynSent => self.fast_open.offer.filter(|_| self.attempts == 0),
            _ => self.fast_open.grant,
        }
    }
    /// The sequence numbers of our SYN: with a cookie, and the first time, also those of data that fits beside the options.
    pub(super) fn syn_range(&self) -> SeqRange {
        let text = if self.state == State::SynSent { self.syn_room() } else { 0 };
        SeqRange::new(self.snd.iss, 1 + text.min(self.send_buffer.len()))
    }
    /// How much data our SYN carries, whatever its options: none without a cookie.
    fn syn_room(&self) -> u32 {
        let cookie = self.fast_open_option().filter(|cookie| !cookie.is_request());
        let mss = self.snd.peer_mss.min(self.config.mss.into());
        cookie.map_or(0, |_| mss.saturating_sub(Options::MOST as u32))
    }
    /// Our SYN goes out for the first time, as far as this. Its data may be acknowledged apart from it.
    pub(super) fn syn_went_out(&mut self, range: SeqRange, now: Time) {
        let (syn, text) = (SeqRange::new(range.start, 1), SeqRange { start: range.start + 1, ..range });
        self.sent.sent(syn, now);
        if !text.is_empty() {
            self.sent.sent(text, now);
            self.fast_open.reach = Some(text.end);
        }
    }
    /// §4.2.1, on time-out: data that went out on a SYN in vain waits until the handshake is over.
    pub(super) fn withdraw_data_of_syn(&mut self) {
        if self.state == State::SynSent && self.snd.nxt != self.snd.iss {
            self.snd.nxt = self.snd.iss + 1;
            self.sent.withdraw(self.snd.nxt);
        }
    }
    /// Past the last octet that an ACK in SYN-SENT may be for.
    pub(super) fn syn_reach(&self) -> Seq {
        self.fast_open.reach.map_or(self.snd.nxt, |reach| reach.later(self.snd.nxt))
    }
    /// §4.2.1: the SYN,ACK says how far the SYN was taken. What it does not acknowledge goes again.
    pub(super) fn learn_fast_open(&mut self, syn_ack: &Segment, cx: &mut Cx) {
        let Some(_) = self.fast_open.offer else { return };
        if syn_ack.ack.after(self.snd.nxt) {
            // Withdrawn too early: the first SYN, and its data, arrived after all.
            let text = SeqRange { start: self.snd.nxt, end: syn_ack.ack };
            self.sent.restore(text, cx.now);
            self.snd.nxt = text.end;
        }
        let accepted = syn_ack.ack.after(self.snd.iss + 1);
        self.fast_open.given = accepted;
        let cookie = syn_ack.options.fast_open.as_deref().copied().filter(Cookie::is_well_formed);
        let mss = syn_ack.options.mss.unwrap_or(536);
        self.fast_open.outcome = match cookie {
            Some(cookie) => Some(FastOpenOutcome::Granted(cookie, mss)),
            None if accepted => Some(FastOpenOutcome::Accepted),
            None => {
                let refused = self.fast_open.reach.is_some() || self.config.fast_open.no_cookie_refuses;
                refused.then_some(FastOpenOutcome::Refused)
            }
        };
        let left = SeqRange { start: syn_ack.ack, end: self.snd.nxt };
        if !left.is_empty() {
            self.rule(Reason::DataOfSynRefused, cx);
            self.presume_lost(left, Reason::DataOfSynRefused);
        }
    }
}
