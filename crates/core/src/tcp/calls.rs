//! SEND, RECEIVE, CLOSE and ABORT (RFC 9293 §3.10.2 to §3.10.5), as BSD sockets offer them.

use super::output::Outline;
use super::receive_buffer::ReceiveBuffer;
use super::urgent::Part;
use super::{Connection, Reason, State, Trigger};
use crate::errno::Errno;
use crate::payload::Payload;
use crate::program::{How, Readiness, RecvFlags, SendFlags};
use crate::trace::Cx;
use crate::wire::Flags;

/// No buffer is larger than this, so that sequence numbers in it compare well.
const MOST: u32 = 1 << 30;

impl Connection {
    /// SEND: queues as much of `data` as the send buffer has room for, and says how much that was.
    ///
    /// EAGAIN: the buffer is full, or the handshake is not over. EPIPE: the sending side is closed.
    /// A pending error is told first, once.
    pub fn send(&mut self, data: &Payload, flags: SendFlags, cx: &mut Cx) -> Result<usize, Errno> {
        self.take_error().map_or(Ok(()), Err)?;
        match self.state {
            State::SynSent | State::SynReceived if self.sends_early() => {}
            State::SynSent if self.waits_for_data() => return Ok(self.send_on_syn(data)),
            State::SynSent | State::SynReceived => return Err(Errno::EAGAIN),
            State::Established | State::CloseWait if !self.snd.fin => {}
            _ => return Err(Errno::EPIPE),
        }
        let n = data.len().min(self.send_room() as usize);
        if n == 0 && !data.is_empty() {
            return Err(Errno::EAGAIN);
        }
        if self.snd.end == self.snd.una {
            self.restart_after_idle(cx);
        }
        self.send_buffer.push(data.slice(0, n));
        self.snd.end += n as u32;
        self.snd.more = flags.has(SendFlags::MORE);
        if !self.snd.more {
            self.snd.push = self.snd.end;
        }
        if flags.has(SendFlags::EOR) && n > 0 && n == data.len() {
            self.end_record();
        }
        if flags.has(SendFlags::OOB) && n > 0 {
            self.sent_urgently();
        }
        self.check();
        Ok(n)
    }
    /// RECEIVE: up to `max` octets; none at the end of the stream.
    ///
    /// EAGAIN: nothing has come yet. What came before an error is handed over before the error is told, once. EINVAL: no
    /// urgent octet is there.
    pub fn recv(&mut self, max: u32, flags: RecvFlags, cx: &mut Cx) -> Result<Payload, Errno> {
        if flags.has(RecvFlags::OOB) {
            return self.recv_urgent(max, flags);
        }
        self.recv_by(max, flags, cx, ReceiveBuffer::take)
    }
    /// `recv` that puts nothing together: `piece` is handed the octets as the segments brought them; how many they are.
    pub fn recv_pieces(&mut self, max: u32, cx: &mut Cx, piece: impl FnMut(Payload)) -> Result<u32, Errno> {
        self.recv_by(max, RecvFlags::NONE, cx, |buffer, max| {
            let before = buffer.len();
            buffer.take_pieces(max).for_each(piece);
            before - buffer.len()
        })
    }
    /// `recv`, in the form in which `take` takes octets out of the buffer; the default is the end of the stream.
    fn recv_by<T: Default>(
        &mut self,
        max: u32,
        flags: RecvFlags,
        cx: &mut Cx,
        take: impl FnOnce(&mut ReceiveBuffer, u32) -> T,
    ) -> Result<T, Errno> {
        let Part { skip, len } = self.readable_part(max);
        if flags.has(RecvFlags::PEEK) && len > 0 {
            let mut seen = self.receive_buffer.clone();
            seen.take(skip);
            return Ok(take(&mut seen, len));
        }
        if !flags.has(RecvFlags::PEEK) && skip + len > 0 {
            self.receive_buffer.take(skip);
            let taken = take(&mut self.receive_buffer, len);
            self.read_on(skip + len);
            self.tune_receive_buffer(skip + len, cx.now);
            if len > 0 {
                return Ok(taken);
            }
        }
        if max == 0 && self.unread() > 0 {
            return Ok(T::default());
        }
        self.take_error().map_or(Ok(()), Err)?;
        if self.at_end_of_stream() { Ok(T::default()) } else { Err(Errno::EAGAIN) }
    }
    /// `shutdown`: closes one direction or both. Queued data still goes out before the FIN.
    ///
    /// ENOTCONN: there is no connection yet, or none any more.
    pub fn shutdown(&mut self, how: How, cx: &mut Cx) -> Result<(), Errno> {
        if matches!(self.state, State::Closed | State::Listen | State::SynSent) {
            return Err(Errno::ENOTCONN);
        }
        self.reading_shut |= how != How::Write;
        if how != How::Read {
            self.close_sending(cx);
        }
        self.check();
        Ok(())
    }
    /// `close`: the program lets go. The connection goes on in the background until all is acknowledged; where octets
    /// wait that now nobody will read, the peer may be told by a RST (§3.6.1).
    pub fn close(&mut self, cx: &mut Cx) {
        self.released = true;
        match self.state {
            State::Closed | State::TimeWait => {}
            State::SynSent => self.transition(Trigger::Close, cx),
            _ if self.receive_buffer.len() > 0 && self.config.interface.reset_unread => {
                self.reset(Reason::ResetOfLostData, cx)
            }
            _ => {
                self.forget_unread();
                self.close_sending(cx);
            }
        }
        self.limit_fin_wait_2(cx);
        self.check();
    }
    /// Octets that nobody will read take no room: a window that they keep closed would never open.
    fn forget_unread(&mut self) {
        self.read_on(self.receive_buffer.len());
        self.receive_buffer = ReceiveBuffer::default();
    }
    /// ABORT: all is thrown away, and a peer that may still wait is told by a RST.
    pub fn abort(&mut self, cx: &mut Cx) {
        self.released = true;
        if self.state != State::Closed {
            self.reset(Reason::ResetOfAbort, cx);
        }
        self.check();
    }

