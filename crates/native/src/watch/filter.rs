//! Which system calls stop: a program for the kernel (seccomp, classic BPF) and the words that we have for them.
//!
//! Every other call runs at full speed: the kernel looks its number up and lets it pass.

use libc::c_long;

/// A program of classic BPF.
pub(super) type Filter = Vec<libc::sock_filter>;

/// What a system call is to us. Several calls of the kernel are one here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(dead_code, reason = "other architectures have only ppoll and pselect6")
)]
pub(super) enum Word {
    Socket,
    Bind,
    Listen,
    Accept,
    Connect,
    Shutdown,
    Close,
    CloseRange,
    LocalName,
    SetOption,
    GetOption,
    Read,
    Write,
    ReadV,
    WriteV,
    SendTo,
    RecvFrom,
    SendMsg,
    RecvMsg,
    SendMany,
    RecvMany,
    SendFile,
    Poll,
    Select,
    PSelect,
    PPoll,
    EpollWait,
    /// `fcntl(F_SETFL)`.
    Fcntl,
    /// `ioctl(FIONBIO)`.
    Ioctl,
    /// A call that a signal interrupted goes on.
    Restart,
    /// `io_uring_setup`: what is asked through the ring is no call, and cannot be seen.
    Ring,
    /// A call on a socket that no trace has a word for.
    Unknown,
}

/// Each call that stops.
const WORDS: &[(c_long, Word)] = &[
    (libc::SYS_socket, Word::Socket),
    (libc::SYS_bind, Word::Bind),
    (libc::SYS_listen, Word::Listen),
    (libc::SYS_accept, Word::Accept),
    (libc::SYS_accept4, Word::Accept),
    (libc::SYS_connect, Word::Connect),
    (libc::SYS_shutdown, Word::Shutdown),
    (libc::SYS_close, Word::Close),
    (libc::SYS_close_range, Word::CloseRange),
    (libc::SYS_getsockname, Word::LocalName),
    (libc::SYS_getpeername, Word::Unknown),
    (libc::SYS_setsockopt, Word::SetOption),
    (libc::SYS_getsockopt, Word::GetOption),
    (libc::SYS_read, Word::Read),
    (libc::SYS_write, Word::Write),
    (libc::SYS_readv, Word::ReadV),
    (libc::SYS_writev, Word::WriteV),
    (libc::SYS_sendto, Word::SendTo),
    (libc::SYS_recvfrom, Word::RecvFrom),
    (libc::SYS_sendmsg, Word::SendMsg),
    (libc::SYS_recvmsg, Word::RecvMsg),
    (libc::SYS_sendmmsg, Word::SendMany),
    (libc::SYS_recvmmsg, Word::RecvMany),
    (libc::SYS_sendfile, Word::SendFile),
    (libc::SYS_splice, Word::Unknown),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, Word::Poll),
    (libc::SYS_ppoll, Word::PPoll),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_select, Word::Select),
    (libc::SYS_pselect6, Word::PSelect),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_epoll_wait, Word::EpollWait),
    (libc::SYS_epoll_pwait, Word::EpollWait),
    (libc::SYS_epoll_pwait2, Word::EpollWait),
    (libc::SYS_fcntl, Word::Fcntl),
    (libc::SYS_ioctl, Word::Ioctl),
    (libc::SYS_restart_syscall, Word::Restart),
    (libc::SYS_io_uring_setup, Word::Ring),
];

/// The calls of which one stops only where its second argument is this: a file's flags are set, a socket's blocking is.
const ONLY: [(c_long, u32); 2] =
    [(libc::SYS_fcntl, libc::F_SETFL as u32), (libc::SYS_ioctl, libc::FIONBIO as u32)];

/// The architecture that this program was built for, as the kernel names it (`AUDIT_ARCH_`).
#[cfg(target_arch = "x86_64")]
pub(super) const ARCH: u32 = 0xc000_003e;
/// The architecture that this program was built for, as the kernel names it (`AUDIT_ARCH_`).
#[cfg(target_arch = "aarch64")]
pub(super) const ARCH: u32 = 0xc000_00b7;

/// What a call is to us.
pub(super) fn word(arch: u32, number: u64, second: u64) -> Option<Word> {
    let number = c_long::try_from(number).ok().filter(|_| arch == ARCH)?;
    let passes =
        ONLY.iter().any(|(only, value)| *only == number && u64::from(*value) != second & 0xffff_ffff);
    WORDS.iter().find(|(known, _)| *known == number && !passes).map(|(_, word)| *word)
}

/// The program: calls of [`WORDS`] are handed to the tracer, everything else is let through, and so is everything of
/// another architecture (a 32-bit program), whose numbers mean something else.
pub(super) fn filter() -> Filter {
    // Where the kernel's `struct seccomp_data` has them.
    const NUMBER: u32 = 0;
    const ARCHITECTURE: u32 = 4;
    const SECOND: u32 = 24;
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let (pass, stop) =
        (step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW), step(RETURN, 0, 0, libc::SECCOMP_RET_TRACE));
    let mut program =
        vec![step(LOAD, 0, 0, ARCHITECTURE), step(EQUAL, 1, 0, ARCH), pass, step(LOAD, 0, 0, NUMBER)];
    for (number, _) in WORDS {
        let number = *number as u32;
        match ONLY.iter().find(|(only, _)| *only as u32 == number) {
            None => program.extend([step(EQUAL, 0, 1, number), stop]),
            Some((_, value)) => program.extend([
                step(EQUAL, 0, 4, number),
                step(LOAD, 0, 0, SECOND),
                step(EQUAL, 0, 1, *value),
                stop,
                pass,
            ]),
        }
    }
    program.push(pass);
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel does with the program.
    fn verdict(arch: u32, number: c_long, second: u32) -> u32 {
        let program = filter();
        let (mut at, mut value) = (0, 0);
        loop {
            let step = program[at];
            at += 1;
            match step.code {
                0x20 => value = [number as u32, arch, 0, 0, 0, 0, second][step.k as usize / 4],
                0x15 => at += usize::from(if value == step.k { step.jt } else { step.jf }),
                _ => return step.k,
            }
        }
    }

    #[test]
    fn socket_calls_stop_and_others_do_not() {
        let stops = |number, second| {
            let stops = verdict(ARCH, number, second) == libc::SECCOMP_RET_TRACE;
            assert_eq!(stops, word(ARCH, number as u64, second.into()).is_some(), "call {number}");
            stops
        };
        assert!(
            WORDS.iter().filter(|(n, _)| ONLY.iter().all(|(only, _)| only != n)).all(|(n, _)| stops(*n, 0))
        );
        assert!(!stops(libc::SYS_getpid, 0) && !stops(libc::SYS_openat, 0) && !stops(libc::SYS_futex, 0));
        assert!(
            stops(libc::SYS_fcntl, libc::F_SETFL as u32) && !stops(libc::SYS_fcntl, libc::F_GETFD as u32)
        );
        assert!(stops(libc::SYS_ioctl, libc::FIONBIO as u32) && !stops(libc::SYS_ioctl, libc::TCGETS as u32));
    }

    #[test]
    fn programs_of_another_architecture_are_left_alone() {
        assert_eq!(verdict(0x4000_0003, libc::SYS_read, 0), libc::SECCOMP_RET_ALLOW);
        assert_eq!(word(0x4000_0003, libc::SYS_read as u64, 0), None);
    }
}
