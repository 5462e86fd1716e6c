//! CUBIC (RFC 9438): after a loss the window grows as a cubic function of the time since, flat where the loss was and steep
//! far from it. In integers: windows in octets, times in milliseconds. Names and sections are those of the RFC.

use super::{CongestionAlgorithm, Path};
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// The plateau of the function lies no further away than this, so that cubes of times fit.
const FARTHEST: u64 = 100_000;

/// The variables of §4.1.2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cubic {
    /// `W_max`: the window before the last reduction; 0 before the first, and after a time-out.
    w_max: u32,
    /// `cwnd_prior`: the window when the last reduction came.
    prior: u32,
    /// The stage of congestion avoidance that goes on.
    stage: Option<Box<Stage>>,
    /// Beyond the window before the loss `W_est` grows as fast as Reno's.
    catches_up: bool,
}

/// A stage of congestion avoidance, which ends with a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stage {
    /// `t_epoch`: when it began.
    began: Time,
    /// `K`: milliseconds until the function is at its origin again.
    k: u64,
    /// Where the function is flat: `W_max`, or the window where that was larger.
    origin: u32,
    /// `W_est`: the window that Reno would have, and what is left over of its growth.
    est: u32,
    est_rest: u64,
    /// What is left over of the growth of the window.
    rest: u64,
}

impl Cubic {
    pub(super) fn new(catches_up: bool) -> Cubic {
        Cubic { catches_up, ..Cubic::default() }
    }
    /// §4.2: a stage begins with the window as it is.
    fn begin(&self, path: &Path) -> Stage {
        let missing = u64::from(self.w_max.saturating_sub(path.cwnd));
        Stage {
            began: path.now,
            // K = cbrt((W_max - cwnd) / C), with C = 0.4 segments a second cubed.
            k: cube_root(missing * 2_500_000_000 / u64::from(path.smss)),
            origin: self.w_max.max(path.cwnd),
            est: path.cwnd,
            est_rest: 0,
            rest: 0,
        }
    }
}

impl Stage {
    /// Equation 1: `W_cubic(t) = C (t - K)^3 + W_max`, a round trip from now.
    fn w_cubic(&self, path: &Path) -> u32 {
        let t = (path.now.since(self.began) + path.min_rtt).as_millis();
        let cube = t.abs_diff(self.k).min(FARTHEST).pow(3);
        let offset = cube / 1_000_000 * 4 * u64::from(path.smss) / 10_000;
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        if t < self.k { self.origin.saturating_sub(offset) } else { self.origin.saturating_add(offset) }
    }
    /// §4.3: what Reno's window would be, made to lose as much as CUBIC's on average: alpha is 9/17, and 1 from the window
    /// before the loss on.
    fn w_est(&mut self, acked: u32, path: &Path, prior: u32) -> u32 {
        let (numerator, denominator) = if self.est < prior { (9, 17) } else { (1, 1) };
        let scale = denominator * u64::from(path.cwnd);
        self.est_rest += numerator * u64::from(acked) * u64::from(path.smss);
        self.est = self.est.saturating_add((self.est_rest / scale) as u32);
        self.est_rest %= scale;
        self.est
    }
}

