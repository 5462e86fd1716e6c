//! The sockets of watched processes, told of as they come to be, change and go.

use super::Watcher;
use super::process::{Inode, Known, inode, kind};
use crate::sockopt::tcp_info;
use nix::unistd::Pid;
use socket2::SockRef;
use sockscope_core::program::{Fd, SocketKind};
use sockscope_core::trace::{EventId, Kind, Node, NodeInfo, NodeKind, Omission, Sock, Task};
use std::sync::PoisonError;

impl Watcher {
    /// The node of a process, which joins the trace where it has not yet.
    pub(super) fn node(&mut self, pid: Pid) -> Option<Node> {
        let process = self.processes.get_mut(&pid)?;
        if let Some(node) = process.node {
            return Some(node);
        }
        let name = process.name();
        let times = self.names.entry(name.clone()).or_default();
        *times += 1;
        let name = if *times > 1 { format!("{name}-{times}") } else { name };
        let info = NodeInfo { name, kind: NodeKind::Host, addresses: Vec::new() };
        let node = self.recorder.join(&self.nodes, info);
        process.node = Some(node);
        if let Some(handle) = process.handle() {
            self.handles.lock().unwrap_or_else(PoisonError::into_inner).insert(node, handle);
        }
        Some(node)
    }

    /// The node and the task of a thread; it starts in the trace where it has not yet.
    pub(super) fn task(&mut self, tid: Pid) -> Option<(Node, Task)> {
        let tracee = self.tracees.get(&tid)?;
        if let Some(task) = tracee.task {
            return Some(task);
        }
        let (pid, parent) = (tracee.process, tracee.parent);
        let node = self.node(pid)?;
        let parent = parent.and_then(|parent| self.tracees.get(&parent)?.task).map(|(_, task)| task);
        let task = Task(self.tasks);
        self.tasks += 1;
        self.tracees.get_mut(&tid)?.task = Some((node, task));
        let program = self.processes.get(&pid)?.name().into();
        self.record(node, None, Kind::Started { task, program, parent });
        Some((node, task))
    }

    /// The socket behind a descriptor, where it is one of TCP or UDP. The trace knows of it afterwards.
    pub(super) fn socket(&mut self, tid: Pid, fd: Fd) -> Option<(Inode, SocketKind)> {
        let pid = self.tracees.get(&tid)?.process;
        let inode = inode(tid, fd)?;
        let known = self.kinds.get(&inode).copied();
        let kind = known.unwrap_or_else(|| {
            let borrowed = self.processes.get(&pid).and_then(|process| process.borrow(fd));
            if borrowed.is_none() {
                self.missed.insert(
                    "this system does not let us look at sockets (pidfd_getfd): none is told of".to_owned(),
                );
            }
            let kind = borrowed.as_ref().and_then(kind);
            self.kinds.insert(inode, kind);
            kind
        })?;
        self.describe(pid, fd, inode, kind);
        Some((inode, kind))
    }

    /// A socket that `socket()` has just made.
    pub(super) fn opened(&mut self, tid: Pid, fd: Fd, kind: SocketKind) {
        let Some((pid, inode)) = self.tracees.get(&tid).map(|it| it.process).zip(inode(tid, fd)) else {
            return;
        };
        self.kinds.insert(inode, Some(kind));
        self.describe(pid, fd, inode, kind);
    }

    /// A connection that a welcoming socket has just given.
    pub(super) fn accepted(&mut self, tid: Pid, listener: Inode, fd: Fd) {
        let Some((pid, inode)) = self.tracees.get(&tid).map(|it| it.process).zip(inode(tid, fd)) else {
            return;
        };
        self.kinds.insert(inode, Some(SocketKind::Stream));
        let listener = self.processes.get(&pid).and_then(|it| it.sockets.get(&listener)).map(|it| it.sock);
        let Some((node, sock)) = self.add(pid, inode, SocketKind::Stream, None, listener) else { return };
        self.released(pid, fd);
        self.processes.entry(pid).and_modify(|process| _ = process.descriptors.insert(fd, inode));
        self.look(pid, fd, inode, true);
        self.record(node, None, Kind::Accepted { sock, fd });
    }

    /// Tells what a descriptor stands for, where that is news.
    fn describe(&mut self, pid: Pid, fd: Fd, inode: Inode, kind: SocketKind) {
        let Some(process) = self.processes.get(&pid) else { return };
        if process.descriptors.get(&fd) == Some(&inode) {
            return;
        }
        self.released(pid, fd);
        let known =
            self.processes.get(&pid).and_then(|process| process.sockets.get(&inode)).map(|it| it.sock);
        match (known, self.node(pid)) {
            (Some(sock), Some(node)) => _ = self.record(node, None, Kind::Duplicate { sock, fd }),
            (None, Some(node)) => {
                let from = self.owners.get(&inode).copied();
                let Some((_, sock)) = self.add(pid, inode, kind, Some(fd), None) else { return };
                if let Some((with, of)) = from.filter(|(with, _)| *with != node) {
                    self.record(node, None, Kind::Shared { sock, with, of });
                    self.look(pid, fd, inode, true);
                    self.note_listening(pid, fd, inode, 0);
                }
            }
            (_, None) => {}
        }
        self.processes.entry(pid).and_modify(|process| _ = process.descriptors.insert(fd, inode));
    }

