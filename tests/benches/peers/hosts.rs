//! The work over Sockscope's hosts and a link, without programs and without a world around them.

use crate::{MESSAGE, PORT};
use sockscope_core::errno::Errno;
use sockscope_core::host::{Host, HostConfig};
use sockscope_core::payload::Payload;
use sockscope_core::program::{Family, Fd, RecvFlags, SendFlags, SocketKind};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Cx, Log, Node};
use sockscope_core::wire::{Packet, codec};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As values.
    Structured,
    /// As bytes with checksums, made by the sender and checked by the receiver.
    Bytes,
}

/// What a packet is on its way.
pub trait Carried {
    /// As the sender hands it to the link.
    fn load(packet: Packet) -> Self;
    /// As the receiver takes it off the link.
    fn unload(self) -> Packet;
}

impl Carried for Packet {
    fn load(packet: Packet) -> Packet {
        packet
    }
    fn unload(self) -> Packet {
        self
    }
}

impl Carried for Payload {
    fn load(packet: Packet) -> Payload {
        codec::encode(&packet)
    }
    fn unload(self) -> Packet {
        codec::decode(self).expect("nothing is damaged")
    }
}

/// Two hosts with a link between them: 0 is the client, 1 the server.
pub struct Pair<C> {
    hosts: [Host; 2],
    delay: Span,
    /// Every packet takes as long, so a queue in the order of sending is one in the order of arrival: it is the link of the peers.
    link: VecDeque<C>,
    /// When each of them arrives, and where.
    arrivals: VecDeque<(Time, usize)>,
    now: Time,
    log: Log,
    /// How many packets were put on the link.
    pub packets: u64,
}

/// A socket of the server that welcomes clients.
#[derive(Clone, Copy)]
struct Welcome {
    fd: Fd,
    port: u16,
}

/// What a program reads at once at most: as much as the buffers of the peers hand out.
const READ: u32 = 65_536;

const CLIENT: usize = 0;
const SERVER: usize = 1;

fn address(host: usize) -> IpAddr {
    [10, 0, 0, 1 + host as u8].into()
}