impl CongestionAlgorithm for Cubic {
    fn avoid(&mut self, acked: u32, path: &Path) -> u32 {
        let mut stage = match self.stage.take() {
            Some(stage) => stage,
            None => self.begin(path).into(),
        };
        let reno = stage.w_est(acked, path, if self.catches_up { self.prior } else { u32::MAX });
        // §4.2: no faster than by half in a round trip. Where no loss was seen yet, Linux makes it a twentieth at least.
        let least = if self.w_max == 0 { path.cwnd + path.cwnd / 20 } else { path.cwnd };
        let target = stage.w_cubic(path).max(reno).clamp(least, path.cwnd + path.cwnd / 2);
        stage.rest += u64::from(target - path.cwnd) * u64::from(acked);
        let growth = stage.rest / u64::from(path.cwnd);
        stage.rest %= u64::from(path.cwnd);
        self.stage = Some(stage);
        growth as u32
    }
    /// §4.6, with fast convergence (§4.7): who could not win back all leaves some to others.
    fn ssthresh(&mut self, path: &Path) -> u32 {
        self.prior = path.cwnd;
        self.w_max = if path.cwnd < self.w_max { path.cwnd / 20 * 17 } else { path.cwnd };
        self.stage = None;
        let cut = u64::from(path.flight) * 7 / 10;
        (cut as u32).max(2 * path.smss)
    }
    /// §4.8: "K is set to 0, and W_max is set to the congestion window at the beginning of the current stage".
    fn timed_out(&mut self) {
        self.w_max = 0;
    }
    /// §5.8: time in which nothing was sent does not count.
    fn resumed(&mut self, idle: Span) {
        if let Some(stage) = &mut self.stage {
            stage.began += idle;
        }
    }
}

/// The integer part of the cube root, bit by bit from the top.
fn cube_root(n: u64) -> u64 {
    (0..22).rev().fold(0u64, |root, bit| {
        let more = root | 1 << bit;
        if more.checked_pow(3).is_some_and(|cube| cube <= n) { more } else { root }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMSS: u32 = 1000;

    /// The window each round trip of 100 ms for so many round trips.
    fn rounds(cubic: &mut Cubic, mut cwnd: u32, count: u64) -> Vec<u32> {
        (0..count)
            .map(|round| {
                let now = Time::ZERO + Span::from_millis(100 * round);
                for _ in 0..cwnd / SMSS {
                    let path = Path { cwnd, smss: SMSS, flight: cwnd, now, min_rtt: Span::from_millis(100) };
                    cwnd += cubic.avoid(SMSS, &path);
                }
                cwnd
            })
            .collect()
    }
    fn after_loss_at(cwnd: u32) -> (Cubic, u32) {
        let mut cubic = Cubic::default();
        let path = Path { cwnd, smss: SMSS, flight: cwnd, now: Time::ZERO, min_rtt: Span::ZERO };
        let ssthresh = cubic.ssthresh(&path);
        (cubic, ssthresh)
    }

    #[test]
    fn cube_roots() {
        for (n, root) in [(0, 0), (7, 1), (8, 2), (26, 2), (27, 3), (1_000_000_000, 1000)] {
            assert_eq!(cube_root(n), root);
        }
    }

    /// From 700 segments back to 1000 takes K = cbrt(300 / 0.4) = 9.1 s: steep, flat, steep.
    #[test]
    fn the_window_is_back_after_k_and_goes_on() {
        let (mut cubic, cwnd) = after_loss_at(1_000_000);
        assert_eq!(cwnd, 700_000);
        let windows = rounds(&mut cubic, cwnd, 150);
        let at = |seconds: usize| windows[seconds * 10 - 1] / SMSS;
        assert!((840..=870).contains(&at(2)), "{}", at(2));
        assert!((985..=1001).contains(&at(8)), "{}", at(8));
        assert!((998..=1002).contains(&at(9)), "{}", at(9));
        assert!((1040..=1130).contains(&at(15)), "{}", at(15));
        assert!(windows.is_sorted());
    }

    /// A small window on a short path grows as Reno's would: a loss at 10 segments, 100 ms.
    #[test]
    fn small_windows_grow_as_renos() {
        let (mut cubic, cwnd) = after_loss_at(10_000);
        let windows = rounds(&mut cubic, cwnd, 20);
        assert!(windows[5] >= cwnd + 2_400, "9/17 of a segment each round: {windows:?}");
    }

    #[test]
    fn who_lost_below_the_last_maximum_gives_way() {
        let (mut cubic, cwnd) = after_loss_at(100_000);
        let path = Path { cwnd, smss: SMSS, flight: cwnd, now: Time::ZERO, min_rtt: Span::ZERO };
        cubic.ssthresh(&path);
        assert_eq!(cubic.w_max, 59_500);
    }
}
