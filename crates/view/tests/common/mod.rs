//! Small traces written by hand: what the views have to show, without an engine.
#![allow(dead_code, unreachable_pub, reason = "every test file uses a part of it")]

pub mod golden;
pub mod scenes;

use sockscope_core::errno::Errno;
use sockscope_core::program::{Call, Family, Fd, Notice, RecvFlags, SendFlags, SocketKind};
use sockscope_core::seq::Seq;
use sockscope_core::tcp::{Reason, State, Trigger};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::*;
use sockscope_core::wire::*;
use std::net::SocketAddr;

pub const CLIENT: Node = Node(0);
pub const SERVER: Node = Node(1);
pub const DELAY: Span = Span::from_millis(20);

/// Writes a trace between a client and a server.
pub struct Script {
    log: Log,
    now: Time,
    links: bool,
    packets: u64,
}

pub fn client(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}
pub fn server(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 2], port))
}

impl Script {
    pub fn new() -> Script {
        Script { log: Log::recording(), now: Time::ZERO, links: true, packets: 0 }
    }
    pub fn native() -> Script {
        Script { links: false, ..Script::new() }
    }
    pub fn at(&mut self, us: u64) -> &mut Script {
        self.now = Time::ZERO + Span::from_micros(us);
        self
    }
    pub fn emit(&mut self, node: Node, kind: Kind) -> &mut Script {
        self.log.push(self.now, Some(node), None, kind);
        self
    }
    pub fn call(&mut self, node: Node, step: u16, call: Call) -> &mut Script {
        self.emit(node, Kind::Call { task: Task(node.0.into()), step, call: call.into() })
    }
    pub fn notice(&mut self, node: Node, notice: Notice) -> &mut Script {
        self.emit(node, Kind::Notice { task: Task(node.0.into()), notice })
    }
    pub fn start(&mut self, node: Node, program: &str) -> &mut Script {
        let program = program.into();
        self.emit(node, Kind::Started { task: Task(node.0.into()), program, parent: None })
    }
    pub fn socket(&mut self, node: Node, kind: SocketKind) -> &mut Script {
        let (sock, fd) = (Sock(0), Fd(3));
        self.call(node, 0, Call::Socket { kind, family: Family::Inet })
            .emit(node, Kind::Opened { sock, kind, fd: Some(fd), listener: None })
            .notice(node, Notice::Socket(fd))
    }
    pub fn bind(&mut self, node: Node, local: SocketAddr) -> &mut Script {
        self.call(node, 1, Call::Bind { fd: Fd(3), addr: local })
            .emit(node, Kind::Bound { sock: Sock(0), local: local.into(), implicit: false })
            .notice(node, Notice::Done)
    }
    pub fn state(&mut self, node: Node, sock: u32, from: State, trigger: Trigger) -> &mut Script {
        let to = from.after(trigger).expect("an arc of the diagram");
        self.emit(node, Kind::State { sock: Sock(sock), from, to, trigger })
    }
    /// Sends a packet; it arrives after [`DELAY`], or is lost halfway.
    pub fn send(
        &mut self,
        from: Node,
        sock: Option<u32>,
        reason: Reason,
        body: Body,
        lost: bool,
    ) -> PacketId {
        let (src, dst) = if from == CLIENT { (client(0), server(0)) } else { (server(0), client(0)) };
        self.packets += 1;
        let id = PacketId(u64::from(from.0) << 32 | self.packets);
        let packet = Packet { id, src: src.ip(), dst: dst.ip(), ttl: 64, tos: 0, body };
        self.emit(from, Kind::Sent { sock: sock.map(Sock), reason, packet: packet.into() });
        let link = LinkId(from.0);
        let arrives = self.now + DELAY;
        if lost {
            let at = self.now + DELAY / 2;
            self.emit(from, Kind::Dropped { link, packet: id, copy: 0, why: LinkDrop::Loss, at });
        } else {
            let leaves = self.now;
            self.emit(from, Kind::Queued { link, packet: id, copy: 0, leaves, arrives, queue: 0 });
        }
        id
    }
    pub fn arrive(&mut self, packet: PacketId, sock: Option<u32>) -> &mut Script {
        let (to, link) = if packet.0 >> 32 == 0 { (SERVER, LinkId(0)) } else { (CLIENT, LinkId(1)) };
        self.emit(to, Kind::Delivered { link, packet, copy: 0 });
        self.emit(to, Kind::Arrived { sock: sock.map(Sock), packet })
    }
    pub fn finish(&mut self, title: &str) -> Trace {
        let node = |name: &str, addr: SocketAddr| NodeInfo {
            name: name.into(),
            kind: NodeKind::Host,
            addresses: vec![addr.ip()],
        };
        let header = Header {
            format: FORMAT,
            engine: "test".into(),
            clock: if self.links { Clock::Virtual } else { Clock::Monotonic },
            title: title.into(),
            seed: "1".into(),
            scenario: None,
            programs: vec![],
            nodes: vec![node("client", client(0)), node("server", server(0))],
            links: if self.links { vec![LinkInfo { a: 0, b: 1 }] } else { vec![] },
            sources: vec![],
        };
        Trace { header, events: self.log.take() }
    }
}

