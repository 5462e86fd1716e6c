//! One world of the model: two ends, what is on the wires, what may still go wrong, and every step from here.

use super::super::{SECOND, Segment, State};
use crate::program::{How, RecvFlags, SendFlags};
use crate::seq::Seq;
use crate::tcp::rto::Rto;
use crate::tcp::{Answer, Config, Connection, Listener, Timer, Trust, reset_for};
use crate::time::Time;
use crate::trace::{Cx, Log, Node, Sock};
use serde::Serialize;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Time stands still: that a timer runs is all that is known of it, and it may run out at any time.
const NOW: Time = Time::from_nanos(SECOND.as_nanos() * 1000);

/// What a program has still to do.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Wish {
    pub(super) connect: bool,
    /// Octets to send.
    pub(super) send: u8,
    pub(super) close: bool,
}

/// What may still go wrong.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Faults {
    pub(super) losses: u8,
    pub(super) duplicates: u8,
    /// Retransmissions although something is on its way, which may be the answer.
    pub(super) hasty: u8,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct World {
    pub(super) ends: [Option<Connection>; 2],
    /// Whether the second end listens.
    pub(super) listens: bool,
    /// By the end that they lead to.
    pub(super) wires: [VecDeque<Segment>; 2],
    pub(super) wishes: [Wish; 2],
    pub(super) faults: Faults,
    /// Octets that each program has sent and received.
    pub(super) sent: [u8; 2],
    pub(super) got: [u8; 2],
}

/// A step that the world may take next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect(usize),
    Send(usize),
    Close(usize),
    /// To this end, the segment at this place of the wire.
    Deliver(usize, usize),
    Lose(usize, usize),
    /// The copy comes last.
    Duplicate(usize, usize),
    Fire(usize, Timer),
}

/// So many places a segment may overtake.
const REORDERED_BY: usize = 2;

