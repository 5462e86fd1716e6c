//! One direction of a TCP connection: its byte stream from the socket that sends to the one that takes.

use crate::badge;
use crate::history::{Changes, History, HopEnd, Journey, SocketLife};
use sockscope_core::collections::{BTreeMap, sort_by_key};
use sockscope_core::program::SocketKind;
use sockscope_core::seq::{Seq, SeqRange};
use sockscope_core::time::{Span, Time};

/// One direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The socket that sends: its place among the sockets of the history.
    pub sender: usize,
    /// The socket that takes, where the run has it.
    pub receiver: Option<usize>,
}

impl Flow {
    /// Every direction of every connection that sent a segment; those with the most data come first.
    pub fn all(history: &History) -> Vec<Flow> {
        let mut bytes = BTreeMap::new();
        for journey in history.journeys() {
            let (Some(sock), Some(segment)) = (journey.sock, journey.segment()) else { continue };
            *bytes.entry((journey.from, sock)).or_insert(0) += segment.payload.len();
        }
        let sockets = history.sockets().iter().enumerate();
        let sent = |life: &SocketLife| bytes.get(&(life.node, life.sock)).copied();
        let mut flows: Vec<(usize, Flow)> = sockets
            .filter(|(_, life)| life.kind == SocketKind::Stream)
            .filter_map(|(sender, life)| Some((sent(life)?, Flow { sender, receiver: peer(history, life) })))
            .collect();
        sort_by_key(&mut flows, |(bytes, flow)| (std::cmp::Reverse(*bytes), flow.sender));
        flows.into_iter().map(|(_, flow)| flow).collect()
    }
    /// The direction in words: `B client :49152 → server :80`.
    pub fn name(&self, history: &History) -> String {
        let letter = badge::letter(self.sender);
        let life = &history.sockets()[self.sender];
        let to = life.remote.last().map_or("?".to_owned(), |remote| {
            let host = history.host_of(remote.ip());
            let host = host.map_or(remote.ip().to_string(), |node| history.name(node).to_owned());
            format!("{host} :{}", remote.port())
        });
        let port = life.local.last().map_or(String::new(), |local| format!(" :{}", local.addr.port()));
        format!("{letter} {}{port} → {to}", history.name(life.node))
    }
}

/// The socket at the other end: the one whose ends are these the other way round, and that lived at the same time.
pub(crate) fn peer(history: &History, sender: &SocketLife) -> Option<usize> {
    let (local, remote) = (sender.local.last()?.addr, sender.remote.last()?);
    let until = |life: &SocketLife| life.removed.unwrap_or(usize::MAX);
    let sockets = history.sockets().iter();
    let there = |life: &SocketLife| {
        life.local.last().is_some_and(|there| there.addr == *remote)
            && life.remote.last() == Some(&local)
            && life.opened < until(sender)
            && sender.opened < until(life)
    };
    sockets.enumerate().find(|(_, life)| there(life)).map(|(which, _)| which)
}

/// A stretch of the stream, counted from the initial sequence number: the SYN is 0, the first byte 1.
pub(crate) type Range = std::ops::Range<u32>;

/// A segment that carried a part of the stream.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    /// Its place among the journeys.
    pub(crate) journey: usize,
    /// The event that sent it.
    pub(crate) event: usize,
    pub(crate) at: Time,
    pub(crate) range: Range,
    /// True where it carries octets that went before.
    pub(crate) again: bool,
    /// When it arrived or was lost, and which.
    pub(crate) end: Option<(Time, bool)>,
}

/// An ACK of the other side on its way back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) journey: usize,
    pub(crate) event: usize,
    pub(crate) at: Time,
    pub(crate) ack: u32,
    pub(crate) sacked: Vec<Range>,
    pub(crate) end: Option<(Time, bool)>,
}

