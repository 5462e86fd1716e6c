//! How much is under way at a time: where it is more than a reader follows packet by packet, the ladder draws together, and what
//! one sees is the shape of the whole.

use super::arrows::{Arrow, Fate};
use crate::history::History;
use sockscope_core::collections::sort;
use sockscope_core::time::Time;

/// So many packets at once have all the room that their texts want.
const FOLLOWED: f64 = 12.0;
/// No rows are closer than this part of that.
const CLOSEST: f64 = 0.15;

/// The number of packets under way from each event on that changes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd(Vec<(Time, usize, i32)>);

impl Crowd {
    pub(super) fn of(history: &History, arrows: &[Arrow]) -> Crowd {
        let mut changes = Vec::new();
        for arrow in arrows {
            let journey = &history.journeys()[arrow.journey];
            changes.push((journey.at, journey.sent, 1));
            if arrow.end.how != Fate::UnderWay {
                changes.push((arrow.end.at, arrow.end.n, -1));
            }
        }
        sort(&mut changes);
        let mut under_way = 0;
        for (_, _, change) in &mut changes {
            under_way += *change;
            *change = under_way;
        }
        Crowd(changes)
    }
    /// How many packets are under way right after an event.
    fn count(&self, at: Time, n: usize) -> i32 {
        let after = self.0.partition_point(|(time, event, _)| (*time, *event) <= (at, n));
        after.checked_sub(1).map_or(0, |last| self.0[last].2)
    }
    /// Whether nothing is under way right after an event.
    pub(super) fn is_empty(&self, at: Time, n: usize) -> bool {
        self.count(at, n) == 0
    }
    /// Which part of their room the rows around an event have: 1 is all of it.
    pub(super) fn closeness(&self, at: Time, n: usize) -> f64 {
        (FOLLOWED / f64::from(self.count(at, n).max(1))).clamp(CLOSEST, 1.0)
    }
}
