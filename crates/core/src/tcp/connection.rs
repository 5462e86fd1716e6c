//! The connection: its variables (the TCB of RFC 9293 §3.3.1), and the one way to change its state.

use super::congestion::Congestion;
use super::ecn::Marks;
use super::fast_open::FastOpen;
use super::keep_alive::Silence;
use super::path_mtu::PathMtu;
use super::rack::Rack;
use super::reassembly::Reassembly;
use super::receive_buffer::ReceiveBuffer;
use super::records::Records;
use super::recovery::Recovery;
use super::rto::Rto;
use super::sack::SackList;
use super::send_buffer::SendBuffer;
use super::sent::Scoreboard;
use super::timers::{Timer, Timers};
use super::timestamps::Timestamps;
use super::urgent::Urgent;
use super::{Config, Reason, Snapshot, State, Trigger, Variables};
use crate::errno::Errno;
use crate::rare::Rare;
use crate::seq::Seq;
use crate::shared::Shared;
use crate::time::Time;
use crate::trace::{Cx, Kind, Sock};
use crate::wire::Segment;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// One end of a TCP connection.
///
/// It does no I/O and has no clock. Mutate it once (a call, a segment, a timeout), drain it with
/// [`next_segment`](Connection::next_segment) until there is none, then mutate it again:
///
/// ```
/// use sockscope_core::{seq::Seq, tcp::{Config, Connection, State}, time::Time, trace::{Cx, Log, Node, Sock}};
///
/// let mut log = Log::off();
/// let mut cx = Cx { now: Time::ZERO, node: Node(0), cause: None, log: &mut log };
/// let (client, server) = ("10.0.0.1:50000".parse().unwrap(), "10.0.0.2:7".parse().unwrap());
/// let config = Config::rfc();
///
/// let mut a = Connection::connect(&config, Sock(1), client, server, Seq::new(100), &mut cx);
/// let (syn, why) = a.next_segment(&mut cx).unwrap();
/// println!("{syn:?}: {}", why.text());
/// let mut b = Connection::accept(&config, Sock(2), server, client, Seq::new(300), &syn, &mut cx);
/// let (syn_ack, _) = b.next_segment(&mut cx).unwrap();
/// a.on_segment(&syn_ack, &mut cx);
/// assert_eq!(a.state(), State::Established);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    pub(super) sock: Sock,
    pub(super) local: End,
    pub(super) remote: End,
    pub(super) config: Shared<Config>,
    pub(super) state: State,
    /// True where the connection began with `connect`: RFC 9293's "initiated with an active OPEN".
    pub(super) active: bool,
    pub(super) snd: SendSpace,
    pub(super) rcv: ReceiveSpace,
    pub(super) send_buffer: SendBuffer,
    pub(super) receive_buffer: ReceiveBuffer,
    pub(super) reassembly: Rare<Reassembly>,
    /// Both SYNs permitted selective acknowledgment (RFC 2018 §2).
    pub(super) sack_permitted: bool,
    /// What our ACKs report of the octets in `reassembly`.
    pub(super) sack: Rare<SackList>,
    /// What is in flight.
    pub(super) sent: Scoreboard,
    pub(super) rto: Rto,
    pub(super) rack: Rack,
    pub(super) totals: Totals,
    pub(super) congestion: Congestion,
    pub(super) recovery: Recovery,
    pub(super) timestamps: Timestamps,
    pub(super) marks: Marks,
    pub(super) fast_open: Rare<FastOpen>,
    /// Urgent data, once there was some.
    pub(super) urgent: Option<Box<Urgent>>,
    /// Ends of records, once there was one.
    pub(super) records: Option<Box<Records>>,
    pub(super) timers: Timers,
    pub(super) owed: Owed,
    /// Retransmissions since the last ACK of something new.
    pub(super) attempts: u32,
    /// Probes of the closed window, and how many of them nobody answered.
    pub(super) probes: Probes,
    /// For how long nothing was heard of the peer.
    pub(super) silence: Silence,
    /// What the program will be told (`SO_ERROR`).
    pub(super) error: Option<Errno>,
    /// What ICMP reported; told only if the connection times out (RFC 1122 §4.2.3.9).
    pub(super) soft_error: Option<Errno>,
    /// The program will receive no more (`shutdown` of the reading side).
    pub(super) reading_shut: bool,
    /// The program has let go of the connection (`close`).
    pub(super) released: bool,
    /// What the trace was last told, where there is one.
    shown: Option<Box<Snapshot>>,
}