fn send(fd: u32, data: &str) -> Call {
    Call::Send { fd: Fd(fd), data: data.into(), flags: SendFlags::NONE }
}

fn send_to(fd: u32, data: &str, to: SocketAddr) -> Call {
    Call::SendTo { fd: Fd(fd), data: data.into(), to, flags: SendFlags::NONE }
}

fn recv(fd: u32, max: u32) -> Call {
    Call::Recv { fd: Fd(fd), max, flags: RecvFlags::NONE }
}

fn recv_from(fd: u32, max: u32) -> Call {
    Call::RecvFrom { fd: Fd(fd), max, flags: RecvFlags::NONE }
}

pub fn datagram(src_port: u16, dst_port: u16, text: &str) -> Body {
    Body::Udp(Datagram { src_port, dst_port, payload: text.into() })
}
pub fn segment(ports: (u16, u16), flags: Flags, seq: u32, ack: u32, text: &str) -> Body {
    Body::Tcp(Segment {
        src_port: ports.0,
        dst_port: ports.1,
        seq: Seq::new(seq),
        ack: Seq::new(ack),
        flags,
        wnd: 65535,
        payload: text.into(),
        ..Segment::default()
    })
}

/// The note's UDP exchange; the first request is lost where `lossy`, and asked again after a second.
pub fn udp() -> Trace {
    let mut s = Script::new();
    s.start(SERVER, "udp_server").socket(SERVER, SocketKind::Datagram).bind(SERVER, server(12000));
    s.call(SERVER, 2, recv_from(3, 2048));
    udp_client(&mut s);
    s.emit(CLIENT, Kind::Bound { sock: Sock(0), local: client(49152).into(), implicit: true });
    let request = s.send(CLIENT, Some(0), Reason::Datagram, datagram(49152, 12000, "hello"), false);
    s.notice(CLIENT, Notice::Sent(5)).call(CLIENT, 2, recv_from(3, 2048));
    s.at(20_000).arrive(request, Some(0));
    s.notice(SERVER, Notice::ReceivedFrom { data: "hello".into(), from: client(49152).into() });
    s.call(SERVER, 3, send_to(3, "HELLO", client(49152)));
    let answer = s.send(SERVER, Some(0), Reason::Datagram, datagram(12000, 49152, "HELLO"), false);
    s.notice(SERVER, Notice::Sent(5)).call(SERVER, 2, recv_from(3, 2048));
    s.at(40_000).arrive(answer, Some(0));
    s.notice(CLIENT, Notice::ReceivedFrom { data: "HELLO".into(), from: server(12000).into() });
    udp_end(&mut s);
    s.finish("UDP: one request, one answer")
}

fn udp_client(s: &mut Script) {
    s.start(CLIENT, "udp_client").socket(CLIENT, SocketKind::Datagram);
    s.call(CLIENT, 1, send_to(3, "hello", server(12000)));
}

fn udp_end(s: &mut Script) {
    s.call(CLIENT, 3, Call::Print { text: "HELLO".into() }).notice(CLIENT, Notice::Done);
    s.call(CLIENT, 4, Call::Close { fd: Fd(3) });
    s.emit(CLIENT, Kind::Released { sock: Sock(0), fd: Fd(3) }).emit(CLIENT, Kind::Removed { sock: Sock(0) });
    s.notice(CLIENT, Notice::Done).call(CLIENT, 5, Call::Exit { code: 0 });
    s.emit(CLIENT, Kind::Exited { task: Task(0), code: 0 });
}

