//! The largest segment that goes through: MSS (RFC 9293 §3.7.1, RFC 6691) and path MTU discovery (RFC 1191, RFC 8201).

use super::{Connection, Reason};
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
        let least = if self.remote.0.is_ipv4() { self.config.min_path_mtu.into() } else { LEAST_V6 };
        let told =
            if mtu == 0 { PLATEAUS.into_iter().find(|plateau| *plateau < now).unwrap_or(68) } else { mtu };
        let mtu = told.max(least);
        if !self.config.path_mtu_discovery || self.snd.syn || mtu >= now {
            return self.rule(Reason::IcmpOutOfPlace, cx);
        }
        self.shrink_path(mtu - headers, Reason::PathMtuShrank, cx);
    }
    /// Three time-outs in a row of a segment that is longer than most paths need: perhaps routers drop it and do not say so
    /// (RFC 2923 §2.1). It goes again in segments that get through nearly everywhere (RFC 4821 §7.2), and at last in those that
    /// every path takes.
    pub(super) fn suspect_black_hole(&mut self, cx: &mut Cx) {
        let sizes = if self.remote.0.is_ipv4() { [1200 - 40, 536] } else { [1280 - 60, 1220] };
        let size = sizes.into_iter().find(|size| *size < self.snd.mss);
        if let Some(size) = size.filter(|_| self.config.black_hole_detection && self.attempts >= 2) {
            self.shrink_path(size, Reason::BlackHole, cx);
        }
    }
    fn shrink_path(&mut self, mss: u32, why: Reason, cx: &mut Cx) {
        self.know_path(PathMtu { mss, until: cx.now + self.config.path_mtu_lifetime });
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
        if self.snd.path.take_if(|path| path.until <= now).is_some() {
            self.settle_mss();
            self.congestion.set_smss(self.snd.mss);
        }
    }
    /// Bytes of the IP and TCP headers without options, and of the UDP header where there is one.
    fn headers(&self) -> u32 {
        let udp = if self.config.remote_udp_port > 0 { 8 } else { 0 };
        udp + if self.remote.0.is_ipv4() { 40 } else { 60 }
    }
}
