//! How much may be on its way (RFC 5681), apart from which segments are sent again (`recovery.rs`).

use super::Config;
use serde::{Deserialize, Serialize};

/// The algorithm that says how the congestion window grows in congestion avoidance and how far a loss cuts it.
/// All else (slow start, recovery) is the same for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Algorithm {
    /// RFC 5681: one segment more each round trip, half after a loss.
    Reno {
        /// Octets acknowledged since the window last grew (RFC 3465).
        counted: u32,
    },
}

impl Algorithm {
    /// The growth of a window of `cwnd` that an ACK of `acked` octets brings in congestion avoidance.
    fn growth(&mut self, acked: u32, cwnd: u32, smss: u32) -> u32 {
        let Algorithm::Reno { counted } = self;
        *counted += acked;
        if *counted < cwnd {
            return 0;
        }
        *counted -= cwnd;
        smss
    }
    /// The slow-start threshold after a loss with `flight` octets on their way (RFC 5681, equation 4).
    fn ssthresh(&mut self, flight: u32, smss: u32) -> u32 {
        let Algorithm::Reno { counted } = self;
        *counted = 0;
        (flight / 2).max(2 * smss)
    }
}

/// The congestion window. Everything is in octets; sections are those of RFC 5681 and RFC 6582.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Congestion {
    pub(super) cwnd: u32,
    pub(super) ssthresh: u32,
    smss: u32,
    algorithm: Algorithm,
}

/// No window grows beyond this: 1 GiB, as in RFC 7323 §2.3.
const MOST: u32 = 1 << 30;

impl Congestion {
    /// RFC 5681 §3.1. The threshold starts out as high as may be.
    pub(super) fn new(config: &Config, smss: u32) -> Congestion {
        let cwnd = config.initial_window.max(1).saturating_mul(smss).min(MOST);
        Congestion { cwnd, ssthresh: MOST, smss, algorithm: Algorithm::Reno { counted: 0 } }
    }
    /// RFC 5681 §3.1: where the SYN was lost, the initial window is one segment.
    pub(super) fn syn_was_lost(&mut self) {
        self.cwnd = self.smss;
    }
    /// An ACK of `acked` new octets came outside of recovery: slow start or congestion avoidance (§3.1).
    pub(super) fn acknowledged(&mut self, acked: u32) {
        let growth = if self.cwnd < self.ssthresh {
            acked.min(self.smss)
        } else {
            self.algorithm.growth(acked, self.cwnd, self.smss)
        };
        self.cwnd = (self.cwnd + growth).min(MOST);
    }
    /// The retransmission timer ran out (§3.1). The threshold holds while the same segment is lost `again`.
    pub(super) fn timed_out(&mut self, flight: u32, again: bool) {
        if !again {
            self.ssthresh = self.algorithm.ssthresh(flight, self.smss);
        }
        self.cwnd = self.smss;
    }
    /// Fast retransmit (§3.2, steps 2 and 3): half, and the three segments that have left the network.
    pub(super) fn fast_retransmit(&mut self, flight: u32) {
        self.ssthresh = self.algorithm.ssthresh(flight, self.smss);
        self.cwnd = (self.ssthresh + 3 * self.smss).min(MOST);
    }
    /// A mark came back (RFC 3168 §6.1.2): half, and nothing to send again.
    pub(super) fn marked(&mut self, flight: u32) {
        self.ssthresh = self.algorithm.ssthresh(flight, self.smss);
        self.cwnd = self.ssthresh;
    }
    /// The segments have another size from now on.
    pub(super) fn set_smss(&mut self, smss: u32) {
        self.smss = smss;
        self.cwnd = self.cwnd.max(smss);
    }
    /// One more duplicate ACK in recovery: one more segment has left the network (§3.2, step 4).
    pub(super) fn inflate(&mut self) {
        self.cwnd = (self.cwnd + self.smss).min(MOST);
    }
    /// A partial ACK in recovery (RFC 6582 §3.2, step 3): less what it acknowledged, plus one segment.
    pub(super) fn deflate(&mut self, acked: u32) {
        let kept = self.cwnd.saturating_sub(acked).max(self.smss);
        self.cwnd = if acked >= self.smss { kept + self.smss } else { kept };
    }
    /// The ACK that ends recovery (RFC 6582 §3.2, step 3, the first way: without a burst).
    pub(super) fn recovered(&mut self, flight: u32) {
        self.cwnd = self.ssthresh.min(flight.max(self.smss) + self.smss);
    }
    /// Nothing was sent for a whole time-out: what was known about the path is old (§4.1).
    pub(super) fn restart(&mut self, config: &Config) {
        let initial = config.initial_window.max(1).saturating_mul(self.smss);
        self.cwnd = self.cwnd.min(initial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn congestion() -> Congestion {
        Congestion::new(&Config { initial_window: 2, ..Config::rfc() }, 1000)
    }

    #[test]
    fn slow_start_doubles_and_avoidance_adds_one_segment_each_round() {
        let mut c = congestion();
        (0..2).for_each(|_| c.acknowledged(1000));
        assert_eq!(c.cwnd, 4000);
        c.ssthresh = 4000;
        (0..3).for_each(|_| c.acknowledged(1000));
        assert_eq!(c.cwnd, 4000);
        c.acknowledged(1000);
        assert_eq!(c.cwnd, 5000);
    }

    #[test]
    fn a_timeout_halves_the_threshold_once() {
        let mut c = congestion();
        c.timed_out(10_000, false);
        assert_eq!((c.cwnd, c.ssthresh), (1000, 5000));
        c.timed_out(1000, true);
        assert_eq!((c.cwnd, c.ssthresh), (1000, 5000));
        c.timed_out(1000, false);
        assert_eq!(c.ssthresh, 2000, "never below two segments");
    }

    #[test]
    fn fast_recovery_inflates_and_deflates() {
        let mut c = congestion();
        c.fast_retransmit(10_000);
        assert_eq!((c.cwnd, c.ssthresh), (8000, 5000));
        c.inflate();
        c.deflate(3000);
        assert_eq!(c.cwnd, 7000);
        c.recovered(2000);
        assert_eq!(c.cwnd, 3000);
    }
}
