//! What is measured, and what is found.

use serde::{Deserialize, Serialize};
use sockscope_core::rng::Chance;
use sockscope_core::time::Span;
use sockscope_sim::impairment::Impairment;

/// The seeds of every case.
pub(crate) const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

/// One transfer, over each of the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    /// Of the sender, as `TCP_CONGESTION` calls it.
    pub(crate) congestion: &'static str,
    /// Packets lost of a million, each way.
    pub(crate) loss: u32,
    /// What is sent one way.
    pub(crate) bytes: usize,
}

impl Case {
    /// Every case: the losses with as many bytes as take Linux some ten seconds.
    pub(crate) fn all() -> impl Iterator<Item = Case> {
        let losses = [(1_000, 32 << 20), (10_000, 8 << 20), (30_000, 4 << 20)];
        ["reno", "cubic"]
            .into_iter()
            .flat_map(move |congestion| losses.map(|(loss, bytes)| Case { congestion, loss, bytes }))
    }
    /// Each direction of the link: a round trip takes 20 ms.
    pub(crate) fn impairment(&self) -> Impairment {
        let loss = Chance::from_millionths(self.loss).unwrap_or_default();
        Impairment { delay: Span::from_millis(10), loss, ..Impairment::default() }
    }
    /// The loss for people.
    pub(crate) fn percent(&self) -> String {
        format!("{}%", f64::from(self.loss) / 10_000.0)
    }
}

/// What one run gave.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// From `connect` to the end of the stream at the receiver, in microseconds.
    pub(crate) micros: u64,
    /// Segments that the sender sent again.
    pub(crate) retransmissions: u64,
    /// Retransmission timers that ran out.
    pub(crate) timeouts: u64,
    /// Tail loss probes.
    pub(crate) probes: u64,
}

/// The runs of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// [`Case::congestion`].
    pub(crate) congestion: String,
    /// [`Case::loss`].
    pub(crate) loss: u32,
    /// [`Case::bytes`].
    pub(crate) bytes: usize,
    /// One for each of [`SEEDS`].
    pub(crate) runs: Vec<Run>,
}

impl Measured {
    /// The runs of a case.
    pub(crate) fn new(case: Case, runs: Vec<Run>) -> Measured {
        Measured { congestion: case.congestion.to_owned(), loss: case.loss, bytes: case.bytes, runs }
    }
    /// The median of the goodput, in kB (1000 bytes) a second.
    pub(crate) fn goodput(&self) -> u64 {
        median(self.runs.iter().map(|run| self.bytes as u64 * 1000 / run.micros.max(1)))
    }
    /// The median of another figure.
    pub(crate) fn median(&self, figure: impl Fn(&Run) -> u64) -> u64 {
        median(self.runs.iter().map(figure))
    }
}

fn median(figures: impl Iterator<Item = u64>) -> u64 {
    let mut figures: Vec<u64> = figures.collect();
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or(0)
}
