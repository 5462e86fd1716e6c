//! Urgent data (RFC 9293 §3.8.5), as every stack has understood it (RFC 6093 §3): the pointer points behind the urgent octet,
//! there is one such octet at a time, and unless the program wants it in its place it is taken out of the stream and read
//! with `MSG_OOB`.

use super::{Connection, Reason, State};
use crate::errno::Errno;
use crate::payload::Payload;
use crate::program::RecvFlags;
use crate::seq::Seq;
use crate::trace::Cx;
use crate::wire::{Flags, Segment};
use serde::{Deserialize, Serialize};

/// What is urgent in either direction. Most connections never have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Urgent {
    /// `SND.UP`: behind the last octet that the program sent as urgent.
    sent: Option<Seq>,
    /// The octet before `RCV.UP`, until the program has read beyond it.
    mark: Option<Mark>,
}

/// Where the urgent octet is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// How many octets the program reads before it.
    ahead: u32,
    octet: Octet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Octet {
    /// The pointer came before it.
    Awaited,
    Here(u8),
    /// The program has it.
    Taken,
}

/// The part of the receive buffer that one read may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The urgent octet comes first, and is not of the stream.
    pub(super) skip: u32,
    /// Octets behind it.
    pub(super) len: u32,
}

impl Connection {
    /// "SND.UP <- SND.NXT": what the program has sent by now is urgent.
    pub(super) fn sent_urgently(&mut self) {
        self.urgent.get_or_insert_default().sent = Some(self.snd.end);
    }
    /// Urgent data is on its way, or waits to be: it does not wait for Nagle's algorithm.
    pub(super) fn is_urgent(&self) -> bool {
        self.urgent_end().is_some_and(|up| up.after(self.snd.una))
    }
    fn urgent_end(&self) -> Option<Seq> {
        self.urgent.as_ref()?.sent
    }
    /// `SEG.UP` of a segment with this number, where urgent data is ahead. What is too far for the field is told as far as it
    /// reaches, and again later.
    pub(super) fn urgent_pointer(&self, seq: Seq) -> Option<u16> {
        let up = self.urgent_end().filter(|up| up.after(seq) && up.after(self.snd.una))?;
        Some(u16::try_from(up - seq).unwrap_or(u16::MAX))
    }

    /// Sixth, check the URG bit (§3.10.7.4): "RCV.UP <- max(RCV.UP,SEG.UP), and signal the user that the remote side has
    /// urgent data".
    pub(super) fn check_urgent(&mut self, segment: &Segment, cx: &mut Cx) {
        let receiving = matches!(self.state, State::Established | State::FinWait1 | State::FinWait2);
        let waits = self.urgent_mark().is_some_and(|mark| mark.octet == Octet::Awaited);
        if !receiving || !(waits || segment.flags.has(Flags::URG)) {
            return;
        }
        if segment.flags.has(Flags::URG) {
            self.move_mark(segment, cx);
        }
        let next = self.next_to_read();
        let Some(mark) = self.urgent.as_mut().and_then(|urgent| urgent.mark.as_mut()) else { return };
        let at = next + mark.ahead;
        if mark.octet == Octet::Awaited
            && let Some(octet) = segment.payload.get(at.past(segment.seq) as usize)
            && at.at_or_after(segment.seq)
        {
            mark.octet = Octet::Here(*octet);
        }
    }
    /// A pointer that is not older than what has arrived, and newer than the one before.
    fn move_mark(&mut self, segment: &Segment, cx: &mut Cx) {
        let at = segment.seq + u32::from(segment.up.saturating_sub(1));
        let next = self.next_to_read();
        let urgent = self.urgent.get_or_insert_default();
        let newer = urgent.mark.as_ref().is_none_or(|mark| at.after(next + mark.ahead));
        if at.before(self.rcv.nxt) || !newer {
            return;
        }
        // The octet before it is at the front, and would look like any other now.
        let stale = urgent.mark.as_ref().is_some_and(|mark| mark.ahead == 0);
        let dropped = stale && !self.config.interface.out_of_band_inline && self.receive_buffer.len() > 0;
        if dropped {
            self.receive_buffer.take(1);
        }
        let mark = Mark { ahead: at - (next + u32::from(dropped)), octet: Octet::Awaited };
        urgent.mark = Some(mark);
        self.rule(Reason::UrgentArrived, cx);
    }
    /// The number of the octet that the program reads next. Only before the peer's FIN.
    fn next_to_read(&self) -> Seq {
        self.rcv.nxt - self.receive_buffer.len()
    }

    fn urgent_mark(&self) -> Option<&Mark> {
        self.urgent.as_ref()?.mark.as_ref()
    }
    /// `SIOCATMARK`: all before the urgent octet has been read.
    pub(super) fn is_at_mark(&self) -> bool {
        self.urgent_mark().is_some_and(|mark| mark.ahead == 0)
    }
    /// There is urgent data that the program has not read, here or still on its way.
    pub(super) fn has_urgent(&self) -> bool {
        self.urgent_mark().is_some_and(|mark| mark.octet != Octet::Taken)
    }
    /// What a read of `max` octets takes: it stops before the urgent octet, which it leaves out.
    pub(super) fn readable_part(&self, max: u32) -> Part {
        let held = self.receive_buffer.len();
        match self.urgent_mark() {
            Some(mark) if mark.ahead > 0 => Part { skip: 0, len: held.min(max).min(mark.ahead) },
            Some(_) if !self.config.interface.out_of_band_inline && held > 0 => {
                Part { skip: 1, len: (held - 1).min(max) }
            }
            _ => Part { skip: 0, len: held.min(max) },
        }
    }
    /// Octets that a read could take at most.
    pub(super) fn unread(&self) -> u32 {
        self.readable_part(u32::MAX).len
    }
    /// `FIONREAD`, as Linux counts: all in the buffer where the urgent octet is in its place; else up to the mark, and none at
    /// the mark, although the next read steps over it.
    pub(super) fn unread_as_told(&self) -> u32 {
        let held = self.receive_buffer.len();
        match self.urgent_mark() {
            Some(mark) if !self.config.interface.out_of_band_inline => held.min(mark.ahead),
            _ => held,
        }
    }
    /// The program took so many octets, the urgent one included where it was left out.
    pub(super) fn read_on(&mut self, taken: u32) {
        if taken > 0
            && let Some(urgent) = &mut self.urgent
        {
            urgent.mark.take_if(|mark| mark.ahead < taken);
            urgent.mark.iter_mut().for_each(|mark| mark.ahead -= taken);
        }
    }
    /// `recv` with `MSG_OOB`: the urgent octet. It never waits.
    ///
    /// EINVAL: there is none, it was read already, or it is in its place in the stream. EAGAIN: it has not come yet.
    pub(super) fn recv_urgent(&mut self, max: u32, flags: RecvFlags) -> Result<Payload, Errno> {
        let inline = self.config.interface.out_of_band_inline;
        let over = self.state == State::Closed || self.reading_shut;
        let mark = self.urgent.as_mut().and_then(|urgent| urgent.mark.as_mut());
        let mark = mark.filter(|_| !inline).ok_or(Errno::EINVAL)?;
        match mark.octet {
            Octet::Taken => Err(Errno::EINVAL),
            Octet::Awaited if over => Ok(Payload::EMPTY),
            Octet::Awaited => Err(Errno::EAGAIN),
            Octet::Here(octet) => {
                if !flags.has(RecvFlags::PEEK) {
                    mark.octet = Octet::Taken;
                }
                Ok(Payload::from(vec![octet]).slice(0, max as usize))
            }
        }
    }
}
