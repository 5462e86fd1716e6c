//! The blocks of a SACK option (RFC 2018 §3).

use crate::seq::SeqRange;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// Up to four blocks; those that are there come first. They lie behind a box, because few segments have any and every
/// segment is moved about.
///
/// ```
/// use sockscope_core::{seq::{Seq, SeqRange}, wire::SackBlocks};
/// let blocks = SackBlocks::from([Some(SeqRange::new(Seq::new(9), 3)), None, None, None]);
/// assert_eq!(blocks.iter().flatten().count(), 1);
/// assert_eq!(SackBlocks::from([None; 4]), SackBlocks::default());
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Blocks", into = "Blocks")]
pub struct SackBlocks(Option<Box<Blocks>>);

type Blocks = [Option<SeqRange>; 4];

impl SackBlocks {
    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Deref for SackBlocks {
    type Target = Blocks;
    fn deref(&self) -> &Blocks {
        self.0.as_deref().unwrap_or(&[None; 4])
    }
}
impl From<Blocks> for SackBlocks {
    fn from(blocks: Blocks) -> SackBlocks {
        SackBlocks(blocks.iter().any(Option::is_some).then(|| Box::new(blocks)))
    }
}
impl From<SackBlocks> for Blocks {
    fn from(blocks: SackBlocks) -> Blocks {
        *blocks
    }
}
impl fmt::Debug for SackBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
