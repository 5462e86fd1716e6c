//! A queue in which there is mostly one thing at most.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;
use std::iter::Chain;
use std::ops::{Index, IndexMut};
use std::slice::{self, Iter, IterMut};

/// A queue that needs no memory of its own for one thing: so a connection that asks and gets an answer allocates none for what it
/// has in flight, and none for what it keeps until that is acknowledged. Otherwise it behaves as a [`VecDeque`], also in JSON.
#[derive(Clone, Debug, Default)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(VecDeque<T>),
}

impl<T> Few<T> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Few::None => 0,
            Few::One(_) => 1,
            Few::Many(many) => many.len(),
        }
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub(crate) fn front(&self) -> Option<&T> {
        match self {
            Few::None => None,
            Few::One(one) => Some(one),
            Few::Many(many) => many.front(),
        }
    }
    pub(crate) fn back(&self) -> Option<&T> {
        match self {
            Few::None => None,
            Few::One(one) => Some(one),
            Few::Many(many) => many.back(),
        }
    }
    pub(crate) fn back_mut(&mut self) -> Option<&mut T> {
        match self {
            Few::None => None,
            Few::One(one) => Some(one),
            Few::Many(many) => many.back_mut(),
        }
    }
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        match self {
            Few::One(one) if at == 0 => Some(one),
            Few::None | Few::One(_) => None,
            Few::Many(many) => many.get(at),
        }
    }
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        match self {
            Few::One(one) if at == 0 => Some(one),
            Few::None | Few::One(_) => None,
            Few::Many(many) => many.get_mut(at),
        }
    }
    pub(crate) fn push_back(&mut self, value: T) {
        match self {
            Few::None => *self = Few::One(value),
            Few::One(_) => self.many().push_back(value),
            Few::Many(many) => many.push_back(value),
        }
    }
    pub(crate) fn pop_front(&mut self) -> Option<T> {
        match self {
            Few::None => None,
            Few::Many(many) => many.pop_front(),
            Few::One(_) => match std::mem::take(self) {
                Few::One(one) => Some(one),
                _ => None,
            },
        }
    }
    pub(crate) fn clear(&mut self) {
        *self = Few::None;
    }
    /// How many at the front belong to one part, where all behind them belong to the other.
    pub(crate) fn partition_point(&self, belongs: impl FnMut(&T) -> bool) -> usize {
        match self {
            Few::None => 0,
            Few::One(one) => slice::from_ref(one).partition_point(belongs),
            Few::Many(many) => many.partition_point(belongs),
        }
    }
    pub(crate) fn iter(&self) -> Chain<Iter<'_, T>, Iter<'_, T>> {
        let (front, back) = match self {
            Few::None => Default::default(),
            Few::One(one) => (slice::from_ref(one), Default::default()),
            Few::Many(many) => many.as_slices(),
        };
        front.iter().chain(back)
    }
    pub(crate) fn iter_mut(&mut self) -> Chain<IterMut<'_, T>, IterMut<'_, T>> {
        let (front, back) = match self {
            Few::None => Default::default(),
            Few::One(one) => (slice::from_mut(one), Default::default()),
            Few::Many(many) => many.as_mut_slices(),
        };
        front.iter_mut().chain(back)
    }
    /// The queue for what is seldom done.
    pub(crate) fn many(&mut self) -> &mut VecDeque<T> {
        if !matches!(self, Few::Many(_)) {
            *self = Few::Many(self.pop_front().into_iter().collect());
        }
        let Few::Many(many) = self else { unreachable!("it was made") };
        many
    }
}

impl<T> Index<usize> for Few<T> {
    type Output = T;
    fn index(&self, at: usize) -> &T {
        self.get(at).expect("it is in the queue")
    }
}
impl<T> IndexMut<usize> for Few<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        self.get_mut(at).expect("it is in the queue")
    }
}
impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Few<T>) -> bool {
        self.iter().eq(other.iter())
    }
}
impl<T: Eq> Eq for Few<T> {}
impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Few<T> {
        let mut few = Few::None;
        values.into_iter().for_each(|value| few.push_back(value));
        few
    }
}
impl<T: Serialize> Serialize for Few<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Few<T>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_behaves_as_a_queue(steps in prop::collection::vec((0..8u8, any::<u8>()), 0..60)) {
            let (mut few, mut queue) = (Few::default(), VecDeque::new());
            for (step, value) in steps {
                match step {
                    0..=2 => (few.push_back(value), queue.push_back(value)),
                    3..=5 => {
                        prop_assert_eq!(few.pop_front(), queue.pop_front());
                        continue;
                    }
                    6 => (few.many().rotate_left(queue.len() / 2), queue.rotate_left(queue.len() / 2)),
                    _ => (few.iter_mut().for_each(|it| *it /= 2), queue.iter_mut().for_each(|it| *it /= 2)),
                };
                prop_assert_eq!((few.len(), few.is_empty()), (queue.len(), queue.is_empty()));
                prop_assert_eq!((few.front(), few.back()), (queue.front(), queue.back()));
                prop_assert_eq!((few.get(0), few.get(1)), (queue.front(), queue.get(1)));
                prop_assert_eq!(few.get_mut(0), queue.front_mut());
                prop_assert_eq!(few.back_mut(), queue.back_mut());
                prop_assert!(few.iter().eq(&queue));
                prop_assert!((0..few.len()).all(|at| few[at] == queue[at]));
                prop_assert_eq!(few.partition_point(|_| true), queue.len());
                prop_assert_eq!(few.partition_point(|_| false), 0);
                let text = serde_json::to_string(&few).unwrap();
                prop_assert_eq!(&text, &serde_json::to_string(&queue).unwrap());
                prop_assert_eq!(&serde_json::from_str::<Few<u8>>(&text).unwrap(), &few);
            }
        }
    }

    #[test]
    fn it_is_no_larger_than_a_queue() {
        assert_eq!(size_of::<Few<[Box<u8>; 3]>>(), size_of::<VecDeque<u8>>());
    }
}
