//! The largest segment that goes through: MSS (RFC 9293 §3.7.1, RFC 6691) and path MTU discovery (RFC 1191, RFC 8201).

use super::{Connection, Reason, State};
use crate::seq::SeqRange;
use crate::time::Time;
use crate::trace::Cx;
use crate::wire::Options;
use serde::{Deserialize, Serialize};

/// What routers that do not tell their MTU probably have (RFC 1191 §7.1).
const PLATEAUS: [u32; 10] = [32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];
/// No IPv6 link takes less (RFC 8200 §5).
const LEAST_V6: u32 = 1280;

/// What is known of the way to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PathMtu {
    /// Octets of text, options included, in the largest segment that gets through.
    mss: u32,
    /// When that may have changed.
    pub(crate) until: Time,
}

impl Connection {
    /// `Eff.snd.MSS`: what the peer takes, our interface lets out and the path lets through, less the options that every
    /// segment carries (RFC 6691 §2).
    pub(super) fn settle_mss(&mut self) {
        let theirs = self.snd.peer_mss.max(self.config.min_mss.into());
        let timestamps = self.timestamps.on.then_some((0, 0));
        let options = Options { timestamps, ..Options::default() }.len() as u32;
        let most = theirs.min(self.config.mss.into()).min(self.path().map_or(u32::MAX, |path| path.mss));
        self.snd.mss = most.saturating_sub(options).max(1);
    }
    /// A router says that a packet of ours is larger than the `mtu` of its next link; 0: it does not tell. What is in
    /// flight goes again in smaller segments, at once and without a change to the congestion window (RFC 1191 §6.5):
    /// nothing was lost for want of room.
    pub(super) fn packet_too_big(&mut self, mtu: u32, cx: &mut Cx) {
        let headers = self.headers();
        let now = self.snd.mss + headers + if self.timestamps.on { 12 } else { 0 };
        let least = if self.remote.0.is_ipv4() { self.config.path.min_path_mtu.into() } else { LEAST_V6 };
        let told =
            if mtu == 0 { PLATEAUS.into_iter().find(|plateau| *plateau < now).unwrap_or(68) } else { mtu };
        let mtu = told.max(least);
        if !self.config.path.path_mtu_discovery || mtu >= now {
            return self.rule(Reason::IcmpOutOfPlace, cx);
        }
        if self.snd.syn {
            return self.path_of_syn(mtu - headers, cx);
        }
        self.shrink_path(mtu - headers, Reason::PathMtuShrank, cx);
    }
    /// A SYN alone is never too long: only the next segments are shorter. With data it may be, and goes again without.
    fn path_of_syn(&mut self, mss: u32, cx: &mut Cx) {
        self.know_path(self.path_of(mss, cx));
        self.rule(Reason::PathMtuShrank, cx);
        if self.state == State::SynSent && self.flight() > 1 {
            self.withdraw_data_of_syn();
            self.attempts = self.attempts.max(1);
            self.presume_lost(SeqRange::new(self.snd.iss, 1), Reason::PathMtuShrank);
        }
    }
    /// Time-outs in a row of a segment that is longer than most paths need: perhaps routers drop it and do not say so (RFC 2923
    /// §2.1). After two it goes again in segments that get through nearly everywhere, after four in those that every path
    /// takes; and then, for its size was not the reason, as before.
    pub(super) fn suspect_black_hole(&mut self, cx: &mut Cx) {
        if !self.config.path.black_hole_detection {
            return;
        }
        let [v4, v6] = self.config.path.black_hole_mss;
        let sizes = if self.remote.0.is_ipv4() { [v4.into(), 536] } else { [v6.into(), LEAST_V6 - 60] };
        let smaller = sizes.into_iter().find(|size| *size < self.snd.mss);
        match (self.attempts + 1, smaller) {
            (2 | 4, Some(size)) => self.shrink_path(size, Reason::BlackHole, cx),
            (2 | 4 | 6, _) => self.forget_path(),
            _ => {}
        }
    }
    fn path_of(&self, mss: u32, cx: &Cx) -> PathMtu {
        PathMtu { mss, until: cx.now + self.config.path.path_mtu_lifetime }
    }
    fn shrink_path(&mut self, mss: u32, why: Reason, cx: &mut Cx) {
        self.know_path(self.path_of(mss, cx));
        self.rule(why, cx);
        let in_flight = SeqRange { start: self.snd.una, end: self.snd.nxt };
        self.presume_lost(in_flight, why);
    }
    /// What is known of the path from now on.
    pub(crate) fn know_path(&mut self, path: PathMtu) {
        self.snd.path = Some(Box::new(path));
        self.settle_mss();
        self.congestion.set_smss(self.snd.mss);
    }
    /// What routers have said of the path.
    pub(crate) fn path(&self) -> Option<PathMtu> {
        self.snd.path.as_deref().copied()
    }
    /// RFC 1191 §6.3: after ten minutes the path may be another, and larger segments are tried again.
    pub(super) fn try_larger_segments(&mut self, now: Time) {
        if self.snd.path.as_ref().is_some_and(|path| path.until <= now) {
            self.forget_path();
        }
    }
    fn forget_path(&mut self) {
        self.snd.path = None;
        self.settle_mss();
        self.congestion.set_smss(self.snd.mss);
    }
    /// The largest segment that our SYN says we take.
    pub(super) fn offered_mss(&self) -> u16 {
        let told = self.config.path.syn_offers_path[usize::from(self.remote.0.is_ipv6())];
        let path = self.path().filter(|_| told).map_or(u32::MAX, |path| path.mss);
        path.min(self.config.mss.into()) as u16
    }
    /// Bytes of the IP and TCP headers without options, and of the UDP header where there is one.
    fn headers(&self) -> u32 {
        let udp = if self.config.remote_udp_port > 0 { 8 } else { 0 };
        udp + if self.remote.0.is_ipv4() { 40 } else { 60 }
    }
}