/// An address and port: what a `SocketAddr` is of TCP, and a third smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End(pub(super) IpAddr, pub(super) u16);

impl From<End> for SocketAddr {
    fn from(End(ip, port): End) -> SocketAddr {
        SocketAddr::new(ip, port)
    }
}

/// Send sequence space (RFC 9293 §3.3.1, figure 3). `SND.UP` is kept with what is [urgent](Urgent).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SendSpace {
    /// `ISS`: initial send sequence number.
    pub(super) iss: Seq,
    /// True while our SYN is not acknowledged: it has the number `iss`.
    pub(super) syn: bool,
    /// `SND.UNA`: oldest unacknowledged sequence number.
    pub(super) una: Seq,
    /// `SND.NXT`: next sequence number to be sent for the first time.
    pub(super) nxt: Seq,
    /// Past the last octet that the program has sent; the FIN, where there is one, has this number.
    pub(super) end: Seq,
    /// True once the program closed its sending side: a FIN follows the last octet.
    pub(super) fin: bool,
    /// `SND.WND`: the window the peer offers, from `una` on.
    pub(super) wnd: u32,
    /// `SND.WL1`: sequence number of the segment that last moved the window.
    pub(super) wl1: Seq,
    /// `SND.WL2`: acknowledgment number of the segment that last moved the window.
    pub(super) wl2: Seq,
    /// `Max(SND.WND)`: the largest window the peer ever offered (RFC 9293 §3.8.6.2.1, RFC 5961 §5).
    pub(super) max_wnd: u32,
    /// `Snd.Wind.Shift`: how far the windows that the peer offers are shifted (RFC 7323 §2.3).
    pub(super) shift: u8,
    /// `SendMSS`: the largest segment that the peer takes, as its SYN said.
    pub(super) peer_mss: u32,
    /// The largest segment that the path lets through, where a router has told.
    pub(super) path: Option<Box<PathMtu>>,
    /// `Eff.snd.MSS`: octets of text in a full segment (RFC 9293 §3.7.1).
    pub(super) mss: u32,
    /// Past the last segment that was not full: the next small one waits for its ACK (Minshall).
    pub(super) small: Seq,
    /// When text was last sent.
    pub(super) last: Time,
    /// The program says that more follows (`MSG_MORE`): a part of a segment waits for it, until the next ACK.
    pub(super) more: bool,
    /// What is before this does not wait any more, although the socket is corked.
    pub(super) pushed: Seq,
    /// Past the last octet of the last send that did not say that more follows: a segment that ends here is pushed.
    pub(super) push: Seq,
}

/// Receive sequence space (RFC 9293 §3.3.1, figure 4). `RCV.UP` is kept with what is [urgent](Urgent).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReceiveSpace {
    /// `IRS`: initial receive sequence number.
    pub(super) irs: Seq,
    /// `RCV.NXT`: next sequence number expected.
    pub(super) nxt: Seq,
    /// `RCV.WND`: the window we offered, what remains of it from `nxt` on.
    pub(super) wnd: u32,
    /// `Rcv.Wind.Shift`: how far the windows that we offer are shifted (RFC 7323 §2.3).
    /// `None` where windows are not scaled.
    pub(super) shift: Option<u8>,
    /// `Last.ACK.sent`: the last acknowledgment number we sent.
    pub(super) acked: Seq,
    /// When text last came; [`Time::NEVER`] before any did.
    pub(super) last: Time,
    /// ACKs that are still to go out at once, although they might wait.
    pub(super) quick_acks: u32,
}

