//! A TUN device: the kernel writes IP packets to it as to a wire, and we are at the other end.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

/// Where the kernel hands out TUN devices.
const CLONE: &str = "/dev/net/tun";

/// A TUN device. It is gone when it is dropped, unless somebody made it to stay.
#[derive(Debug)]
pub struct Tun {
    file: File,
}

/// `struct ifreq` of netdevice(7), as far as TUNSETIFF looks at it.
#[repr(C)]
struct Request {
    name: [u8; libc::IFNAMSIZ],
    flags: libc::c_short,
    rest: [u8; 22],
}

impl Tun {
    /// Opens the device of that name in the network namespace of this thread; where there is none, it is made.
    ///
    /// # Errors
    /// NotFound: this system has no TUN devices. PermissionDenied: the process has no CAP_NET_ADMIN, and nobody prepared
    /// the device for this user. ResourceBusy: another process has it. InvalidInput: the name has more than 15 bytes.
    pub fn open(name: &str) -> io::Result<Tun> {
        let mut request = Request {
            name: [0; libc::IFNAMSIZ],
            // Bare IP packets, without a header of the device's own before each.
            flags: (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short,
            rest: [0; 22],
        };
        let room = request.name.len() - 1;
        if name.is_empty() || name.len() > room {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        request.name[..name.len()].copy_from_slice(name.as_bytes());
        let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(CLONE)?;
        // SAFETY: the request has the size and the layout of `struct ifreq`, and outlives the call.
        #[expect(unsafe_code, reason = "neither std nor rustix knows this ioctl")]
        let done = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
        if done < 0 { Err(io::Error::last_os_error()) } else { Ok(Tun { file }) }
    }

    /// The next packet that the kernel sent, in `buffer`; `None` while there is none.
    ///
    /// # Errors
    /// Those of `read`: EBADFD where the device was deleted.
    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match (&self.file).read(buffer) {
            Ok(len) => Ok(Some(&buffer[..len])),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Hands the kernel a packet; false where it does not take it: the device is down, or it is no packet.
    ///
    /// # Errors
    /// Those of `write`, which takes a packet whole: EBADFD where the device was deleted.
    pub fn send(&self, packet: &[u8]) -> io::Result<bool> {
        match (&self.file).write_all(packet) {
            Ok(()) => Ok(true),
            Err(error) => match error.raw_os_error() {
                Some(libc::EIO | libc::EINVAL | libc::EAGAIN | libc::ENOBUFS) => Ok(false),
                _ => Err(error),
            },
        }
    }
}

/// Waits until one of the devices has a packet, or so long; `None`: as long as it takes.
///
/// # Errors
/// Those of `poll`, but not an interruption by a signal.
pub fn wait(devices: &[&Tun], time: Option<Duration>) -> io::Result<()> {
    let mut watched: Vec<PollFd<'_>> =
        devices.iter().map(|tun| PollFd::from_borrowed_fd(tun.file.as_fd(), PollFlags::IN)).collect();
    let time = time.map(|time| Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    });
    match poll(&mut watched, time.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
