//! A port for two programs that are to meet.

use std::io;
use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that systems hand out by themselves, so that no stranger takes one between here and its use.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// A port that no TCP and no UDP socket of this machine has, never the same one twice in a process.
///
/// # Errors
/// Where none of many was free.
pub fn free_port() -> io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id().wrapping_mul(37) % u32::from(COUNT)) as u16;
    let candidates = (0..COUNT).map(|_| {
        let offset = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        FIRST + (start + offset) % COUNT
    });
    let taken = |error: &io::Error| error.kind() == io::ErrorKind::AddrInUse;
    // Where a machine has no IPv6, nobody has the port there.
    let free = |port: &u16| {
        crate::place::ANYWHERE.iter().all(|at| {
            !TcpListener::bind((*at, *port)).is_err_and(|error| taken(&error))
                && !UdpSocket::bind((*at, *port)).is_err_and(|error| taken(&error))
        })
    };
    candidates.take(COUNT.into()).find(free).ok_or_else(|| io::ErrorKind::AddrInUse.into())
}
