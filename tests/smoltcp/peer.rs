//! smoltcp's TCP as a host outside of a simulated world.

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::socket::tcp::{ConnectError, RecvError, Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};
use sockscope_core::time::{Span, Time};
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// Their end of the link: packets as bytes.
#[derive(Default)]
struct Door {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
}
struct Arriving(Vec<u8>);
struct Leaving<'a>(&'a mut Vec<Vec<u8>>);

impl Device for Door {
    type RxToken<'a> = Arriving;
    type TxToken<'a> = Leaving<'a>;
    fn receive(&mut self, _: Instant) -> Option<(Arriving, Leaving<'_>)> {
        let packet = self.incoming.pop_front()?;
        Some((Arriving(packet), Leaving(&mut self.outgoing)))
    }
    fn transmit(&mut self, _: Instant) -> Option<Leaving<'_>> {
        Some(Leaving(&mut self.outgoing))
    }
    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = 1500;
        capabilities
    }
}
impl phy::RxToken for Arriving {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}
impl phy::TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut packet = vec![0; len];
        let result = f(&mut packet);
        self.0.push(packet);
        result
    }
}

/// How their side of the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// They read to the end of our stream, and all of theirs is acknowledged.
    Whole,
    /// They were reset, or gave up.
    Broken,
}

/// Their host, with one connection that sends and receives at the same time.
pub(crate) struct Peer {
    iface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    door: Door,
    unsent: Vec<u8>,
    /// What they received.
    pub(crate) got: Vec<u8>,
    read_to_end: bool,
    opened: bool,
}

/// They give up when nobody answers for so long.
const PATIENCE: Duration = Duration::from_secs(300);

fn instant(at: Time) -> Instant {
    Instant::from_micros((at.as_nanos() / 1000) as i64)
}

impl Peer {
    /// A host at `address` that will send `data`, with buffers of so many bytes.
    pub(crate) fn new(address: Ipv4Addr, data: Vec<u8>, buffers: [usize; 2]) -> Peer {
        let mut door = Door::default();
        let mut iface = Interface::new(Config::new(HardwareAddress::Ip), &mut door, Instant::ZERO);
        iface.update_ip_addrs(|all| {
            all.push(IpCidr::new(IpAddress::Ipv4(address), 24)).expect("there is room for one");
        });
        let [rx, tx] = buffers.map(|bytes| SocketBuffer::new(vec![0; bytes]));
        let mut socket = Socket::new(rx, tx);
        socket.set_timeout(Some(PATIENCE));
        socket.set_keep_alive(Some(PATIENCE / 4));
        let mut sockets = SocketSet::new(Vec::new());
        let socket = sockets.add(socket);
        Peer {
            iface,
            sockets,
            socket,
            door,
            unsent: data,
            got: Vec::new(),
            read_to_end: false,
            opened: false,
        }
    }
    pub(crate) fn listen(&mut self, port: u16) {
        self.sockets.get_mut::<Socket>(self.socket).listen(port).expect("the port is free");
    }
    pub(crate) fn connect(&mut self, to: (Ipv4Addr, u16)) -> Result<(), ConnectError> {
        self.opened = true;
        self.sockets.get_mut::<Socket>(self.socket).connect(self.iface.context(), to, 4000)
    }
    /// A packet has reached them.
    pub(crate) fn arrive(&mut self, packet: Vec<u8>) {
        self.door.incoming.push_back(packet);
    }
    /// Does what is to do now; the packets that they send.
    pub(crate) fn poll(&mut self, now: Time) -> Vec<Vec<u8>> {
        loop {
            self.iface.poll(instant(now), &mut self.door, &mut self.sockets);
            if !self.turn() {
                break;
            }
        }
        std::mem::take(&mut self.door.outgoing)
    }
    /// When they want to be polled again.
    pub(crate) fn poll_at(&mut self, now: Time) -> Option<Time> {
        let wait = self.iface.poll_delay(instant(now), &self.sockets)?;
        Some(now + Span::from_micros(wait.total_micros().max(1)))
    }
    /// How it ended, once it has.
    pub(crate) fn ending(&self) -> Option<Ending> {
        let state = self.sockets.get::<Socket>(self.socket).state();
        match state {
            State::TimeWait => Some(Ending::Whole),
            State::Closed if self.opened && self.read_to_end && self.unsent.is_empty() => Some(Ending::Whole),
            State::Closed if self.opened => Some(Ending::Broken),
            _ => None,
        }
    }
    /// Their program's turn; whether it did anything.
    fn turn(&mut self) -> bool {
        let socket = self.sockets.get_mut::<Socket>(self.socket);
        self.opened |= socket.state() != State::Listen;
        let mut busy = false;
        if !self.unsent.is_empty() && socket.can_send() {
            let n = socket.send_slice(&self.unsent).expect("it can send");
            self.unsent.drain(..n);
            busy |= n > 0;
            if self.unsent.is_empty() {
                socket.close();
            }
        }
        match socket.recv(|data| (data.len(), data.to_vec())) {
            Ok(data) => {
                busy |= !data.is_empty();
                self.got.extend(data);
            }
            Err(RecvError::Finished) => self.read_to_end = true,
            Err(RecvError::InvalidState) => {}
        }
        busy
    }
}
