//! HyStart: slow start ends before it overflows the path (RFC 9406, and the older algorithm that Linux' CUBIC uses).
//! Growing round-trip times say that a queue is filling. Sections are those of RFC 9406.

use super::{Config, SlowStartExit};
use crate::program::CongestionControl;
use crate::rare::{Blank, Rare};
use crate::seq::Seq;
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// `N_RTT_SAMPLE`: round-trip times that a round must measure before it is judged (§4.3).
const SAMPLES: u32 = 8;
/// `CSS_GROWTH_DIVISOR`: how much slower conservative slow start grows.
const DIVISOR: u32 = 4;
/// `CSS_ROUNDS`: how long it lasts.
const ROUNDS: u32 = 5;
/// Linux judges no window smaller than this many segments.
const LOW_WINDOW: u32 = 16;
/// ACKs that come no further apart than this are a train to Linux.
const TRAIN_GAP: Span = Span::from_millis(2);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HyStart {
    exit: SlowStartExit,
    /// Nothing is measured where a loss alone ends slow start.
    rounds: Rare<Rounds>,
}

/// What is measured of round trips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rounds {
    /// `windowEnd`: the round is over when this is acknowledged.
    end: Option<Seq>,
    began: Time,
    last_ack: Time,
    samples: u32,
    /// `currentRoundMinRTT`, `lastRoundMinRTT`, and the least of all rounds.
    current: Span,
    last: Span,
    least: Span,
    /// Conservative slow start: the rounds it has lasted, and `cssBaselineMinRtt`.
    conservative: Option<(u32, Span)>,
}

impl Blank for Rounds {
    const BLANK: &'static Rounds = &Rounds {
        end: None,
        began: Time::ZERO,
        last_ack: Time::ZERO,
        samples: 0,
        current: Span::from_nanos(u64::MAX),
        last: Span::from_nanos(u64::MAX),
        least: Span::from_nanos(u64::MAX),
        conservative: None,
    };
}

impl HyStart {
    pub(super) fn new(config: &Config) -> HyStart {
        let in_cubic = config.congestion == CongestionControl::Cubic;
        let alone = config.growth.slow_start_exit == SlowStartExit::Hystart && !in_cubic;
        let exit = if alone { SlowStartExit::Loss } else { config.growth.slow_start_exit };
        HyStart { exit, rounds: Rare::default() }
    }
    /// Slow start begins again, after a time-out.
    pub(super) fn restart(&mut self) {
        if self.rounds != Rare::default() {
            let rounds = &mut *self.rounds;
            (rounds.end, rounds.last, rounds.conservative) = (None, Span::from_nanos(u64::MAX), None);
        }
    }
    /// The growth of slow start, slower where it is conservative.
    pub(super) fn slowed(&self, growth: u32) -> u32 {
        if self.rounds.conservative.is_some() { growth / DIVISOR } else { growth }
    }
    /// A round-trip time was measured in slow start, with a window of so many segments. True where the path is full.
    pub(super) fn is_full(&mut self, rtt: Span, una: Seq, nxt: Seq, window: u32, now: Time) -> bool {
        match self.exit {
            SlowStartExit::Loss => false,
            SlowStartExit::HystartPlusPlus => {
                let rounds = &mut *self.rounds;
                let over = rounds.enter(una, nxt, now);
                rounds.current = rounds.current.min(rtt);
                rounds.samples += 1;
                rounds.judge(over)
            }
            SlowStartExit::Hystart => {
                let rounds = &mut *self.rounds;
                rounds.least = rounds.least.min(rtt);
                window >= LOW_WINDOW && rounds.judge_as_linux(rtt, una, nxt, now)
            }
        }
    }
}

