//! What will happen, in order.

use serde::{Deserialize, Serialize};
use slab::Slab;
use sockscope_core::time::Time;
use std::collections::VecDeque;

/// Things to happen, each at a time. What is due at the same time happens in the order in which it was put in, so
/// the order is total and the same on every machine.
///
/// Interventions come before everything else that is due at their time: so a run that is replayed with an
/// intervention known from the start is the run in which it was made.
///
/// Time never goes back, so this is a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan, 1990): bucket `i` holds what differs
/// from the time of the last thing in bit `i` and in no higher one. When nothing is due, the lowest bucket is spread over
/// those below it. A thing moves down at most once for each bit, and those of one time stay together in their order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Inside<T>", into = "Inside<T>", bound = "T: Clone + Serialize + for<'a> Deserialize<'a>")]
pub struct Queue<T> {
    /// What comes before everything else of its time, in order; there is little of it.
    first: VecDeque<(Time, T)>,
    /// Nothing is due before that: nanoseconds.
    base: u64,
    /// The places of what is due at `base`, in order.
    due: VecDeque<usize>,
    buckets: Vec<Bucket>,
    /// Bit `i` is set where bucket `i` is not empty.
    occupied: u64,
    /// Buckets hold places in here, so that they move little.
    things: Slab<T>,
}

#[derive(Clone, Debug)]
struct Bucket {
    /// The least time in it.
    soonest: u64,
    entries: Vec<Entry>,
}

/// When a thing happens, and its place in the slab.
#[derive(Clone, Copy, Debug)]
struct Entry {
    at: u64,
    place: usize,
}

impl<T> Queue<T> {
    /// Nothing will happen.
    pub fn new() -> Queue<T> {
        Queue {
            first: VecDeque::new(),
            base: 0,
            due: VecDeque::new(),
            buckets: vec![Bucket { soonest: u64::MAX, entries: Vec::new() }; u64::BITS as usize],
            occupied: 0,
            things: Slab::new(),
        }
    }
    /// `what` happens at `at`, after what is in here for that time. Where that has passed it happens next.
    pub fn push(&mut self, at: Time, what: T) {
        let place = self.things.insert(what);
        self.put(Entry { at: at.as_nanos().max(self.base), place });
    }
    /// `what` happens at `at`, before everything else at that time except earlier calls of this.
    pub fn push_first(&mut self, at: Time, what: T) {
        let after = self.first.partition_point(|(other, _)| *other <= at);
        self.first.insert(after, (at, what));
    }
    /// When the next thing happens.
    pub fn next_at(&self) -> Option<Time> {
        let first = self.first.front().map(|(at, _)| *at);
        first.into_iter().chain(self.next_of_rest()).min()
    }
    /// The next thing, and when it happens.
    pub fn pop(&mut self) -> Option<(Time, T)> {
        let next = self.next_of_rest();
        if let Some(first) = self.first.pop_front_if(|(at, _)| next.is_none_or(|next| *at <= next)) {
            return Some(first);
        }
        if self.due.is_empty() {
            self.advance(next?.as_nanos());
        }
        let place = self.due.pop_front()?;
        Some((Time::from_nanos(self.base), self.things.remove(place)))
    }
    /// Takes out everything for which `gone` is true, in order; what was put in with `push_first` stays.
    pub fn extract(&mut self, gone: impl Fn(&T) -> bool) -> Vec<T> {
        let (out, kept): (Vec<Entry>, Vec<Entry>) =
            self.entries().into_iter().partition(|entry| gone(&self.things[entry.place]));
        self.due.clear();
        self.buckets.iter_mut().for_each(|bucket| bucket.entries.clear());
        self.occupied = 0;
        kept.into_iter().for_each(|entry| self.put(entry));
        out.into_iter().map(|entry| self.things.remove(entry.place)).collect()
    }