    /// A socket that is new to a process.
    fn add(
        &mut self,
        pid: Pid,
        inode: Inode,
        kind: SocketKind,
        fd: Option<Fd>,
        listener: Option<Sock>,
    ) -> Option<(Node, Sock)> {
        let node = self.node(pid)?;
        let process = self.processes.get_mut(&pid)?;
        let sock = process.next_sock();
        let known = Known { sock, kind, local: None, remote: None, listens: false, info: None };
        process.sockets.insert(inode, known);
        self.owners.entry(inode).or_insert((node, sock));
        self.record(node, None, Kind::Opened { sock, kind, fd, listener });
        Some((node, sock))
    }

    /// A descriptor was closed, or stands for something else by now.
    pub(super) fn released(&mut self, pid: Pid, fd: Fd) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let Some((inode, node)) = process.descriptors.remove(&fd).zip(process.node) else { return };
        let Some(sock) = process.sockets.get(&inode).map(|known| known.sock) else { return };
        self.record(node, None, Kind::Released { sock, fd });
    }

    /// Every descriptor of a process is closed: it ends.
    pub(super) fn release_all(&mut self, pid: Pid) {
        let open =
            self.processes.get(&pid).map(|process| process.descriptors.keys().copied().collect::<Vec<_>>());
        open.into_iter().flatten().for_each(|fd| self.released(pid, fd));
    }

    /// The descriptors of a range that are closed by now.
    pub(super) fn closed_range(&mut self, tid: Pid, first: u64, last: u64) {
        let Some(pid) = self.tracees.get(&tid).map(|tracee| tracee.process) else { return };
        let Some(process) = self.processes.get(&pid) else { return };
        let known = process.descriptors.iter().filter(|(fd, _)| (first..=last).contains(&fd.0.into()));
        let closed: Vec<Fd> =
            known.filter(|(fd, it)| inode(tid, **fd) != Some(**it)).map(|(fd, _)| *fd).collect();
        closed.into_iter().for_each(|fd| self.released(pid, fd));
    }

    /// Whether nothing but a name could be new about a socket: a datagram socket that has its address.
    pub(super) fn is_settled(&self, pid: Pid, inode: Inode) -> bool {
        let known = self.processes.get(&pid).and_then(|process| process.sockets.get(&inode));
        known.is_some_and(|known| known.kind == SocketKind::Datagram && known.local.is_some())
    }

    /// What the kernel tells of a socket now: its addresses, and how its connection is.
    pub(super) fn look(&mut self, pid: Pid, fd: Fd, inode: Inode, implicit: bool) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let Some(borrowed) = process.borrow(fd) else { return };
        let Some((known, node)) = process.sockets.get_mut(&inode).zip(process.node) else { return };
        let socket = SockRef::from(&borrowed);
        let sock = known.sock;
        let connection = known.local.zip(known.remote).filter(|_| known.kind == SocketKind::Stream);
        // The ends of a connection stay what they are.
        let (local, remote) = connection.map_or_else(
            || {
                let local = socket.local_addr().ok().and_then(|addr| addr.as_socket());
                let remote = socket.peer_addr().ok().and_then(|addr| addr.as_socket());
                (local.filter(|addr| addr.port() != 0), remote)
            },
            |(local, remote)| (Some(local), Some(remote)),
        );
        let info = tcp_info(&borrowed).filter(|_| known.kind == SocketKind::Stream && !known.listens);
        drop(borrowed);
        let mut news = Vec::new();
        let connected = remote.filter(|_| remote != known.remote).zip(local);
        if let Some(local) = local.filter(|_| known.local.is_none()) {
            // The address of a connection that was accepted comes with its peer.
            let born = known.remote.is_none() && connected.is_some() && !implicit;
            (!born).then(|| news.push(Kind::Bound { sock, local: local.into(), implicit }));
        }
        if let Some((remote, local)) = connected {
            news.push(Kind::Connected { sock, local: local.into(), remote: remote.into() });
        }
        known.local = local.or(known.local);
        known.remote = remote.or(known.remote);
        if let Some(info) = info.filter(|info| remote.is_some() && known.info.as_ref() != Some(info)) {
            known.info = Some(info.clone());
            news.push(Kind::Info { sock, info: Box::new(info) });
        }
        news.into_iter().for_each(|kind| _ = self.record(node, None, kind));
    }

    /// A socket welcomes clients from now on, where the kernel says so.
    pub(super) fn note_listening(&mut self, pid: Pid, fd: Fd, inode: Inode, backlog: u32) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let Some(borrowed) = process.borrow(fd) else { return };
        let Some((known, node)) = process.sockets.get_mut(&inode).zip(process.node) else { return };
        if SockRef::from(&borrowed).is_listener().unwrap_or(false) {
            known.listens = true;
            let sock = known.sock;
            self.record(node, None, Kind::Listening { sock, backlog });
        }
    }

    /// What could not be seen of a call.
    pub(super) fn wordless(&mut self, tid: Pid, fd: Fd) {
        if self.socket(tid, fd).is_some() {
            self.wordless += 1;
        }
    }

    /// Bytes that were not kept.
    pub(super) fn cut(&self, node: Node, cause: Option<EventId>, bytes: u64) {
        if bytes > 0 {
            self.record(node, cause, Kind::Omitted { what: Omission::Bytes, count: bytes });
        }
    }
}
