//! System calls of the script: made at the host, and their results compared.

use super::endpoint::{Endpoint, Stage};
use super::values::{self, describe, int};
use super::{Due, Run, Stop, options};
use crate::syntax::{CallSpec, Event, Expr};
use sockscope_core::errno::Errno;
use sockscope_core::payload::Payload;
use sockscope_core::program::{
    Call, Family, Fd, How, Notice, OptionName, Readiness, RecvFlags, SendFlags, SocketKind, SocketOption,
};
use sockscope_core::time::{Span, Time};
use std::net::SocketAddr;

/// A call without an end in the script may take so long.
const PATIENCE: Span = Span::from_secs(24 * 3600);

/// A call that blocks while the script goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) line: u32,
    text: String,
    call: CallSpec,
    /// When it must return, and how much it may be off.
    end: Time,
    tolerance: Span,
}

/// What becomes of a call.
enum Plan {
    /// The host does it.
    Call(Call),
    /// It is done, with this result.
    Done(Result<i64, Errno>),
}

impl Run {
    pub(super) fn system_call(&mut self, call: &CallSpec, event: &Event, due: Due) -> Result<(), Stop> {
        if call.end.is_some() {
            // One call may block beside the script, as a thread of its own.
            self.finish_pending(self.kernel.now + PATIENCE)
                .map_err(|(stop, line, _)| stop.because_of(line))?;
        }
        match self.plan(call)? {
            Plan::Done(result) => self.compare(call, result),
            Plan::Call(made) => {
                let pending = call.end.map(|end| Pending {
                    line: event.line,
                    text: event.text.clone(),
                    call: call.clone(),
                    end: due.base + end,
                    tolerance: self.tolerance(due),
                });
                self.make(call, made, pending)
            }
        }
    }
    fn make(&mut self, call: &CallSpec, made: Call, pending: Option<Pending>) -> Result<(), Stop> {
        let notice = self.kernel.call(self.step, made, pending.is_some());
        match (notice, pending) {
            (Some(notice), None) => self.finish(call, notice),
            (Some(notice), Some(pending)) => {
                self.finish(call, notice)?;
                in_time(&pending, self.kernel.now)
            }
            (None, Some(pending)) => {
                self.pending = Some(pending);
                Ok(())
            }
            (None, None) => {
                let limit = self.kernel.now + PATIENCE;
                self.kernel.advance(limit, super::Kernel::is_done);
                match self.kernel.done() {
                    Some((_, notice)) => self.finish(call, notice),
                    None => Err(Stop::instead("the call blocks for ever".to_owned(), "nothing".to_owned())),
                }
            }
        }
    }
    /// Looks at the call that blocks, where it is done by now.
    pub(super) fn check_pending(&mut self) -> Result<(), (Stop, u32, String)> {
        let Some((at, notice)) = self.kernel.done() else { return Ok(()) };
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let fail = |stop| (stop, pending.line, pending.text.clone());
        self.finish(&pending.call, notice).map_err(fail)?;
        in_time(&pending, at).map_err(fail)
    }
    /// Waits for the call that blocks.
    pub(super) fn finish_pending(&mut self, limit: Time) -> Result<(), (Stop, u32, String)> {
        let Some(pending) = &self.pending else { return Ok(()) };
        let limit = limit.min(pending.end + pending.tolerance);
        self.kernel.advance(limit, super::Kernel::is_done);
        self.check_pending()?;
        match self.pending.take() {
            Some(Pending { line, text, .. }) => {
                let stop = Stop::instead("the call still blocks".to_owned(), "nothing".to_owned());
                Err((stop, line, text))
            }
            None => Ok(()),
        }
    }

