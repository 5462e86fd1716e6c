//! What will happen, in order.

use dary_heap::QuaternaryHeap;
use serde::{Deserialize, Serialize};
use slab::Slab;
use sockscope_core::time::Time;
use std::cmp::Reverse;

/// Things to happen, each at a time. What is due at the same time happens in the order in which it was put in, so
/// the order is total and the same on every machine.
///
/// Interventions come before everything else that is due at their time: so a run that is replayed with an
/// intervention known from the start is the run in which it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Inside<T>", into = "Inside<T>", bound = "T: Clone + Serialize + for<'a> Deserialize<'a>")]
pub struct Queue<T> {
    /// Small entries, so that the heap moves little; with four children a node it is half as deep.
    heap: QuaternaryHeap<Reverse<Entry>>,
    things: Slab<T>,
    early: u64,
    late: u64,
}

/// When a thing happens, and its place in the slab. No two have the same insertion number `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Time,
    n: u64,
    place: usize,
}

/// Insertion numbers of what is not an intervention start here.
const LATE: u64 = 1 << 32;

impl<T> Queue<T> {
    /// Nothing will happen.
    pub fn new() -> Queue<T> {
        Queue { heap: QuaternaryHeap::new(), things: Slab::new(), early: 0, late: LATE }
    }
    /// `what` happens at `at`, after what is in here for that time.
    pub fn push(&mut self, at: Time, what: T) {
        self.insert(at, self.late, what);
        self.late += 1;
    }
    /// `what` happens at `at`, before everything else at that time except earlier calls of this.
    pub fn push_first(&mut self, at: Time, what: T) {
        self.insert(at, self.early, what);
        self.early += 1;
    }
    fn insert(&mut self, at: Time, n: u64, what: T) {
        let place = self.things.insert(what);
        self.heap.push(Reverse(Entry { at, n, place }));
    }
    /// When the next thing happens.
    pub fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(|entry| entry.0.at)
    }
    /// The next thing, and when it happens.
    pub fn pop(&mut self) -> Option<(Time, T)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, self.things.remove(entry.place)))
    }
    /// Takes out everything for which `gone` is true, in order.
    pub fn extract(&mut self, gone: impl Fn(&T) -> bool) -> Vec<T> {
        let (out, kept): (Vec<Entry>, Vec<Entry>) =
            self.entries().into_iter().partition(|entry| gone(&self.things[entry.place]));
        self.heap = kept.into_iter().map(Reverse).collect();
        out.into_iter().map(|entry| self.things.remove(entry.place)).collect()
    }
    /// Every entry, in order.
    fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.heap.iter().map(|entry| entry.0).collect();
        entries.sort_unstable();
        entries
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue::new()
    }
}

/// A queue as a list in order: how two are compared and how one is stored. The order inside depends on history.
#[derive(Serialize, Deserialize)]
struct Inside<T> {
    things: Vec<(Time, u64, T)>,
    early: u64,
    late: u64,
}

impl<T> From<Queue<T>> for Inside<T> {
    fn from(mut queue: Queue<T>) -> Inside<T> {
        let entries = queue.entries().into_iter();
        let things = entries.map(|Entry { at, n, place }| (at, n, queue.things.remove(place))).collect();
        Inside { things, early: queue.early, late: queue.late }
    }
}
impl<T> From<Inside<T>> for Queue<T> {
    fn from(inside: Inside<T>) -> Queue<T> {
        let mut queue = Queue { early: inside.early, late: inside.late, ..Queue::new() };
        inside.things.into_iter().for_each(|(at, n, what)| queue.insert(at, n, what));
        queue
    }
}
impl<T: PartialEq> PartialEq for Queue<T> {
    fn eq(&self, other: &Queue<T>) -> bool {
        let (own, others) = (self.entries(), other.entries());
        (self.early, self.late, own.len()) == (other.early, other.late, others.len())
            && own
                .iter()
                .zip(others)
                .all(|(a, b)| (a.at, a.n) == (b.at, b.n) && self.things[a.place] == other.things[b.place])
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
        let stored: Queue<u32> = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(stored, one);
        assert_eq!(one.extract(|what| what % 2 == 0), [0, 2, 4, 6, 8]);
        assert_ne!(one, other);
        assert_eq!(drain(&mut one), [1, 3, 5, 7, 9]);
    }
}
