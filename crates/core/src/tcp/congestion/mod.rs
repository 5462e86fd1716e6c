//! How much may be on its way (RFC 5681), apart from which segments are sent again (`recovery.rs`).
//!
//! Slow start and the validation of the window are the same for all; how the window grows in congestion avoidance, and how
//! far a loss cuts it, is what a [`CongestionAlgorithm`] says.

mod cubic;
mod hystart;
mod new_reno;
mod usage;

use super::Config;
use crate::program::CongestionControl;
use crate::seq::Seq;
use crate::time::{Span, Time};
use cubic::Cubic;
use hystart::HyStart;
use new_reno::NewReno;
use serde::{Deserialize, Serialize};
use usage::Usage;

/// How slow start ends before a loss (RFC 9406).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlowStartExit {
    /// By a loss alone.
    Loss,
    /// HyStart++: when round-trip times grow, slower for five rounds, and then into congestion avoidance (RFC 9406).
    HystartPlusPlus,
    /// When round-trip times grow or ACKs come as a train, at once; part of CUBIC alone. As Linux does.
    Hystart,
}

/// What a pause makes of the window (RFC 5681 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdleRestart {
    /// Nothing.
    Keep,
    /// It is the initial window again, if it was larger.
    Initial,
    /// It is halved for each time-out that passed, down to the initial window (RFC 2861), and slow start leads back.
    Halve,
}

/// What an algorithm is asked to judge by: octets.
#[derive(Clone, Copy, Debug)]
struct Path {
    /// The congestion window.
    cwnd: u32,
    /// Sender maximum segment size.
    smss: u32,
    /// `FlightSize` (RFC 5681 §2), or the window where that is what a loss cuts.
    flight: u32,
    now: Time,
    /// The least round-trip time so far.
    min_rtt: Span,
}

/// What one congestion control algorithm does otherwise than another.
trait CongestionAlgorithm {
    /// The growth of the window that an ACK of `acked` octets brings in congestion avoidance.
    fn avoid(&mut self, acked: u32, path: &Path) -> u32;
    /// The slow-start threshold after a loss or a mark of the network.
    fn ssthresh(&mut self, path: &Path) -> u32;
    /// The retransmission timer ran out: what was learned of the path is old.
    fn timed_out(&mut self) {}
    /// The sender was idle for so long.
    fn resumed(&mut self, _idle: Span) {}
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Algorithm {
    NewReno(NewReno),
    Cubic(Cubic),
}

impl Algorithm {
    fn new(config: &Config) -> Algorithm {
        match config.congestion {
            CongestionControl::Reno => Algorithm::NewReno(NewReno::default()),
            CongestionControl::Cubic => Algorithm::Cubic(Cubic::new(config.growth.cubic_catches_up)),
        }
    }
    fn control(&mut self) -> &mut dyn CongestionAlgorithm {
        match self {
            Algorithm::NewReno(control) => control,
            Algorithm::Cubic(control) => control,
        }
    }
}

/// The congestion window. Everything is in octets; sections are those of RFC 5681.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Congestion {
    pub(super) cwnd: u32,
    pub(super) ssthresh: u32,
    smss: u32,
    algorithm: Algorithm,
    hystart: HyStart,
    usage: Usage,
    /// Octets that one ACK may add in slow start (RFC 3465's `L`).
    limit: u32,
    /// A loss cuts what is in flight (§3.1, equation 4), not the window.
    cuts_flight: bool,
    /// The least round-trip time so far; longer than any before one was measured.
    min_rtt: Span,
}

/// No window grows beyond this: 1 GiB, as in RFC 7323 §2.3.
pub(super) const MOST: u32 = 1 << 30;

