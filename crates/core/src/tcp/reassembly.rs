//! What arrived ahead of its turn.

use crate::payload::Payload;
use crate::rare::Blank;
use crate::seq::{Seq, SeqRange};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Pieces of the stream beyond the first hole, and the FIN where it came early.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reassembly {
    /// In order, without overlap.
    pieces: VecDeque<Piece>,
    /// Sequence number of the FIN, once it came.
    pub(super) fin: Option<Seq>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    seq: Seq,
    payload: Payload,
}

impl Piece {
    fn range(&self) -> SeqRange {
        SeqRange::new(self.seq, self.payload.len() as u32)
    }
}

impl Blank for Reassembly {
    const BLANK: &'static Reassembly = &Reassembly { pieces: VecDeque::new(), fin: None };
}

impl Reassembly {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
    /// Octets held.
    pub(super) fn len(&self) -> u32 {
        self.pieces.iter().map(|piece| piece.range().len()).sum()
    }
    /// The first part of `range` that is held already.
    pub(super) fn first_overlap(&self, range: SeqRange) -> Option<SeqRange> {
        let at = self.pieces.partition_point(|piece| piece.range().end.at_or_before(range.start));
        let mut both = self.pieces.get(at)?.range().overlap(range)?;
        for piece in self.pieces.range(at + 1..).take_while(|piece| piece.seq.before(range.end)) {
            if piece.seq != both.end {
                break;
            }
            both.end = piece.range().end.earlier(range.end);
        }
        Some(both)
    }
    /// Keeps what is new of `payload`; what is held already stays as it came first.
    pub(super) fn insert(&mut self, mut seq: Seq, mut payload: Payload) {
        let mut at = self.pieces.partition_point(|piece| piece.range().end.at_or_before(seq));
        while !payload.is_empty() {
            let ahead = self.pieces.get(at).map(Piece::range);
            let known = ahead.filter(|held| held.start.at_or_before(seq));
            let n = match (known, ahead) {
                (Some(held), _) => held.end - seq,
                (None, Some(next)) => next.start - seq,
                (None, None) => payload.len() as u32,
            };
            if known.is_none() {
                self.pieces.insert(at, Piece { seq, payload: payload.slice(0, n as usize) });
            }
            payload = payload.slice(n as usize, payload.len());
            seq += n;
            at += 1;
        }
    }
    /// Takes the piece that comes next in the stream, less what is before `next`.
    pub(super) fn take(&mut self, next: Seq) -> Option<Payload> {
        while let Some(Piece { seq, payload }) =
            self.pieces.pop_front_if(|piece| piece.seq.at_or_before(next))
        {
            let fresh = payload.slice((next - seq) as usize, payload.len());
            if !fresh.is_empty() {
                return Some(fresh);
            }
        }
        None
    }
}
