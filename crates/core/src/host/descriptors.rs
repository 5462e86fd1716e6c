//! File descriptors.

use crate::collections::BTreeSet;
use crate::errno::Errno;
use crate::program::Fd;
use crate::trace::Sock;
use serde::{Deserialize, Serialize};

/// 0, 1 and 2 are the standard streams.
const FIRST: u32 = 3;

/// The descriptor table: each open descriptor names a socket, and a new one is the lowest that is free (POSIX).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Descriptors {
    /// What descriptor `FIRST + i` names.
    open: Vec<Option<Sock>>,
    /// The places in `open` that are empty.
    free: BTreeSet<u32>,
}

impl Descriptors {
    /// Opens the lowest free descriptor; EMFILE where `limit` are open.
    pub(super) fn open(&mut self, sock: Sock, limit: u32) -> Result<Fd, Errno> {
        if let Some(place) = self.free.pop_first() {
            self.open[place as usize] = Some(sock);
            return Ok(Fd(FIRST + place));
        }
        let place = self.open.len() as u32;
        if place >= limit {
            return Err(Errno::EMFILE);
        }
        self.open.push(Some(sock));
        Ok(Fd(FIRST + place))
    }
    /// The socket that it names; EBADF where it is not open.
    pub(super) fn get(&self, fd: Fd) -> Result<Sock, Errno> {
        let place = fd.0.checked_sub(FIRST).ok_or(Errno::ENOTSOCK)?;
        self.open.get(place as usize).copied().flatten().ok_or(Errno::EBADF)
    }
    /// Closes it; the socket that it named.
    pub(super) fn close(&mut self, fd: Fd) -> Result<Sock, Errno> {
        let sock = self.get(fd)?;
        self.open[(fd.0 - FIRST) as usize] = None;
        self.free.insert(fd.0 - FIRST);
        Ok(sock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_descriptor_is_given() {
        let mut table = Descriptors::default();
        let mut open = |sock| table.open(Sock(sock), 3);
        assert_eq!([open(0), open(1), open(2)], [Ok(Fd(3)), Ok(Fd(4)), Ok(Fd(5))]);
        assert_eq!(open(3), Err(Errno::EMFILE));
        assert_eq!(table.close(Fd(4)), Ok(Sock(1)));
        assert_eq!(table.close(Fd(3)), Ok(Sock(0)));
        assert_eq!(table.get(Fd(3)), Err(Errno::EBADF));
        assert_eq!(table.open(Sock(4), 3), Ok(Fd(3)));
        assert_eq!(table.get(Fd(3)), Ok(Sock(4)));
        assert_eq!(table.get(Fd(1)), Err(Errno::ENOTSOCK));
        assert_eq!(table.close(Fd(9)), Err(Errno::EBADF));
    }
}