impl<C: Carried> Pair<C> {
    /// Packets take `delay` for their way.
    pub fn new(delay: Span) -> Pair<C> {
        // Every port may be a client's: there may be a hundred thousand connections.
        let config = |i: usize| HostConfig {
            ephemeral: 1024..=65_535,
            ..HostConfig::new(Node(i as u16), vec![address(i)])
        };
        Pair {
            hosts: [CLIENT, SERVER].map(|i| Host::new(config(i), 1)),
            delay,
            link: VecDeque::new(),
            arrivals: VecDeque::new(),
            now: Time::ZERO,
            log: Log::off(),
            packets: 0,
        }
    }
    /// Does something on a host, and sends what follows from it.
    fn on<T>(&mut self, at: usize, act: impl FnOnce(&mut Host, &mut Cx<'_>) -> T) -> T {
        let mut cx = Cx { now: self.now, node: Node(at as u16), cause: None, log: &mut self.log };
        let result = act(&mut self.hosts[at], &mut cx);
        self.send(at);
        result
    }
    /// Sends what a host has to send.
    fn send(&mut self, at: usize) {
        let mut cx = Cx { now: self.now, node: Node(at as u16), cause: None, log: &mut self.log };
        while let Some(packet) = self.hosts[at].poll_transmit(&mut cx) {
            self.packets += 1;
            self.link.push_back(C::load(packet));
            self.arrivals.push_back((self.now + self.delay, 1 - at));
        }
        self.hosts[at].take_ready().for_each(drop);
    }
    /// Does everything that happens at the next instant, on both hosts; on which of them that was. As in a real host, and as
    /// with the peers, programs have their turn when nothing more arrives.
    fn instant(&mut self) -> [bool; 2] {
        let arrival = self.arrivals.front().map_or(Time::NEVER, |(at, _)| *at);
        let dues = self.hosts.each_ref().map(|host| host.poll_timeout().unwrap_or(Time::NEVER));
        let next = arrival.min(dues[CLIENT]).min(dues[SERVER]);
        assert!(next < Time::NEVER, "something is under way");
        self.now = self.now.max(next);
        let mut concerned = dues.map(|due| due <= self.now);
        for at in [CLIENT, SERVER] {
            if concerned[at] {
                self.on(at, |host, cx| host.handle_timeout(cx));
            }
        }
        // A host is handed all that arrives before it is asked what to send, as the peers are.
        while let Some((_, to)) = self.arrivals.pop_front_if(|(at, _)| *at <= self.now) {
            let carried = self.link.pop_front().expect("it has a time");
            concerned[to] = true;
            let mut cx = Cx { now: self.now, node: Node(to as u16), cause: None, log: &mut self.log };
            self.hosts[to].receive(carried.unload(), &mut cx);
        }
        for at in [CLIENT, SERVER] {
            if concerned[at] {
                self.send(at);
            }
        }
        concerned
    }
    fn listen(&mut self, port: u16) -> Welcome {
        let fd = self.socket(SERVER, SocketKind::Stream);
        self.bind(fd, port);
        self.on(SERVER, |host, cx| host.listen(fd, 1024, cx)).expect("nobody else listens");
        Welcome { fd, port }
    }
    fn socket(&mut self, at: usize, kind: SocketKind) -> Fd {
        self.on(at, |host, cx| host.socket(kind, Family::Inet, cx)).expect("there are descriptors")
    }
    fn bind(&mut self, fd: Fd, port: u16) {
        let addr = SocketAddr::from(([0, 0, 0, 0], port));
        self.on(SERVER, |host, cx| host.bind(fd, addr, cx)).expect("the port is free");
    }
    /// A connection: its descriptor at each end.
    fn connect(&mut self, welcome: Welcome) -> [Fd; 2] {
        let client = self.socket(CLIENT, SocketKind::Stream);
        let to = SocketAddr::new(address(SERVER), welcome.port);
        let begun = self.on(CLIENT, |host, cx| host.connect(client, to, cx));
        assert_eq!(begun, Err(Errno::EINPROGRESS));
        loop {
            if self.instant()[SERVER]
                && let Ok((server, _)) = self.on(SERVER, |host, cx| host.accept(welcome.fd, cx))
            {
                return [client, server];
            }
        }
    }
    /// Sends the message from `from` on; returns when it has arrived.
    fn pass(&mut self, from: usize, fds: [Fd; 2], message: &Payload) -> Payload {
        self.on(from, |host, cx| host.send(fds[from], message, SendFlags::default(), cx))
            .expect("there is room");
        let to = 1 - from;
        loop {
            if self.instant()[to]
                && let Ok(data) = self.on(to, |host, cx| host.recv(fds[to], 2048, RecvFlags::default(), cx))
            {
                return data;
            }
        }
    }
    /// The message there and back.
    pub fn echo(&mut self, fds: [Fd; 2], message: &Payload) {
        let echo = self.pass(CLIENT, fds, message);
        let answer = self.pass(SERVER, fds, &echo);
        assert_eq!(answer.len(), message.len());
    }
    /// One connection moves `bytes` from the client to the server.
    pub fn bulk(&mut self, bytes: usize) {
        let welcome = self.listen(PORT);
        let fds = self.connect(welcome);
        let chunk = Payload::from(vec![7; 65_536]);
        let (mut sent, mut received, mut concerned) = (0, 0, [true; 2]);
        while received < bytes {
            while concerned[CLIENT] && sent < bytes {
                let piece =
                    chunk.slice(sent % chunk.len(), chunk.len().min(sent % chunk.len() + bytes - sent));
                match self.on(CLIENT, |host, cx| host.send(fds[CLIENT], &piece, SendFlags::default(), cx)) {
                    Ok(n) => sent += n as usize,
                    Err(_) => break,
                }
            }
            while concerned[SERVER]
                && let Ok(bytes) = self.on(SERVER, |host, cx| host.recv_pieces(fds[SERVER], READ, cx, drop))
            {
                received += bytes as usize;
            }
            concerned = self.instant();
        }
    }
    /// Connect, round trip and close, `n` times.
    pub fn connections(&mut self, n: usize) {
        let (welcome, message) = (self.listen(PORT), Payload::from(&MESSAGE[..]));
        for _ in 0..n {
            let fds = self.connect(welcome);
            self.echo(fds, &message);
            for end in [CLIENT, SERVER] {
                self.on(end, |host, cx| host.close(fds[end], cx)).expect("it is open");
                while !self.link.is_empty() {
                    self.instant();
                }
            }
        }
    }
    /// A datagram there and one back, `n` times.
    pub fn datagrams(&mut self, n: usize) {
        let [client, server] = [CLIENT, SERVER].map(|at| self.socket(at, SocketKind::Datagram));
        self.bind(server, PORT);
        let (message, to) = (Payload::from(&MESSAGE[..]), SocketAddr::new(address(SERVER), PORT));
        for _ in 0..n {
            self.on(CLIENT, |host, cx| host.send_to(client, &message, to, SendFlags::default(), cx))
                .expect("it goes out");
            self.instant();
            let (data, from) = self
                .on(SERVER, |host, cx| host.recv_from(server, 2048, RecvFlags::default(), cx))
                .expect("it arrived");
            self.on(SERVER, |host, cx| host.send_to(server, &data, from, SendFlags::default(), cx))
                .expect("it goes out");
            self.instant();
            self.on(CLIENT, |host, cx| host.recv_from(client, 2048, RecvFlags::default(), cx))
                .expect("it arrived");
        }
    }
}

/// One connection moves `bytes` one way over a link of 10 ms.
pub fn bulk(bytes: usize, form: Form) -> u64 {
    fn over<C: Carried>(bytes: usize) -> u64 {
        let mut pair = Pair::<C>::new(Span::from_millis(10));
        pair.bulk(bytes);
        pair.packets
    }
    match form {
        Form::Structured => over::<Packet>(bytes),
        Form::Bytes => over::<Payload>(bytes),
    }
}

/// Connect, round trip and close, `n` times, without delay.
pub fn connections(n: usize) {
    Pair::<Packet>::new(Span::ZERO).connections(n);
}

/// A datagram there and one back, `n` times, without delay.
pub fn datagrams(n: usize) {
    Pair::<Packet>::new(Span::ZERO).datagrams(n);
}

/// A pair with so many connections over which nothing happens, and one more.
pub fn idle(connections: usize) -> (Pair<Packet>, [Fd; 2]) {
    let mut pair = Pair::<Packet>::new(Span::ZERO);
    // A client has 64,512 ports towards each of the server's.
    let welcomes = [PORT, PORT + 1].map(|port| pair.listen(port));
    for i in 0..connections {
        pair.connect(welcomes[i % 2]);
    }
    let fds = pair.connect(welcomes[0]);
    (pair, fds)
}
