//! Transfers over a link that loses, delays, reorders and duplicates at random: what arrives is what was sent, or the
//! connection says that it timed out.

use super::*;
use crate::errno::Errno;
use crate::rng::{Chance, Purpose, Rng};

const SEEDS: u64 = 2_000;

fn rough_link(seed: u64) -> impl FnMut(&Sent) -> Vec<Span> {
    let mut rng = Rng::new(seed, Purpose::Test(0));
    let loss = Chance::from_millionths(rng.below(400_000)).unwrap();
    let duplication = Chance::from_millionths(rng.below(200_000)).unwrap();
    move |_| {
        let copies = if rng.chance(loss) { 0 } else { 1 + usize::from(rng.chance(duplication)) };
        (0..copies).map(|_| DELAY + Span::from_millis(u64::from(rng.below(40)))).collect()
    }
}
/// What an end has left to do, what it got, and how that ended.
struct Program<'a> {
    unsent: &'a [u8],
    got: Vec<u8>,
    outcome: Option<Result<(), Errno>>,
}

impl Program<'_> {
    /// Sends what there is room for, closes its side, and reads what has come.
    fn go_on(&mut self, pair: &mut Pair, end: usize) {
        if !self.unsent.is_empty() && pair.end(end).writable() {
            match pair.send(end, self.unsent) {
                Ok(n) => self.unsent = &self.unsent[n..],
                Err(error) => return self.fail(error),
            }
            if self.unsent.is_empty() {
                pair.shutdown(end);
            }
        }
        while self.outcome.is_none() && pair.end(end).readable() {
            match pair.recv(end, 900) {
                Ok(data) if data.is_empty() => self.outcome = Some(Ok(())),
                Ok(data) => self.got.extend_from_slice(&data),
                Err(error) => self.fail(error),
            }
        }
    }
    fn fail(&mut self, error: Errno) {
        self.unsent = &[];
        self.outcome.get_or_insert(Err(error));
    }
}

/// Both ends send all of `data`, close, and read to the end.
fn transfer(seed: u64, data: [&[u8]; 2]) -> [Program<'_>; 2] {
    let mut pair = Pair::new(&Config { recv_buffer: 5000, send_buffer: 7000, ..Config::linux() });
    pair.log = crate::trace::Log::off();
    pair.link(rough_link(seed));
    pair.connect(A);
    let mut programs = data.map(|unsent| Program { unsent, got: Vec::new(), outcome: None });
    while let Some(next) = pair.next() {
        pair.step(next);
        for end in [A, B] {
            if pair.ends[end].is_some() {
                programs[end].go_on(&mut pair, end);
            }
        }
    }
    programs
}

#[test]
fn rough_links_deliver_exactly_or_time_out() {
    let data = [pattern(60_000), pattern(20_000)];
    let mut delivered = 0;
    for seed in 0..SEEDS {
        let programs = transfer(seed, [&data[A], &data[B]]);
        for (end, program) in programs.iter().enumerate() {
            let sent = &data[1 - end];
            assert!(sent.starts_with(&program.got), "seed {seed}: what arrives is a prefix of what was sent");
            match program.outcome {
                Some(Ok(())) => assert_eq!(program.got.len(), sent.len(), "seed {seed}: the end comes last"),
                Some(Err(error)) => {
                    let honest = matches!(error, Errno::ETIMEDOUT | Errno::ECONNRESET | Errno::EPIPE);
                    assert!(honest, "seed {seed}: {error}");
                }
                None => assert!(end == B, "seed {seed}: who connected is told how it ended"),
            }
            delivered += u64::from(program.outcome == Some(Ok(())));
        }
    }
    assert!(delivered * 10 > SEEDS * 2 * 9, "{delivered} of {} streams arrived", SEEDS * 2);
}
