//! What will happen, in order.

use serde::{Deserialize, Serialize};
use sockscope_core::collections::sort_by_key;
use sockscope_core::time::Time;
use std::collections::VecDeque;

/// Things to happen, each at a time. What is due at the same time happens in the order in which it was put in, so
/// the order is total and the same on every machine.
///
/// Interventions come before everything else that is due at their time: so a run that is replayed with an
/// intervention known from the start is the run in which it was made.
///
/// Time never goes back, so this is a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan, 1990), in hexadecimal: a bucket holds
/// what has the same highest digit in which it differs from the time of the last thing. When nothing is due, the lowest
/// bucket is spread over those below it. A thing moves down at most once for each digit, and those of one time stay together
/// in their order. Things lie in the buckets themselves: with a million of them, looking one up somewhere else would cost
/// more than all these moves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Inside<T>", into = "Inside<T>", bound = "T: Clone + Serialize + for<'a> Deserialize<'a>")]
pub struct Queue<T> {
    /// What comes before everything else of its time, in order; there is little of it.
    first: VecDeque<(Time, T)>,
    /// Nothing is due before that: nanoseconds.
    base: u64,
    /// What is due at `base`, in order.
    due: VecDeque<T>,
    /// For each place of a digit, the lowest first, one for each digit.
    buckets: Vec<Bucket<T>>,
    /// For each place of a digit, the digits whose bucket is not empty.
    occupied: [u16; PLACES],
    /// The places of digits that have such a bucket.
    places: u16,
}

/// A digit has so many bits, and so many values; a time has so many digits.
const BITS: u32 = 4;
const DIGITS: usize = 1 << BITS;
const PLACES: usize = (u64::BITS / BITS) as usize;
/// A bucket that held no more than this keeps its memory for the next time.
const FEW: usize = 256;

#[derive(Clone, Debug)]
struct Bucket<T> {
    /// The least time in it.
    soonest: u64,
    /// When each happens, and what.
    entries: Vec<(u64, T)>,
}

impl<T> Queue<T> {
    /// Nothing will happen.
    pub fn new() -> Queue<T> {
        Queue {
            first: VecDeque::new(),
            base: 0,
            due: VecDeque::new(),
            buckets: std::iter::repeat_with(Bucket::empty).take(PLACES * DIGITS).collect(),
            occupied: [0; PLACES],
            places: 0,
        }
    }
    /// `what` happens at `at`, after what is in here for that time. Where that has passed it happens next.
    pub fn push(&mut self, at: Time, what: T) {
        self.put(at.as_nanos().max(self.base), what);
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
        Some((Time::from_nanos(self.base), self.due.pop_front()?))
    }
    /// Takes out everything for which `gone` is true, in order; what was put in with `push_first` stays.
    pub fn extract(&mut self, gone: impl Fn(&T) -> bool) -> Vec<T> {
        let (out, kept): (Vec<_>, Vec<_>) = self.drain().into_iter().partition(|(_, what)| gone(what));
        kept.into_iter().for_each(|(at, what)| self.put(at, what));
        out.into_iter().map(|(_, what)| what).collect()
    }

    fn next_of_rest(&self) -> Option<Time> {
        if !self.due.is_empty() {
            return Some(Time::from_nanos(self.base));
        }
        let (place, digit) = self.lowest()?;
        Some(Time::from_nanos(self.buckets[place * DIGITS + digit].soonest))
    }
    /// The place and the digit of the lowest bucket that is not empty.
    fn lowest(&self) -> Option<(usize, usize)> {
        let place = self.places.trailing_zeros() as usize;
        (self.places != 0).then(|| (place, self.occupied[place].trailing_zeros() as usize))
    }
    /// Files a thing that is not before `base`.
    fn put(&mut self, at: u64, what: T) {
        let Some(bit) = (at ^ self.base).checked_ilog2() else {
            return self.due.push_back(what);
        };
        let place = (bit / BITS) as usize;
        let digit = (at >> (place as u32 * BITS)) as usize % DIGITS;
        let bucket = &mut self.buckets[place * DIGITS + digit];
        // An empty one may remember a time that has passed.
        bucket.soonest = if bucket.entries.is_empty() { at } else { bucket.soonest.min(at) };
        bucket.entries.push((at, what));
        self.occupied[place] |= 1 << digit;
        self.places |= 1 << place;
    }
    /// Nothing is due: makes `next` the base, the least time in the lowest bucket.
    fn advance(&mut self, next: u64) {
        let Some((place, digit)) = self.lowest() else { return };
        self.occupied[place] &= !(1 << digit);
        if self.occupied[place] == 0 {
            self.places &= !(1 << place);
        }
        let lowest = place * DIGITS + digit;
        self.base = next;
        let mut entries = std::mem::take(&mut self.buckets[lowest].entries);
        entries.drain(..).for_each(|(at, what)| self.put(at, what));
        if entries.capacity() <= FEW {
            self.buckets[lowest].entries = entries;
        }
    }
    /// Everything but what comes first, with its time, in order.
    fn rest(&self) -> Vec<(u64, &T)> {
        let due = self.due.iter().map(|what| (self.base, what));
        let later =
            self.buckets.iter().flat_map(|bucket| bucket.entries.iter().map(|(at, what)| (*at, what)));
        in_order(due.chain(later).collect())
    }
    /// The same, taken out.
    fn drain(&mut self) -> Vec<(u64, T)> {
        (self.occupied, self.places) = ([0; PLACES], 0);
        let due = self.due.drain(..).map(|what| (self.base, what));
        let later = self.buckets.iter_mut().flat_map(|bucket| bucket.entries.drain(..));
        in_order(due.chain(later).collect())
    }
}

/// Those of one time are in one bucket, in order: a stable sort keeps them so.
fn in_order<T>(mut entries: Vec<(u64, T)>) -> Vec<(u64, T)> {
    sort_by_key(&mut entries, |(at, _)| *at);
    entries
}

impl<T> Bucket<T> {
    fn empty() -> Bucket<T> {
        Bucket { soonest: u64::MAX, entries: Vec::new() }
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
        let rest = queue.drain().into_iter().map(|(at, what)| (Time::from_nanos(at), what)).collect();
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
        self.first == other.first && self.rest() == other.rest()
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