/// Everything that happened to one direction of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) flow: Flow,
    pub(crate) iss: Seq,
    /// What was sent, in the order of events.
    pub(crate) pieces: Vec<Piece>,
    pub(crate) answers: Vec<Answer>,
    /// What the peer has beyond a hole, as far as its SACK blocks told the sender.
    pub(crate) sacked: Changes<Vec<Range>>,
    /// What waits at the receiver for a hole to be filled.
    pub(crate) ahead: Changes<Vec<Range>>,
    /// One past the last octet ever sent.
    pub(crate) total: u32,
    /// Nothing was under way for longer.
    pub(crate) longest: Span,
}

impl Track {
    pub(crate) fn new(history: &History, flow: Flow) -> Option<Track> {
        let sender = &history.sockets()[flow.sender];
        let of = |life: &SocketLife| {
            let (node, sock) = (life.node, life.sock);
            let own = move |journey: &&Journey| journey.from == node && journey.sock == Some(sock);
            let all = history.journeys().iter().enumerate();
            all.filter(move |(_, journey)| own(journey)).collect::<Vec<_>>()
        };
        let sent = of(sender);
        let iss = sent.iter().find_map(|(_, life)| Some(life.segment()?.seq - life.relative?.seq))?;
        let pieces = sent.iter().filter_map(|(place, journey)| piece(*place, journey, iss)).collect();
        let back = flow.receiver.map(|which| of(&history.sockets()[which])).unwrap_or_default();
        let answers = back.iter().filter_map(|(place, journey)| answer(*place, journey, iss)).collect();
        let mut track = Track {
            flow,
            iss,
            pieces,
            answers,
            sacked: Changes::default(),
            ahead: Changes::default(),
            total: 0,
            longest: Span::ZERO,
        };
        track.total = track.pieces.iter().map(|piece| piece.range.end).max()?;
        let flights = track.pieces.iter().filter_map(|piece| Some(piece.end?.0.since(piece.at)));
        let back = track.answers.iter().filter_map(|answer| Some(answer.end?.0.since(answer.at)));
        track.longest = flights.chain(back).max().unwrap_or_default();
        track.fold_sacked(history);
        track.fold_ahead(history);
        Some(track)
    }

    fn fold_sacked(&mut self, history: &History) {
        let told = |answer: &Answer| {
            let arrivals = &history.journeys()[answer.journey].arrivals;
            arrivals.iter().filter(|arrival| arrival.discarded.is_none()).map(|arrival| arrival.event).min()
        };
        let mut told: Vec<(usize, &Answer)> =
            self.answers.iter().filter_map(|answer| Some((told(answer)?, answer))).collect();
        sort_by_key(&mut told, |(event, _)| *event);
        let (mut known, mut acked) = (Vec::new(), 0);
        let mut changes = Changes::default();
        for (event, answer) in told {
            let before = known.clone();
            acked = acked.max(answer.ack);
            answer.sacked.iter().for_each(|range| join(&mut known, range.clone()));
            cut(&mut known, acked);
            if known != before {
                changes.set(event, known.clone());
            }
        }
        self.sacked = changes;
    }

    fn fold_ahead(&mut self, history: &History) {
        let mut heard: Vec<(usize, Range)> = Vec::new();
        for piece in &self.pieces {
            let arrivals = history.journeys()[piece.journey].arrivals.iter();
            let taken = arrivals.filter(|arrival| arrival.discarded.is_none());
            heard.extend(taken.map(|arrival| (arrival.event, piece.range.clone())));
        }
        sort_by_key(&mut heard, |(event, _)| *event);
        self.ahead = ahead(heard);
    }

