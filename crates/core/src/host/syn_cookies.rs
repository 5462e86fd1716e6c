//! SYN cookies (RFC 4987 §3.6): where the SYN queue is full, the initial sequence number of the SYN,ACK holds what the SYN
//! said. Nothing is kept; the ACK that finishes the handshake brings it all back, or the peer was never there.

use super::Host;
use crate::keyed_hash::Message;
use crate::seq::Seq;
use crate::shared::Shared;
use crate::tcp::{Config, Connection, SynCookies};
use crate::time::Time;
use crate::trace::{Cx, Log, Sock};
use crate::wire::{Flags, Options, Segment};
use std::net::SocketAddr;

/// Seconds in which cookies are the same: one of the slots of RFC 4987, appendix A.
const SLOT: u64 = 64;
/// A cookie is good in the slot that it was made in and in so many after it.
const LATER_SLOTS: u8 = 1;
/// Segment sizes that a cookie can name, over IPv4 and IPv6: it has two bits for one. As Linux has them.
const SIZES: [[u16; 4]; 2] = [[536, 1300, 1440, 1460], [1220, 1420, 1440, 8940]];

/// The five highest bits of a cookie are those of its slot, then come three of the size, then a hash.
const SLOT_SHIFT: u32 = 27;
const SIZE_SHIFT: u32 = 24;
const HASH: u32 = (1 << SIZE_SHIFT) - 1;
/// Where a cookie holds the options too, they take the highest bits of the hash.
const OPTIONS_SHIFT: u32 = SIZE_SHIFT - 5;

/// The window scale of the peer, all ones where it has none, and whether SACK is permitted: what a cookie has room for at the
/// cost of its hash. Else the lowest bits of the timestamp on the SYN,ACK hold it.
const STAMP_BITS: u32 = 0x3f;
const SCALE: u32 = 0xf;
const SACK: u32 = 0x10;

impl Host {
    /// Whether a SYN is answered with a cookie while the SYN queue is as full as that.
    pub(super) fn gives_cookie(&self, queue_is_full: bool) -> bool {
        match self.config.tcp.opening.syn_cookies {
            SynCookies::Never => false,
            SynCookies::WhenFull => queue_is_full,
            SynCookies::Always => true,
        }
    }
    /// The SYN,ACK with a cookie: that of a connection which nobody keeps.
    pub(super) fn syn_ack_with_cookie(
        &self,
        config: Shared<Config>,
        local: SocketAddr,
        remote: SocketAddr,
        syn: &Segment,
        cx: &Cx,
    ) -> Option<Segment> {
        let said = self.remembered(syn);
        let holds = Holds { size: size(&said, local), options: self.in_cookie(&said.options) };
        let cookie = self.cookie(local, remote, syn.seq, holds, slot(cx.now));
        let (mut log, clock) = (Log::off(), self.initial_sequence_number(local, remote, cx.now));
        let mut nowhere = Cx { now: cx.now, node: cx.node, cause: None, log: &mut log };
        let sock = Sock(u32::MAX);
        let mut unkept =
            Connection::accept_by_cookie(config, sock, local, remote, (cookie, clock), &said, &mut nowhere);
        let (mut syn_ack, _) = unkept.next_segment(&mut nowhere)?;
        if let Some((value, _)) = &mut syn_ack.options.timestamps
            && holds.options.is_none()
        {
            *value = hide(&said.options, *value);
        }
        Some(syn_ack)
    }
    /// The SYN that an ACK answers for, where what it acknowledges is a cookie of ours that is not too old.
    pub(super) fn syn_of_cookie(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        ack: &Segment,
        now: Time,
    ) -> Option<Segment> {
        let (irs, cookie) = (ack.seq - 1, ack.ack - 1);
        let made = (cookie.get() >> SLOT_SHIFT) as u8;
        let age = slot(now).wrapping_sub(made) & 31;
        let held =
            self.config.tcp.opening.cookies_hold_options.then_some(cookie.get() >> OPTIONS_SHIFT & 0x1f);
        let holds = Holds { size: (cookie.get() >> SIZE_SHIFT & 7) as usize, options: held };
        let mss = *SIZES[usize::from(local.is_ipv6())].get(holds.size)?;
        if age > LATER_SLOTS || cookie != self.cookie(local, remote, irs, holds, made) {
            return None;
        }
        let stamp = ack.options.timestamps.map(|(value, _)| (value, 0));
        let bits = held.or(ack.options.timestamps.map(|(_, echo)| echo));
        let echoed = Options { timestamps: stamp, ..bits.map(reveal).unwrap_or_default() };
        Some(Segment {
            src_port: ack.src_port,
            dst_port: ack.dst_port,
            seq: irs,
            flags: Flags::SYN,
            wnd: ack.wnd,
            options: Options { mss: Some(mss), ..echoed },
            ..Segment::default()
        })
    }
    /// RFC 4987, appendix A: the slot, the size, and a hash that nobody else can make.
    fn cookie(&self, local: SocketAddr, remote: SocketAddr, irs: Seq, holds: Holds, slot: u8) -> Seq {
        let held = [holds.size as u8, holds.options.unwrap_or(0) as u8, slot];
        let message = Message::of_ends(local, remote).octets(irs.get().to_be_bytes()).octets(held);
        let hash = message.hash(self.secret) as u32 & HASH;
        let hash = match holds.options {
            Some(bits) => bits << OPTIONS_SHIFT | hash & ((1 << OPTIONS_SHIFT) - 1),
            None => hash,
        };
        Seq::new(u32::from(slot) << SLOT_SHIFT | (holds.size as u32) << SIZE_SHIFT | hash)
    }
    /// What the cookie itself holds of the options.
    fn in_cookie(&self, options: &Options) -> Option<u32> {
        self.config.tcp.opening.cookies_hold_options.then(|| bits(options))
    }
    /// What can be had again of a SYN: without timestamps there may be no place for the other options.
    fn remembered(&self, syn: &Segment) -> Segment {
        let options = if syn.options.timestamps.is_some() || self.config.tcp.opening.cookies_hold_options {
            Options { fast_open: None, ..syn.options.clone() }
        } else {
            Options { mss: syn.options.mss, ..Options::default() }
        };
        Segment { options, flags: Flags::SYN, payload: Default::default(), ..syn.clone() }
    }
}

