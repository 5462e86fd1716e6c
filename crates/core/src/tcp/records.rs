//! Records in the stream (`MSG_EOR`, Linux): no segment holds octets of two. The peer sees nothing of them but the PSH bits.

use super::Connection;
use crate::seq::Seq;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The ends of records that are not all acknowledged, in the order of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Records(VecDeque<Seq>);

impl Connection {
    /// The last octet that the program sent ends a record.
    pub(super) fn end_record(&mut self) {
        self.records.get_or_insert_default().0.push_back(self.snd.end);
    }
    /// Where the record ends that holds the octet `from`; where the data ends, if that comes first.
    pub(super) fn record_end(&self, from: Seq) -> Seq {
        let Some(records) = &self.records else { return self.snd.end };
        records.0.iter().find(|end| end.after(from)).map_or(self.snd.end, |end| end.earlier(self.snd.end))
    }
    /// Whether a record ends before this octet, and another follows.
    pub(super) fn ends_record(&self, seq: Seq) -> bool {
        seq.before(self.snd.end) && self.records.as_ref().is_some_and(|records| records.0.contains(&seq))
    }
    /// Records before `SND.UNA` are forgotten.
    pub(super) fn forget_records(&mut self) {
        if let Some(records) = &mut self.records {
            while records.0.pop_front_if(|end| end.at_or_before(self.snd.una)).is_some() {}
        }
    }
}
