//! Variables as a trace keeps them.

use super::Variables;
use crate::seq::Seq;
use crate::shared::Shared;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The [`Variables`] at one instant, as a trace keeps them: what a segment and a read change at a receiver lies here, and the
/// others are shared with the snapshot before while they stay as they are. In JSON it is the variables.
///
/// ```
/// use sockscope_core::tcp::{Snapshot, Variables};
/// let variables = Variables { rcv_wnd: 65_535, ..Variables::default() };
/// let snapshot = Snapshot::from(variables.clone());
/// assert_eq!(snapshot.variables(), variables);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// All of them, as they were when one of the others changed.
    others: Shared<Variables>,
    rcv_nxt: Seq,
    rcv_wnd: u32,
    recv_buffered: u32,
}

impl Snapshot {
    /// The variables.
    pub fn variables(&self) -> Variables {
        let Snapshot { rcv_nxt, rcv_wnd, recv_buffered, .. } = *self;
        Variables { rcv_nxt, rcv_wnd, recv_buffered, ..Variables::clone(&self.others) }
    }
    /// Bytes in the send buffer, and in the receive buffer.
    pub(super) fn buffered(&self) -> (u32, u32) {
        (self.others.send_buffered, self.recv_buffered)
    }
    /// Moves on to the variables of now. Whether any has changed.
    pub(super) fn update(&mut self, now: Variables) -> bool {
        if self.variables() == now {
            return false;
        }
        (self.rcv_nxt, self.rcv_wnd, self.recv_buffered) = (now.rcv_nxt, now.rcv_wnd, now.recv_buffered);
        if self.variables() != now {
            self.others = now.into();
        }
        true
    }
}

impl From<Variables> for Snapshot {
    fn from(variables: Variables) -> Snapshot {
        let Variables { rcv_nxt, rcv_wnd, recv_buffered, .. } = variables;
        Snapshot { others: variables.into(), rcv_nxt, rcv_wnd, recv_buffered }
    }
}
impl PartialEq for Snapshot {
    fn eq(&self, other: &Snapshot) -> bool {
        self.variables() == other.variables()
    }
}
impl Eq for Snapshot {}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.variables().serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Snapshot, D::Error> {
        Variables::deserialize(deserializer).map(Snapshot::from)
    }
}
