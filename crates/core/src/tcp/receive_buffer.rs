//! What arrived in order and the program has not taken.

use super::Connection;
use super::config::Rounding;
use super::window_scale::LARGEST_FIELD;
use crate::payload::Payload;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A queue of octets, kept as the segments brought them; those that lie side by side in memory, as pieces of what was sent at
/// once, are one.
#[derive(Clone, Debug, Default, Eq, Serialize, Deserialize)]
pub(super) struct ReceiveBuffer {
    chunks: VecDeque<Payload>,
    len: u32,
    tuning: Tuning,
}

/// How fast the program reads, and so how much the peer may have in flight (dynamic right-sizing, Fisk and Feng 2001; as
/// Linux and FreeBSD do).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tuning {
    /// When the round trip under way began.
    since: Time,
    /// Octets that the program took since.
    taken: u32,
    /// The most that it took in a round trip.
    most: u32,
}

impl ReceiveBuffer {
    /// Octets held.
    pub(super) fn len(&self) -> u32 {
        self.len
    }
    pub(super) fn push(&mut self, payload: &Payload) {
        self.len += payload.len() as u32;
        let joined = self.chunks.back_mut().is_some_and(|last| last.extend(payload));
        if !joined && !payload.is_empty() {
            self.chunks.push_back(payload.clone());
        }
    }
    /// Takes up to `max` octets; shared with the segment where one segment is enough.
    pub(super) fn take(&mut self, max: u32) -> Payload {
        let want = max.min(self.len);
        let first = self.take_chunk(want as usize);
        if first.len() == want as usize {
            return first;
        }
        let left = want - first.len() as u32;
        Payload::joined(want as usize, std::iter::once(first).chain(self.take_pieces(left)))
    }
    /// Takes up to `max` octets in pieces, as the segments brought them.
    pub(super) fn take_pieces(&mut self, max: u32) -> impl Iterator<Item = Payload> {
        let mut left = max as usize;
        std::iter::from_fn(move || {
            let next = self.take_chunk(left);
            left -= next.len();
            (!next.is_empty()).then_some(next)
        })
    }
    /// Takes up to `max` octets of the first chunk.
    fn take_chunk(&mut self, max: usize) -> Payload {
        let taken = match self.chunks.front_mut() {
            Some(chunk) if chunk.len() > max => chunk.take_front(max),
            _ => self.chunks.pop_front().unwrap_or_default(),
        };
        self.len -= taken.len() as u32;
        taken
    }
}

impl PartialEq for ReceiveBuffer {
    /// The octets count, not how they are cut into chunks: that depends on what shares its memory.
    fn eq(&self, other: &ReceiveBuffer) -> bool {
        let octets = |buffer: &ReceiveBuffer| buffer.clone().take(buffer.len);
        (self.len, &self.tuning) == (other.len, &other.tuning) && octets(self) == octets(other)
    }
}

impl Connection {
    /// The program took so many octets. Once a round trip the buffer grows to twice what it takes in one: so slow start at
    /// the peer never waits for the window.
    pub(super) fn tune_receive_buffer(&mut self, taken: u32, now: Time) {
        let (Some(round_trip), false) = (self.rto.srtt(), !self.config.recv_auto_tuning) else { return };
        let tuning = &mut self.receive_buffer.tuning;
        tuning.taken = tuning.taken.saturating_add(taken);
        if now.since(tuning.since) < round_trip {
            return;
        }
        if tuning.taken > tuning.most {
            tuning.most = tuning.taken;
            let wanted = tuning.taken.saturating_mul(2).saturating_add(16 * self.snd.mss);
            let wanted = wanted.min(self.config.recv_buffer_max);
            if wanted > self.config.recv_buffer {
                self.config.recv_buffer = wanted;
            }
        }
        (tuning.since, tuning.taken) = (now, 0);
    }
    /// The window of our SYN, which is never scaled.
    pub(super) fn first_window(&self) -> u32 {
        let mss = u32::from(self.config.mss).max(1);
        let whole = self.config.buffer_rounding.of(self.config.recv_buffer, mss);
        whole.min(self.config.recv_buffer).min(LARGEST_FIELD)
    }
    /// Buffers that hold whole segments waste nothing: some stacks round theirs once the MSS is known.
    pub(super) fn round_buffers(&mut self) {
        let mss = self.snd.peer_mss.min(self.config.mss.into()).max(1);
        let round = self.config.buffer_rounding;
        let buffers = (self.config.recv_buffer, self.config.send_buffer);
        let rounded = (round.of(buffers.0, mss), round.of(buffers.1, mss));
        // A policy that is not changed stays shared with other connections.
        if rounded != buffers {
            (self.config.recv_buffer, self.config.send_buffer) = rounded;
        }
    }
}

impl Rounding {
    fn of(self, octets: u32, mss: u32) -> u32 {
        match self {
            Rounding::None => octets,
            Rounding::Down => (octets / mss * mss).max(octets.min(mss)),
            Rounding::Up => octets.div_ceil(mss).saturating_mul(mss),
        }
    }
}
