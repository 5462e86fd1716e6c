//! The retransmission time-out (RFC 6298).

use super::Config;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// Estimates the round-trip time and says how long to wait for an ACK. Sections are those of RFC 6298.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rto {
    /// Smoothed round-trip time and its variation, once measured.
    estimate: Option<Estimate>,
    /// The time-out before back-off.
    base: Span,
    /// Doublings since the last measurement.
    doublings: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Estimate {
    srtt: Span,
    rttvar: Span,
}

impl Rto {
    /// §2.1: before anything is measured.
    pub(super) fn new(config: &Config) -> Rto {
        Rto { estimate: None, base: config.timeouts.initial_rto, doublings: 0 }
    }
    /// The time-out with back-off and bound: §2.5, §5.5.
    pub(super) fn current(&self, config: &Config) -> Span {
        let known = self.estimate.is_some() || self.doublings > 0;
        let slop = if known { config.timeouts.rto_slop } else { Span::ZERO };
        (self.doubled(self.doublings) + slop).min(config.timeouts.max_rto)
    }
    /// The time-out before back-off, doubled so many times.
    pub(super) fn doubled(&self, times: u32) -> Span {
        self.base * (1 << times.min(32))
    }
    pub(super) fn srtt(&self) -> Option<Span> {
        self.estimate.map(|estimate| estimate.srtt)
    }
    pub(super) fn rttvar(&self) -> Option<Span> {
        self.estimate.map(|estimate| estimate.rttvar)
    }

    /// §5.5: the timer ran out.
    pub(super) fn back_off(&mut self) {
        self.doublings = self.doublings.saturating_add(1);
    }
    /// §5.7: the handshake is over, but its SYN was lost: where nothing is known, data starts out patiently.
    pub(super) fn syn_was_lost(&mut self, config: &Config) {
        if self.estimate.is_none() {
            self.base = self.base.max(config.timeouts.rto_after_syn_loss);
            self.doublings = 0;
        }
    }

    /// §2.2, §2.3: a new measurement; it also ends the back-off. By Karn's algorithm (§3) only what was sent once is
    /// measured.
    pub(super) fn measured(&mut self, rtt: Span, config: &Config) {
        let new = match self.estimate {
            None => Estimate { srtt: rtt, rttvar: rtt / 2 },
            Some(Estimate { srtt, rttvar }) => {
                let error = srtt.saturating_sub(rtt).max(rtt.saturating_sub(srtt));
                Estimate { srtt: (srtt * 7 + rtt) / 8, rttvar: (rttvar * 3 + error) / 4 }
            }
        };
        self.estimate = Some(new);
        self.base = (new.srtt + config.timeouts.granularity.max(new.rttvar * 4)).max(config.timeouts.min_rto);
        self.doublings = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::Timeouts;

    const CONFIG: Config =
        Config { timeouts: Timeouts { min_rto: Span::ZERO, ..Config::rfc().timeouts }, ..Config::rfc() };

    #[test]
    fn the_first_measurement_sets_the_estimate() {
        let mut rto = Rto::new(&CONFIG);
        assert_eq!(rto.current(&CONFIG), Span::from_secs(1));
        rto.measured(Span::from_millis(100), &CONFIG);
        assert_eq!(rto.srtt(), Some(Span::from_millis(100)));
        assert_eq!(rto.current(&CONFIG), Span::from_millis(300));
    }

    #[test]
    fn later_measurements_are_smoothed() {
        let mut rto = Rto::new(&CONFIG);
        rto.measured(Span::from_millis(100), &CONFIG);
        rto.measured(Span::from_millis(180), &CONFIG);
        assert_eq!(rto.srtt(), Some(Span::from_millis(110)));
        assert_eq!(rto.current(&CONFIG), Span::from_micros(110_000 + 4 * 57_500));
    }

    #[test]
    fn back_off_doubles_up_to_the_bound_and_ends_with_a_measurement() {
        let mut rto = Rto::new(&CONFIG);
        let waits: Vec<u64> = (0..8)
            .map(|_| {
                rto.back_off();
                rto.current(&CONFIG).as_millis() / 1000
            })
            .collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
        rto.measured(Span::from_millis(10), &CONFIG);
        assert_eq!(rto.current(&CONFIG), Span::from_millis(30));
    }

    #[test]
    fn after_a_lost_syn_data_waits_three_seconds() {
        let mut rto = Rto::new(&CONFIG);
        rto.back_off();
        rto.syn_was_lost(&CONFIG);
        assert_eq!(rto.current(&CONFIG), Span::from_secs(3));
    }
}
