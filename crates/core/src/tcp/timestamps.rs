//! Timestamps (RFC 7323 §3 to §5): round-trip times from echoes (RTTM), and old segments told from new ones (PAWS).

use super::{Config, Connection};
use crate::seq::Seq;
use crate::time::{Span, Time};
use crate::wire::{Flags, Segment};
use serde::{Deserialize, Serialize};

/// After so long without a segment `TS.Recent` says nothing any more: the peer's clock may have wrapped (§5.5).
const OUTDATED: Span = Span::from_secs(24 * 24 * 3600);

/// What a connection knows of both timestamp clocks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timestamps {
    /// True where both SYNs carried the option.
    pub(super) on: bool,
    /// Where our clock starts.
    offset: u32,
    /// `TS.Recent`: the peer's clock value that we echo.
    pub(super) recent: u32,
    /// When it was noted.
    noted: Time,
}

/// What the timestamp of an arriving segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// It speaks for the segment, or says nothing.
    Good,
    /// It is older than `TS.Recent`: so is the segment.
    Old,
    /// There is none, although both sides promised to send it.
    Missing,
}

impl Timestamps {
    /// Where the clock of a connection starts: at 0, or at a number that hides for how long the host has been up (§5.4).
    ///
    /// It comes from the initial sequence number less the clock that drives it (RFC 6528 §3). So it is the same for the next
    /// connection between the same two ends, whose timestamps go on rising (RFC 6191 §2).
    pub(super) fn new(config: &Config, iss: Seq, now: Time) -> Timestamps {
        let of_these_ends = iss.get().wrapping_sub((now.as_nanos() / 4_000) as u32);
        let mixed = u64::from(of_these_ends).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let offset = if config.timestamp_offset { mixed as u32 } else { 0 };
        Timestamps { offset, ..Timestamps::default() }
    }
    /// Our clock.
    fn clock(&self, now: Time, tick: Span) -> u32 {
        ((now.as_nanos() / tick.as_nanos().max(1)) as u32).wrapping_add(self.offset)
    }
    fn note(&mut self, value: u32, now: Time) {
        self.recent = value;
        self.noted = now;
    }
}

impl Connection {
    /// §3.2: timestamps are used where both SYNs carry the option.
    pub(super) fn agree_on_timestamps(&mut self, syn: &Segment, now: Time) {
        self.timestamps.on = self.config.timestamps && syn.options.timestamps.is_some();
        if let Some((value, _)) = syn.options.timestamps {
            self.timestamps.note(value, now);
        }
    }
    /// The option for a segment that leaves now: our clock, and an echo of the peer's where the segment acknowledges
    /// something (§3.2).
    pub(super) fn timestamp(&self, flags: Flags, now: Time) -> Option<(u32, u32)> {
        let first_syn = flags.has(Flags::SYN) && !flags.has(Flags::ACK) && self.config.timestamps;
        let echo = if flags.has(Flags::ACK) { self.timestamps.recent } else { 0 };
        (self.timestamps.on || first_syn)
            .then(|| (self.timestamps.clock(now, self.config.timestamp_tick), echo))
    }

    /// PAWS (§5.3, R1), and §3.2 on segments without the option. A RST is believed or not for other reasons.
    pub(super) fn check_timestamp(&self, segment: &Segment, now: Time) -> Stamp {
        if !self.timestamps.on || segment.flags.has(Flags::RST) {
            return Stamp::Good;
        }
        match segment.options.timestamps {
            None if self.config.require_timestamps => Stamp::Missing,
            None => Stamp::Good,
            Some((value, _)) if self.is_older(value) && now.since(self.timestamps.noted) <= OUTDATED => {
                Stamp::Old
            }
            Some(_) => Stamp::Good,
        }
    }
    /// §4.3, and §5.3 R3: of an acceptable segment that begins before what we acknowledged last, so that the echo never
    /// makes the peer measure less than the delay of our ACKs. It is noted once the ACK has proved good: what RFC 5961 §5 drops
    /// must not make later segments look old.
    pub(super) fn note_timestamp(&mut self, segment: &Segment, now: Time) {
        let Some((value, _)) = segment.options.timestamps.filter(|_| self.timestamps.on) else { return };
        if segment.seq.at_or_before(self.rcv.acked) && !segment.flags.has(Flags::RST) {
            self.timestamps.note(value, now);
        }
    }
    /// The segment's timestamp is later than all that came before (RFC 6191 §2).
    pub(super) fn has_newer_timestamp(&self, segment: &Segment) -> bool {
        let later = |value: u32| value != self.timestamps.recent && !self.is_older(value);
        self.timestamps.on && segment.options.timestamps.is_some_and(|(value, _)| later(value))
    }
    /// RTTM (§4.1): the time since the peer was sent what it echoes. `None` where it echoes nothing that we sent.
    pub(super) fn echoed_round_trip(&self, segment: &Segment, now: Time) -> Option<Span> {
        let (_, echo) = segment.options.timestamps.filter(|(_, echo)| self.timestamps.on && *echo != 0)?;
        let tick = self.config.timestamp_tick;
        let ticks = self.timestamps.clock(now, tick).wrapping_sub(echo);
        (ticks <= i32::MAX as u32).then(|| tick * u64::from(ticks))
    }
    /// Whether the segment echoes a timestamp of ours from before that time.
    pub(super) fn echoes_before(&self, segment: &Segment, time: Time) -> bool {
        let echo = segment.options.timestamps.filter(|(_, echo)| self.timestamps.on && *echo != 0);
        let then = self.timestamps.clock(time, self.config.timestamp_tick);
        echo.is_some_and(|(_, echo)| (echo.wrapping_sub(then) as i32) < 0)
    }
    /// "SEG.TSval < TS.Recent", around the circle.
    fn is_older(&self, value: u32) -> bool {
        (value.wrapping_sub(self.timestamps.recent) as i32) < 0
    }
}
