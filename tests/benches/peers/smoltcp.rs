//! The work over smoltcp 0.14: one interface whose packets come back to itself, as its own loopback example does,
//! with an Ethernet-sized MTU and checksums made and checked.

use crate::{MESSAGE, PORT};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::{tcp, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, IpEndpoint};
use std::collections::VecDeque;

const HOME: IpAddress = IpAddress::v4(127, 0, 0, 1);
const BUFFER: usize = 65_535;

/// A wire that ends where it begins.
#[derive(Default)]
struct Wire(VecDeque<Vec<u8>>);
struct Received(Vec<u8>);
struct Sent<'a>(&'a mut VecDeque<Vec<u8>>);

impl Device for Wire {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sent<'a>;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = 1500;
        capabilities
    }
    fn receive(&mut self, _: Instant) -> Option<(Received, Sent<'_>)> {
        let packet = self.0.pop_front()?;
        Some((Received(packet), Sent(&mut self.0)))
    }
    fn transmit(&mut self, _: Instant) -> Option<Sent<'_>> {
        Some(Sent(&mut self.0))
    }
}
impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}
impl TxToken for Sent<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut packet = vec![0; len];
        let result = f(&mut packet);
        self.0.push_back(packet);
        result
    }
}

struct Stack {
    wire: Wire,
    interface: Interface,
    sockets: SocketSet<'static>,
    now: Instant,
}

impl Stack {
    fn new() -> Stack {
        let mut wire = Wire::default();
        let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut wire, Instant::ZERO);
        interface
            .update_ip_addrs(|addresses| addresses.push(IpCidr::new(HOME, 8)).expect("room for one address"));
        Stack { wire, interface, sockets: SocketSet::new(Vec::new()), now: Instant::ZERO }
    }
    fn add_tcp(&mut self) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
        self.sockets.add(tcp::Socket::new(buffer(), buffer()))
    }
    fn tcp(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }
    /// One poll; where nothing is on the wire, time jumps to the next deadline.
    fn poll(&mut self) {
        self.interface.poll(self.now, &mut self.wire, &mut self.sockets);
        if self.wire.0.is_empty()
            && let Some(due) = self.interface.poll_at(self.now, &self.sockets)
        {
            self.now = self.now.max(due);
        }
    }
    fn connect(&mut self, client: SocketHandle, server: SocketHandle, local_port: u16) {
        self.tcp(server).listen(PORT).expect("the port is free");
        let socket = self.sockets.get_mut::<tcp::Socket>(client);
        socket.connect(self.interface.context(), (HOME, PORT), local_port).expect("the socket is free");
    }
}

/// One connection moves `bytes` one way.
pub fn bulk(bytes: usize) {
    let mut stack = Stack::new();
    let (client, server) = (stack.add_tcp(), stack.add_tcp());
    stack.connect(client, server, 49152);
    let chunk = vec![7; BUFFER];
    let (mut sent, mut received) = (0, 0);
    while received < bytes {
        stack.poll();
        while sent < bytes && stack.tcp(client).can_send() {
            sent += stack.tcp(client).send_slice(&chunk[..BUFFER.min(bytes - sent)]).expect("it can send");
        }
        while stack.tcp(server).can_recv() {
            received += stack.tcp(server).recv(|data| (data.len(), data.len())).expect("it can receive");
        }
    }
}

/// Connect, round trip and close, `n` times.
pub fn connections(n: usize) {
    let mut stack = Stack::new();
    let (client, server) = (stack.add_tcp(), stack.add_tcp());
    for i in 0..n {
        stack.connect(client, server, 49152 + (i % 16_384) as u16);
        while !stack.tcp(client).can_send() {
            stack.poll();
        }
        stack.tcp(client).send_slice(MESSAGE).expect("it can send");
        while !stack.tcp(server).can_recv() {
            stack.poll();
        }
        let mut buffer = [0; MESSAGE.len()];
        stack.tcp(server).recv_slice(&mut buffer).expect("it can receive");
        stack.tcp(server).send_slice(&buffer).expect("it can send");
        stack.tcp(server).close();
        while !stack.tcp(client).can_recv() {
            stack.poll();
        }
        stack.tcp(client).recv_slice(&mut buffer).expect("it can receive");
        stack.tcp(client).close();
        while stack.tcp(server).state() != tcp::State::TimeWait && stack.tcp(server).is_open() {
            stack.poll();
        }
        // Free both for the next round: TIME-WAIT is not part of the work.
        stack.tcp(client).abort();
        stack.tcp(server).abort();
        stack.poll();
        stack.wire.0.clear();
    }
}

