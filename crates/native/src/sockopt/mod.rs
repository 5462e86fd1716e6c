//! Socket options by the numbers of the kernel: those that no crate reads or sets for us, and those of programs that are
//! watched.

pub(crate) mod named;

use sockscope_core::tcp::{Agreed, Phase, State, TcpInfo};
use sockscope_core::time::Span;
use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Asks for an option: how many bytes of `value` the system filled.
///
/// # Errors
/// Those of getsockopt(2).
pub(crate) fn get(socket: impl AsFd, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize> {
    let mut len = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the system writes at most `len` bytes to `value`, which has as many, and any bytes are a value of it.
    #[expect(unsafe_code, reason = "neither rustix nor socket2 knows these options")]
    let done = unsafe {
        let fd = socket.as_fd().as_raw_fd();
        libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &raw mut len)
    };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(len as usize) }
}

/// Sets an option that is one number.
///
/// # Errors
/// Those of setsockopt(2).
pub(crate) fn set(socket: impl AsFd, level: i32, name: i32, value: u32) -> io::Result<()> {
    const LEN: libc::socklen_t = size_of::<u32>() as libc::socklen_t;
    // SAFETY: the system reads the four bytes of `value`.
    #[expect(unsafe_code, reason = "neither rustix nor socket2 knows these options")]
    let done =
        unsafe { libc::setsockopt(socket.as_fd().as_raw_fd(), level, name, (&raw const value).cast(), LEN) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Asks for a number that the system keeps of a socket: `SIOCATMARK` and its like.
///
/// # Errors
/// Those of ioctl(2).
pub(crate) fn number(socket: impl AsFd, request: libc::c_ulong) -> io::Result<u32> {
    let mut value: libc::c_int = 0;
    // SAFETY: each of these requests writes one int.
    #[expect(unsafe_code, reason = "rustix knows one of them")]
    let done = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), request, &raw mut value) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(value.max(0).cast_unsigned()) }
}

/// What the system tells of a TCP connection; none where the socket is no TCP socket.
pub(crate) fn tcp_info(socket: impl AsFd) -> Option<TcpInfo> {
    let mut bytes = [0; 232];
    get(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut bytes).ok()?;
    Some(read(&bytes))
}

/// `struct tcp_info` of linux/tcp.h; what an older kernel does not fill stays zero.
fn read(bytes: &[u8; 232]) -> TcpInfo {
    let word = |at: usize| u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let long = |at: usize| {
        let halves = [word(at), word(at + 4)].map(u64::from);
        if cfg!(target_endian = "little") { halves[1] << 32 | halves[0] } else { halves[0] << 32 | halves[1] }
    };
    let micros = |at: usize| Span::from_micros(word(at).into());
    let agreed = |bit: u8| bytes[5] & bit != 0;
    TcpInfo {
        state: state(bytes[0]),
        ca_state: phase(bytes[1]),
        retransmits: bytes[2].into(),
        probes: bytes[3].into(),
        backoff: bytes[4].into(),
        options: Agreed {
            timestamps: agreed(1),
            sack: agreed(2),
            window_scale: agreed(4),
            ecn: agreed(8),
            data_on_syn: agreed(32),
        },
        rto: micros(8),
        ato: micros(12),
        snd_mss: word(16),
        unacked: word(24),
        sacked: word(28),
        lost: word(32),
        retrans: word(36),
        rtt: micros(68),
        rttvar: micros(72),
        snd_ssthresh: if word(76) == SSTHRESH_NONE { u32::MAX } else { word(76) },
        snd_cwnd: word(80),
        advmss: word(84),
        reordering: word(88),
        rcv_space: word(96),
        total_retrans: word(100),
        bytes_acked: long(120),
        notsent_bytes: word(144),
        min_rtt: if word(148) == u32::MAX { Span::ZERO } else { micros(148) },
        bytes_retrans: long(208),
        dsack_dups: word(216),
        reord_seen: word(220),
        snd_wnd: word(228),
    }
}

/// What Linux says for "there was no loss yet" (`TCP_INFINITE_SSTHRESH`).
const SSTHRESH_NONE: u32 = 0x7fff_ffff;

/// The states in the order of linux/tcp_states.h.
fn state(number: u8) -> State {
    const STATES: [State; 12] = [
        State::Closed,
        State::Established,
        State::SynSent,
        State::SynReceived,
        State::FinWait1,
        State::FinWait2,
        State::TimeWait,
        State::Closed,
        State::CloseWait,
        State::LastAck,
        State::Listen,
        State::Closing,
    ];
    // TCP_NEW_SYN_RECV and whatever else comes is on its way to a connection.
    STATES.get(usize::from(number)).copied().unwrap_or(State::SynReceived)
}

/// `enum tcp_ca_state`.
fn phase(number: u8) -> Phase {
    const PHASES: [Phase; 5] = [Phase::Open, Phase::Disorder, Phase::Reduced, Phase::Recovery, Phase::Loss];
    PHASES.get(usize::from(number)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};

    #[test]
    fn the_kernel_tells_of_a_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let info = tcp_info(&client).unwrap();
        assert_eq!((info.state, info.total_retrans, info.retransmits), (State::Established, 0, 0));
        assert!(info.snd_mss > 0 && info.snd_cwnd > 0 && !info.rto.is_zero() && !info.rtt.is_zero());
        assert_eq!(info.snd_ssthresh, u32::MAX, "nothing was lost");
        drop(listener.accept().unwrap());
        let ended = (0..1000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(2));
            tcp_info(&client).unwrap().state == State::CloseWait
        });
        assert!(ended, "the peer's FIN shows");
        assert_eq!(tcp_info(&listener).unwrap().state, State::Listen);
        assert_eq!(tcp_info(UdpSocket::bind("127.0.0.1:0").unwrap()), None);
    }
}