/// What has to be sent at the next chance, besides what the sequence spaces tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owed {
    /// A RST, ready made.
    pub(super) reset: Option<Box<(Segment, Reason)>>,
    /// An ACK, and why.
    pub(super) ack: Option<Reason>,
    /// A probe of the window: the persist timer ran out.
    pub(super) probe: bool,
    /// A tail loss probe: its timer ran out.
    pub(super) tail_probe: bool,
    /// Text went out, or an ACK moved on: a tail loss probe is due anew.
    pub(super) tail_schedule: bool,
    /// Text went out for the first time since the connection was last drained.
    pub(super) used: bool,
    /// Nothing was in flight when the first of the segments that go out now was sent.
    pub(super) burst: bool,
    /// The ACK of our SYN,ACK came, and was not taken yet (`TCP_DEFER_ACCEPT`).
    pub(super) deferred: bool,
    /// Since when suspicious segments are counted, and how many of them were answered.
    pub(super) challenged: Option<Box<(Time, u32)>>,
}

/// What `TCP_INFO` counts from the beginning on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    /// Segments and octets sent again.
    pub(super) resent: u32,
    pub(super) bytes_resent: u64,
    /// Octets acknowledged.
    pub(super) bytes_acked: u64,
    /// Reports of octets that came twice.
    pub(super) twice: u32,
}

/// Probes since the window closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Probes {
    pub(super) sent: u32,
    pub(super) unanswered: u32,
}

impl Connection {
    /// A connection in `state` that has sent and received nothing.
    pub(super) fn new(
        config: Shared<Config>,
        sock: Sock,
        local: SocketAddr,
        remote: SocketAddr,
        iss: Seq,
        state: State,
        now: Time,
    ) -> Connection {
        let config = Config::of_connection(config);
        let mss = u32::from(config.mss).max(1);
        Connection {
            sock,
            local: End(local.ip(), local.port()),
            remote: End(remote.ip(), remote.port()),
            state,
            active: state == State::Closed,
            snd: SendSpace {
                iss,
                syn: true,
                una: iss,
                nxt: iss,
                small: iss,
                end: iss + 1,
                pushed: iss,
                push: iss,
                peer_mss: mss,
                mss,
                ..SendSpace::default()
            },
            rcv: ReceiveSpace { last: Time::NEVER, ..ReceiveSpace::default() },
            send_buffer: SendBuffer::default(),
            receive_buffer: ReceiveBuffer::default(),
            reassembly: Rare::default(),
            sack_permitted: false,
            sack: Rare::default(),
            sent: Scoreboard::default(),
            rto: Rto::new(&config),
            rack: Rack::default(),
            totals: Totals::default(),
            congestion: Congestion::new(&config, mss),
            recovery: Recovery::new(iss),
            timestamps: Timestamps::new(&config, iss, now),
            marks: Marks::default(),
            fast_open: Rare::default(),
            urgent: None,
            records: None,
            timers: Timers::default(),
            config,
            owed: Owed::default(),
            attempts: 0,
            probes: Probes::default(),
            silence: Silence::default(),
            error: None,
            soft_error: None,
            reading_shut: false,
            released: false,
            shown: None,
        }
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        self.state
    }
    /// Its number in the trace.
    pub fn sock(&self) -> Sock {
        self.sock
    }
    /// Our address and port.
    pub fn local(&self) -> SocketAddr {
        self.local.into()
    }
    /// The UDP port of the peer to which its segments go in datagrams; 0: they travel as they are.
    pub(crate) fn remote_udp_port(&self) -> u16 {
        self.config.remote_udp_port
    }
    /// The peer's address and port.
    pub fn remote(&self) -> SocketAddr {
        self.remote.into()
    }
    /// The address of each end, ours first.
    pub(crate) fn addresses(&self) -> (IpAddr, IpAddr) {
        (self.local.0, self.remote.0)
    }
    /// Whether these are its ends: address and port, ours first.
    pub(crate) fn is_between(&self, local: (IpAddr, u16), remote: (IpAddr, u16)) -> bool {
        self.local.1 == local.1
            && self.remote.1 == remote.1
            && self.local.0 == local.0
            && self.remote.0 == remote.0
    }
    /// The variables at this instant.
    pub fn variables(&self) -> Variables {
        Variables {
            iss: self.snd.iss,
            snd_una: self.snd.una,
            snd_nxt: self.snd.nxt,
            snd_wnd: self.snd.wnd,
            irs: self.rcv.irs,
            rcv_nxt: self.rcv.nxt,
            rcv_wnd: self.rcv.wnd,
            cwnd: self.congestion.cwnd,
            ssthresh: self.congestion.ssthresh,
            srtt: self.rto.srtt(),
            rto: self.rto.current(&self.config),
            phase: self.recovery.phase,
            pipe: self.pipe(),
            sacked: self.sent.sacked(),
            lost: self.sent.lost(),
            reordering: self.rack.distance(),
            send_buffered: self.send_buffer.len(),
            recv_buffered: self.receive_buffer.len(),
            reassembly: self.reassembly.len(),
        }
    }
    /// When [`handle_timeout`](Connection::handle_timeout) is to be called; `None` while no timer runs.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Moves along an arc of the state diagram. That there is none is a bug of ours, not of any input.
    pub(super) fn transition(&mut self, trigger: Trigger, cx: &mut Cx) {
        let from = self.state;
        let arc = from.after(trigger);
        self.state = arc.unwrap_or_else(|| panic!("no arc leads away from {from} by {trigger:?}"));
        cx.emit(|| Kind::State { sock: self.sock, from, to: self.state, trigger });
        match self.state {
            State::TimeWait => self.begin_time_wait(cx),
            State::FinWait2 => self.limit_fin_wait_2(cx),
            State::Closed => self.forget(cx),
            _ => {}
        }
    }
    /// Ends the connection with an error that the program will be told.
    pub(super) fn fail(&mut self, error: Errno, trigger: Trigger, cx: &mut Cx) {
        self.error = Some(error);
        self.transition(trigger, cx);
    }
    /// "Enter the TIME-WAIT state, start the time-wait timer, turn off the other timers."
    pub(super) fn begin_time_wait(&mut self, cx: &mut Cx) {
        self.stop_timer(Timer::Retransmit, cx);
        self.stop_timer(Timer::Persist, cx);
        self.stop_timer(Timer::TailProbe, cx);
        self.stop_timer(Timer::Reordering, cx);
        self.stop_timer(Timer::FinWait2, cx);
        self.set_timer(Timer::TimeWait, self.config.msl * 2, cx);
    }
    /// "Delete the TCB", except for what arrived in order: the program may still read it.
    fn forget(&mut self, cx: &mut Cx) {
        self.stop_every_timer(cx);
        self.send_buffer.clear();
        self.reassembly = Rare::default();
        self.owed = Owed::default();
        self.recovery = Recovery::new(self.snd.nxt);
        self.sent = Scoreboard::default();
        self.snd.end = self.snd.nxt;
        self.snd.fin = false;
    }