    fn next_of_rest(&self) -> Option<Time> {
        match (self.due.is_empty(), self.occupied) {
            (false, _) => Some(Time::from_nanos(self.base)),
            (true, 0) => None,
            (true, occupied) => {
                Some(Time::from_nanos(self.buckets[occupied.trailing_zeros() as usize].soonest))
            }
        }
    }
    /// Files an entry that is not before `base`.
    fn put(&mut self, entry: Entry) {
        let Some(bit) = (entry.at ^ self.base).checked_ilog2() else {
            return self.due.push_back(entry.place);
        };
        let bucket = &mut self.buckets[bit as usize];
        // An empty one may remember a time that has passed.
        bucket.soonest = if bucket.entries.is_empty() { entry.at } else { bucket.soonest.min(entry.at) };
        bucket.entries.push(entry);
        self.occupied |= 1 << bit;
    }
    /// Nothing is due: makes `next` the base, the least time in the lowest bucket.
    fn advance(&mut self, next: u64) {
        let lowest = self.occupied.trailing_zeros() as usize;
        self.occupied &= self.occupied - 1;
        self.base = next;
        let mut entries = std::mem::take(&mut self.buckets[lowest].entries);
        entries.drain(..).for_each(|entry| self.put(entry));
        // Its memory serves again.
        self.buckets[lowest].entries = entries;
    }
    /// Every entry, in order.
    fn entries(&self) -> Vec<Entry> {
        let due = self.due.iter().map(|place| Entry { at: self.base, place: *place });
        let mut entries: Vec<Entry> =
            due.chain(self.buckets.iter().flat_map(|bucket| bucket.entries.iter().copied())).collect();
        // Those of one time are in one bucket, in order: a stable sort keeps them so.
        entries.sort_by_key(|entry| entry.at);
        entries
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue::new()
    }
}

/// A queue as two lists in order: how two are compared and how one is stored. The buckets depend on history.
#[derive(Serialize, Deserialize)]
struct Inside<T> {
    first: VecDeque<(Time, T)>,
    rest: Vec<(Time, T)>,
}

impl<T> From<Queue<T>> for Inside<T> {
    fn from(mut queue: Queue<T>) -> Inside<T> {
        let entries = queue.entries().into_iter();
        let rest =
            entries.map(|Entry { at, place }| (Time::from_nanos(at), queue.things.remove(place))).collect();
        Inside { first: queue.first, rest }
    }
}
impl<T> From<Inside<T>> for Queue<T> {
    fn from(inside: Inside<T>) -> Queue<T> {
        let mut queue = Queue { first: inside.first, ..Queue::new() };
        inside.rest.into_iter().for_each(|(at, what)| queue.push(at, what));
        queue
    }
}
impl<T: PartialEq> PartialEq for Queue<T> {
    fn eq(&self, other: &Queue<T>) -> bool {
        let (own, others) = (self.entries(), other.entries());
        self.first == other.first
            && own.len() == others.len()
            && own
                .iter()
                .zip(others)
                .all(|(a, b)| a.at == b.at && self.things[a.place] == other.things[b.place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(queue: &mut Queue<u32>) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop()).map(|(_, what)| what).collect()
    }

    #[test]
    fn equal_instants_happen_in_the_order_of_insertion() {
        let mut queue = Queue::new();
        for what in 0..1000 {
            queue.push(Time::from_nanos(u64::from(what % 3)), what);
        }
        let expected: Vec<u32> = (0..3).flat_map(|rest| (rest..1000).step_by(3)).collect();
        assert_eq!(drain(&mut queue), expected);
    }

    #[test]
    fn what_is_put_in_on_the_way_finds_its_place() {
        // A sorted list of (time, number) is what the queue must agree with, whatever its buckets hold.
        let mut queue = Queue::new();
        let mut list: Vec<(u64, u64)> = Vec::new();
        let mut now = 0;
        for n in 0..20_000u64 {
            let ahead = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (24 + n % 40);
            queue.push(Time::from_nanos(now + ahead), n);
            let place = list.partition_point(|known| *known <= (now + ahead, n));
            list.insert(place, (now + ahead, n));
            if n % 3 != 0 {
                let (at, next) = list.remove(0);
                assert_eq!(queue.next_at(), Some(Time::from_nanos(at)));
                assert_eq!(queue.pop(), Some((Time::from_nanos(at), next)));
                now = at;
            }
        }
        assert_eq!(std::iter::from_fn(|| queue.pop()).count(), list.len());
    }

    #[test]
    fn interventions_come_first_at_their_time() {
        let mut queue = Queue::new();
        queue.push(Time::from_nanos(4), 1);
        queue.push(Time::from_nanos(5), 4);
        queue.push_first(Time::from_nanos(5), 2);
        queue.push_first(Time::from_nanos(5), 3);
        assert_eq!(drain(&mut queue), [1, 2, 3, 4]);
    }

    #[test]
    fn queues_are_equal_whatever_way_they_were_filled() {
        let mut one = Queue::new();
        let mut other = Queue::new();
        for what in 0..10 {
            one.push(Time::from_nanos(u64::from(what)), what);
            other.push(Time::from_nanos(u64::from(what)), what);
        }
        one.push(Time::ZERO, 10);
        other.push(Time::ZERO, 10);
        assert_eq!(one.pop(), other.pop());
        let stored: Queue<u32> = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(stored, one);
        assert_eq!(one.extract(|what| what % 2 == 0), [10, 2, 4, 6, 8]);
        assert_ne!(one, other);
        assert_eq!(drain(&mut one), [1, 3, 5, 7, 9]);
    }
}
