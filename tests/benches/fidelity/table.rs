//! The two beside each other.

use crate::cases::Measured;
use std::fmt::Write;

/// A table in Markdown: medians, and the ratio of the goodputs.
pub(crate) fn compare(linux: &[Measured], ours: &[Measured]) -> String {
    let mut text = String::from(
        "| congestion | loss | Linux kB/s | Sockscope kB/s | ratio | sent again | timeouts | probes |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for ours in ours {
        let same = |linux: &&Measured| (&linux.congestion, linux.loss) == (&ours.congestion, ours.loss);
        let Some(linux) = linux.iter().find(same) else { continue };
        let ratio = ours.goodput() as f64 / linux.goodput().max(1) as f64;
        let pair = |figure: fn(&crate::cases::Run) -> u64| {
            format!("{} / {}", linux.median(figure), ours.median(figure))
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {}% | {} | {} | {ratio:.2} | {} | {} | {} |",
            ours.congestion,
            f64::from(ours.loss) / 10_000.0,
            linux.goodput(),
            ours.goodput(),
            pair(|run| run.retransmissions),
            pair(|run| run.timeouts),
            pair(|run| run.probes),
        );
    }
    text
}
