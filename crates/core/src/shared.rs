//! A value that many hold and few change.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that many hold and few change, as connections do their policies. Cloning shares it, and who changes it gets a copy
/// of its own: so it behaves as the plain value does, and in JSON it is the plain value.
///
/// ```
/// use sockscope_core::shared::Shared;
/// let one: Shared<Vec<u32>> = vec![1].into();
/// let mut other = one.clone();
/// other.push(2);
/// assert_eq!((one.len(), other.len()), (1, 2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared<T>(Arc<T>);

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}
impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Shared<T> {
        Shared(Arc::new(value))
    }
}
impl<T: Clone> From<&T> for Shared<T> {
    fn from(value: &T) -> Shared<T> {
        value.clone().into()
    }
}
impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::serialize(self, serializer)
    }
}
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shared<T>, D::Error> {
        T::deserialize(deserializer).map(Shared::from)
    }
}
