//! The largest segment that goes through: MSS (RFC 9293 §3.7.1, RFC 6691) and path MTU discovery (RFC 1191, RFC 8201).

use super::{Connection, Reason};
use crate::seq::SeqRange;
use crate::trace::Cx;
use crate::wire::Options;

/// What routers that do not tell their MTU probably have (RFC 1191 §7.1).
const PLATEAUS: [u32; 10] = [32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];
/// No IPv6 link takes less (RFC 8200 §5).
const LEAST_V6: u32 = 1280;

impl Connection {
    /// `Eff.snd.MSS`: what the peer takes, our interface lets out and the path lets through, less the options that every
    /// segment carries (RFC 6691 §2).
    pub(super) fn settle_mss(&mut self) {
        let theirs = self.snd.peer_mss.max(self.config.min_mss.into());
        let timestamps = self.timestamps.on.then_some((0, 0));
        let options = Options { timestamps, ..Options::default() }.len() as u32;
        let most = theirs.min(self.config.mss.into()).min(self.snd.path_mss.unwrap_or(u32::MAX));
        self.snd.mss = most.saturating_sub(options).max(1);
    }
    /// A router says that a packet of ours is larger than the `mtu` of its next link; 0: it does not tell. What is in
    /// flight goes again in smaller segments, at once and without a change to the congestion window (RFC 1191 §6.5):
    /// nothing was lost for want of room.
    pub(super) fn packet_too_big(&mut self, mtu: u32, cx: &mut Cx) {
        let headers = if self.remote.is_ipv4() { 40 } else { 60 };
        let now = self.snd.mss + headers + if self.timestamps.on { 12 } else { 0 };
        let least = if self.remote.is_ipv4() { self.config.min_path_mtu.into() } else { LEAST_V6 };
        let told =
            if mtu == 0 { PLATEAUS.into_iter().find(|plateau| *plateau < now).unwrap_or(68) } else { mtu };
        let mtu = told.max(least);
        if !self.config.path_mtu_discovery || self.snd.syn || mtu >= now {
            return self.rule(Reason::IcmpOutOfPlace, cx);
        }
        self.snd.path_mss = Some(mtu - headers);
        self.settle_mss();
        self.congestion.set_smss(self.snd.mss);
        self.rule(Reason::PathMtuShrank, cx);
        let in_flight = SeqRange { start: self.snd.una, end: self.snd.nxt };
        self.presume_lost(in_flight, Reason::PathMtuShrank);
    }
}