/// The same over real sockets: calls and their outcomes, nothing else.
pub fn native_udp() -> Trace {
    let mut s = Script::native();
    s.start(SERVER, "udp_server").socket(SERVER, SocketKind::Datagram).bind(SERVER, server(12000));
    s.call(SERVER, 2, recv_from(3, 2048));
    s.at(150);
    udp_client(&mut s);
    s.notice(CLIENT, Notice::Sent(5)).call(CLIENT, 2, recv_from(3, 2048));
    s.at(190).notice(SERVER, Notice::ReceivedFrom { data: "hello".into(), from: client(49152).into() });
    s.call(SERVER, 3, send_to(3, "HELLO", client(49152)));
    s.at(205).notice(SERVER, Notice::Sent(5)).call(SERVER, 2, recv_from(3, 2048));
    s.at(240).notice(CLIENT, Notice::ReceivedFrom { data: "HELLO".into(), from: server(12000).into() });
    udp_end(&mut s);
    s.finish("UDP over real sockets")
}

/// A handshake whose first SYN is lost, one request and its answer, and the close.
pub fn lost_syn() -> Trace {
    use Trigger::*;
    let mut s = Script::new();
    s.start(SERVER, "tcp_server").socket(SERVER, SocketKind::Stream).bind(SERVER, server(12000));
    s.call(SERVER, 2, Call::Listen { fd: Fd(3), backlog: 1 });
    s.state(SERVER, 0, State::Closed, PassiveOpen);
    s.emit(SERVER, Kind::Listening { sock: Sock(0), backlog: 1 }).notice(SERVER, Notice::Done);
    s.call(SERVER, 3, Call::Accept { fd: Fd(3) });
    s.start(CLIENT, "tcp_client").socket(CLIENT, SocketKind::Stream);
    s.call(CLIENT, 1, Call::Connect { fd: Fd(3), to: server(12000) });
    s.emit(CLIENT, Kind::Bound { sock: Sock(0), local: client(49152).into(), implicit: true });
    s.state(CLIENT, 0, State::Closed, ActiveOpen);
    let out = (49152, 12000);
    let back = (12000, 49152);
    let ack = Flags::ACK;
    s.send(CLIENT, Some(0), Reason::SynOfConnect, segment(out, Flags::SYN, 1000, 0, ""), true);
    s.at(1_000_000);
    let syn = s.send(CLIENT, Some(0), Reason::Retransmission, segment(out, Flags::SYN, 1000, 0, ""), false);
    s.at(1_020_000).arrive(syn, Some(0));
    let child = Kind::Opened { sock: Sock(1), kind: SocketKind::Stream, fd: None, listener: Some(Sock(0)) };
    s.emit(SERVER, child);
    s.emit(
        SERVER,
        Kind::Connected { sock: Sock(1), local: server(12000).into(), remote: client(49152).into() },
    );
    s.state(SERVER, 1, State::Listen, Syn);
    let both = Flags::SYN.with(ack);
    let syn_ack = s.send(SERVER, Some(1), Reason::SynAckOfListen, segment(back, both, 7000, 1001, ""), false);
    s.at(1_040_000).arrive(syn_ack, Some(0)).state(CLIENT, 0, State::SynSent, SynAck);
    let last = s.send(CLIENT, Some(0), Reason::AckNow, segment(out, ack, 1001, 7001, ""), false);
    s.notice(CLIENT, Notice::Done).call(CLIENT, 2, send(3, "hello"));
    let push = ack.with(Flags::PSH);
    let data = s.send(CLIENT, Some(0), Reason::NewData, segment(out, push, 1001, 7001, "hello"), false);
    s.notice(CLIENT, Notice::Sent(5)).call(CLIENT, 3, recv(3, 1024));
    s.at(1_060_000).arrive(last, Some(1)).state(SERVER, 1, State::SynReceived, AckOfSyn);
    s.emit(SERVER, Kind::Accepted { sock: Sock(1), fd: Fd(4) });
    s.notice(SERVER, Notice::Accepted { fd: Fd(4), peer: client(49152).into() });
    s.call(SERVER, 4, recv(4, 1024));
    s.arrive(data, Some(1)).notice(SERVER, Notice::Received("hello".into()));
    s.call(SERVER, 5, send(4, "HELLO"));
    let answer = s.send(SERVER, Some(1), Reason::NewData, segment(back, push, 7001, 1006, "HELLO"), false);
    s.notice(SERVER, Notice::Sent(5)).call(SERVER, 6, Call::Close { fd: Fd(4) });
    s.emit(SERVER, Kind::Released { sock: Sock(1), fd: Fd(4) });
    let fin = ack.with(Flags::FIN);
    s.state(SERVER, 1, State::Established, Close);
    let bye = s.send(SERVER, Some(1), Reason::FinOfClose, segment(back, fin, 7006, 1006, ""), false);
    s.notice(SERVER, Notice::Done).call(SERVER, 3, Call::Accept { fd: Fd(3) });
    s.at(1_080_000).arrive(answer, Some(0)).notice(CLIENT, Notice::Received("HELLO".into()));
    s.arrive(bye, Some(0)).state(CLIENT, 0, State::Established, Fin);
    let acked = s.send(CLIENT, Some(0), Reason::AckNow, segment(out, ack, 1006, 7007, ""), false);
    s.call(CLIENT, 4, Call::Print { text: "HELLO".into() }).notice(CLIENT, Notice::Done);
    s.call(CLIENT, 5, Call::Close { fd: Fd(3) }).state(CLIENT, 0, State::CloseWait, Close);
    s.emit(CLIENT, Kind::Released { sock: Sock(0), fd: Fd(3) });
    let fin2 = s.send(CLIENT, Some(0), Reason::FinOfClose, segment(out, fin, 1006, 7007, ""), false);
    s.notice(CLIENT, Notice::Done).call(CLIENT, 6, Call::Exit { code: 0 });
    s.emit(CLIENT, Kind::Exited { task: Task(0), code: 0 });
    s.at(1_100_000).arrive(acked, Some(1)).state(SERVER, 1, State::FinWait1, AckOfFin);
    s.arrive(fin2, Some(1)).state(SERVER, 1, State::FinWait2, Fin);
    let over = s.send(SERVER, Some(1), Reason::AckNow, segment(back, ack, 7007, 1007, ""), false);
    s.at(1_120_000).arrive(over, Some(0)).state(CLIENT, 0, State::LastAck, AckOfFin);
    s.emit(CLIENT, Kind::Removed { sock: Sock(0) });
    s.at(61_100_000).state(SERVER, 1, State::TimeWait, Elapsed2Msl);
    s.emit(SERVER, Kind::Removed { sock: Sock(1) });
    s.finish("TCP: the first SYN is lost")
}

