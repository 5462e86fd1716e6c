//! Datagrams through the link: each is lost, doubled, held up, damaged or given on alone.

use super::Proxy;
use super::fate::Traveller;
use crate::driver::errno;
use sockscope_core::time::Time;
use sockscope_core::trace::{Discard, Kind};
use sockscope_core::wire::{Body, Datagram, Packet, PacketId};
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
    data: Arc<[u8]>,
    out: Out,
    traveller: Traveller,
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
                let upstream = match connected(server).await {
                    Ok(upstream) => Arc::new(upstream),
                    // Descriptors are short for now: datagrams may be lost.
                    Err(error) => {
                        eprintln!("note: {client}: {}", errno::name(&error));
                        continue;
                    }
                };
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
        let packet = Packet { id: PacketId(0), src: from.ip(), dst: to.ip(), ttl: 64, tos: 0, body };
        let (len, data): (u32, Arc<[u8]>) = (packet.len() as u32, data.into());
        for traveller in proxy.offer(way, Some(packet), len) {
            let agenda = &self.agendas[way];
            let flight = Flight { data: data.clone(), out: out.clone(), traveller };
            agenda.flights().insert(flight.traveller.key(), flight);
            agenda.changed.notify_one();
        }
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
        let Flight { data, out, traveller } = flight;
        let packet = traveller.packet;
        if traveller.flipped.is_some() {
            // Its checksum would be wrong: the receiver never sees it.
            let why = Discard::BadChecksum;
            return self.proxy.arrives(way, &traveller, Kind::Discarded { sock: None, packet, why });
        }
        self.proxy.arrives(way, &traveller, Kind::Arrived { sock: None, packet });
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
