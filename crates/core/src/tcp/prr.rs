//! Proportional rate reduction (RFC 6937, RFC 9937): in recovery the window shrinks as segments are delivered, so that what
//! is sent stays in proportion to what arrives, and the flight ends up at the slow-start threshold.

use super::Connection;
use serde::{Deserialize, Serialize};

/// The variables of RFC 6937 §3, in octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Prr {
    /// `RecoverFS`: the window when the recovery began.
    before: u32,
    /// `prr_delivered`: delivered since.
    delivered: u32,
    /// `prr_out`: sent since.
    out: u32,
}

impl Prr {
    /// A recovery begins with a window of `before` octets.
    pub(super) fn begin(before: u32) -> Prr {
        Prr { before, delivered: 0, out: 0 }
    }
    /// So many octets are sent.
    pub(super) fn sent(&mut self, octets: u32) {
        self.out = self.out.saturating_add(octets);
    }
    /// How many octets may be sent now that `delivered` more have arrived: in proportion while more is on its way than
    /// `ssthresh`; else up to it, and as in slow start where the ACK `moved` on and told of no further loss
    /// (RFC 9937's `SafeACK`).
    fn sendable(&mut self, delivered: u32, moved: bool, pipe: u32, ssthresh: u32, smss: u32) -> u32 {
        self.delivered = self.delivered.saturating_add(delivered);
        let send = if pipe > ssthresh {
            let share = u64::from(self.delivered) * u64::from(ssthresh);
            let whole = share.div_ceil(u64::from(self.before.max(1))).next_multiple_of(u64::from(smss));
            u32::try_from(whole).unwrap_or(u32::MAX).saturating_sub(self.out)
        } else {
            let conserve = self.delivered.saturating_sub(self.out).max(delivered);
            let limit = if moved { conserve.saturating_add(smss) } else { conserve };
            limit.min(ssthresh - pipe)
        };
        // The fast retransmit itself always goes.
        if self.out == 0 { send.max(smss) } else { send }
    }
}

impl Connection {
    /// The window after an ACK in recovery that delivered so many octets.
    pub(super) fn shrink_proportionally(&mut self, delivered: u32, moved: bool) {
        if delivered == 0 {
            return;
        }
        let (pipe, ssthresh) = (self.pipe(), self.congestion.ssthresh);
        let send = self.recovery.prr.sendable(delivered, moved, pipe, ssthresh, self.snd.mss);
        self.congestion.set_window(pipe.saturating_add(send));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6937's figure: twenty segments, one is lost, the window is halved. Every second ACK lets one out.
    #[test]
    fn a_halved_window_sends_on_every_second_ack() {
        let mut prr = Prr::begin(20);
        let mut pipe = 19;
        let mut sends = Vec::new();
        for _ in 0..19 {
            pipe -= 1;
            let send = prr.sendable(1, false, pipe, 10, 1);
            prr.sent(send);
            pipe += send;
            sends.push(send);
        }
        assert_eq!(sends.iter().sum::<u32>(), 10);
        assert_eq!(sends[..10], [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
        assert_eq!(pipe, 10);
    }

    /// Many losses: less is on its way than the threshold allows, and the flight is built up again.
    #[test]
    fn after_many_losses_one_goes_for_each_that_arrives_and_one_more_where_that_is_safe() {
        let mut prr = Prr::begin(20);
        assert_eq!(prr.sendable(1, false, 3, 10, 1), 1);
        prr.sent(1);
        assert_eq!(prr.sendable(1, true, 3, 10, 1), 2);
        prr.sent(2);
        assert_eq!(prr.sendable(1, true, 10, 10, 1), 0, "never beyond the threshold");
    }
}
