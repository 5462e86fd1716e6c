//! Where bytes come from: what each `send()` wrote, what each `recv()` took, and what lies between.

use crate::flow::{self, Range};
use crate::history::{Changes, History, Journey, SocketLife};
use sockscope_core::collections::{BTreeMap, sort, sort_by_key};
use sockscope_core::program::{Call, Notice, RecvFlags, SocketKind};
use sockscope_core::wire::Flags;

/// Bytes that one call wrote or took.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// The event from which it is known.
    pub(super) event: usize,
    /// The bytes of the stream, counted from 0; of datagram sockets the number of the datagram.
    pub(super) range: Range,
}

/// What happened to the bytes of every socket, by its place in the history.
#[derive(Clone, Debug, Default)]
pub(super) struct Bytes {
    /// What its program sent, call by call.
    pub(super) written: Vec<Vec<Part>>,
    /// What its program took, call by call.
    pub(super) taken: Vec<Vec<Part>>,
    /// Of datagram sockets, what arrived: the event, the sending socket, and which of its datagrams it is.
    pub(super) arrived: Vec<Vec<(usize, usize, u32, u32)>>,
    /// Of connections, what came ahead of its turn and waits for a hole before it to be filled, in bytes of the stream.
    pub(super) ahead: Vec<Changes<Vec<Range>>>,
    /// Of connections, the socket at the other end.
    pub(super) peers: Vec<Option<usize>>,
    /// The most that the buffers of a socket ever held.
    pub(super) fullest: Vec<u32>,
}

impl Bytes {
    pub(super) fn of(history: &History) -> Bytes {
        let sockets = history.sockets();
        let empty = vec![Vec::new(); sockets.len()];
        let peers = sockets.iter().map(|life| crate::flow::peer(history, life)).collect();
        let most = |life: &SocketLife| {
            life.buffers.iter().map(|(_, it)| it.send.max(it.recv)).max().unwrap_or(0).max(1)
        };
        let fullest = sockets.iter().map(most).collect();
        let mut bytes = Bytes {
            written: empty.clone(),
            taken: empty,
            arrived: Vec::new(),
            ahead: Vec::new(),
            peers,
            fullest,
        };
        bytes.calls(history);
        bytes.arrivals(history);
        bytes.early(history);
        bytes
    }

    fn calls(&mut self, history: &History) {
        let places: BTreeMap<_, _> =
            history.sockets().iter().enumerate().map(|(i, life)| ((life.node, life.sock), i)).collect();
        let tasks = history.tasks().iter();
        let mut calls: Vec<_> =
            tasks.flat_map(|task| task.calls.iter().map(move |call| (task.node, call))).collect();
        sort_by_key(&mut calls, |(_, call)| call.event);
        for (node, call) in calls {
            let Some(which) = call.sock.and_then(|sock| places.get(&(node, sock)).copied()) else { continue };
            let stream = history.sockets()[which].kind == SocketKind::Stream;
            let notice = call.outcome.as_ref().map(|end| &end.notice);
            let (list, event, long) = match (&call.call, notice) {
                (Call::Send { .. } | Call::SendTo { .. }, _) => {
                    let Some(long) = call.written() else { continue };
                    (&mut self.written[which], call.event, long)
                }
                (Call::Recv { flags, .. } | Call::RecvFrom { flags, .. }, Some(Notice::Received(data)))
                | (
                    Call::Recv { flags, .. } | Call::RecvFrom { flags, .. },
                    Some(Notice::ReceivedFrom { data, .. }),
                ) if !flags.has(RecvFlags::PEEK) => {
                    let event = call.outcome.as_ref().map_or(call.event, |end| end.event);
                    (&mut self.taken[which], event, data.len() as u32)
                }
                _ => continue,
            };
            let from = list.last().map_or(0, |part| part.range.end);
            let to = from + if stream { long } else { 1 };
            if from < to {
                list.push(Part { event, range: from..to });
            }
        }
        // A call that waited is answered later than the next begins.
        self.taken.iter_mut().for_each(|list| sort_by_key(list, |part| part.event));
    }

    fn arrivals(&mut self, history: &History) {
        let places: BTreeMap<_, _> =
            history.sockets().iter().enumerate().map(|(i, life)| ((life.node, life.sock), i)).collect();
        self.arrived = vec![Vec::new(); history.sockets().len()];
        let mut sent = vec![0_u32; history.sockets().len()];
        for journey in history.journeys() {
            let sockscope_core::wire::Body::Udp(datagram) = &journey.packet.body else { continue };
            let from = journey.sock.and_then(|sock| places.get(&(journey.from, sock)).copied());
            let Some(from) = from else { continue };
            for arrival in journey.arrivals.iter().filter(|arrival| arrival.discarded.is_none()) {
                let to = arrival.sock.and_then(|sock| places.get(&(arrival.node, sock)));
                if let Some(to) = to {
                    self.arrived[*to].push((arrival.event, from, sent[from], datagram.payload.len() as u32));
                }
            }
            sent[from] += 1;
        }
        self.arrived.iter_mut().for_each(|list| sort(list));
    }

