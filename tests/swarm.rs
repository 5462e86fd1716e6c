//! Random worlds: every byte arrives as it was sent, or an end gives up and says so; once faults are off, nothing hangs.

use sockscope_sim::swarm::{self, Census, Judged};

const SEEDS: u64 = 4_000;

/// Runs one seed to its end.
fn run(seed: u64) -> Census {
    let mut judged = Judged::new(&swarm::scenario(seed));
    while judged.step(|_| ()) {}
    assert_eq!(
        judged.broken(),
        [] as [String; 0],
        "seed {seed}; look at it with: sockscope swarm --seed {seed}"
    );
    judged.census()
}

#[test]
fn random_worlds_deliver_or_report_and_none_hangs() {
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    let share = move |i: u64| (i..SEEDS).step_by(threads as usize).map(run).collect::<Vec<Census>>();
    let workers: Vec<_> = (0..threads).map(|i| std::thread::spawn(move || share(i))).collect();
    let all: Vec<Census> =
        workers.into_iter().flat_map(|worker| worker.join().expect("no seed fails")).collect();
    let sum = |count: fn(&Census) -> u64| all.iter().map(count).sum::<u64>();
    let (ends, timed_out) = (sum(|it| it.ends), sum(|it| it.timed_out));
    let (reset, crashed, widowed) = (sum(|it| it.reset), sum(|it| it.crashed), sum(|it| it.widowed));
    eprintln!(
        "{ends} ends: {timed_out} timed out, {reset} aborted or reset, {widowed} wait for a peer that is gone; {crashed} crashes"
    );
    assert!(
        [timed_out, reset, crashed, widowed].iter().all(|count| *count > 10),
        "every kind of end was seen"
    );
    assert!(ends > 4 * (timed_out + reset + widowed), "most ended in peace");
}

/// Two ends begin at the same time while the cable is cut, so that the first round trip takes half a minute; and then every turn
/// of a window of 416 octets waits for a time-out that is made of it.
#[test]
fn what_was_measured_while_a_cable_was_cut_is_forgotten_in_time() {
    run(1_135_237);
}
