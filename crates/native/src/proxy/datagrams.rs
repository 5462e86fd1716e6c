//! Datagrams through the link: each is lost, doubled, held up, damaged or given on alone.

use super::Proxy;
use crate::driver::errno;
use sockscope_core::tcp::Reason;
use sockscope_core::time::Time;
use sockscope_core::trace::{Discard, EventId, Kind, LinkId};
use sockscope_core::wire::{Body, Datagram, Packet, PacketId};
use sockscope_sim::link::{Order, Passage, Verdict};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::UdpSocket;
use tokio::sync::Notify;

/// The longest datagram.
const LONGEST: usize = 65_536;

/// A datagram that is on its way.
struct Flight {
    packet: PacketId,
    copy: u8,
    damaged: bool,
    cause: Option<EventId>,
    data: Arc<[u8]>,
    out: Out,
}

/// Where a datagram leaves the proxy.
#[derive(Clone)]
struct Out {
    socket: Arc<UdpSocket>,
    /// The client; none where the socket is connected to the server.
    to: Option<SocketAddr>,
}

/// What is on its way in one direction, by when it is due.
#[derive(Default)]
struct Agenda {
    flights: Mutex<BTreeMap<(Time, u64), Flight>>,
    changed: Notify,
}

/// A proxy of datagrams at work.
struct Relay {
    proxy: Arc<Proxy>,
    server: SocketAddr,
    agendas: [Agenda; 2],
}

pub(super) async fn serve(proxy: Arc<Proxy>, socket: UdpSocket, server: SocketAddr) -> io::Result<()> {
    let relay = Arc::new(Relay { proxy, server, agendas: Default::default() });
    let socket = Arc::new(socket);
    for way in [0, 1] {
        tokio::spawn(relay.clone().deliver(way));
    }
    let mut clients: BTreeMap<SocketAddr, Arc<UdpSocket>> = BTreeMap::new();
    let mut buffer = vec![0; LONGEST];
    loop {
        let (len, client) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            // An ICMP error about something that was sent to a client that is gone.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => continue,
            Err(error) => return Err(error),
        };
        let upstream = match clients.get(&client) {
            Some(upstream) => upstream.clone(),
            None => {
                let upstream = Arc::new(connected(server).await?);
                tokio::spawn(relay.clone().answers(upstream.clone(), socket.clone(), client));
                relay.proxy.connections.fetch_add(1, Ordering::Relaxed);
                clients.insert(client, upstream.clone());
                upstream
            }
        };
        relay.offer(0, (client, server), &buffer[..len], &Out { socket: upstream, to: None });
    }
}

/// A socket that talks to the server alone, so that it is told of ICMP errors.
async fn connected(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    Ok(socket)
}

impl Relay {
    /// Takes in what the server answers one client.
    async fn answers(self: Arc<Relay>, upstream: Arc<UdpSocket>, socket: Arc<UdpSocket>, client: SocketAddr) {
        let mut buffer = vec![0; LONGEST];
        let mut told = false;
        loop {
            match upstream.recv(&mut buffer).await {
                Ok(len) => {
                    let out = Out { socket: socket.clone(), to: Some(client) };
                    self.offer(1, (self.server, client), &buffer[..len], &out);
                }
                Err(error) => {
                    self.proxy.refused.fetch_add(u64::from(!told), Ordering::Relaxed);
                    if !told {
                        eprintln!("note: {}: {}", self.server, errno::name(&error));
                    }
                    told = true;
                }
            }
        }
    }

