//! Our TCP and smoltcp's, byte for byte over the wire format: what one says the other understands.

use super::*;
use crate::payload::Payload;
use crate::program::{How, RecvFlags, SendFlags};
use crate::rng::{Chance, Purpose, Rng};
use crate::seq::Seq;
use crate::tcp::{Answer, Connection, Listener};
use crate::time::Time;
use crate::trace::{Cx, Log, Node, Sock};
use crate::wire::{Body, Packet, PacketId, codec};
use smoltcp::iface::{Config as IfaceConfig, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::socket::tcp::{Socket, SocketBuffer};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};

const OURS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const THEIRS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const OUR_PORT: u16 = 1000;
const THEIR_PORT: u16 = 2000;

/// smoltcp's end of the link: packets as bytes.
#[derive(Default)]
struct Link {
    to_them: VecDeque<Vec<u8>>,
    to_us: VecDeque<Vec<u8>>,
}
struct Arriving(Vec<u8>);
struct Leaving<'a>(&'a mut VecDeque<Vec<u8>>);

impl Device for Link {
    type RxToken<'a> = Arriving;
    type TxToken<'a> = Leaving<'a>;
    fn receive(&mut self, _: Instant) -> Option<(Arriving, Leaving<'_>)> {
        let packet = self.to_them.pop_front()?;
        Some((Arriving(packet), Leaving(&mut self.to_us)))
    }
    fn transmit(&mut self, _: Instant) -> Option<Leaving<'_>> {
        Some(Leaving(&mut self.to_us))
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
        self.0.push_back(packet);
        result
    }
}

/// An end of the transfer: what it has still to send, and what it got.
struct Transfer {
    unsent: Vec<u8>,
    got: Vec<u8>,
    ended: bool,
}
impl Transfer {
    fn of(data: &[u8]) -> Transfer {
        Transfer { unsent: data.to_vec(), got: Vec::new(), ended: false }
    }
}

struct Interop {
    now: Time,
    log: Log,
    ours: Option<Connection>,
    iface: Interface,
    sockets: SocketSet<'static>,
    theirs: SocketHandle,
    link: Link,
    rng: Rng,
    loss: Chance,
}