    /// A sequence number counted from the initial one.
    pub(crate) fn relative(&self, seq: Seq) -> u32 {
        let far = seq - self.iss;
        // Before anything was sent, or after what a broken trace tells.
        if far > i32::MAX as u32 { 0 } else { far }
    }
    /// What was sent and has not ended at a moment; of the stream and of its answers.
    pub(crate) fn flying(&self, events: usize, now: Time) -> (Vec<&Piece>, Vec<&Answer>) {
        let early = |at: Time| now.since(at) > self.longest + Span::from_millis(1);
        let begun = self.pieces.partition_point(|piece| early(piece.at));
        let done = |end: Option<(Time, bool)>| end.is_some_and(|(at, _)| at <= now);
        let pieces = self.pieces[begun..].iter().take_while(|piece| piece.event < events);
        let begun = self.answers.partition_point(|answer| early(answer.at));
        let answers = self.answers[begun..].iter().take_while(|answer| answer.event < events);
        (
            pieces.filter(|piece| !done(piece.end)).collect(),
            answers.filter(|answer| !done(answer.end)).collect(),
        )
    }
}

fn piece(journey: usize, life: &Journey, iss: Seq) -> Option<Piece> {
    let SeqRange { start, end } = life.segment()?.seq_range();
    let range = start - iss..end - iss;
    let again = life.original.is_some();
    (range.start < range.end).then(|| Piece {
        journey,
        event: life.sent,
        at: life.at,
        range,
        again,
        end: end_of(life),
    })
}

fn answer(journey: usize, life: &Journey, iss: Seq) -> Option<Answer> {
    let segment = life.segment()?;
    let acks = segment.flags.has(sockscope_core::wire::Flags::ACK);
    let block = |range: &SeqRange| range.start - iss..range.end - iss;
    let sacked = segment.options.sack.iter().flatten().map(block).filter(|range| range.start < range.end);
    let ack = segment.ack - iss;
    acks.then(|| Answer {
        journey,
        event: life.sent,
        at: life.at,
        ack,
        sacked: sacked.collect(),
        end: end_of(life),
    })
}

/// When the first copy of a packet arrived, or else the last one was lost.
fn end_of(life: &Journey) -> Option<(Time, bool)> {
    let arrived = life.arrivals.iter().map(|arrival| arrival.at).min().map(|at| (at, false));
    let lost = life.hops.iter().filter_map(|hop| match hop.end {
        HopEnd::Lost { at, .. } => Some(at),
        _ => None,
    });
    arrived.or(lost.max().map(|at| (at, true)))
}

/// Of what arrived of a stream, in the order of events, what waits for a hole before it to be filled.
pub(crate) fn ahead(heard: Vec<(usize, Range)>) -> Changes<Vec<Range>> {
    let (mut ahead, mut next, mut changes) = (Vec::new(), 0, Changes::default());
    for (event, range) in heard {
        let before = ahead.clone();
        join(&mut ahead, range);
        if let Some(first) = ahead.first().filter(|first: &&Range| first.start <= next) {
            next = next.max(first.end);
        }
        cut(&mut ahead, next);
        if ahead != before {
            changes.set(event, ahead.clone());
        }
    }
    changes
}

/// Adds a range to ranges that lie apart, in order.
fn join(ranges: &mut Vec<Range>, range: Range) {
    let first = ranges.partition_point(|have| have.end < range.start);
    let after = ranges.partition_point(|have| have.start <= range.end);
    let touched = &ranges[first..after.max(first)];
    let start = touched.first().map_or(range.start, |have| have.start.min(range.start));
    let end = touched.last().map_or(range.end, |have| have.end.max(range.end));
    ranges.splice(first..after.max(first), std::iter::once(start..end));
}

/// Takes away what lies before `to`.
fn cut(ranges: &mut Vec<Range>, to: u32) {
    ranges.retain(|range| range.end > to);
    if let Some(first) = ranges.first_mut() {
        first.start = first.start.max(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_become_one() {
        let mut ranges = Vec::new();
        for range in [10..20, 40..50, 20..25, 60..70, 30..65, 1..2] {
            join(&mut ranges, range);
        }
        assert_eq!(ranges, [1..2, 10..25, 30..70]);
        cut(&mut ranges, 12);
        assert_eq!(ranges, [12..25, 30..70]);
    }
}
