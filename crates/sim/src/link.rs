//! One direction of a link: it is offered packets and gives verdicts. It knows lengths and times, not packets.

use crate::impairment::Impairment;
use crate::units::Room;
use serde::{Deserialize, Serialize};
use sockscope_core::rng::{Chance, Purpose, Rng};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{LinkDrop, LinkId};
use std::collections::VecDeque;

/// One direction of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    impairment: Impairment,
    cut: bool,
    /// Packets that have not wholly left the queue: when they will have, and their bytes.
    queue: VecDeque<(Time, u32)>,
    queued: u32,
    originals: Dice,
    /// Duplicates have streams of their own: switching duplication on moves no other draw.
    duplicates: Dice,
}

/// What somebody wants of one packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Lose it.
    pub drop: bool,
    /// Make it take so much longer.
    pub hold: Span,
    /// Make two of it.
    pub duplicate: bool,
    /// Flip its last bit.
    pub corrupt: bool,
}

/// What becomes of a packet that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was never put on the link.
    Refused(LinkDrop),
    /// It is on its way.
    Taken(Passage),
}

/// The way of a packet over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// When its last bit leaves the queue.
    pub leaves: Time,
    /// When it is at the other end, if it is not lost.
    pub arrives: Time,
    /// Bytes in the queue, this packet included.
    pub queue: u32,
    /// When it is lost on the wire, where it is, and why.
    pub lost: Option<(Time, LinkDrop)>,
    /// The bit that is flipped, where one is.
    pub flipped: Option<u32>,
    /// The queue is longer than it should be: the packet is to be marked.
    pub marked: bool,
}

/// One random stream for each knob, so that turning one moves no draw of another. The stream of a knob that is turned is
/// drawn from once for each packet, whatever becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Dice {
    jitter: Rng,
    loss: Rng,
    reorder: Rng,
    corrupt: Rng,
    duplicate: Rng,
}

/// The draws for one packet.
struct Fate {
    /// 0 to 2^32 - 1: where in the range of the jitter.
    jitter: u32,
    lost: bool,
    held_back: bool,
    /// 0 to 2^32 - 1: where in the packet a bit is flipped.
    corrupt: Option<u32>,
}

impl Dice {
    const KNOBS: u32 = 5;

    fn new(seed: u64, link: LinkId, set: u32) -> Dice {
        let stream =
            |knob| Rng::new(seed, Purpose::Link { link: u32::from(link.0), knob: set * Self::KNOBS + knob });
        Dice {
            jitter: stream(0),
            loss: stream(1),
            reorder: stream(2),
            corrupt: stream(3),
            duplicate: stream(4),
        }
    }
    fn roll(&mut self, impairment: &Impairment) -> Fate {
        let corrupts = impairment.corrupt != Chance::NEVER;
        let corrupt = corrupts.then(|| (self.corrupt.chance(impairment.corrupt), self.corrupt.bits()));
        Fate {
            jitter: if impairment.jitter.is_zero() { 0 } else { self.jitter.bits() },
            lost: self.loss.chance(impairment.loss),
            held_back: self.reorder.chance(impairment.reorder),
            corrupt: corrupt.and_then(|(flips, bit)| flips.then_some(bit)),
        }
    }
}

/// The part `of` out of 2^32 of `n`, rounded down.
fn part(n: u64, of: u32) -> u64 {
    ((u128::from(n) * u128::from(of)) >> 32) as u64
}