    /// A datagram reaches the link of a direction.
    fn offer(&self, way: usize, (from, to): (SocketAddr, SocketAddr), data: &[u8], out: &Out) {
        let proxy = &self.proxy;
        let body = Body::Udp(Datagram { src_port: from.port(), dst_port: to.port(), payload: data.into() });
        let id = proxy.next_packet();
        let packet = Packet { id, src: from.ip(), dst: to.ip(), ttl: 64, tos: 0, body };
        let len = packet.len() as u32;
        let sent = Kind::Sent { sock: None, reason: Reason::FromOutside, packet: Box::new(packet) };
        let cause = proxy.tell(way as u16, None, sent);
        let mut state = proxy.ways[way].state();
        state.tally.taken += 1;
        let doubled = state.link.duplicates(0);
        let data: Arc<[u8]> = data.into();
        let (now, link) = (proxy.now(), LinkId(way as u16));
        for copy in 0..=u8::from(doubled) {
            if copy > 0 {
                state.tally.duplicated += 1;
                proxy.tell(way as u16, cause, Kind::Duplicated { link, packet: id, copy });
            }
            match state.link.offer(now, len, copy, Order::default()) {
                Verdict::Refused(why) => {
                    state.tally.lost += 1;
                    let dropped = Kind::Dropped { link, packet: id, copy, why, at: now };
                    proxy.tell(way as u16, cause, dropped);
                    break;
                }
                Verdict::Taken(passage) => {
                    state.tally.lost += u64::from(passage.lost.is_some());
                    let damaged = passage.flipped.is_some();
                    state.tally.corrupted += u64::from(damaged && passage.lost.is_none());
                    let (data, out) = (data.clone(), out.clone());
                    self.travel(way, passage, Flight { packet: id, copy, damaged, cause, data, out });
                }
            }
        }
    }

    fn travel(&self, way: usize, passage: Passage, flight: Flight) {
        // The header of the datagram is the system's: it carries no mark.
        let Passage { leaves, arrives, queue, lost, flipped, marked: _ } = passage;
        let (packet, copy, link) = (flight.packet, flight.copy, LinkId(way as u16));
        let tell = |cause, kind| self.proxy.tell(way as u16, cause, kind);
        let cause = tell(flight.cause, Kind::Queued { link, packet, copy, leaves, arrives, queue });
        if let Some((at, why)) = lost {
            tell(cause, Kind::Dropped { link, packet, copy, why, at });
            return;
        }
        if let Some(bit) = flipped {
            tell(cause, Kind::Corrupted { link, packet, copy, bit });
        }
        let agenda = &self.agendas[way];
        let order = packet.0 << 1 | u64::from(copy);
        agenda.flights().insert((arrives, order), Flight { cause, ..flight });
        agenda.changed.notify_one();
    }

    /// Gives datagrams on when they are due.
    async fn deliver(self: Arc<Relay>, way: usize) {
        let agenda = &self.agendas[way];
        loop {
            let changed = agenda.changed.notified();
            let next = agenda.flights().first_key_value().map(|(key, _)| *key);
            match next {
                None => changed.await,
                Some((due, _)) if due > self.proxy.now() => tokio::select! {
                    () = changed => {}
                    () = self.proxy.wait_until(due) => {}
                },
                Some(_) => {
                    self.proxy.ways[way].flows().await;
                    let flight = agenda.flights().pop_first();
                    if let Some((_, flight)) = flight {
                        self.give(way, flight).await;
                    }
                }
            }
        }
    }

    async fn give(&self, way: usize, flight: Flight) {
        let Flight { packet, copy, damaged, cause, data, out } = flight;
        let (link, beyond) = (LinkId(way as u16), 1 - way as u16);
        let delivered = self.proxy.tell(beyond, cause, Kind::Delivered { link, packet, copy });
        if damaged {
            let why = Discard::BadChecksum;
            self.proxy.tell(beyond, delivered, Kind::Discarded { sock: None, packet, why });
            return;
        }
        self.proxy.tell(beyond, delivered, Kind::Arrived { sock: None, packet });
        self.proxy.ways[way].state().tally.given += 1;
        // What the system refuses to send is what an ICMP error said of an earlier one: the receiving side tells it.
        let _ = match out.to {
            Some(client) => out.socket.send_to(&data, client).await,
            None => out.socket.send(&data).await,
        };
    }
}

impl Agenda {
    fn flights(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Time, u64), Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