impl World {
    pub(super) fn new(listens: bool, wishes: [Wish; 2], faults: Faults) -> World {
        World {
            ends: [None, None],
            listens,
            wires: Default::default(),
            wishes,
            faults,
            sent: [0, 0],
            got: [0, 0],
        }
    }
    pub(super) fn state(&self, end: usize) -> State {
        match &self.ends[end] {
            Some(connection) => connection.state(),
            None if end == 1 && self.listens => State::Listen,
            None => State::Closed,
        }
    }
    fn is_silent(&self) -> bool {
        self.wires.iter().all(VecDeque::is_empty)
    }
    /// Everything is over: nothing is on its way, no timer runs, nobody wants anything and every connection is closed.
    pub(super) fn is_over(&self) -> bool {
        self.is_silent()
            && self.ends.iter().flatten().all(|end| end.state() == State::Closed)
            && self.steps().is_empty()
    }
    /// Every step that may come next.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for end in [0, 1] {
            self.steps_of_program(end, &mut steps);
            self.steps_of_wire(end, &mut steps);
            self.steps_of_timers(end, &mut steps);
        }
        steps
    }
    fn steps_of_program(&self, end: usize, steps: &mut Vec<Step>) {
        let wish = &self.wishes[end];
        let Some(connection) = &self.ends[end] else {
            steps.extend(wish.connect.then_some(Step::Connect(end)));
            return;
        };
        // What is done in CLOSED changes nothing any more.
        if connection.state() != State::Closed {
            steps.extend((wish.send > 0 && wish.close && connection.writable()).then_some(Step::Send(end)));
            steps.extend(wish.close.then_some(Step::Close(end)));
        }
    }
    fn steps_of_wire(&self, to: usize, steps: &mut Vec<Step>) {
        for at in 0..self.wires[to].len().min(1 + REORDERED_BY) {
            steps.push(Step::Deliver(to, at));
            steps.extend((self.faults.losses > 0).then_some(Step::Lose(to, at)));
            steps.extend((self.faults.duplicates > 0).then_some(Step::Duplicate(to, at)));
        }
    }
    fn steps_of_timers(&self, end: usize, steps: &mut Vec<Step>) {
        let Some(connection) = &self.ends[end] else { return };
        for timer in Timer::ALL.into_iter().filter(|timer| connection.timers.is_running(*timer)) {
            let may = match timer {
                // It is allowed to be short.
                Timer::DelayedAck => true,
                // "2 MSL": longer than anything can be on its way.
                Timer::TimeWait => self.is_silent(),
                _ => self.is_silent() || self.faults.hasty > 0,
            };
            steps.extend(may.then_some(Step::Fire(end, timer)));
        }
    }

    /// The world after a step.
    pub(super) fn after(&self, step: Step) -> World {
        let mut next = self.clone();
        match step {
            Step::Connect(end) => next.connect(end),
            Step::Send(end) => {
                next.wishes[end].send -= 1;
                next.sent[end] += 1;
                next.act(end, |it, cx| {
                    it.send(&[7][..].into(), SendFlags::NONE, cx).map(drop).expect("it is writable")
                });
            }
            Step::Close(end) => next.close(end),
            Step::Deliver(to, at) => {
                let segment = next.wires[to].remove(at).expect("it is on the wire");
                next.arrive(to, &segment);
            }
            Step::Lose(to, at) => {
                next.faults.losses -= 1;
                next.wires[to].remove(at);
            }
            Step::Duplicate(to, at) => {
                next.faults.duplicates -= 1;
                let copy = next.wires[to][at].clone();
                next.wires[to].push_back(copy);
            }
            Step::Fire(end, timer) => {
                let hasty = !next.is_silent() && timer != Timer::DelayedAck;
                next.faults.hasty -= u8::from(hasty);
                next.act(end, |it, cx| {
                    it.timers.run_out(timer, NOW);
                    it.handle_timeout(cx);
                });
            }
        }
        next
    }
    fn connect(&mut self, end: usize) {
        self.wishes[end].connect = false;
        let (local, remote) = (address(end), address(1 - end));
        let mut log = Log::off();
        let new = Connection::connect(config(), Sock(end as u32), local, remote, iss(end), &mut cx(&mut log));
        self.ends[end] = Some(new);
        self.act(end, |_, _| ());
    }
    /// CLOSE: of the sending side, where there is one already; who waits for the peer's SYN just leaves.
    fn close(&mut self, end: usize) {
        let wish = &mut self.wishes[end];
        (wish.close, wish.send) = (false, 0);
        self.act(end, |it, cx| match it.state() {
            State::SynSent => it.close(cx),
            _ => it.shutdown(How::Write, cx).expect("there is a connection"),
        });
    }
    fn arrive(&mut self, to: usize, segment: &Segment) {
        if self.ends[to].is_some() {
            return self.act(to, |it, cx| _ = it.on_segment(segment, cx));
        }
        let mut log = Log::off();
        let cx = &mut cx(&mut log);
        let answer = match to == 1 && self.listens {
            true => Listener::open(Sock(9), cx).on_segment(segment, &config()),
            false => reset_for(segment).map_or(Answer::Ignore, Answer::Reset),
        };
        match answer {
            Answer::Ignore => {}
            Answer::Reset(reset) => self.wires[1 - to].push_back(reset),
            Answer::Accept => {
                let (local, remote) = (address(to), address(1 - to));
                let child =
                    Connection::accept(config(), Sock(to as u32), local, remote, iss(to), segment, cx);
                self.ends[to] = Some(child);
                self.act(to, |_, _| ());
            }
        }
    }
    /// Does something to an end, sends what it has to send, and lets its program read what came.
    fn act(&mut self, end: usize, f: impl FnOnce(&mut Connection, &mut Cx)) {
        let mut log = Log::off();
        let cx = &mut cx(&mut log);
        let Some(it) = &mut self.ends[end] else { return };
        f(it, cx);
        loop {
            let mut leaving = Vec::new();
            it.drain(&mut leaving, cx);
            self.wires[1 - end].extend(leaving.into_iter().map(|(segment, ..)| segment));
            match it.recv(9, RecvFlags::NONE, cx) {
                Ok(data) if !data.is_empty() => self.got[end] += data.len() as u8,
                _ => break,
            }
        }
        // With time goes what was learnt from it, and how often something was tried: nobody gives up.
        it.timers.forget_when();
        (it.rto, it.attempts) = (Rto::new(&it.config), 0);
    }
}

fn cx(log: &mut Log) -> Cx<'_> {
    Cx { now: NOW, node: Node(0), cause: None, log }
}
fn address(end: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1 + end as u8], 1000))
}
/// No stream goes past 0: the RST that answers the SYN of a stranger has that number, and would fit by accident.
fn iss(end: usize) -> Seq {
    Seq::new([1000, 5000][end])
}
/// Challenges are answered every time: that there may be too many of them is a matter of time.
fn config() -> Config {
    Config {
        trust: Trust { challenge_interval: crate::time::Span::ZERO, ..Trust::RFC },
        ..super::super::PROMPT
    }
}