impl Congestion {
    /// §3.1. The threshold starts out as high as may be.
    pub(super) fn new(config: &Config, smss: u32) -> Congestion {
        Congestion {
            cwnd: initial(config, smss),
            ssthresh: MOST,
            smss,
            algorithm: Algorithm::new(config),
            hystart: HyStart::new(config),
            usage: Usage::default(),
            limit: config.growth.slow_start_limit.max(1).saturating_mul(smss),
            cuts_flight: config.recovery.loss_cuts_flight,
            min_rtt: Span::from_nanos(u64::MAX),
        }
    }
    /// `TCP_CONGESTION`: another algorithm takes over with the window as it is.
    pub(super) fn choose(&mut self, config: &Config) {
        self.algorithm = Algorithm::new(config);
        self.hystart = HyStart::new(config);
    }
    /// §3.1: where the SYN was lost, the initial window is one segment.
    pub(super) fn syn_was_lost(&mut self) {
        self.cwnd = self.smss;
    }
    /// The segments have another size from now on.
    pub(super) fn set_smss(&mut self, smss: u32) {
        self.smss = smss;
        self.cwnd = self.cwnd.max(smss);
    }
    /// The window becomes this, but at least a segment.
    pub(super) fn set_window(&mut self, cwnd: u32) {
        self.cwnd = cwnd.clamp(self.smss, MOST);
    }
    /// An ACK outside of a reduction delivered so many octets: slow start or congestion avoidance (§3.1). A window that was
    /// not used does not grow (RFC 9438 §5.8, RFC 7661).
    pub(super) fn acknowledged(&mut self, delivered: u32, now: Time) {
        if !self.usage.allows_growth(self.cwnd, self.cwnd < self.ssthresh) {
            return;
        }
        if self.cwnd < self.ssthresh {
            let growth = self.hystart.slowed(delivered.min(self.limit));
            self.cwnd = self.cwnd.saturating_add(growth).min(self.ssthresh);
        } else {
            let path = self.path(self.cwnd, now);
            self.cwnd = (self.cwnd + self.algorithm.control().avoid(delivered, &path)).min(MOST);
        }
    }
    /// A round-trip time was measured. In slow start it may say that the path is full (RFC 9406).
    pub(super) fn measured(&mut self, rtt: Span, una: Seq, nxt: Seq, now: Time) {
        self.min_rtt = self.min_rtt.min(rtt);
        if self.cwnd < self.ssthresh && self.hystart.is_full(rtt, una, nxt, self.cwnd / self.smss, now) {
            self.ssthresh = self.cwnd;
        }
    }
    /// A loss was found with `flight` octets on their way (§3.2, step 2). What the window becomes, recovery says.
    pub(super) fn lost(&mut self, flight: u32, now: Time) {
        let path = self.path(if self.cuts_flight { flight } else { self.cwnd }, now);
        self.ssthresh = self.algorithm.control().ssthresh(&path);
    }
    /// The retransmission timer ran out (§3.1).
    pub(super) fn timed_out(&mut self, flight: u32, now: Time) {
        self.lost(flight, now);
        self.algorithm.control().timed_out();
        self.hystart.restart();
    }
    /// Nothing was lost after all.
    pub(super) fn undo(&mut self, cwnd: u32, ssthresh: u32) {
        self.cwnd = self.cwnd.max(cwnd);
        self.ssthresh = self.ssthresh.max(ssthresh);
    }
    /// Nothing was sent for `idle`, more than a time-out: what was known about the path is old (§4.1).
    pub(super) fn restart(&mut self, idle: Span, rto: Span, config: &Config) {
        let initial = initial(config, self.smss);
        self.algorithm.control().resumed(idle);
        match config.growth.idle_restart {
            IdleRestart::Keep => {}
            IdleRestart::Initial => self.cwnd = self.cwnd.min(initial),
            IdleRestart::Halve => {
                self.ssthresh = self.ssthresh.max(self.cwnd / 4 * 3);
                let halvings = idle.as_nanos() / rto.as_nanos().max(1);
                let halved = self.cwnd >> halvings.min(31);
                self.cwnd = halved.max(initial.min(self.cwnd));
            }
        }
    }
    /// Segments went out, and now so much is in flight and on its way.
    pub(super) fn used(&mut self, una: Seq, nxt: Seq, pipe: u32) {
        let full = pipe + self.smss > self.cwnd;
        self.usage.sent(una, nxt, full);
    }

    fn path(&self, flight: u32, now: Time) -> Path {
        let known = self.min_rtt != Span::from_nanos(u64::MAX);
        let min_rtt = if known { self.min_rtt } else { Span::ZERO };
        Path { cwnd: self.cwnd, smss: self.smss, flight, now, min_rtt }
    }
}

/// `IW` (§3.1, RFC 6928).
fn initial(config: &Config, smss: u32) -> u32 {
    config.growth.initial_window.max(1).saturating_mul(smss).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::Growth;

    fn congestion(config: Config) -> Congestion {
        let mut new = Congestion::new(
            &Config { growth: Growth { initial_window: 2, ..config.growth }, ..config },
            1000,
        );
        new.usage.sent(Seq::new(0), Seq::new(0), true);
        new
    }
    fn acknowledge(c: &mut Congestion, times: u32) {
        (0..times).for_each(|_| c.acknowledged(1000, Time::ZERO));
    }

    #[test]
    fn slow_start_doubles_and_avoidance_adds_one_segment_each_round() {
        let mut c = congestion(Config::rfc());
        acknowledge(&mut c, 2);
        assert_eq!(c.cwnd, 4000);
        c.ssthresh = 4000;
        acknowledge(&mut c, 3);
        assert_eq!(c.cwnd, 4000);
        acknowledge(&mut c, 1);
        assert_eq!(c.cwnd, 5000);
    }

    #[test]
    fn a_loss_halves_the_threshold_and_never_below_two_segments() {
        let mut c = congestion(Config::rfc());
        c.lost(10_000, Time::ZERO);
        assert_eq!(c.ssthresh, 5000);
        c.timed_out(1000, Time::ZERO);
        assert_eq!(c.ssthresh, 2000);
    }

    #[test]
    fn an_ack_of_many_segments_counts_as_the_profile_says() {
        for (config, grown) in [(Config::rfc(), 3000), (Config::freebsd(), 4000), (Config::linux(), 7000)] {
            let mut c = congestion(config);
            c.acknowledged(5000, Time::ZERO);
            assert_eq!(c.cwnd, grown);
        }
    }

    #[test]
    fn a_pause_shrinks_the_window() {
        for (config, shrunk) in [(Config::rfc(), 2000), (Config::linux(), 10_000)] {
            let mut c = congestion(config.clone());
            c.cwnd = 40_000;
            c.restart(
                Span::from_secs(2),
                Span::from_secs(1),
                &Config { growth: Growth { initial_window: 2, ..config.growth }, ..config },
            );
            assert_eq!(c.cwnd, shrunk);
        }
    }
}
