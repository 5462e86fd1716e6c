//! What will happen, in order.

use serde::{Deserialize, Serialize};
use sockscope_core::time::Time;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Things to happen, each at a time. What is due at the same time happens in the order in which it was put in, so
/// the order is total and the same on every machine.
///
/// Interventions come before everything else that is due at their time: so a run that is replayed with an
/// intervention known from the start is the run in which it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Inside<T>", into = "Inside<T>", bound = "T: Clone + Serialize + for<'a> Deserialize<'a>")]
pub struct Queue<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    early: u64,
    late: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry<T> {
    at: Time,
    n: u64,
    what: T,
}

/// Insertion numbers of what is not an intervention start here.
const LATE: u64 = 1 << 32;

impl<T> Queue<T> {
    /// Nothing will happen.
    pub fn new() -> Queue<T> {
        Queue { heap: BinaryHeap::new(), early: 0, late: LATE }
    }
    /// `what` happens at `at`, after what is in here for that time.
    pub fn push(&mut self, at: Time, what: T) {
        let n = self.late;
        self.late += 1;
        self.heap.push(Reverse(Entry { at, n, what }));
    }
    /// `what` happens at `at`, before everything else at that time except earlier calls of this.
    pub fn push_first(&mut self, at: Time, what: T) {
        let n = self.early;
        self.early += 1;
        self.heap.push(Reverse(Entry { at, n, what }));
    }
    /// When the next thing happens.
    pub fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(|entry| entry.0.at)
    }
    /// The next thing, and when it happens.
    pub fn pop(&mut self) -> Option<(Time, T)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.what))
    }
    /// Takes out everything for which `gone` is true, in order.
    pub fn extract(&mut self, gone: impl Fn(&T) -> bool) -> Vec<T> {
        let all = std::mem::take(&mut self.heap).into_sorted_vec();
        let (out, kept): (Vec<_>, Vec<_>) = all.into_iter().rev().partition(|entry| gone(&entry.0.what));
        self.heap = kept.into();
        out.into_iter().map(|entry| entry.0.what).collect()
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue::new()
    }
}

impl<T> Entry<T> {
    fn key(&self) -> (Time, u64) {
        (self.at, self.n)
    }
}
impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Entry<T>) -> bool {
        self.key() == other.key()
    }
}
impl<T> Eq for Entry<T> {}
impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Entry<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Entry<T>) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// A queue as a list in order: how two are compared and how one is stored. The heap's own order depends on history.
#[derive(Serialize, Deserialize)]
struct Inside<T> {
    entries: Vec<Entry<T>>,
    early: u64,
    late: u64,
}

impl<T> From<Queue<T>> for Inside<T> {
    fn from(queue: Queue<T>) -> Inside<T> {
        let entries = queue.heap.into_sorted_vec().into_iter().rev().map(|entry| entry.0).collect();
        Inside { entries, early: queue.early, late: queue.late }
    }
}
impl<T> From<Inside<T>> for Queue<T> {
    fn from(inside: Inside<T>) -> Queue<T> {
        let heap = inside.entries.into_iter().map(Reverse).collect();
        Queue { heap, early: inside.early, late: inside.late }
    }
}
impl<T: PartialEq> PartialEq for Queue<T> {
    fn eq(&self, other: &Queue<T>) -> bool {
        fn sorted<T>(queue: &Queue<T>) -> Vec<&Entry<T>> {
            let mut entries: Vec<_> = queue.heap.iter().map(|entry| &entry.0).collect();
            entries.sort();
            entries
        }
        let (own, others) = (sorted(self), sorted(other));
        (self.early, self.late, own.len()) == (other.early, other.late, others.len())
            && own.iter().zip(others).all(|(a, b)| a.key() == b.key() && a.what == b.what)
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
