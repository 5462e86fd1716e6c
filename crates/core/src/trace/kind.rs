//! Everything that can happen, layer by layer.

use super::{Node, NodeInfo, Sock, Task};
use crate::program::{Call, Fd, Notice, SocketKind};
use crate::shared::Shared;
use crate::tcp::{Reason, Snapshot, State, TcpInfo, Timer, Trigger};
use crate::time::{Span, Time};
use crate::wire::{Packet, PacketId};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// A directed link: `2 * i` and `2 * i + 1` are the two directions of link `i` of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkId(pub u16);

/// What happened. The node of the event is the host, switch or router where it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    // Programs.
    /// A program began, or a thread of one.
    Started {
        /// The new task.
        task: Task,
        /// Its name among the header's sources.
        program: Box<str>,
        /// The task that spawned it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Task>,
    },
    /// A program asked for something. Until the notice that this event causes, it is blocked in the call.
    Call {
        /// Who asked.
        task: Task,
        /// Which step of the program it is: an index into the steps of its source.
        step: u16,
        /// What it asked.
        call: Shared<Call>,
    },
    /// A program was told the outcome of the call that caused this.
    Notice {
        /// Who was told.
        task: Task,
        /// What it was told.
        notice: Notice,
    },
    /// A program ended.
    Exited {
        /// Who ended.
        task: Task,
        /// 0 where all went well.
        code: u8,
    },

    // The socket table.
    /// A socket came to be.
    Opened {
        /// The socket.
        sock: Sock,
        /// Stream or datagram.
        kind: SocketKind,
        /// Its descriptor; absent for a connection that waits in a listen queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fd: Option<Fd>,
        /// The welcoming socket it was born of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        listener: Option<Sock>,
    },
    /// A socket has a local address and port from now on.
    Bound {
        /// The socket.
        sock: Sock,
        /// Its local address and port.
        local: Box<SocketAddr>,
        /// True where no `bind` asked for it: the system chose the port.
        implicit: bool,
    },
    /// A socket has a peer from now on.
    Connected {
        /// The socket.
        sock: Sock,
        /// Its local address and port.
        local: Box<SocketAddr>,
        /// The peer's.
        remote: Box<SocketAddr>,
    },
    /// A socket welcomes clients from now on.
    Listening {
        /// The socket.
        sock: Sock,
        /// How many finished connections may wait.
        backlog: u32,
    },
    /// The queues of a welcoming socket changed.
    Backlog {
        /// The welcoming socket.
        sock: Sock,
        /// Connections in SYN-RECEIVED.
        syn: u32,
        /// Finished connections that wait for `accept()`.
        accept: u32,
    },
    /// A waiting connection was handed to the program.
    Accepted {
        /// The connection socket.
        sock: Sock,
        /// Its descriptor.
        fd: Fd,
    },
    /// The fill of a socket's buffers changed.
    Buffered {
        /// The socket.
        sock: Sock,
        /// Bytes in the send buffer.
        send: u32,
        /// Bytes in the receive buffer that the program can take.
        recv: u32,
    },
    /// A descriptor more stands for a socket of this program: by `dup()`, or out of a message (`SCM_RIGHTS`).
    Duplicate {
        /// The socket.
        sock: Sock,
        /// The new descriptor.
        fd: Fd,
    },
    /// The socket is one that another program has too: it was inherited by `fork()`, or handed over.
    Shared {
        /// The socket.
        sock: Sock,
        /// The program that had it first.
        with: Node,
        /// The same socket there.
        of: Sock,
    },
    /// The program let go of its descriptor; a TCP connection may live on.
    Released {
        /// The socket.
        sock: Sock,
        /// The descriptor, free from now on.
        fd: Fd,
    },
    /// The socket is gone from the table.
    Removed {
        /// The socket.
        sock: Sock,
    },

    // TCP.
    /// A connection changed its state along an arc of the diagram.
    State {
        /// The socket.
        sock: Sock,
        /// State before.
        from: State,
        /// State after.
        to: State,
        /// What moved it.
        trigger: Trigger,
    },
    /// A rule decided something about the segment that caused this.
    Rule {
        /// The socket.
        sock: Sock,
        /// The rule.
        reason: Reason,
    },
    /// The control block after a change.
    Variables {
        /// The socket.
        sock: Sock,
        /// Its variables.
        variables: Snapshot,
    },
    /// What the system tells of a connection when it is asked (`TCP_INFO`): a sample, not a change.
    Info {
        /// The socket.
        sock: Sock,
        /// What it told.
        info: Box<TcpInfo>,
    },
    /// A timer was set, or set anew.
    TimerSet {
        /// The socket.
        sock: Sock,
        /// Which timer.
        timer: Timer,
        /// When it will run out.
        due: Time,
    },
    /// A timer was stopped.
    TimerStopped {
        /// The socket.
        sock: Sock,
        /// Which timer.
        timer: Timer,
    },
    /// A timer ran out.
    TimerFired {
        /// The socket.
        sock: Sock,
        /// Which timer.
        timer: Timer,
    },

    // Packets at a host.
    /// A host sent a packet.
    Sent {
        /// The socket it came from; absent for answers of the host itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sock: Option<Sock>,
        /// Why.
        reason: Reason,
        /// The packet.
        packet: Box<Packet>,
    },
    /// A packet reached a host and, where it found one, a socket.
    Arrived {
        /// The socket it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sock: Option<Sock>,
        /// The packet.
        packet: PacketId,
    },
    /// A host threw an arrived packet away.
    Discarded {
        /// The socket it was for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sock: Option<Sock>,
        /// The packet.
        packet: PacketId,
        /// Why.
        why: Discard,
    },

    // Captures.
    /// Packets are captured at a point from now on.
    CapturePoint {
        /// Its number: 0, 1, 2 …
        point: u16,
        /// Its name: that of an interface.
        name: Box<str>,
    },
    /// A packet passed a point where packets are captured; the node of the event is the host of its source address. When it
    /// was sent, and whether it arrived, is not known: where nothing else tells, a view draws it as of this time. What this
    /// event causes is inferred from the packet. Where the same packet passes another point it has the same number.
    Captured(Box<Passage>),

    // Links.
    /// A packet was put on a link.
    Queued {
        /// The directed link.
        link: LinkId,
        /// The packet.
        packet: PacketId,
        /// 0, or the number of the duplicate.
        copy: u8,
        /// When its last bit has left the queue for the wire.
        leaves: Time,
        /// When it reaches the other end.
        arrives: Time,
        /// Bytes in the queue, this packet included.
        queue: u32,
    },
    /// A packet was lost on a link.
    Dropped {
        /// The directed link.
        link: LinkId,
        /// The packet.
        packet: PacketId,
        /// 0, or the number of the duplicate.
        copy: u8,
        /// Why.
        why: LinkDrop,
        /// When it was, or would have been, lost on the way: where a view draws the cross.
        at: Time,
    },
    /// A link made a second packet out of one.
    Duplicated {
        /// The directed link.
        link: LinkId,
        /// The packet.
        packet: PacketId,
        /// The number of the new duplicate: 1, 2 …
        copy: u8,
    },
    /// A link flipped a bit.
    Corrupted {
        /// The directed link.
        link: LinkId,
        /// The packet.
        packet: PacketId,
        /// 0, or the number of the duplicate.
        copy: u8,
        /// Which bit of the packet, counted from the first bit of the IP header.
        bit: u32,
    },
    /// A link whose queue is long marked a packet with "congestion experienced" (RFC 3168) instead of dropping it later.
    Marked {
        /// The directed link.
        link: LinkId,
        /// The packet.
        packet: PacketId,
        /// 0, or the number of the duplicate.
        copy: u8,
    },
    /// A packet reached the end of a link; the node of the event is the one it reached.
    Delivered {
        /// The directed link.
        link: LinkId,
        /// The packet.
        packet: PacketId,
        /// 0, or the number of the duplicate.
        copy: u8,
    },

    // Control.
    /// A node that the header does not list: a program that began, or a peer that was met, while the trace was being
    /// written. The node of the event is its number, the next that is free.
    Joined {
        /// What the header would have said of it.
        info: Box<NodeInfo>,
    },
    /// Something happened that the trace does not hold.
    Omitted {
        /// What.
        what: Omission,
        /// How many of them.
        count: u64,
    },
    /// Somebody changed the course of the run.
    Intervened {
        /// How.
        action: Box<Intervention>,
    },
    /// The run is over.
    Ended {
        /// Why.
        outcome: Outcome,
    },
}