    /// What a call of the script is at the host.
    fn plan(&mut self, call: &CallSpec) -> Result<Plan, Stop> {
        let args = &call.args[..];
        let arg = |at: usize| {
            args.get(at).ok_or_else(|| Stop::fault(format!("{} needs more arguments", call.name)))
        };
        Ok(Plan::Call(match call.name.as_str() {
            "socket" => self.socket(int(arg(1)?)?),
            "bind" => Call::Bind { fd: self.fd(arg(0)?)?, addr: self.own_address(self.options.bind_port) },
            "listen" => {
                let fd = self.fd(arg(0)?)?;
                Call::Listen { fd, backlog: int(arg(1)?)?.clamp(0, 1 << 20) as u32 }
            }
            "accept" | "accept4" => Call::Accept { fd: self.fd(arg(0)?)? },
            "connect" => {
                let fd = self.fd(arg(0)?)?;
                Call::Connect { fd, to: self.connect_to(fd) }
            }
            "shutdown" => {
                let how = match int(arg(1)?)? {
                    0 => How::Read,
                    1 => How::Write,
                    _ => How::Both,
                };
                Call::Shutdown { fd: self.fd(arg(0)?)?, how }
            }
            "close" => Call::Close { fd: self.fd(arg(0)?)? },
            "write" | "send" | "sendto" | "writev" | "sendmsg" => return self.plan_send(call),
            "read" | "recv" | "recvfrom" | "readv" | "recvmsg" => return self.plan_receive(call),
            "setsockopt" if options::chooses_freebsd_stack(args) => return Ok(Plan::Done(Ok(0))),
            "setsockopt" => {
                let option = options::option(options::named(args)?, arg(3)?)?;
                Call::SetOption { fd: self.fd(arg(0)?)?, option }
            }
            "getsockopt" => Call::GetOption { fd: self.fd(arg(0)?)?, name: options::named(args)? },
            "ioctl" => {
                let Expr::Word(word) = arg(1)? else { return Err(unknown(call)) };
                Call::GetOption {
                    fd: self.fd(arg(0)?)?,
                    name: options::name(word).ok_or_else(|| unknown(call))?,
                }
            }
            "fcntl" => return self.fcntl(call),
            "poll" => self.poll(call)?,
            _ => return Err(Stop::unsupported(format!("the system call {}", call.name))),
        }))
    }
    fn socket(&self, kind: i64) -> Call {
        Call::Socket {
            kind: if kind & 0xf == 2 { SocketKind::Datagram } else { SocketKind::Stream },
            family: if self.is_v6() { Family::Inet6 } else { Family::Inet },
        }
    }
    /// A descriptor of the script; one that it does not have is none.
    pub(super) fn fd(&self, expr: &Expr) -> Result<Fd, Stop> {
        let number = int(expr)?;
        Ok(self.fds.get(&number).copied().unwrap_or(Fd(u32::MAX)))
    }
    fn own_address(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.options.local, port)
    }
    /// Where `connect` leads, and what it makes of the socket.
    fn connect_to(&mut self, fd: Fd) -> SocketAddr {
        let received = self.under_test.map(|at| &self.endpoints[at]).filter(|it| it.stage == Stage::Received);
        let to = SocketAddr::new(self.options.remote, self.options.connect_port);
        let to = received.and_then(|endpoint| endpoint.remote).unwrap_or(to);
        if let Some(endpoint) = self.endpoints.iter_mut().rfind(|endpoint| endpoint.fd == Some(fd))
            && endpoint.stage == Stage::New
        {
            endpoint.stage = Stage::Connecting;
            endpoint.remote = Some(to);
        }
        to
    }
    fn plan_send(&mut self, call: &CallSpec) -> Result<Plan, Stop> {
        let fd = self.fd(call.args.first().unwrap_or(&Expr::Ellipsis))?;
        let arg = |at: usize| call.args.get(at).ok_or_else(|| unknown(call));
        let (len, flags) = match call.name.as_str() {
            "write" => (int(arg(2)?)?, 0),
            "writev" => (vectors(arg(1)?)?, 0),
            "sendmsg" => (vectors(arg(1)?.field("msg_iov").ok_or_else(|| unknown(call))?)?, int(arg(2)?)?),
            _ => (int(arg(2)?)?, int(arg(3)?)?),
        };
        let known = [
            (values::MSG_OOB, SendFlags::OOB),
            (values::MSG_DONTWAIT, SendFlags::DONTWAIT),
            (values::MSG_MORE, SendFlags::MORE),
            (values::MSG_EOR, SendFlags::EOR),
            (values::MSG_FASTOPEN, SendFlags::FASTOPEN),
            (values::MSG_NOSIGNAL, SendFlags::NOSIGNAL),
        ];
        let flags = known
            .iter()
            .filter(|(bit, _)| flags & bit != 0)
            .fold(SendFlags::NONE, |set, (_, flag)| set.with(*flag));
        let data = Payload::from(vec![0; len.clamp(0, 1 << 26) as usize]);
        let addressed = matches!(call.name.as_str(), "sendto" | "sendmsg") && self.is_unconnected(fd);
        Ok(Plan::Call(match addressed || flags.has(SendFlags::FASTOPEN) {
            true => Call::SendTo { fd, data, to: self.connect_to(fd), flags },
            false => Call::Send { fd, data, flags },
        }))
    }
    fn is_unconnected(&self, fd: Fd) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.fd == Some(fd) && endpoint.stage == Stage::New)
    }
    fn plan_receive(&mut self, call: &CallSpec) -> Result<Plan, Stop> {
        let fd = self.fd(call.args.first().unwrap_or(&Expr::Ellipsis))?;
        let arg = |at: usize| call.args.get(at).ok_or_else(|| unknown(call));
        let (max, flags) = match call.name.as_str() {
            "read" => (int(arg(2)?)?, 0),
            "readv" => (vectors(arg(1)?)?, 0),
            "recvmsg" => {
                if arg(1)?.field("msg_control").is_some() {
                    return Err(Stop::unsupported("ancillary data (msg_control)".to_owned()));
                }
                (vectors(arg(1)?.field("msg_iov").ok_or_else(|| unknown(call))?)?, int(arg(2)?)?)
            }
            _ => (int(arg(2)?)?, int(arg(3)?)?),
        };
        let known = [
            (values::MSG_PEEK, RecvFlags::PEEK),
            (values::MSG_DONTWAIT, RecvFlags::DONTWAIT),
            (values::MSG_WAITALL, RecvFlags::WAITALL),
            (values::MSG_OOB, RecvFlags::OOB),
            (values::MSG_TRUNC, RecvFlags::TRUNC),
        ];
        let flags = known
            .iter()
            .filter(|(bit, _)| flags & bit != 0)
            .fold(RecvFlags::NONE, |set, (_, flag)| set.with(*flag));
        Ok(Plan::Call(Call::Recv { fd, max: max.clamp(0, i64::from(u32::MAX)) as u32, flags }))
    }
    fn fcntl(&mut self, call: &CallSpec) -> Result<Plan, Stop> {
        let [fd, command, rest @ ..] = &call.args[..] else { return Err(unknown(call)) };
        let fd = self.fd(fd)?;
        match (describe(command).as_str(), rest) {
            ("F_GETFL", _) => {
                let option = self.kernel.act(None, |host, _| host.option(fd, OptionName::NonBlocking));
                let flags = |option| match option {
                    SocketOption::NonBlocking(true) => values::O_RDWR | values::O_NONBLOCK,
                    _ => values::O_RDWR,
                };
                Ok(Plan::Done(option.map(flags)))
            }
            ("F_SETFL", [flags]) => {
                let option = SocketOption::NonBlocking(int(flags)? & values::O_NONBLOCK != 0);
                Ok(Plan::Call(Call::SetOption { fd, option }))
            }
            _ => Err(unknown(call)),
        }
    }

    /// `poll()`: what is asked about; what must come of it is looked at when it is done.
    fn poll(&self, call: &CallSpec) -> Result<Call, Stop> {
        let [Expr::List(set), _, timeout, ..] = &call.args[..] else { return Err(unknown(call)) };
        let asked = |entry: &Expr| {
            let fd = self.fd(entry.field("fd").ok_or_else(|| unknown(call))?)?;
            let events = entry.field("events").map_or(Ok(0), int)?;
            let readiness = Readiness {
                readable: events & values::POLLIN != 0,
                writable: events & values::POLLOUT != 0,
                urgent: events & values::POLLPRI != 0,
                read_hang_up: events & values::POLLRDHUP != 0,
                ..Readiness::NONE
            };
            Ok((fd, readiness))
        };
        let timeout = u64::try_from(int(timeout)?).ok().map(Span::from_millis);
        Ok(Call::Poll { fds: set.iter().map(asked).collect::<Result<_, Stop>>()?, timeout })
    }
    /// What `poll()` tells against what the script says that it must.
    fn compare_ready(&self, call: &CallSpec, ready: &[(Fd, Readiness)]) -> Result<(), Stop> {
        let Some(Expr::List(set)) = call.args.first() else { return Ok(()) };
        for entry in set {
            let fd = self.fd(entry.field("fd").unwrap_or(&Expr::Ellipsis))?;
            let expected = entry.field("revents").map_or(Ok(0), int)?;
            let got =
                ready.iter().find(|(ready, _)| *ready == fd).map_or(0, |(_, readiness)| bits(*readiness));
            if got != expected {
                let what = format!("revents of {fd}: expected {expected:#x}, got {got:#x}");
                return Err(Stop::instead(what, format!("revents={got:#x}")));
            }
        }
        Ok(())
    }

    /// A call is done: what follows for the sockets of the script, and whether the result is as expected.
    fn finish(&mut self, call: &CallSpec, notice: Notice) -> Result<(), Stop> {
        let result = match notice {
            Notice::Failed(errno) => Err(errno),
            Notice::Socket(fd) => {
                self.open(call, fd);
                Ok(int(&call.result).unwrap_or(0).max(0))
            }
            Notice::Accepted { fd, peer } => {
                if let Some(endpoint) = self.endpoints.iter_mut().rfind(|it| it.remote == Some(*peer)) {
                    endpoint.fd = Some(fd);
                }
                let name = int(&call.result)?;
                self.fds.insert(name, fd);
                if name < 0 {
                    return Err(Stop::instead(
                        "expected no connection".to_owned(),
                        format!("a connection with {peer}"),
                    ));
                }
                Ok(name)
            }
            Notice::Sent(n) => Ok(i64::from(n)),
            Notice::Received(data) | Notice::ReceivedFrom { data, .. } => Ok(data.len() as i64),
            Notice::Option(option) => {
                let at = if call.name == "ioctl" { 2 } else { 3 };
                self.compare_option(option, call.args.get(at).unwrap_or(&Expr::Ellipsis))?;
                Ok(0)
            }
            Notice::Ready(ready) => {
                self.compare_ready(call, &ready)?;
                Ok(ready.len() as i64)
            }
            _ => Ok(0),
        };
        if result.is_ok() && call.name == "listen" {
            let fd = self.fd(&call.args[0])?;
            self.endpoints
                .iter_mut()
                .filter(|it| it.fd == Some(fd))
                .for_each(|it| it.stage = Stage::Listening);
        }
        self.compare(call, result)
    }
    /// A new socket, which later packets are for.
    fn open(&mut self, call: &CallSpec, fd: Fd) {
        if let Ok(name) = int(&call.result) {
            self.fds.insert(name, fd);
        }
        let stream = call.args.get(1).is_none_or(|kind| int(kind).is_ok_and(|kind| kind & 0xf != 2));
        self.endpoints.push(Endpoint { fd: Some(fd), stream, ..Endpoint::default() });
        self.under_test = Some(self.endpoints.len() - 1);
    }
    fn compare(&self, call: &CallSpec, got: Result<i64, Errno>) -> Result<(), Stop> {
        if call.result == Expr::Ellipsis {
            return Ok(());
        }
        let expected = match &call.errno {
            Some(name) => Err(values::errno(name)?),
            None => Ok(int(&call.result)?),
        };
        let said = match got {
            Ok(value) => value.to_string(),
            Err(errno) => format!("-1 {}", errno.name()),
        };
        if got == expected || (got.is_err() && expected == Ok(-1)) {
            return Ok(());
        }
        let wanted = match expected {
            Ok(value) => value.to_string(),
            Err(errno) => format!("-1 {}", errno.name()),
        };
        Err(Stop::instead(format!("{}: expected {wanted}, got {said}", call.name), said))
    }
}

