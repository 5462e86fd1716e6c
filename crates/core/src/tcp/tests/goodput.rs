//! Fidelity: how much gets through a link that loses packets, against what Linux was measured to get through.

use super::*;
use crate::program::CongestionControl;
use crate::rng::{Chance, Purpose, Rng};
use crate::trace::Log;

const SEEDS: u32 = 5;
const BYTES: usize = 40_000_000;

/// Octets a second that the linux profile carries over 20 ms there and back, with so many packets in a million lost each way.
fn goodput(congestion: CongestionControl, loss: u32, seed: u32) -> u64 {
    let config = Config { congestion, send_buffer: 48 << 20, ..Config::linux() };
    let mut pair = Pair::connected(&config);
    pair.log = Log::off();
    let (mut rng, loss) =
        (Rng::new(seed.into(), Purpose::Test(loss)), Chance::from_millionths(loss).unwrap());
    pair.link(move |_| if rng.chance(loss) { lose() } else { deliver() });
    let mut start = pair.now;
    assert_eq!(pair.send(A, &pattern(BYTES)), Ok(BYTES));
    let mut got = 0;
    while got < BYTES {
        let next = pair.next().expect("it goes on");
        pair.step(next);
        pair.sent.clear();
        while pair.end(B).readable() {
            got += pair.recv(B, 1 << 20).unwrap().len();
            // How far slow start gets before the first loss is chance: the first half does not count.
            start = if got < BYTES / 2 { pair.now } else { start };
        }
    }
    BYTES as u64 / 2 * 1000 / (pair.now - start).as_millis()
}

/// Medians of five seeds, against Linux 6 on the same link: within a quarter.
#[test]
fn as_much_gets_through_as_with_linux() {
    let measured = [
        (CongestionControl::Reno, 10_000, 781_000),
        (CongestionControl::Cubic, 10_000, 796_000),
        (CongestionControl::Cubic, 1_000, 3_150_000),
    ];
    for (congestion, loss, linux) in measured {
        let mut runs: Vec<u64> = (0..SEEDS).map(|seed| goodput(congestion, loss, seed)).collect();
        runs.sort_unstable();
        let ours = runs[runs.len() / 2];
        eprintln!("{congestion:?} {loss}: {ours} octets a second, Linux {linux}; {runs:?}");
        let near = (linux * 3 / 4..=linux * 5 / 4).contains(&ours);
        assert!(near, "{congestion:?} {loss}: {runs:?}, Linux {linux}");
    }
}