/// A packet passes a point where packets are captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The point.
    pub point: u16,
    /// The socket that sent it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sock: Option<Sock>,
    /// The host that it is for, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Node>,
    /// The socket there that it is for, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_sock: Option<Sock>,
    /// So many bytes at the end of the packet were not kept: zeros stand for them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut: u32,
    /// The packet.
    pub packet: Packet,
}

/// The layer that an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Programs: calls and notices.
    App,
    /// The socket table.
    Socket,
    /// Inside TCP.
    Tcp,
    /// Packets at a host.
    Packet,
    /// Links.
    Link,
    /// The run itself.
    Control,
}

impl Kind {
    /// The layer that it belongs to.
    pub const fn layer(&self) -> Layer {
        match self {
            Kind::Started { .. } | Kind::Call { .. } | Kind::Notice { .. } | Kind::Exited { .. } => {
                Layer::App
            }
            Kind::Opened { .. }
            | Kind::Bound { .. }
            | Kind::Connected { .. }
            | Kind::Listening { .. }
            | Kind::Backlog { .. }
            | Kind::Accepted { .. }
            | Kind::Buffered { .. }
            | Kind::Duplicate { .. }
            | Kind::Shared { .. }
            | Kind::Released { .. }
            | Kind::Removed { .. } => Layer::Socket,
            Kind::State { .. }
            | Kind::Rule { .. }
            | Kind::Variables { .. }
            | Kind::Info { .. }
            | Kind::TimerSet { .. }
            | Kind::TimerStopped { .. }
            | Kind::TimerFired { .. } => Layer::Tcp,
            Kind::Sent { .. }
            | Kind::Arrived { .. }
            | Kind::Discarded { .. }
            | Kind::CapturePoint { .. }
            | Kind::Captured(_) => Layer::Packet,
            Kind::Queued { .. }
            | Kind::Dropped { .. }
            | Kind::Duplicated { .. }
            | Kind::Corrupted { .. }
            | Kind::Marked { .. }
            | Kind::Delivered { .. } => Layer::Link,
            Kind::Joined { .. } | Kind::Omitted { .. } | Kind::Intervened { .. } | Kind::Ended { .. } => {
                Layer::Control
            }
        }
    }
}