impl Interop {
    fn new(loss: u32) -> Interop {
        let mut link = Link::default();
        let mut iface = Interface::new(IfaceConfig::new(HardwareAddress::Ip), &mut link, Instant::ZERO);
        iface.update_ip_addrs(|all| {
            all.push(IpCidr::new(IpAddress::Ipv4(THEIRS), 24)).expect("there is room for one");
        });
        let buffer = || SocketBuffer::new(vec![0; 20_000]);
        let mut sockets = SocketSet::new(Vec::new());
        let theirs = sockets.add(Socket::new(buffer(), buffer()));
        Interop {
            now: Time::ZERO,
            log: Log::off(),
            ours: None,
            iface,
            sockets,
            theirs,
            link,
            rng: Rng::new(7, Purpose::Test(loss)),
            loss: Chance::from_millionths(loss).expect("a chance"),
        }
    }
    fn with_cx<T>(&mut self, f: impl FnOnce(&mut Option<Connection>, &mut Cx) -> T) -> T {
        let mut cx = Cx { now: self.now, node: Node(0), cause: None, log: &mut self.log };
        f(&mut self.ours, &mut cx)
    }
    fn drain(&mut self) {
        while let Some((segment, _)) =
            self.with_cx(|ours, cx| ours.as_mut().and_then(|it| it.next_segment(cx)))
        {
            let body = Body::Tcp(segment);
            let packet =
                Packet { id: PacketId(0), src: OURS.into(), dst: THEIRS.into(), ttl: 64, tos: 0, body };
            if !self.rng.chance(self.loss) {
                self.link.to_them.push_back(codec::encode(&packet));
            }
        }
    }
    fn on_segment(&mut self, segment: &Segment) {
        self.with_cx(|ours, cx| match ours {
            Some(ours) => ours.on_segment(segment, cx),
            None => {
                let listener = Listener::open(Sock(0), cx);
                assert_eq!(listener.on_segment(segment, &Config::rfc()), Answer::Accept);
                let (local, remote) = ends();
                *ours = Some(Connection::accept(
                    &Config::rfc(),
                    Sock(1),
                    local,
                    remote,
                    Seq::new(9),
                    segment,
                    cx,
                ));
            }
        });
        self.drain();
    }
    /// A millisecond goes by.
    fn tick(&mut self) {
        self.now += Span::from_millis(1);
        let now = Instant::from_micros((self.now.as_nanos() / 1000) as i64);
        self.iface.poll(now, &mut self.link, &mut self.sockets);
        for packet in std::mem::take(&mut self.link.to_us) {
            let Packet { body: Body::Tcp(segment), .. } = codec::decode(&packet).expect("they encode well")
            else {
                panic!("only TCP is spoken here");
            };
            if !self.rng.chance(self.loss) {
                self.on_segment(&segment);
            }
        }
        if self.ours.as_ref().and_then(Connection::poll_timeout).is_some_and(|due| due <= self.now) {
            self.with_cx(|ours, cx| ours.as_mut().expect("it has a timer").handle_timeout(cx));
        }
        self.drain();
    }
    fn our_turn(&mut self, transfer: &mut Transfer) {
        if self.ours.is_none() {
            return;
        }
        self.with_cx(|ours, cx| {
            let ours = ours.as_mut().expect("it is open");
            if !transfer.unsent.is_empty() && ours.writable() {
                let n = ours.send(&transfer.unsent[..].into(), SendFlags::NONE, cx).expect("it is writable");
                transfer.unsent.drain(..n);
                if transfer.unsent.is_empty() {
                    ours.shutdown(How::Write, cx).expect("it is connected");
                }
            }
            while !transfer.ended && ours.readable() {
                let data = ours.recv(3000, RecvFlags::NONE, cx).expect("it is readable");
                transfer.ended = data == Payload::EMPTY;
                transfer.got.extend_from_slice(&data);
            }
        });
        self.drain();
    }
    fn their_turn(&mut self, transfer: &mut Transfer) {
        let socket = self.sockets.get_mut::<Socket>(self.theirs);
        if !transfer.unsent.is_empty() && socket.can_send() {
            let n = socket.send_slice(&transfer.unsent).expect("it can send");
            transfer.unsent.drain(..n);
            if transfer.unsent.is_empty() {
                socket.close();
            }
        }
        while socket.can_recv() {
            let more = socket.recv(|data| (data.len(), data.to_vec())).expect("it can receive");
            transfer.got.extend(more);
        }
        transfer.ended |= !socket.may_recv() && !transfer.got.is_empty();
    }
    /// Both send all they have, close, and read to the end.
    fn exchange(mut self) {
        let (ours, theirs) = (pattern(100_000), pattern(50_000));
        let (mut us, mut them) = (Transfer::of(&ours), Transfer::of(&theirs));
        for _ in 0..200_000 {
            self.tick();
            self.our_turn(&mut us);
            self.their_turn(&mut them);
            if us.ended && them.ended {
                break;
            }
        }
        assert_eq!(us.got, theirs);
        assert_eq!(them.got, ours);
        (0..20_000).for_each(|_| self.tick());
        let state = self.ours.expect("it was open").state();
        assert!(matches!(state, State::TimeWait | State::Closed), "{state}");
    }
}

fn ends() -> (SocketAddr, SocketAddr) {
    ((OURS, OUR_PORT).into(), (THEIRS, THEIR_PORT).into())
}

/// Lost packets in a million.
const LOSSES: [u32; 2] = [0, 100_000];

#[test]
fn we_connect_to_smoltcp() {
    for loss in LOSSES {
        let mut interop = Interop::new(loss);
        interop.sockets.get_mut::<Socket>(interop.theirs).listen(THEIR_PORT).expect("the port is free");
        interop.with_cx(|ours, cx| {
            let (local, remote) = ends();
            *ours = Some(Connection::connect(&Config::rfc(), Sock(1), local, remote, ISS[A], cx));
        });
        interop.drain();
        interop.exchange();
    }
}

#[test]
fn smoltcp_connects_to_us() {
    for loss in LOSSES {
        let mut interop = Interop::new(loss);
        let socket = interop.sockets.get_mut::<Socket>(interop.theirs);
        socket.connect(interop.iface.context(), (OURS, OUR_PORT), THEIR_PORT).expect("it is closed");
        interop.exchange();
    }
}