    /// True where `recv` has something to tell: octets, the end of the stream or an error.
    pub fn readable(&self) -> bool {
        self.unread() > 0 || self.error.is_some() || self.at_end_of_stream()
    }
    /// True where `send` has something to tell: room, or an error.
    pub fn writable(&self) -> bool {
        match self.state {
            State::SynReceived if self.is_fast() => self.send_room() > 0,
            State::SynSent | State::SynReceived => self.waits_for_data(),
            State::Established | State::CloseWait if !self.snd.fin => self.send_room() > 0,
            _ => true,
        }
    }
    /// What `poll()` tells of the connection.
    pub fn readiness(&self) -> Readiness {
        let writing_shut = self.snd.fin || self.state == State::Closed;
        let read_hang_up = self.at_end_of_stream();
        Readiness {
            readable: self.readable(),
            writable: self.writable(),
            urgent: self.has_urgent(),
            error: self.error.is_some(),
            hang_up: self.state == State::Closed || read_hang_up && writing_shut,
            read_hang_up,
        }
    }
    /// The pending error (`SO_ERROR`), which stays pending.
    pub fn error(&self) -> Option<Errno> {
        self.error
    }
    /// The pending error (`SO_ERROR`), told once.
    pub fn take_error(&mut self) -> Option<Errno> {
        self.error.take()
    }

    /// RFC 5681 §4.1: nothing was sent for longer than a time-out.
    pub(super) fn restart_after_idle(&mut self, cx: &Cx) {
        let (idle, rto) = (cx.now.since(self.snd.last), self.rto.current(&self.config));
        if idle > rto {
            self.congestion.restart(idle, rto, &self.config);
        }
    }
    /// Octets that the send buffer has room for.
    pub(super) fn send_room(&self) -> u32 {
        // Two windows: one in flight, and one to follow it at once.
        let wanted = self.congestion.cwnd.saturating_mul(2).min(self.config.send_buffer_max);
        let room = self.config.send_buffer.max(wanted).min(MOST).saturating_sub(self.send_buffer.len());
        room.min(self.room_for_unsent())
    }
    /// `TCP_NOTSENT_LOWAT`: beside what can leave now, no more than so many octets wait.
    fn room_for_unsent(&self) -> u32 {
        match self.config.interface.unsent_low_water {
            0 => u32::MAX,
            most => {
                let now = (self.snd.una + self.snd.wnd).past(self.snd.nxt);
                let now = now.min(self.congestion.cwnd.saturating_sub(self.pipe()));
                most.saturating_add(now).saturating_sub(self.unsent())
            }
        }
    }
    fn at_end_of_stream(&self) -> bool {
        let peer_may_send = matches!(
            self.state,
            State::SynSent | State::SynReceived | State::Established | State::FinWait1 | State::FinWait2
        );
        self.reading_shut || !peer_may_send
    }
    /// "Queue this until all preceding SENDs have been segmentized, then form a FIN segment and send it."
    fn close_sending(&mut self, cx: &mut Cx) {
        if !self.snd.fin {
            self.snd.fin = true;
            self.transition(Trigger::Close, cx);
        }
    }
    /// Ends the connection from this side; the RST goes out in the states where §3.10.5 asks for one.
    pub(super) fn reset(&mut self, reason: Reason, cx: &mut Cx) {
        let untold =
            !matches!(self.state, State::SynSent | State::Closing | State::LastAck | State::TimeWait);
        let segment = self.segment(Outline::bare(self.ack_seq(), Flags::RST.with(Flags::ACK)), cx);
        self.transition(Trigger::Abort, cx);
        self.owed.reset = untold.then(|| Box::new((segment, reason)));
    }
}