/// Readiness as the bits of `poll`.
fn bits(readiness: Readiness) -> i64 {
    let bits = [
        (readiness.readable, values::POLLIN),
        (readiness.writable, values::POLLOUT),
        (readiness.urgent, values::POLLPRI),
        (readiness.error, values::POLLERR),
        (readiness.hang_up, values::POLLHUP),
        (readiness.read_hang_up, values::POLLRDHUP),
    ];
    bits.iter().filter(|(is, _)| *is).fold(0, |set, (_, bit)| set | bit)
}

/// Bytes of `[{..., 100}, {..., 20}]`.
fn vectors(list: &Expr) -> Result<i64, Stop> {
    let Expr::List(list) = list else {
        return Err(Stop::fault("expected a list of buffers [{..., 100}]".to_owned()));
    };
    let len = |buffer: &Expr| match buffer {
        Expr::Struct(fields) => fields.last().map_or(Ok(0), int),
        other => int(other),
    };
    list.iter().map(len).sum()
}

fn in_time(pending: &Pending, at: Time) -> Result<(), Stop> {
    let (early, late) = (pending.end.since(at), at.since(pending.end));
    if early.max(late) <= pending.tolerance {
        return Ok(());
    }
    let off = if early.is_zero() { format!("{late} late") } else { format!("{early} early") };
    Err(Stop::instead(format!("the call returned {off}"), format!("returned at {at}")))
}

fn unknown(call: &CallSpec) -> Stop {
    let args: Vec<String> = call.args.iter().map(describe).collect();
    Stop::unsupported(format!("{}({})", call.name, args.join(", ")))
}