/// What a cookie says of a SYN.
#[derive(Clone, Copy)]
struct Holds {
    /// The place of the peer's MSS among [`SIZES`].
    size: usize,
    /// Five bits for the options, where they are not in a timestamp.
    options: Option<u32>,
}
/// The largest size in the table that is not more than the peer takes.
fn size(syn: &Segment, local: SocketAddr) -> usize {
    let sizes = &SIZES[usize::from(local.is_ipv6())];
    let mss = syn.options.mss.unwrap_or(sizes[0]);
    sizes.iter().rposition(|size| *size <= mss).unwrap_or(0)
}
fn slot(now: Time) -> u8 {
    (now.as_nanos() / (SLOT * 1_000_000_000)) as u8 & 31
}
fn bits(options: &Options) -> u32 {
    let scale = options.window_scale.map_or(SCALE, |shift| u32::from(shift).min(14));
    scale | if options.sack_permitted { SACK } else { 0 }
}
/// Our clock value with the options in its lowest bits, and never ahead of the clock.
fn hide(options: &Options, clock: u32) -> u32 {
    let value = clock & !STAMP_BITS | bits(options);
    if value > clock { value.wrapping_sub(STAMP_BITS + 1) } else { value }
}
/// The options that the bits tell of.
fn reveal(bits: u32) -> Options {
    let scale = bits & SCALE;
    Options {
        sack_permitted: bits & SACK != 0,
        window_scale: (scale != SCALE).then_some(scale as u8),
        ..Options::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_back_from_a_timestamp_that_is_not_ahead_of_the_clock() {
        for (clock, window_scale, sack_permitted) in
            [(1000, Some(7), true), (64, None, false), (3, Some(14), true), (u32::MAX, Some(0), false)]
        {
            let options = Options { window_scale, sack_permitted, ..Options::default() };
            let value = hide(&options, clock);
            assert!(clock.wrapping_sub(value) <= STAMP_BITS + 1, "{clock}: {value}");
            let back = reveal(value);
            assert_eq!((back.window_scale, back.sack_permitted), (window_scale, sack_permitted));
        }
    }
}
