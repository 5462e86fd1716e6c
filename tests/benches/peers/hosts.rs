//! The work over Sockscope's hosts and a link, without programs and without a world around them.

use crate::{MESSAGE, PORT};
use sockscope_core::errno::Errno;
use sockscope_core::host::{Host, HostConfig};
use sockscope_core::payload::Payload;
use sockscope_core::program::{Family, Fd, RecvFlags, SendFlags, SocketKind};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Cx, LinkId, Log, Node};
use sockscope_core::wire::{Packet, codec};
use sockscope_sim::impairment::Impairment;
use sockscope_sim::link::{Link, Order, Verdict};
use sockscope_sim::queue::Queue;
use std::net::{IpAddr, SocketAddr};

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As values.
    Structured,
    /// As bytes with checksums, made by the sender and checked by the receiver.
    Bytes,
}

enum Step {
    /// The packet in this place of [`Flying`].
    Arrive(usize, usize),
    ArriveBytes(usize, Vec<u8>),
    Timer(usize),
}

/// Packets on their way, in places that are used again: the agenda has small things to move.
#[derive(Default)]
struct Flying {
    places: Vec<Option<Packet>>,
    free: Vec<usize>,
}

impl Flying {
    fn put(&mut self, packet: Packet) -> usize {
        let place = self.free.pop().unwrap_or(self.places.len());
        if place == self.places.len() {
            self.places.push(Some(packet));
        } else {
            self.places[place] = Some(packet);
        }
        place
    }
    fn take(&mut self, place: usize) -> Packet {
        self.free.push(place);
        self.places[place].take().expect("it is under way")
    }
}

/// Two hosts with a link between them: 0 is the client, 1 the server.
pub struct Pair {
    hosts: [Host; 2],
    links: [Link; 2],
    agenda: Queue<Step>,
    flying: Flying,
    /// For each host the time for which the agenda has its timer.
    armed: [Option<Time>; 2],
    now: Time,
    log: Log,
    form: Form,
    /// How many packets were put on the link.
    pub packets: u64,
}

/// A socket of the server that welcomes clients.
#[derive(Clone, Copy)]
struct Welcome {
    fd: Fd,
    port: u16,
}

/// What a program reads at once, as `std::io::copy` does.
const READ: u32 = 8192;

const CLIENT: usize = 0;
const SERVER: usize = 1;

fn address(host: usize) -> IpAddr {
    [10, 0, 0, 1 + host as u8].into()
}

impl Pair {
    /// Packets take `delay` for their way.
    pub fn new(delay: Span, form: Form) -> Pair {
        // Every port may be a client's: there may be a hundred thousand connections.
        let config = |i: usize| HostConfig {
            ephemeral: 1024..=65_535,
            ..HostConfig::new(Node(i as u16), vec![address(i)])
        };
        let host = |i| Host::new(config(i), 1);
        let impairment = Impairment { delay, ..Impairment::default() };
        Pair {
            hosts: [host(CLIENT), host(SERVER)],
            links: [0, 1].map(|i| Link::new(1, LinkId(i), impairment)),
            agenda: Queue::new(),
            flying: Flying::default(),
            armed: [None; 2],
            now: Time::ZERO,
            log: Log::off(),
            form,
            packets: 0,
        }
    }
    /// Does something on a host, and sends what follows from it.
    fn on<T>(&mut self, at: usize, act: impl FnOnce(&mut Host, &mut Cx<'_>) -> T) -> T {
        let mut cx = Cx { now: self.now, node: Node(at as u16), cause: None, log: &mut self.log };
        let result = act(&mut self.hosts[at], &mut cx);
        while let Some(packet) = self.hosts[at].poll_transmit(&mut cx) {
            let verdict = self.links[at].offer(self.now, packet.len() as u32, 0, Order::default());
            let Verdict::Taken(passage) = verdict else { continue };
            self.packets += 1;
            let step = match self.form {
                Form::Structured => Step::Arrive(1 - at, self.flying.put(packet)),
                Form::Bytes => Step::ArriveBytes(1 - at, codec::encode(&packet)),
            };
            self.agenda.push(passage.arrives, step);
        }
        self.hosts[at].take_ready().for_each(drop);
        let due = self.hosts[at].poll_timeout();
        if let Some(due) = due.filter(|due| self.armed[at].is_none_or(|armed| *due < armed)) {
            self.armed[at] = Some(due);
            self.agenda.push(due, Step::Timer(at));
        }
        result
    }
    /// Does everything that happens at the next instant, on both hosts; on which of them that was. As in a real host, and as
    /// with the peers, programs have their turn when nothing more arrives.
    fn instant(&mut self) -> [bool; 2] {
        let mut concerned = [false; 2];
        concerned[self.step()] = true;
        while self.agenda.next_at() == Some(self.now) {
            concerned[self.step()] = true;
        }
        concerned
    }
    /// Does what happens next; the host on which that was.
    fn step(&mut self) -> usize {
        let (now, step) = self.agenda.pop().expect("something is under way");
        self.now = now;
        match step {
            Step::Arrive(at, place) => {
                let packet = self.flying.take(place);
                self.arrive(at, packet)
            }
            Step::ArriveBytes(at, bytes) => {
                self.arrive(at, codec::decode(&bytes).expect("nothing is damaged"))
            }
            Step::Timer(at) => {
                self.armed[at] = self.armed[at].filter(|armed| *armed > now);
                self.on(at, |host, cx| {
                    if host.poll_timeout().is_some_and(|due| due <= now) {
                        host.handle_timeout(cx);
                    }
                });
                at
            }
        }
    }
    fn arrive(&mut self, at: usize, packet: Packet) -> usize {
        self.on(at, |host, cx| host.receive(packet, cx));
        at
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
            self.step();
            if let Ok((server, _)) = self.on(SERVER, |host, cx| host.accept(welcome.fd, cx)) {
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
            if self.step() == to
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
                && let Ok(data) =
                    self.on(SERVER, |host, cx| host.recv(fds[SERVER], READ, RecvFlags::default(), cx))
            {
                received += data.len();
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
                self.step();
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
            self.step();
            let (data, from) = self
                .on(SERVER, |host, cx| host.recv_from(server, 2048, RecvFlags::default(), cx))
                .expect("it arrived");
            self.on(SERVER, |host, cx| host.send_to(server, &data, from, SendFlags::default(), cx))
                .expect("it goes out");
            self.step();
            self.on(CLIENT, |host, cx| host.recv_from(client, 2048, RecvFlags::default(), cx))
                .expect("it arrived");
        }
    }
}

/// One connection moves `bytes` one way over a link of 10 ms.
pub fn bulk(bytes: usize, form: Form) -> u64 {
    let mut pair = Pair::new(Span::from_millis(10), form);
    pair.bulk(bytes);
    pair.packets
}

/// Connect, round trip and close, `n` times, without delay.
pub fn connections(n: usize) {
    Pair::new(Span::ZERO, Form::Structured).connections(n);
}

/// A datagram there and one back, `n` times, without delay.
pub fn datagrams(n: usize) {
    Pair::new(Span::ZERO, Form::Structured).datagrams(n);
}

/// A pair with so many connections over which nothing happens, and one more.
pub fn idle(connections: usize) -> (Pair, [Fd; 2]) {
    let mut pair = Pair::new(Span::ZERO, Form::Structured);
    // A client has 64,512 ports towards each of the server's.
    let welcomes = [PORT, PORT + 1].map(|port| pair.listen(port));
    for i in 0..connections {
        pair.connect(welcomes[i % 2]);
    }
    let fds = pair.connect(welcomes[0]);
    (pair, fds)
}
