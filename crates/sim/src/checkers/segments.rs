//! What one end of a connection sends fits together: numbers have no gap, the peer's window is kept to, nothing is taken back,
//! and no ACK keeps the peer waiting.

use sockscope_core::seq::Seq;
use sockscope_core::tcp::{Reason, State, Variables};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Event, Kind, Node, Sock};
use sockscope_core::wire::{Body, Flags, Packet, PacketId, Segment};
use std::collections::BTreeMap;

/// "An ACK should not be excessively delayed; in particular, the delay MUST be less than 0.5 seconds" (RFC 9293 §3.8.6.3).
const LONGEST_DELAY: Span = Span::from_millis(500);

#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    ends: BTreeMap<(Node, Sock), End>,
    /// The SYNs that were sent: whether they offer to scale the window.
    syns: BTreeMap<PacketId, bool>,
}

/// What one end has said so far.
#[derive(Clone, Debug, Default)]
struct End {
    /// Behind the highest octet that was sent, and behind the highest that was no probe of a closed window.
    sent: Option<Seq>,
    meant: Option<Seq>,
    /// The right edge of the peer's window, at its furthest.
    allowed: Option<Seq>,
    /// The highest acknowledgment, and the right edge of the window that was offered.
    acked: Option<Seq>,
    edge: Option<Seq>,
    /// By how many bits it would shift its window, and whether its peer would too.
    shift: Option<u8>,
    peer_scales: bool,
    /// Since when the peer waits for an ACK, and up to where.
    owes: Option<(Time, Seq)>,
}

impl Segments {
    pub(super) fn see(&mut self, event: &Event) -> Option<String> {
        let node = event.node?;
        let (sock, wrong) = match &event.kind {
            Kind::Sent { sock, packet, reason } => {
                let Body::Tcp(segment) = &packet.body else { return None };
                self.note_syn(packet, segment);
                let sock = (*sock)?;
                (sock, self.end(node, sock).send(segment, *reason, event.at))
            }
            Kind::Arrived { sock: Some(sock), packet } => {
                let scales = *self.syns.get(packet)?;
                self.end(node, *sock).peer_scales = scales;
                return None;
            }
            Kind::Variables { sock, variables } => {
                (*sock, self.end(node, *sock).update(&variables.variables(), event.at))
            }
            Kind::Removed { sock } | Kind::State { sock, to: State::Closed, .. } => {
                self.ends.remove(&(node, *sock));
                return None;
            }
            _ => return None,
        };
        wrong.map(|what| format!("socket {sock} {what}"))
    }
    fn note_syn(&mut self, packet: &Packet, segment: &Segment) {
        if segment.flags.has(Flags::SYN) {
            self.syns.insert(packet.id, segment.options.window_scale.is_some());
        }
    }
    fn end(&mut self, node: Node, sock: Sock) -> &mut End {
        self.ends.entry((node, sock)).or_default()
    }
}

impl End {
    fn send(&mut self, segment: &Segment, reason: Reason, now: Time) -> Option<String> {
        if segment.flags.has(Flags::SYN) {
            self.shift = segment.options.window_scale;
            // Who answers a SYN offers what both do.
            self.peer_scales |= segment.flags.has(Flags::ACK);
        }
        if segment.flags.has(Flags::RST) {
            return None;
        }
        self.is_late(now).or_else(|| self.number(segment, reason)).or_else(|| self.acknowledge(segment))
    }
    /// Each octet has the number after the one before.
    fn number(&mut self, segment: &Segment, reason: Reason) -> Option<String> {
        let end = segment.seq + segment.seq_len();
        let sent = *self.sent.get_or_insert(end);
        self.sent = Some(sent.later(end));
        // A SYN's data is sent before the window is known (RFC 7413).
        if reason != Reason::WindowProbe && !segment.flags.has(Flags::SYN) {
            self.meant = Some(self.meant.map_or(end, |meant| meant.later(end)));
        }
        let gap = segment.seq.after(sent).then_some(sent)?;
        Some(format!("sends octets from {} on, and never sent those from {gap} on", segment.seq))
    }
    /// What was acknowledged stays so, and what was offered is not taken back (RFC 9293 §3.8.6), but for less than a unit of
    /// its scale (RFC 7323 §2.4).
    fn acknowledge(&mut self, segment: &Segment) -> Option<String> {
        if !segment.flags.has(Flags::ACK) {
            return None;
        }
        let syn = segment.flags.has(Flags::SYN);
        let scaled = self.peer_scales && !syn;
        let shift = self.shift.filter(|_| scaled).unwrap_or_default();
        let edge = segment.ack + (u32::from(segment.wnd) << shift);
        let (acked, before) = (*self.acked.get_or_insert(segment.ack), *self.edge.get_or_insert(edge));
        (self.acked, self.edge) = (Some(acked.later(segment.ack)), Some(before.later(edge)));
        self.owes = self.owes.filter(|(_, up_to)| up_to.after(segment.ack));
        if segment.ack.before(acked) {
            return Some(format!("acknowledges {}, after {acked}", segment.ack));
        }
        // The window of a SYN is not scaled, and may be smaller for that.
        let shrinks = !syn && (edge + (1 << shift)).at_or_before(before);
        shrinks.then(|| format!("offers a window up to {edge}, after one up to {before}"))
    }
    fn is_late(&self, now: Time) -> Option<String> {
        let (since, up_to) = self.owes.filter(|(since, _)| now.since(*since) >= LONGEST_DELAY)?;
        Some(format!("has let its peer wait for the ACK of {up_to} since {since}"))
    }
    fn update(&mut self, variables: &Variables, now: Time) -> Option<String> {
        let allowed = variables.snd_una + variables.snd_wnd;
        let allowed = self.allowed.map_or(allowed, |before| before.later(allowed));
        self.allowed = Some(allowed);
        if self.acked.is_some_and(|acked| variables.rcv_nxt.after(acked)) {
            self.owes = self.owes.or(Some((now, variables.rcv_nxt)));
        }
        let beyond = self.meant.filter(|meant| meant.after(allowed) && variables.snd_wnd > 0);
        let beyond =
            beyond.map(|meant| format!("sends octets up to {meant}; its peer's window ends at {allowed}"));
        beyond.or_else(|| self.is_late(now))
    }
}