impl Rounds {
    /// §4.2: a round is over when what was in flight at its beginning is acknowledged.
    fn enter(&mut self, una: Seq, nxt: Seq, now: Time) -> bool {
        if self.end.is_some_and(|end| una.at_or_before(end)) {
            return false;
        }
        self.end = Some(nxt);
        self.began = now;
        self.last_ack = now;
        self.samples = 0;
        self.last = self.current;
        self.current = Span::from_nanos(u64::MAX);
        true
    }
    /// §4.2: a growing round-trip time begins conservative slow start; that it was none ends it, and so do five rounds.
    fn judge(&mut self, round_over: bool) -> bool {
        let enough = self.samples >= SAMPLES;
        match &mut self.conservative {
            None => {
                let known = self.last < Span::from_nanos(u64::MAX);
                if known && enough && self.current >= self.last + threshold(self.last) {
                    self.conservative = Some((0, self.current));
                }
            }
            Some((_, baseline)) if enough && self.current < *baseline => self.conservative = None,
            Some((rounds, _)) => *rounds += u32::from(round_over),
        }
        self.conservative.is_some_and(|(rounds, _)| rounds >= ROUNDS)
    }
    /// Linux: a train of ACKs longer than half the least round-trip time, or the least of eight samples well above it.
    fn judge_as_linux(&mut self, rtt: Span, una: Seq, nxt: Seq, now: Time) -> bool {
        self.enter(una, nxt, now);
        self.current = self.current.min(rtt);
        let train = now.since(self.last_ack) <= TRAIN_GAP;
        if train {
            self.last_ack = now;
        }
        if train && now.since(self.began) > self.least / 2 {
            return true;
        }
        let enough = self.samples >= SAMPLES;
        self.samples += 1;
        enough && self.current > self.least + threshold(self.least)
    }
}

/// §4.3: an eighth of the round-trip time, between 4 ms and 16 ms.
fn threshold(rtt: Span) -> Span {
    (rtt / 8).clamp(Span::from_millis(4), Span::from_millis(16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::Growth;

    fn ms(ms: u64) -> Span {
        Span::from_millis(ms)
    }
    /// Rounds of ten samples 3 ms apart with these round-trip times; the index of the sample that ended slow start.
    fn exit(hystart: &mut HyStart, rtts: &[u64]) -> Option<usize> {
        let (mut now, mut una) = (Time::ZERO, Seq::new(0));
        for (round, rtt) in rtts.iter().enumerate() {
            let nxt = una + 10;
            for sample in 0..10 {
                now += ms(3);
                una += 1;
                if hystart.is_full(ms(*rtt), una, nxt, 20, now) {
                    return Some(round * 10 + sample);
                }
            }
            now += ms(100);
        }
        None
    }

    #[test]
    fn growing_round_trips_end_slow_start_at_the_ninth_sample_for_linux() {
        let mut hystart = HyStart::new(&Config::linux());
        assert_eq!(exit(&mut hystart, &[100, 100, 120]), Some(28));
    }

    #[test]
    fn growing_round_trips_slow_it_down_and_end_it_after_five_rounds() {
        let config = Config {
            growth: Growth { slow_start_exit: SlowStartExit::HystartPlusPlus, ..Config::rfc().growth },
            ..Config::rfc()
        };
        let mut hystart = HyStart::new(&config);
        assert_eq!(exit(&mut hystart, &[100, 100, 120]), None);
        assert_eq!(hystart.slowed(1000), 250);
        let mut again = HyStart::new(&config);
        assert!(exit(&mut again, &[100, 100, 120, 120, 120, 120, 120, 120]).is_some_and(|at| at >= 70));
        let mut calm = HyStart::new(&config);
        assert_eq!(exit(&mut calm, &[100, 100, 120, 100]), None);
        assert_eq!(calm.slowed(1000), 1000, "the growth was none");
    }

    #[test]
    fn steady_round_trips_never_end_it() {
        for config in [
            Config::linux(),
            Config {
                growth: Growth { slow_start_exit: SlowStartExit::HystartPlusPlus, ..Config::rfc().growth },
                ..Config::rfc()
            },
        ] {
            assert_eq!(exit(&mut HyStart::new(&config), &[100; 20]), None);
        }
    }
}
