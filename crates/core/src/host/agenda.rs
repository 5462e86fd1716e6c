//! When connections are to be looked at again.

use super::sockets::Sockets;
use crate::time::Time;
use crate::trace::Sock;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A heap of times, the soonest first. An entry counts while its socket names that very time ([`Socket::due`]); one whose
/// socket has another by now, or is gone, lies where it is until its turn comes or there are too many of them.
///
/// [`Socket::due`]: super::socket::Socket::due
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<(Time, Sock)>>,
    /// How many entries do not count.
    stale: usize,
}

impl PartialEq for Agenda {
    fn eq(&self, other: &Agenda) -> bool {
        (self.heap.as_slice(), self.stale) == (other.heap.as_slice(), other.stale)
    }
}

impl Agenda {
    /// The soonest entry, which counts.
    pub(super) fn first(&self) -> Option<(Time, Sock)> {
        self.heap.peek().map(|Reverse(first)| *first)
    }
    /// Takes the soonest entry out; those behind it that do not count go with it.
    pub(super) fn pop(&mut self, sockets: &Sockets) {
        self.heap.pop();
        self.drop_stale(sockets);
    }
    /// The socket is to be looked at then.
    pub(super) fn put(&mut self, at: Time, sock: Sock) {
        self.heap.push(Reverse((at, sock)));
    }
    /// An entry does not count any more.
    pub(super) fn forget(&mut self, sockets: &Sockets) {
        self.stale += 1;
        self.drop_stale(sockets);
        if self.stale > self.heap.len() / 2 + FEW {
            self.heap.retain(|Reverse(entry)| counts(entry, sockets));
            self.stale = 0;
        }
    }
    pub(super) fn clear(&mut self) {
        *self = Agenda::default();
    }
    fn drop_stale(&mut self, sockets: &Sockets) {
        while self.first().is_some_and(|first| !counts(&first, sockets)) {
            self.heap.pop();
            self.stale = self.stale.saturating_sub(1);
        }
    }
    /// Whether the socket is to be looked at then.
    #[cfg(test)]
    pub(super) fn contains(&self, at: Time, sock: Sock) -> bool {
        self.heap.as_slice().contains(&Reverse((at, sock)))
    }
}

/// For so few entries that do not count it is not worth looking at all.
const FEW: usize = 64;

fn counts((at, sock): &(Time, Sock), sockets: &Sockets) -> bool {
    sockets.get(*sock).is_some_and(|socket| socket.due == Some(*at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::socket::{Role, Socket};
    use crate::program::Family;

    /// Files `sock` at `at`, as a host does.
    fn file(agenda: &mut Agenda, sockets: &mut Sockets, sock: Sock, at: Option<u64>) {
        let due = at.map(Time::from_nanos);
        if std::mem::replace(&mut sockets.get_mut(sock).unwrap().due, due).is_some() {
            agenda.forget(sockets);
        }
        if let Some(due) = due {
            agenda.put(due, sock);
        }
    }

    #[test]
    fn the_soonest_that_counts_is_the_first() {
        let (mut agenda, mut sockets) = (Agenda::default(), Sockets::default());
        let [a, b] = [(); 2].map(|()| sockets.add(Socket::new(None, Family::Inet, Role::Idle)));
        file(&mut agenda, &mut sockets, a, Some(9));
        file(&mut agenda, &mut sockets, b, Some(5));
        file(&mut agenda, &mut sockets, a, Some(3));
        assert_eq!(agenda.first(), Some((Time::from_nanos(3), a)));
        file(&mut agenda, &mut sockets, a, None);
        assert_eq!(agenda.first(), Some((Time::from_nanos(5), b)));
        sockets.get_mut(b).unwrap().due = None;
        agenda.pop(&sockets);
        assert_eq!((agenda.first(), agenda.stale), (None, 0));
    }

    #[test]
    fn what_does_not_count_takes_no_memory_for_long() {
        let (mut agenda, mut sockets) = (Agenda::default(), Sockets::default());
        let sock = sockets.add(Socket::new(None, Family::Inet, Role::Idle));
        for at in (1..10_000).rev() {
            file(&mut agenda, &mut sockets, sock, Some(at));
            assert!(agenda.heap.len() <= 2 * FEW + 2);
        }
        assert_eq!(agenda.first(), Some((Time::from_nanos(1), sock)));
    }
}
