//! Sockets have names of their own, and their variables are in order.

use sockscope_core::program::SocketKind;
use sockscope_core::tcp::{State, Variables};
use sockscope_core::trace::{Event, Kind, Node, Sock};
use std::collections::BTreeMap;
use std::net::SocketAddr;

#[derive(Clone, Debug, Default)]
pub(super) struct Sockets(BTreeMap<(Node, Sock), Named>);

/// What tells a socket of a host from another.
#[derive(Clone, Debug, PartialEq)]
struct Named {
    kind: SocketKind,
    local: Option<SocketAddr>,
    remote: Option<SocketAddr>,
}

impl Sockets {
    pub(super) fn see(&mut self, event: &Event) -> Option<String> {
        let node = event.node?;
        match &event.kind {
            Kind::Opened { sock, kind, .. } => {
                let named = Named { kind: *kind, local: None, remote: None };
                let before = self.0.insert((node, *sock), named);
                before.map(|_| format!("socket {sock} is opened twice"))
            }
            Kind::Bound { sock, local, .. } => self.name(node, *sock, **local, None),
            Kind::Connected { sock, local, remote } => self.name(node, *sock, **local, Some(**remote)),
            // A program may hold it still, but the next connection may have its addresses.
            Kind::State { sock, to: State::Closed, .. } => {
                if let Some(socket) = self.0.get_mut(&(node, *sock)) {
                    (socket.local, socket.remote) = (None, None);
                }
                None
            }
            Kind::Removed { sock } => {
                self.0.remove(&(node, *sock));
                None
            }
            Kind::Variables { sock, variables } => {
                let Variables { snd_una, snd_nxt, .. } = variables.variables();
                snd_una.after(snd_nxt).then(|| format!("socket {sock}: SND.UNA is after SND.NXT"))
            }
            _ => None,
        }
    }
    fn name(
        &mut self,
        node: Node,
        sock: Sock,
        local: SocketAddr,
        remote: Option<SocketAddr>,
    ) -> Option<String> {
        let Some(socket) = self.0.get_mut(&(node, sock)) else {
            return Some(format!("socket {sock} is named and was never opened"));
        };
        (socket.local, socket.remote) = (Some(local), remote);
        let named = socket.clone();
        let of_host = self.0.range((node, Sock(0))..=(node, Sock(u32::MAX)));
        let mut others = of_host.filter(|((_, other), other_name)| *other != sock && **other_name == named);
        others.next().map(|((_, other), _)| format!("sockets {sock} and {other} both have {local}"))
    }
}
