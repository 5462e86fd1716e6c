//! The socket table: every socket by its number.

use super::socket::Socket;
use crate::trace::Sock;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::Index;

/// Numbers are given in order and never twice, so a number is a place: finding a socket takes one step, however many there
/// are. The places of sockets that are gone are dropped once every older one is gone too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sockets {
    /// The number of the first place.
    first: u32,
    places: VecDeque<Option<Box<Socket>>>,
}

impl Sockets {
    /// The number that the next socket gets.
    pub(super) fn next(&self) -> Sock {
        Sock(self.first + self.places.len() as u32)
    }
    /// Puts a socket in the table.
    pub(super) fn add(&mut self, socket: Socket) -> Sock {
        let sock = self.next();
        self.places.push_back(Some(Box::new(socket)));
        sock
    }
    pub(super) fn get(&self, sock: Sock) -> Option<&Socket> {
        self.places.get(self.place(sock)?)?.as_deref()
    }
    pub(super) fn get_mut(&mut self, sock: Sock) -> Option<&mut Socket> {
        let place = self.place(sock)?;
        self.places.get_mut(place)?.as_deref_mut()
    }
    pub(super) fn remove(&mut self, sock: Sock) {
        if let Some(socket) = self.place(sock).and_then(|place| self.places.get_mut(place)) {
            *socket = None;
        }
        while self.places.front().is_some_and(Option::is_none) {
            self.places.pop_front();
            self.first += 1;
        }
    }
    /// Forgets every socket; numbers go on.
    pub(super) fn clear(&mut self) {
        self.first = self.next().0;
        self.places.clear();
    }
    /// Every socket in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Sock, &Socket)> {
        (self.first..).map(Sock).zip(&self.places).filter_map(|(sock, place)| Some((sock, place.as_deref()?)))
    }
    fn place(&self, sock: Sock) -> Option<usize> {
        sock.0.checked_sub(self.first).map(|place| place as usize)
    }
}

impl Index<Sock> for Sockets {
    type Output = Socket;
    /// A socket that is in the table.
    fn index(&self, sock: Sock) -> &Socket {
        self.get(sock).expect("a socket number in use names a socket")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::socket::Role;
    use crate::program::Family;

    #[test]
    fn numbers_go_on_and_places_of_the_gone_are_dropped() {
        let mut table = Sockets::default();
        let add = |table: &mut Sockets| table.add(Socket::new(None, Family::Inet, Role::Idle));
        assert_eq!([(); 3].map(|()| add(&mut table)), [Sock(0), Sock(1), Sock(2)]);
        table.remove(Sock(1));
        assert_eq!(table.iter().map(|(sock, _)| sock.0).collect::<Vec<_>>(), [0, 2]);
        assert_eq!((table.get(Sock(1)), table.get(Sock(9)), table.places.len()), (None, None, 3));
        table.remove(Sock(0));
        assert_eq!((table.places.len(), table.get(Sock(0))), (1, None));
        table.clear();
        assert_eq!(add(&mut table), Sock(3));
    }
}