    fn early(&mut self, history: &History) {
        let places: BTreeMap<_, _> =
            history.sockets().iter().enumerate().map(|(i, life)| ((life.node, life.sock), i)).collect();
        let mut heard = vec![Vec::new(); history.sockets().len()];
        for journey in history.journeys() {
            let Some(range) = octets(journey) else { continue };
            for arrival in journey.arrivals.iter().filter(|arrival| arrival.discarded.is_none()) {
                if let Some(to) = arrival.sock.and_then(|sock| places.get(&(arrival.node, sock))) {
                    heard[*to].push((arrival.event, range.clone()));
                }
            }
        }
        for (which, mut heard) in heard.into_iter().enumerate() {
            sort_by_key(&mut heard, |(event, _)| *event);
            let mut ahead = Changes::default();
            let (mut last, mut had) = (0, 0);
            for (event, ranges) in flow::ahead(heard).iter() {
                // What a hole held back is there until the buffer has it.
                let has = ranges.iter().map(|range| range.end - range.start).sum();
                let filled = history.sockets()[which].buffers.next(event).filter(|_| has < had);
                last = filled.map_or(event, |(n, _)| n).max(last);
                had = has;
                ahead.set(last, ranges.clone());
            }
            // Up to the last of them they have to find room in the bar.
            let far = |(event, ranges): (usize, &Vec<Range>)| {
                let taken = so_far(&self.taken[which], event).last().map_or(0, |part| part.range.end);
                ranges.last().map_or(0, |last| last.end.saturating_sub(taken))
            };
            let farthest = ahead.iter().map(far).max().unwrap_or(0);
            self.fullest[which] = self.fullest[which].max(farthest);
            self.ahead.push(ahead);
        }
    }

    /// The bytes in a packet that arrived with an event, each part with the number of the `send()` that wrote it.
    pub(super) fn carried(
        &self,
        history: &History,
        journey: &Journey,
        event: usize,
    ) -> Vec<(Option<usize>, Range)> {
        if let Some(range) = octets(journey) {
            let own = |life: &SocketLife| (life.node, Some(life.sock)) == (journey.from, journey.sock);
            return self.split(history.sockets().iter().position(own), range);
        }
        let here = |list: &Vec<(usize, usize, u32, u32)>| {
            let i = list.binary_search_by_key(&event, |(n, ..)| *n).ok()?;
            Some((Some(list[i].2 as usize), 0..list[i].3.max(1)))
        };
        self.arrived.iter().find_map(here).into_iter().collect()
    }

    /// The parts of a range of the stream that `writer` sends, each with the number of the `send()` that wrote it.
    pub(super) fn split(&self, writer: Option<usize>, range: Range) -> Vec<(Option<usize>, Range)> {
        let Some(writer) = writer else { return vec![(None, range)] };
        let written = &self.written[writer];
        let first = written.partition_point(|part| part.range.end <= range.start);
        let parts = written[first..].iter().enumerate().take_while(|(_, part)| part.range.start < range.end);
        let cut = |part: &Part| part.range.start.max(range.start)..part.range.end.min(range.end);
        parts
            .map(|(i, part)| (Some(first + i), cut(part)))
            .filter(|(_, range)| range.start < range.end)
            .collect()
    }
}

/// The bytes of the stream that a segment carries, counted from 0; none where it carries none.
fn octets(journey: &Journey) -> Option<Range> {
    let segment = journey.segment()?;
    let syn = u32::from(segment.flags.has(Flags::SYN));
    let from = (journey.relative?.seq + syn).checked_sub(1)?;
    let range = from..from + segment.payload.len() as u32;
    (range.start < range.end).then_some(range)
}

/// How many of a list of calls were answered when the first `events` events have happened.
pub(super) fn so_far(parts: &[Part], events: usize) -> &[Part] {
    &parts[..parts.partition_point(|part| part.event < events)]
}

/// Bytes of a stream that are acknowledged, sent and kept: from the control block of its sender.
pub(super) fn sending(life: &SocketLife, events: usize) -> Option<(Range, u32)> {
    let it = Changes::before(&life.variables, events)?;
    let [una, next] = [it.snd_una, it.snd_nxt].map(|seq| (seq - it.iss).saturating_sub(1));
    Some((una..una + it.send_buffered, next.min(una + it.send_buffered)))
}
