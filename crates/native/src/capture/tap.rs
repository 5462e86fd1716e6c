//! A packet socket: every IP packet that this machine sends or receives, with the time that the kernel gave it.

use crate::sockopt;
use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessageOwned, LinkAddr, MsgFlags, SockaddrLike, recvmsg, setsockopt, sockopt::ReceiveTimestampns,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::netdevice::{index_to_name, name_to_index};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use std::collections::VecDeque;
use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

/// A packet passed an interface.
pub(super) struct Seen {
    /// When, by the kernel's wall clock.
    pub(super) at: SystemTime,
    /// The number of the interface.
    pub(super) interface: u32,
    /// It left this machine, or on loopback: it left its sender.
    pub(super) outgoing: bool,
    /// From the IP header on.
    pub(super) bytes: Vec<u8>,
}

/// So many bytes of packets wait at most to be asked for.
const MOST: usize = 1 << 26;
/// The kernel is asked to keep so many bytes for us; without CAP_NET_ADMIN it keeps what it likes.
const ROOM: usize = 1 << 24;
/// The longest packet; longer ones exist only before an interface cuts them, and lose their end here.
const LONGEST: usize = 1 << 16;

/// The packets of this machine. Between two questions a thread empties the kernel's small buffer.
pub(super) struct Tap {
    reader: Arc<Mutex<Reader>>,
    over: Arc<AtomicBool>,
}

struct Reader {
    socket: Arc<Socket>,
    buffer: Vec<u8>,
    seen: VecDeque<Seen>,
    bytes: usize,
    lost: u64,
}

impl Tap {
    /// Opens it, for one interface or for all.
    ///
    /// # Errors
    /// PermissionDenied: the process has no CAP_NET_RAW. NotFound: there is no such interface.
    pub(super) fn open(interface: Option<&str>) -> io::Result<Tap> {
        let every = Protocol::from(i32::from((libc::ETH_P_ALL as u16).to_be()));
        let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(every))?;
        let index = interface.map(|name| name_to_index(&socket, name)).transpose();
        let index = index.map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
        socket.attach_filter(&filter(index))?;
        setsockopt(&socket, ReceiveTimestampns, &true)?;
        let _ = socket.set_recv_buffer_size(ROOM);
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, ROOM);
        let socket = Arc::new(socket);
        let (watched, over) = (socket.clone(), Arc::new(AtomicBool::new(false)));
        let mut reader =
            Reader { socket, buffer: vec![0; LONGEST], seen: VecDeque::new(), bytes: 0, lost: 0 };
        // What came before the filter was there.
        reader.read_all();
        (reader.seen, reader.bytes) = (VecDeque::new(), 0);
        let reader = Arc::new(Mutex::new(reader));
        let tap = Tap { reader: reader.clone(), over: over.clone() };
        thread::Builder::new().name("capture".to_owned()).spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let wait = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
                let ready = poll(&mut [PollFd::new(&*watched, PollFlags::IN)], Some(&wait));
                if ready.is_ok_and(|ready| ready > 0) {
                    reader.lock().unwrap_or_else(PoisonError::into_inner).read_all();
                    // Bursts are taken together.
                    thread::sleep(Duration::from_millis(1));
                }
            }
        })?;
        Ok(tap)
    }

    /// Every packet up to now that was not taken yet.
    pub(super) fn take(&self) -> VecDeque<Seen> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.read_all();
        reader.bytes = 0;
        std::mem::take(&mut reader.seen)
    }

    /// How many packets were lost since this was asked last: the kernel or we had no room for them.
    pub(super) fn lost(&self) -> u64 {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        // struct tpacket_stats: packets, drops. Asking sets both back.
        let mut counts = [0; 8];
        let told = sockopt::get(&*reader.socket, libc::SOL_PACKET, libc::PACKET_STATISTICS, &mut counts);
        let dropped = u32::from_ne_bytes([counts[4], counts[5], counts[6], counts[7]]);
        std::mem::take(&mut reader.lost) + u64::from(told.map_or(0, |_| dropped))
    }

    /// The name of an interface.
    pub(super) fn name(&self, interface: u32) -> String {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        index_to_name(&*reader.socket, interface).unwrap_or_else(|_| format!("interface {interface}"))
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Reader {
    fn read_all(&mut self) {
        while let Some((len, seen)) = self.read() {
            let bytes = &self.buffer[..len.min(self.buffer.len())];
            if self.bytes + bytes.len() > MOST {
                self.lost += 1;
                continue;
            }
            self.bytes += bytes.len();
            self.seen.push_back(Seen { bytes: bytes.to_vec(), ..seen });
        }
    }

    /// The next packet in the buffer: its length, and the rest.
    fn read(&mut self) -> Option<(usize, Seen)> {
        let mut control = cmsg_space!(nix::libc::timespec);
        let mut into = [IoSliceMut::new(&mut self.buffer)];
        let fd = self.socket.as_raw_fd();
        let message = recvmsg::<LinkAddr>(fd, &mut into, Some(&mut control), MsgFlags::MSG_DONTWAIT).ok()?;
        let from = message.address.filter(|from| from.len() > 0)?;
        let stamp = message.cmsgs().ok()?.find_map(|control| match control {
            ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
            _ => None,
        });
        let at = stamp.map_or_else(SystemTime::now, |stamp| SystemTime::UNIX_EPOCH + stamp);
        let outgoing = from.pkttype() == libc::PACKET_OUTGOING;
        let seen = Seen { at, interface: from.ifindex() as u32, outgoing, bytes: Vec::new() };
        Some((message.bytes, seen))
    }
}

/// Lets IPv4 and IPv6 through, of one interface or of all: a program of classic BPF.
fn filter(interface: Option<u32>) -> Vec<SockFilter> {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    // What the kernel knows of a packet beside its bytes (SKF_AD_OFF, with SKF_AD_PROTOCOL and SKF_AD_IFINDEX).
    const PROTOCOL: u32 = 0xffff_f000;
    const INTERFACE: u32 = 0xffff_f008;
    let mut program = Vec::new();
    if let Some(interface) = interface {
        program.push(SockFilter::new(LOAD, 0, 0, INTERFACE));
        program.push(SockFilter::new(EQUAL, 0, 3, interface));
    }
    program.extend([
        SockFilter::new(LOAD, 0, 0, PROTOCOL),
        SockFilter::new(EQUAL, 2, 0, libc::ETH_P_IP as u32),
        SockFilter::new(EQUAL, 1, 0, libc::ETH_P_IPV6 as u32),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ]);
    program
}
