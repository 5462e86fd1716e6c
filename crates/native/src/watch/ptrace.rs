//! The system calls by which one program looks at another: fork, seccomp and ptrace. All unsafe code of watching is here.

use super::filter::Filter;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{ForkResult, Pid, execvp, fork};
use std::ffi::CString;
use std::io::{self, PipeWriter, Read, Write};
use std::ptr;

/// What stops a tracee, and what it was about to do or has done: `struct ptrace_syscall_info` of ptrace(2), which is the
/// same on every architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// A system call is about to begin.
    Enter(Asked),
    /// It is over: what it returned, or a negative error number.
    Leave(i64),
    /// Something else.
    Other,
}

/// A system call with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// The `AUDIT_ARCH_` of the program: numbers mean other calls elsewhere.
    pub(super) arch: u32,
    pub(super) number: u64,
    pub(super) args: [u64; 6],
}

/// How a tracee goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// Until the filter, a signal or an event stops it.
    Run,
    /// Until the next system call begins, or the one that it is in ends.
    ToCall,
    /// Not: it was stopped by job control, and stays so until it is told to continue.
    Listen,
}

/// A program that this thread has seized, and that waits to be let go; dropped, it ends without having run.
pub(super) struct Waiting {
    child: Pid,
    go: PipeWriter,
}

impl Waiting {
    /// Lets it go.
    ///
    /// # Errors
    /// EPIPE where it was killed.
    pub(super) fn go(mut self) -> io::Result<Pid> {
        self.go.write_all(&[1])?;
        Ok(self.child)
    }
}

/// Starts a program that waits to be traced: seized by this thread, with the filter, and not one call made yet. Call it
/// while this process has one thread.
///
/// # Errors
/// EPERM where this system does not permit tracing; EAGAIN where there is no room for a process.
pub(super) fn start(command: &[CString], filter: Option<&Filter>) -> io::Result<Waiting> {
    let (mut waits, go) = io::pipe()?;
    // SAFETY: this process has one thread as yet, so the child may do whatever its parent might.
    #[expect(
        unsafe_code,
        reason = "the child has to wait for its tracer before it calls exec, which std's Command cannot"
    )]
    let forked = unsafe { fork() }?;
    match forked {
        ForkResult::Child => {
            drop(go);
            let told = waits.read(&mut [0]).is_ok_and(|bytes| bytes == 1);
            std::process::exit(if told { become_program(command, filter) } else { 126 });
        }
        ForkResult::Parent { child } => {
            if let Err(error) = seize(child, filter.is_some()) {
                // It reads the end of the pipe, and is gone.
                drop(go);
                let _ = nix::sys::wait::waitpid(child, None);
                return Err(error);
            }
            Ok(Waiting { child, go })
        }
    }
}

/// Ends in the program of the command, or returns the exit code of a shell that cannot start it.
fn become_program(command: &[CString], filter: Option<&Filter>) -> i32 {
    // SAFETY: no handler is installed. Rust ignores this signal; the program is to have it as it comes.
    #[expect(unsafe_code, reason = "exec keeps ignored signals ignored")]
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let name = command[0].to_string_lossy();
    if let Some(filter) = filter
        && let Err(error) = install(filter)
    {
        eprintln!("error: no filter for system calls: {error}; try again with --every-call");
        return 126;
    }
    let Err(error) = execvp(&command[0], command);
    eprintln!("error: cannot run {name}: {}", error.desc());
    if error == nix::errno::Errno::ENOENT { 127 } else { 126 }
}

/// From now on calls that the filter names stop for the tracer: of this process, and of all that come from it.
fn install(filter: &Filter) -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_ptr().cast_mut() };
    // SAFETY: the program and its instructions outlive the call, which only reads them.
    #[expect(unsafe_code, reason = "no crate that we have knows seccomp")]
    let done = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    result(done.into()).map(drop)
}

fn seize(child: Pid, filtered: bool) -> io::Result<()> {
    // Nobody would answer the filter after us: the program's next read or write would fail, and what it makes of that may
    // harm. So it ends with its watcher.
    let ends = if filtered { libc::PTRACE_O_EXITKILL } else { 0 };
    let options = libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_TRACEEXEC
        | libc::PTRACE_O_TRACEEXIT
        | libc::PTRACE_O_TRACESECCOMP;
    request(libc::PTRACE_SEIZE, child, 0, (options | ends) as usize).map(drop)
}

/// Lets a stopped tracee go on, with a signal or none (0).
///
/// # Errors
/// ESRCH where it has died meanwhile.
pub(super) fn resume(tracee: Pid, how: Resume, signal: i32) -> io::Result<()> {
    let how = match how {
        Resume::Run => libc::PTRACE_CONT,
        Resume::ToCall => libc::PTRACE_SYSCALL,
        Resume::Listen => libc::PTRACE_LISTEN,
    };
    request(how, tracee, 0, signal as usize).map(drop)
}

/// The number that belongs to an event: the new tracee of a fork, the status of an exit.
pub(super) fn message(tracee: Pid) -> io::Result<u64> {
    let mut message: libc::c_ulong = 0;
    request(libc::PTRACE_GETEVENTMSG, tracee, 0, (&raw mut message).addr_exposed())?;
    Ok(message)
}

/// Which call a stopped tracee is at.
pub(super) fn stop(tracee: Pid) -> io::Result<Stop> {
    const GET_SYSCALL_INFO: u32 = 0x420e;
    const ENTRY: u32 = 1;
    const EXIT: u32 = 2;
    const SECCOMP: u32 = 3;
    // op (u8) and arch (u32), instruction pointer, stack pointer; then number and arguments, or the result.
    let mut info = [0_u64; 11];
    request(GET_SYSCALL_INFO, tracee, size_of_val(&info), info.as_mut_ptr().addr_exposed())?;
    let (op, arch) = (info[0] as u32 & 0xff, (info[0] >> 32) as u32);
    let args = [info[4], info[5], info[6], info[7], info[8], info[9]];
    Ok(match op {
        ENTRY | SECCOMP => Stop::Enter(Asked { arch, number: info[3], args }),
        EXIT => Stop::Leave(info[3].cast_signed()),
        _ => Stop::Other,
    })
}

trait Exposed {
    /// The address as a number that a system call takes.
    fn addr_exposed(self) -> usize;
}

impl<T> Exposed for *mut T {
    fn addr_exposed(self) -> usize {
        self.expose_provenance()
    }
}

fn request(what: u32, tracee: Pid, addr: usize, data: usize) -> io::Result<i64> {
    // SAFETY: every request of this file passes numbers, or the address of memory that is as large as it says and lives
    // until the call returns; what the tracee does is its own affair.
    #[expect(
        unsafe_code,
        reason = "nix knows no signals but those that have names, and a tracee may be sent any"
    )]
    let done = unsafe {
        libc::ptrace(
            what as _,
            tracee.as_raw(),
            ptr::with_exposed_provenance_mut::<libc::c_void>(addr),
            ptr::with_exposed_provenance_mut::<libc::c_void>(data),
        )
    };
    result(done)
}

fn result(done: libc::c_long) -> io::Result<i64> {
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(done) }
}
