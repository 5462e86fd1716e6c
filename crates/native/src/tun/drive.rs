//! A world in real time, whose host outside is the kernel behind a device.

use super::{Tun, wait};
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, Node, Outcome};
use sockscope_core::wire::codec;
use sockscope_sim::World;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// At the latest after this time somebody looks whether the run is to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// Runs a world until all its programs and connections are through, a time limit is reached or `stop` is set. What
/// happens is handed to `see` as it happens. How many packets of the kernel were none of ours: neither TCP, UDP nor an
/// ICMP error, or fragments.
///
/// # Errors
/// Those of the device, and of `see`.
pub fn drive(
    world: &mut World,
    (kernel, tun): (Node, &Tun),
    limit: Option<Duration>,
    stop: &AtomicBool,
    mut see: impl FnMut(&[Event]) -> io::Result<()>,
) -> io::Result<u64> {
    let start = Instant::now();
    let now = || Time::from_nanos(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
    let mut buffer = vec![0; 65_536];
    let mut strangers = 0;
    loop {
        world.run_until(now());
        for (_, packet) in world.hand_out() {
            tun.send(&packet)?;
        }
        if stop.load(Ordering::Relaxed) {
            world.stop(Outcome::Interrupted);
        } else if world.is_over() {
            world.stop(Outcome::Done);
        } else if limit.is_some_and(|limit| start.elapsed() >= limit) {
            world.stop(Outcome::TimeLimit);
        }
        see(&world.take_events())?;
        if world.outcome().is_some() {
            return Ok(strangers);
        }
        match tun.receive(&mut buffer)?.map(|bytes: &[u8]| codec::decode(bytes)) {
            Some(Ok(packet)) => world.hand_in(now(), kernel, packet),
            Some(Err(_)) => strangers += 1,
            None => {
                let next =
                    world.next_at().map_or(GLANCE, |at| Duration::from_nanos(at.since(now()).as_nanos()));
                wait(&[tun], Some(next.min(GLANCE)))?;
            }
        }
    }
}