/// A datagram there and one back, `n` times.
pub fn datagrams(n: usize) {
    let mut stack = Stack::new();
    let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 16], vec![0; 4096]);
    let mut add = |port| {
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(port).expect("the port is free");
        stack.sockets.add(socket)
    };
    let (client, server) = (add(49152), add(PORT));
    let to = IpEndpoint::new(HOME, PORT);
    for _ in 0..n {
        stack.sockets.get_mut::<udp::Socket>(client).send_slice(MESSAGE, to).expect("room for one datagram");
        while !stack.sockets.get_mut::<udp::Socket>(client).can_recv() {
            stack.poll();
            let socket = stack.sockets.get_mut::<udp::Socket>(server);
            if let Ok((data, from)) = socket.recv() {
                let echo = data.to_vec();
                socket.send_slice(&echo, from.endpoint).expect("room for one datagram");
            }
        }
        stack.sockets.get_mut::<udp::Socket>(client).recv().expect("it can receive");
    }
}

/// One end of a link: what arrived and what is to be sent.
#[derive(Default)]
struct End {
    arrived: VecDeque<Vec<u8>>,
    sent: VecDeque<Vec<u8>>,
}

impl Device for End {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sent<'a>;

    fn capabilities(&self) -> DeviceCapabilities {
        Wire::default().capabilities()
    }
    fn receive(&mut self, _: Instant) -> Option<(Received, Sent<'_>)> {
        let packet = self.arrived.pop_front()?;
        Some((Received(packet), Sent(&mut self.sent)))
    }
    fn transmit(&mut self, _: Instant) -> Option<Sent<'_>> {
        Some(Sent(&mut self.sent))
    }
}

/// A stack at one end of a link, with one socket.
struct Host {
    end: End,
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
}

impl Host {
    fn new(last: u8) -> Host {
        let mut end = End::default();
        let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut end, Instant::ZERO);
        let address = IpCidr::new(IpAddress::v4(10, 0, 0, last), 24);
        interface.update_ip_addrs(|addresses| addresses.push(address).expect("room for one address"));
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(tcp::Socket::new(buffer(), buffer()));
        Host { end, interface, sockets, handle }
    }
    fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.handle)
    }
    fn poll(&mut self, now: Instant) {
        self.interface.poll(now, &mut self.end, &mut self.sockets);
    }
}

/// One connection moves `bytes` one way over a link on which packets take 10 ms.
pub fn bulk_over_link(bytes: usize) {
    const DELAY: smoltcp::time::Duration = smoltcp::time::Duration::from_millis(10);
    let mut hosts = [Host::new(1), Host::new(2)];
    hosts[1].socket().listen(PORT).expect("the port is free");
    let client = &mut hosts[0];
    let socket = client.sockets.get_mut::<tcp::Socket>(client.handle);
    let server = (IpAddress::v4(10, 0, 0, 2), PORT);
    socket.connect(client.interface.context(), server, 49152).expect("the socket is free");
    // Every packet takes as long, so a queue in the order of sending is one in the order of arrival.
    let mut link: VecDeque<(Instant, usize, Vec<u8>)> = VecDeque::new();
    let chunk = vec![7; BUFFER];
    let (mut sent, mut received, mut now, mut concerned) = (0, 0, Instant::ZERO, [true; 2]);
    while received < bytes {
        for (i, host) in hosts.iter_mut().enumerate().filter(|(i, _)| concerned[*i]) {
            host.poll(now);
            while i == 0 && sent < bytes && host.socket().can_send() {
                sent += host.socket().send_slice(&chunk[..BUFFER.min(bytes - sent)]).expect("it can send");
            }
            while i == 1 && host.socket().can_recv() {
                received += host.socket().recv(|data| (data.len(), data.len())).expect("it can receive");
            }
            host.poll(now);
            link.extend(host.end.sent.drain(..).map(|packet| (now + DELAY, 1 - i, packet)));
        }
        let due = |host: &mut Host| host.interface.poll_at(now, &host.sockets);
        let dues = hosts.each_mut().map(due);
        let arrival = link.front().map(|(at, ..)| *at);
        now =
            arrival.into_iter().chain(dues.into_iter().flatten()).min().expect("something happens").max(now);
        concerned = dues.map(|due| due.is_some_and(|due| due <= now));
        while let Some((_, to, packet)) = link.pop_front_if(|(at, ..)| *at <= now) {
            hosts[to].end.arrived.push_back(packet);
            concerned[to] = true;
        }
    }
}