impl Link {
    /// The link `id` of the run with `seed`.
    pub fn new(seed: u64, id: LinkId, impairment: Impairment) -> Link {
        Link {
            impairment,
            cut: false,
            queue: VecDeque::new(),
            queued: 0,
            originals: Dice::new(seed, id, 0),
            duplicates: Dice::new(seed, id, 1),
        }
    }
    /// The longest packet in bytes that it takes.
    pub fn mtu(&self) -> u32 {
        self.impairment.mtu
    }
    /// Cuts the link, or mends it. What waited in the queue of a link that is cut is lost.
    pub fn set_cut(&mut self, cut: bool) {
        self.cut = cut;
        if cut {
            self.queue.clear();
            self.queued = 0;
        }
    }
    /// Does something else to packets that are offered from now on. The draws go on where they are.
    pub fn set_impairment(&mut self, impairment: Impairment) {
        if impairment.rate.is_some() != self.impairment.rate.is_some() {
            // Only a rate makes a queue.
            self.queue.clear();
            self.queued = 0;
        }
        self.impairment = impairment;
    }
    /// Switches the faults off: what is offered from now on arrives once, whole, and after the same delay.
    pub fn calm(&mut self) {
        self.impairment = Impairment {
            jitter: Span::ZERO,
            loss: Chance::NEVER,
            duplicate: Chance::NEVER,
            reorder: Chance::NEVER,
            corrupt: Chance::NEVER,
            ..self.impairment
        };
    }
    fn dice(&mut self, copy: u8) -> &mut Dice {
        if copy == 0 { &mut self.originals } else { &mut self.duplicates }
    }
    /// Whether the packet that comes next is to be duplicated; `copy` is 0 for an original.
    pub fn duplicates(&mut self, copy: u8) -> bool {
        let chance = self.impairment.duplicate;
        self.dice(copy).duplicate.chance(chance)
    }
    /// Offers a packet of `len` bytes; `copy` is 0 for an original.
    pub fn offer(&mut self, now: Time, len: u32, copy: u8, order: Order) -> Verdict {
        let impairment = self.impairment;
        let fate = self.dice(copy).roll(&impairment);
        if self.cut {
            return Verdict::Refused(LinkDrop::Cut);
        }
        if len > self.impairment.mtu {
            return Verdict::Refused(LinkDrop::TooLong);
        }
        let Some(leaves) = self.enqueue(now, len) else {
            return Verdict::Refused(LinkDrop::QueueFull);
        };
        let travel = self.travel(&fate) + order.hold;
        let bits = u64::from(len) * 8;
        let last = (bits as u32).checked_sub(1);
        let ordered = order.drop.then_some(LinkDrop::Intervention);
        let lost = ordered.or(fate.lost.then_some(LinkDrop::Loss));
        Verdict::Taken(Passage {
            leaves,
            arrives: leaves + travel,
            queue: self.queued,
            lost: lost.map(|why| (leaves + travel / 2, why)),
            flipped: if order.corrupt { last } else { fate.corrupt.map(|at| part(bits, at) as u32) },
            marked: self.is_long(),
        })
    }
    /// Whether the queue is longer than the threshold for marks.
    fn is_long(&self) -> bool {
        match self.impairment.mark {
            None => false,
            Some(Room::Packets(packets)) => self.queue.len() > packets as usize,
            Some(Room::Bytes(bytes)) => self.queued > bytes,
        }
    }
    /// When a packet that enters the queue now has left it; `None` where the queue is full.
    fn enqueue(&mut self, now: Time, len: u32) -> Option<Time> {
        let Some(rate) = self.impairment.rate else {
            self.queued = len;
            return Some(now);
        };
        while let Some((_, gone)) = self.queue.pop_front_if(|(leaves, _)| *leaves <= now) {
            self.queued -= gone;
        }
        let full = match self.impairment.queue {
            Room::Packets(packets) => self.queue.len() >= packets as usize,
            Room::Bytes(bytes) => self.queued.saturating_add(len) > bytes,
        };
        if full {
            return None;
        }
        let starts = self.queue.back().map_or(now, |(leaves, _)| *leaves);
        let leaves = starts + Span::from_nanos((u64::from(len) * 8_000_000_000).div_ceil(rate));
        self.queue.push_back((leaves, len));
        self.queued += len;
        Some(leaves)
    }
    fn travel(&self, fate: &Fate) -> Span {
        let Impairment { delay, jitter, reorder_by, .. } = self.impairment;
        let spread = part(jitter.as_nanos() * 2 + 1, fate.jitter);
        let travel = Span::from_nanos(delay.as_nanos() + spread).saturating_sub(jitter);
        if fate.held_back { travel + reorder_by } else { travel }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Span = Span::from_millis(1);

    fn link(impairment: Impairment) -> Link {
        Link::new(42, LinkId(0), impairment)
    }
    fn percent(percent: u32) -> Chance {
        Chance::from_millionths(percent * 10_000).unwrap()
    }
    fn offer(link: &mut Link, ms: u64, len: u32) -> Verdict {
        link.offer(Time::ZERO + MILLISECOND * ms, len, 0, Order::default())
    }
    fn passage(verdict: Verdict) -> Passage {
        match verdict {
            Verdict::Taken(passage) => passage,
            Verdict::Refused(why) => panic!("refused: {why:?}"),
        }
    }
    /// What a link does to ten thousand packets of 100 bytes, one a second.
    fn many(impairment: Impairment) -> Vec<Passage> {
        let mut link = link(impairment);
        (0..10_000).map(|i| passage(offer(&mut link, i * 1000, 100))).collect()
    }

    #[test]
    fn a_long_queue_marks() {
        let mut link =
            link(Impairment { rate: Some(8000), mark: Some(Room::Packets(2)), ..Impairment::default() });
        let marked = |verdict| passage(verdict).marked;
        let marks: Vec<bool> = (0..4).map(|_| marked(offer(&mut link, 0, 100))).collect();
        assert_eq!(marks, [false, false, true, true]);
        assert!(!marked(offer(&mut link, 350, 100)), "three have left");
    }

    #[test]
    fn a_clean_link_delays_and_nothing_else() {
        let at = Time::ZERO + MILLISECOND * 10;
        let expected =
            Passage { leaves: Time::ZERO, arrives: at, queue: 100, lost: None, flipped: None, marked: false };
        assert_eq!(offer(&mut link(Impairment::default()), 0, 100), Verdict::Taken(expected));
    }

    #[test]
    fn each_chance_comes_true_as_often_as_it_says() {
        let tenth = percent(10);
        let about = |n: usize| assert!((900..1100).contains(&n), "{n} of 10000");
        about(
            many(Impairment { loss: tenth, ..Impairment::default() })
                .iter()
                .filter(|p| p.lost.is_some())
                .count(),
        );
        let corrupt = many(Impairment { corrupt: tenth, ..Impairment::default() });
        about(corrupt.iter().filter(|p| p.flipped.is_some()).count());
        assert!(corrupt.iter().filter_map(|p| p.flipped).all(|bit| bit < 800));
        let held_back = |p: &&Passage| p.arrives - p.leaves == MILLISECOND * 20;
        about(many(Impairment { reorder: tenth, ..Impairment::default() }).iter().filter(held_back).count());
        let mut link = link(Impairment { duplicate: tenth, ..Impairment::default() });
        about((0..10_000).filter(|_| link.duplicates(0)).count());
    }

    #[test]
    fn jitter_spreads_evenly_around_the_delay() {
        let jitter = MILLISECOND * 4;
        let travels: Vec<u64> = many(Impairment { jitter, ..Impairment::default() })
            .iter()
            .map(|p| (p.arrives - p.leaves).as_nanos())
            .collect();
        assert!(travels.iter().all(|t| (6_000_000..=14_000_000).contains(t)));
        let early = travels.iter().filter(|t| **t < 8_000_000).count();
        assert!((2_300..2_700).contains(&early), "{early} of 10000 in the first quarter");
    }

    #[test]
    fn turning_a_knob_moves_no_other_draw() {
        let lossy = Impairment { loss: percent(5), ..Impairment::default() };
        let lost = |impairment: Impairment, doubled: bool| -> Vec<usize> {
            let mut link = link(impairment);
            let lost = (0..1000).filter(|i| {
                let verdict = offer(&mut link, *i as u64, 100);
                if doubled && link.duplicates(0) {
                    link.offer(Time::ZERO, 100, 1, Order::default());
                }
                passage(verdict).lost.is_some()
            });
            lost.collect()
        };
        let alone = lost(lossy, false);
        let all = Impairment {
            duplicate: percent(50),
            corrupt: percent(50),
            reorder: percent(50),
            jitter: MILLISECOND,
            ..lossy
        };
        assert_eq!(lost(all, true), alone);
    }

    #[test]
    fn a_rate_makes_packets_wait_for_each_other() {
        // 8 kbit/s is a byte a millisecond.
        let mut link = link(Impairment { rate: Some(8_000), ..Impairment::default() });
        let first = passage(offer(&mut link, 0, 100));
        let second = passage(offer(&mut link, 50, 100));
        let later = passage(offer(&mut link, 300, 100));
        assert_eq!(first.leaves, Time::ZERO + MILLISECOND * 100);
        assert_eq!((second.leaves, second.queue), (Time::ZERO + MILLISECOND * 200, 200));
        assert_eq!((later.leaves, later.queue), (Time::ZERO + MILLISECOND * 400, 100));
    }

    #[test]
    fn a_rate_that_comes_and_goes_leaves_no_queue() {
        let slow = Impairment { rate: Some(8_000), queue: Room::Bytes(250), ..Impairment::default() };
        let mut link = link(slow);
        for _ in 0..2 {
            passage(offer(&mut link, 0, 100));
        }
        link.set_impairment(Impairment::default());
        assert_eq!(passage(offer(&mut link, 1, 100)).queue, 100);
        link.set_impairment(slow);
        for ms in 2..4 {
            passage(offer(&mut link, ms, 100));
        }
        assert_eq!(offer(&mut link, 5, 100), Verdict::Refused(LinkDrop::QueueFull));
    }

    #[test]
    fn a_full_queue_refuses() {
        let slow = Impairment { rate: Some(8_000), ..Impairment::default() };
        for (queue, fits) in [(Room::Packets(2), 2), (Room::Bytes(350), 3)] {
            let mut link = link(Impairment { queue, ..slow });
            for _ in 0..fits {
                passage(offer(&mut link, 0, 100));
            }
            assert_eq!(offer(&mut link, 0, 100), Verdict::Refused(LinkDrop::QueueFull));
            passage(offer(&mut link, 100, 100));
        }
    }

    #[test]
    fn what_is_too_long_or_cut_never_gets_on() {
        let mut link = link(Impairment::default());
        assert_eq!(offer(&mut link, 0, 1501), Verdict::Refused(LinkDrop::TooLong));
        passage(offer(&mut link, 0, 1500));
        link.set_cut(true);
        assert_eq!(offer(&mut link, 0, 100), Verdict::Refused(LinkDrop::Cut));
        link.set_cut(false);
        passage(offer(&mut link, 0, 100));
    }
}