    /// Records the rule that was applied to the segment that arrived.
    pub(super) fn rule(&self, reason: Reason, cx: &mut Cx) {
        cx.emit(|| Kind::Rule { sock: self.sock, reason });
    }
    /// Records the variables and the fill of the buffers, where they changed.
    #[inline]
    pub(crate) fn show(&mut self, cx: &mut Cx) {
        if cx.log.is_on() {
            self.show_changes(cx);
        }
    }
    fn show_changes(&mut self, cx: &mut Cx) {
        let (sock, variables) = (self.sock, self.variables());
        let shown = self.shown.get_or_insert_default();
        let before = shown.buffered();
        if !shown.update(variables) {
            return;
        }
        let (send, recv) = shown.buffered();
        if (send, recv) != before {
            cx.emit(|| Kind::Buffered { sock, send, recv });
        }
        cx.emit(|| Kind::Variables { sock, variables: Snapshot::clone(shown) });
    }

    /// What holds between any two calls.
    pub(super) fn check(&self) {
        let snd = &self.snd;
        debug_assert!(snd.una.at_or_before(snd.nxt), "SND.UNA =< SND.NXT");
        debug_assert!(snd.nxt.at_or_before(self.send_end()), "nothing is sent that nobody asked for");
        debug_assert!(
            self.state == State::Closed || self.sent.spans(snd.una, snd.nxt),
            "the scoreboard holds what is in flight"
        );
        debug_assert!(
            self.reassembly.len() <= self.acceptable_window(),
            "what waits for a hole to be filled lies in the window"
        );
        debug_assert!(self.congestion.cwnd >= snd.mss, "a segment may always go");
    }
}
