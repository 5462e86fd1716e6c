//! Window scaling (RFC 7323 §2): windows of up to 30 bits in a field of 16.

use super::{Config, Connection, State};
use crate::wire::{Flags, Segment};

/// The largest window that the header holds without scaling.
pub(super) const LARGEST_FIELD: u32 = u16::MAX as u32;
/// "The shift count MUST be limited to 14" (§2.3).
const MOST: u8 = 14;

impl Config {
    /// The shift that our SYN offers: the smallest that lets the header tell of the largest receive buffer. `None` where
    /// we do not scale. A unit is never more than the buffer holds: else every window would round down to a closed one.
    ///
    /// ```
    /// use sockscope_core::tcp::Config;
    /// assert_eq!(Config::freebsd().window_shift(), Some(6));
    /// assert_eq!(Config::linux().window_shift(), Some(7));
    /// ```
    pub fn window_shift(&self) -> Option<u8> {
        let largest = self.recv_buffer.max(self.recv_buffer_max);
        let enough = |shift: &u8| LARGEST_FIELD << *shift >= largest;
        let finest = self.recv_buffer.max(1).ilog2() as u8;
        self.window_scaling.then(|| (0..MOST).find(enough).unwrap_or(MOST).min(finest))
    }
}

impl Connection {
    /// §2.2: windows are scaled where both SYNs carry the option. A shift beyond 14 counts as 14 (§2.3).
    pub(super) fn agree_on_scaling(&mut self, syn: &Segment) {
        let shifts = self.config.window_shift().zip(syn.options.window_scale);
        self.rcv.shift = shifts.map(|(ours, _)| ours);
        self.snd.shift = shifts.map_or(0, |(_, theirs)| theirs.min(MOST));
    }
    /// `SEG.WND` in octets. The window of a SYN is never scaled (§2.2).
    pub(super) fn window_of(&self, segment: &Segment) -> u32 {
        let shift = if segment.flags.has(Flags::SYN) { 0 } else { self.snd.shift };
        u32::from(segment.wnd) << shift
    }
    /// `RCV.WND` as it stands in the header of a segment with these flags. What the shift cuts off is offered later, when
    /// it makes a whole unit (§2.4).
    pub(super) fn window_field(&self, flags: Flags) -> u16 {
        let shift = self.rcv.shift.filter(|_| !flags.has(Flags::SYN)).unwrap_or(0);
        if flags.has(Flags::RST) {
            return 0;
        }
        (self.rcv.wnd >> shift).min(LARGEST_FIELD) as u16
    }
    /// What the peer hears of a window: whole units.
    pub(super) fn told(&self, window: u32) -> u32 {
        let shift = self.rcv.shift.unwrap_or(0);
        window >> shift << shift
    }
    /// The window in which segments are taken: what we offered, or, where that is the policy, all that the buffer has room
    /// for, told or not.
    pub(super) fn acceptable_window(&self) -> u32 {
        let whole =
            self.config.trust.accepts_whole_buffer && (self.active || self.state != State::SynReceived);
        let room = self.config.recv_buffer.saturating_sub(self.receive_buffer.len());
        if whole { self.rcv.wnd.max(room) } else { self.rcv.wnd }
    }
    /// The largest window that we can offer.
    pub(super) fn largest_window(&self) -> u32 {
        LARGEST_FIELD << self.rcv.shift.unwrap_or(0)
    }
}
