//! Portable randomness: one PCG stream for each purpose, integers only.

use rand_core::Rng as _;
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

/// What a stream of random numbers is for. Each purpose has a stream of its own, so that adding a host, a link
/// or a knob moves no draw of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Ephemeral ports of the host with this number.
    Host(u32),
    /// The secret of the host with this number.
    Secret(u32),
    /// One kind of impairment (`knob`) on the directed link with this number.
    Link {
        /// Number of the directed link.
        link: u32,
        /// Number of the impairment.
        knob: u32,
    },
    /// Whatever a test draws for itself.
    Test(u32),
}

/// A chance of `of` in `out_of`. Probabilities are integers: floats differ between machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance(u32);

impl Chance {
    /// Chances are counted in millionths.
    pub const ONE: u32 = 1_000_000;
    /// It never happens.
    pub const NEVER: Chance = Chance(0);

    /// `millionths` of one; `None` above one million.
    pub const fn from_millionths(millionths: u32) -> Option<Chance> {
        if millionths <= Self::ONE { Some(Chance(millionths)) } else { None }
    }
    /// The chance in millionths, 0 to 1,000,000.
    pub const fn millionths(self) -> u32 {
        self.0
    }
}

/// A stream of random numbers: equal seeds and purposes give equal streams on every machine.
///
/// ```
/// use sockscope_core::rng::{Purpose, Rng};
/// let mut a = Rng::new(42, Purpose::Host(0));
/// let mut b = Rng::new(42, Purpose::Host(0));
/// assert_eq!(a.below(1000), b.below(1000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rng(Pcg32);

impl Rng {
    /// The stream that the run with `seed` uses for `purpose`.
    pub fn new(seed: u64, purpose: Purpose) -> Rng {
        let stream = match purpose {
            Purpose::Host(host) => u64::from(host),
            Purpose::Link { link, knob } => 1 << 40 | u64::from(link) << 8 | u64::from(knob),
            Purpose::Secret(host) => 3 << 40 | u64::from(host),
            Purpose::Test(n) => 2 << 40 | u64::from(n),
        };
        Rng(Pcg32::new(seed, stream))
    }
    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }
    /// A number in `0..n`, each equally likely (Lemire's multiplication, with rejection). 0 where `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        loop {
            let wide = u64::from(self.bits()) * u64::from(n);
            // What is rejected is less than n: most draws need no division.
            if wide as u32 >= n || wide as u32 >= n.wrapping_neg().checked_rem(n).unwrap_or(0) {
                return (wide >> 32) as u32;
            }
        }
    }
    /// True with the given chance. What never happens is not drawn.
    pub fn chance(&mut self, chance: Chance) -> bool {
        chance != Chance::NEVER && self.below(Chance::ONE) < chance.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // First numbers of pcg32-demo, round 1 (seed 42, stream 54), from the PCG reference implementation.
        let mut pcg = Pcg32::new(42, 54);
        assert_eq!([0; 3].map(|_: u32| pcg.next_u32()), [0xa15c_02b7, 0x7b47_f409, 0xba1d_3330]);
    }

    #[test]
    fn draws_are_the_same_on_every_machine() {
        let mut rng = Rng::new(42, Purpose::Host(0));
        let drawn: Vec<u32> = (0..4).map(|_| rng.below(1000)).collect();
        assert_eq!(drawn, [131, 755, 583, 210]);
    }

    #[test]
    fn every_purpose_has_a_stream_of_its_own() {
        let first = |purpose| Rng::new(42, purpose).bits();
        let link = |link, knob| first(Purpose::Link { link, knob });
        let drawn = [first(Purpose::Host(0)), first(Purpose::Host(1)), link(0, 0), link(1, 0), link(0, 1)];
        assert_eq!(drawn, [565_663_470, 1_307_692_281, 407_631_209, 641_681_749, 903_344_307]);
    }

    #[test]
    fn below_stays_below() {
        let mut rng = Rng::new(7, Purpose::Test(0));
        assert_eq!(rng.below(0), 0);
        for n in [1, 2, 3, 1000, u32::MAX] {
            assert!((0..1000).all(|_| rng.below(n) < n), "{n}");
        }
    }

    #[test]
    fn a_chance_comes_true_as_often_as_it_says() {
        let mut rng = Rng::new(7, Purpose::Test(1));
        let tenth = Chance::from_millionths(100_000).unwrap();
        let hits = (0..100_000).filter(|_| rng.chance(tenth)).count();
        assert!((9_500..10_500).contains(&hits), "{hits}");
    }
}
