//! A value that few have.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::{Deref, DerefMut};

/// What a value is until something happens.
pub(crate) trait Blank: Clone + PartialEq + 'static {
    /// The value before anything happened.
    const BLANK: &'static Self;
}

/// A value that is mostly [blank](Blank), and then takes no more than a pointer. Reading it gives the blank; the first change
/// makes a box for it. Otherwise it behaves as the plain value, also in JSON.
#[derive(Clone, Debug)]
pub(crate) struct Rare<T>(Option<Box<T>>);

impl<T> Default for Rare<T> {
    fn default() -> Rare<T> {
        Rare(None)
    }
}
impl<T: Blank> Deref for Rare<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::BLANK)
    }
}
impl<T: Blank> DerefMut for Rare<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_with(|| Box::new(T::BLANK.clone()))
    }
}
impl<T: Blank> From<T> for Rare<T> {
    fn from(value: T) -> Rare<T> {
        Rare((value != *T::BLANK).then(|| Box::new(value)))
    }
}
impl<T: Blank> PartialEq for Rare<T> {
    fn eq(&self, other: &Rare<T>) -> bool {
        **self == **other
    }
}
impl<T: Blank + Eq> Eq for Rare<T> {}
impl<T: Blank + Serialize> Serialize for Rare<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::serialize(self, serializer)
    }
}
impl<'de, T: Blank + Deserialize<'de>> Deserialize<'de> for Rare<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rare<T>, D::Error> {
        T::deserialize(deserializer).map(Rare::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Blank for [u32; 4] {
        const BLANK: &'static [u32; 4] = &[7; 4];
    }

    #[test]
    fn it_behaves_as_the_plain_value() {
        let mut rare = Rare::<[u32; 4]>::default();
        assert_eq!((*rare, rare.0.is_none()), ([7; 4], true));
        rare[1] = 8;
        assert_eq!(*rare, [7, 8, 7, 7]);
        rare[1] = 7;
        assert_eq!(rare, Rare::default(), "blank again, whether in a box or not");
        let json = serde_json::to_string(&rare).unwrap();
        assert_eq!(json, "[7,7,7,7]");
        assert!(serde_json::from_str::<Rare<[u32; 4]>>(&json).unwrap().0.is_none());
    }
}
