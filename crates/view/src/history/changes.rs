//! A value over the course of a trace.

use serde::Serialize;

/// A value that changes with events: each change with the place of its event, in order.
///
/// ```
/// use sockscope_view::history::Changes;
/// let mut port = Changes::default();
/// port.set(4, 49152);
/// assert_eq!(port.before(4), None, "event 4 has not happened yet");
/// assert_eq!(port.before(5), Some(&49152));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Changes<T>(Vec<(usize, T)>);

impl<T> Default for Changes<T> {
    fn default() -> Changes<T> {
        Changes(Vec::new())
    }
}

impl<T> From<(usize, T)> for Changes<T> {
    /// A value from an event on.
    fn from(first: (usize, T)) -> Changes<T> {
        Changes(vec![first])
    }
}

impl<T> Changes<T> {
    /// From event `n` on it is `value`. Events come in order.
    pub fn set(&mut self, n: usize, value: T) {
        self.0.push((n, value));
    }
    /// Its value when the first `events` events have happened; none where it has none yet.
    pub fn before(&self, events: usize) -> Option<&T> {
        self.latest(events).map(|(_, value)| value)
    }
    /// Its value when the first `events` events have happened, and the event that made it so.
    pub fn latest(&self, events: usize) -> Option<(usize, &T)> {
        let after = self.0.partition_point(|(n, _)| *n < events);
        after.checked_sub(1).map(|i| (self.0[i].0, &self.0[i].1))
    }
    /// The first change after event `n`: the event that made it, and the value from there on.
    pub fn next(&self, n: usize) -> Option<(usize, &T)> {
        let after = self.0.partition_point(|(event, _)| *event <= n);
        self.0.get(after).map(|(event, value)| (*event, value))
    }
    /// Its value at the end.
    pub fn last(&self) -> Option<&T> {
        self.0.last().map(|(_, value)| value)
    }
    /// Every change: the event that made it, and the value from there on.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, &T)> {
        self.0.iter().map(|(n, value)| (*n, value))
    }
}
