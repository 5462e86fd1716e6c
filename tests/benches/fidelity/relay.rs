//! Two TUN devices joined by an impaired link: what one kernel sends the other hears, as over a link of the simulator.

use anyhow::Result;
use sockscope::tun::{Tun, wait};
use sockscope_core::time::Time;
use sockscope_core::trace::LinkId;
use sockscope_sim::impairment::Impairment;
use sockscope_sim::link::{Link, Order, Verdict};
use sockscope_sim::queue::Queue;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The link between two devices.
pub(crate) struct Relay {
    ends: [Tun; 2],
    /// From each end to the other.
    ways: [Link; 2],
    /// For which end, and what.
    on_the_way: Queue<(usize, Vec<u8>)>,
    start: Instant,
    /// How much too late the latest packet was handed over.
    late: Duration,
}

impl Relay {
    /// A link between two devices, the same one for the same seed.
    pub(crate) fn new(ends: [Tun; 2], seed: u64, impairment: Impairment) -> Relay {
        let ways = [0, 1].map(|way| Link::new(seed, LinkId(way), impairment));
        Relay { ends, ways, on_the_way: Queue::new(), start: Instant::now(), late: Duration::ZERO }
    }
    /// Moves packets until it is told to stop; how much too late the latest one was.
    pub(crate) fn run(mut self, stop: &AtomicBool) -> Result<Duration> {
        let mut buffer = vec![0; 65_536];
        while !stop.load(Ordering::Relaxed) {
            self.deliver()?;
            let moved = self.collect(0, &mut buffer)? | self.collect(1, &mut buffer)?;
            if !moved {
                let due = self.on_the_way.next_at().unwrap_or(Time::NEVER).since(self.now());
                let time = Duration::from_nanos(due.as_nanos()).min(Duration::from_millis(50));
                wait(&[&self.ends[0], &self.ends[1]], Some(time))?;
            }
        }
        Ok(self.late)
    }
    fn now(&self) -> Time {
        Time::from_nanos(self.start.elapsed().as_nanos() as u64)
    }
    fn deliver(&mut self) -> Result<()> {
        while self.on_the_way.next_at().is_some_and(|at| at <= self.now()) {
            let Some((at, (end, packet))) = self.on_the_way.pop() else { break };
            self.late = self.late.max(Duration::from_nanos(self.now().since(at).as_nanos()));
            self.ends[end].send(&packet)?;
        }
        Ok(())
    }
    /// Puts one packet of a kernel on the link; false where there is none.
    fn collect(&mut self, end: usize, buffer: &mut [u8]) -> Result<bool> {
        let Some(packet) = self.ends[end].receive(buffer)? else { return Ok(false) };
        let offered = self.ways[end].offer(
            Time::from_nanos(self.start.elapsed().as_nanos() as u64),
            packet.len() as u32,
            0,
            Order::default(),
        );
        if let Verdict::Taken(passage) = offered
            && passage.lost.is_none()
        {
            self.on_the_way.push(passage.arrives, (1 - end, packet.to_vec()));
        }
        Ok(true)
    }
}