/// A connected UDP client whose peer does not exist.
pub fn refused() -> Trace {
    let mut s = Script::new();
    s.start(CLIENT, "udp_client").socket(CLIENT, SocketKind::Datagram);
    s.call(CLIENT, 1, Call::Connect { fd: Fd(3), to: server(12001) });
    s.emit(
        CLIENT,
        Kind::Connected { sock: Sock(0), local: client(50000).into(), remote: server(12001).into() },
    );
    s.notice(CLIENT, Notice::Done).call(CLIENT, 2, send(3, "hello"));
    let request = s.send(CLIENT, Some(0), Reason::Datagram, datagram(50000, 12001, "hello"), false);
    s.notice(CLIENT, Notice::Sent(5)).call(CLIENT, 3, recv(3, 2048));
    s.at(20_000).arrive(request, None);
    s.emit(SERVER, Kind::Discarded { sock: None, packet: request, why: Discard::NoSocket });
    let icmp = IcmpMessage { kind: IcmpKind::PortUnreachable, quoted: "".into() };
    let answer = s.send(SERVER, None, Reason::PortUnreachable, Body::Icmp(icmp), false);
    s.at(40_000).arrive(answer, Some(0)).notice(CLIENT, Notice::Failed(Errno::ECONNREFUSED));
    s.finish("UDP: nobody has that port")
}

/// Every trace with its name.
pub fn all() -> [(&'static str, Trace); 4] {
    [("udp", udp()), ("native-udp", native_udp()), ("lost-syn", lost_syn()), ("refused", refused())]
}
