//! The retransmission timer leaves what is in flight its time.

use sockscope_core::seq::Seq;
use sockscope_core::tcp::{State, Timer, Variables};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Event, Kind, Node, Sock};
use sockscope_core::wire::{Body, Segment};
use std::collections::{BTreeMap, VecDeque};

#[derive(Clone, Debug, Default)]
pub(super) struct Timers(BTreeMap<(Node, Sock), Flight>);

/// What a connection has in flight, the oldest first.
#[derive(Clone, Debug)]
struct Flight {
    segments: VecDeque<Sent>,
    rto: Span,
}

#[derive(Clone, Debug)]
struct Sent {
    start: Seq,
    end: Seq,
    at: Time,
    /// Some of it was sent before or since: the timer may have begun with any of the copies.
    again: bool,
    /// The shortest time-out since it was sent.
    rto: Span,
}

impl Timers {
    pub(super) fn see(&mut self, event: &Event) -> Option<String> {
        let node = event.node?;
        match &event.kind {
            Kind::Sent { sock: Some(sock), packet, .. } => {
                if let Body::Tcp(segment) = &packet.body {
                    self.flight(node, *sock).send(segment, event.at);
                }
            }
            Kind::Variables { sock, variables } => self.flight(node, *sock).update(&variables.variables()),
            Kind::TimerFired { sock, timer: Timer::Retransmit } => {
                return self
                    .flight(node, *sock)
                    .timed_out(event.at)
                    .map(|what| format!("socket {sock}: {what}"));
            }
            Kind::Removed { sock } | Kind::State { sock, to: State::Closed, .. } => {
                self.0.remove(&(node, *sock));
            }
            _ => {}
        }
        None
    }
    fn flight(&mut self, node: Node, sock: Sock) -> &mut Flight {
        self.0.entry((node, sock)).or_insert(Flight { segments: VecDeque::new(), rto: Span::MAX })
    }
}

impl Flight {
    fn send(&mut self, segment: &Segment, at: Time) {
        let (start, end) = (segment.seq, segment.seq + segment.seq_len());
        if start == end {
            return;
        }
        let overlapped = |sent: &&mut Sent| start.before(sent.end) && sent.start.before(end);
        let mut again = false;
        for sent in self.segments.iter_mut().filter(overlapped) {
            (sent.again, again) = (true, true);
        }
        if self.segments.back().is_none_or(|last| end.after(last.end)) {
            self.segments.push_back(Sent { start, end, at, again, rto: self.rto });
        }
    }
    fn update(&mut self, variables: &Variables) {
        self.rto = variables.rto;
        self.segments.retain_mut(|sent| {
            sent.rto = sent.rto.min(variables.rto);
            sent.end.after(variables.snd_una)
        });
    }
    /// RFC 6298 §5: the timer starts when the oldest segment is sent, or later, with an ACK.
    fn timed_out(&self, now: Time) -> Option<String> {
        let oldest = self.segments.front().filter(|sent| !sent.again)?;
        let waited = now.since(oldest.at);
        (waited < oldest.rto).then(|| {
            format!("the retransmission timer runs out {waited} after the oldest octet was sent; the time-out is {}", oldest.rto)
        })
    }
}