/// Why a host threw an arrived packet away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discard {
    /// A checksum does not fit: the packet was damaged on its way.
    BadChecksum,
    /// The header makes no sense.
    Malformed,
    /// No interface of this host has the destination address.
    NotForUs,
    /// No socket has the destination port.
    NoSocket,
    /// The receive queue of the socket is full.
    ReceiveQueueFull,
    /// The socket is connected to another peer.
    WrongPeer,
    /// The SYN queue of the welcoming socket is full.
    SynQueueFull,
    /// The accept queue of the welcoming socket is full.
    AcceptQueueFull,
    /// TCP has no use for the segment; the rule before this event says why.
    Unacceptable,
    /// An ICMP message that no socket acts on: its socket is not connected, or the message is only a hint.
    Advisory,
    /// The host has crashed.
    HostDown,
}

/// Why a packet was lost on a link or at a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkDrop {
    /// Random loss.
    Loss,
    /// The queue before the wire was full.
    QueueFull,
    /// The packet is longer than the link's MTU.
    TooLong,
    /// The link is cut.
    Cut,
    /// Somebody dropped this very packet.
    Intervention,
    /// Its time to live ran out at a router.
    Expired,
    /// No way leads to the destination.
    NoRoute,
}

/// What a recorder had to leave out of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Omission {
    /// Bytes of the call or notice that caused this, beyond those that the recorder keeps of one.
    Bytes,
    /// Calls on sockets for which the trace has no word.
    Calls,
    /// Events from here to the end of the run: there was no room for more.
    Events,
    /// Packets of a capture: of other protocols, fragments, damaged ones, and those that the capture missed.
    Packets,
}

/// A change to the course of a run, made from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intervention {
    /// Lose this packet on the first link it enters.
    Drop {
        /// The packet.
        packet: PacketId,
    },
    /// Hold this packet up on the first link it enters.
    Delay {
        /// The packet.
        packet: PacketId,
        /// How much longer it takes.
        by: Span,
    },
    /// Make a second packet out of this one on the first link it enters.
    Duplicate {
        /// The packet.
        packet: PacketId,
    },
    /// Flip the last bit of this packet on the first link it enters.
    Corrupt {
        /// The packet.
        packet: PacketId,
    },
    /// Cut both directions of a link: packets on it and put on it are lost.
    Cut {
        /// The link: its place in the header's list.
        link: u16,
    },
    /// Mend a cut link.
    Mend {
        /// The link: its place in the header's list.
        link: u16,
    },
    /// Switch the faults of a link off, both ways: from now on it loses, duplicates, reorders and damages nothing, and takes
    /// the same time for every packet. Its rate, its queue and its MTU stay.
    Calm {
        /// The link: its place in the header's list.
        link: u16,
    },
    /// Cut every link of a host, switch or router.
    Unplug {
        /// Its place in the header's list.
        node: u16,
    },
    /// Mend every link of a host, switch or router.
    Plug {
        /// Its place in the header's list.
        node: u16,
    },
    /// A host loses its power: its programs and sockets are gone, and nothing is sent.
    Crash {
        /// The host: its place in the header's list.
        node: u16,
    },
    /// The programs of this name on a host end at once, as `kill -9` ends them: the system closes their sockets.
    Kill {
        /// The host: its place in the header's list.
        node: u16,
        /// The name of the program.
        program: Box<str>,
    },
    /// From now on the programs of this name on a host take so long over whatever they receive before they go on.
    Slow {
        /// The host: its place in the header's list.
        node: u16,
        /// The name of the program.
        program: Box<str>,
        /// How long; none makes them as quick as they were.
        by: Span,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every program that ends has ended, and nothing is left to happen.
    Done,
    /// Nothing is left to happen, but programs still wait (servers do).
    Idle,
    /// The time limit was reached.
    TimeLimit,
    /// The limit on the number of events was reached.
    EventLimit,
    /// The user stopped it.
    Interrupted,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}
