//! What the operating system calls an error, in the engine's words.

use super::numbers;
use sockscope_core::errno::Errno;
use std::io;

macro_rules! table {
    ($($name:ident)*) => {
        /// The errors that both `errno.h` and the engine know.
        const NAMES: &[(i32, Errno)] = &[$((numbers::$name, Errno::$name)),*];
    };
}

table! {
    EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF ECONNABORTED ECONNREFUSED ECONNRESET
    EDESTADDRREQ EHOSTUNREACH EINPROGRESS EINTR EINVAL EISCONN EMFILE EMSGSIZE ENETUNREACH ENOBUFS ENOPROTOOPT ENOTCONN ENOTSOCK
    EOPNOTSUPP EPIPE ETIMEDOUT
}

/// The name of an operating system error; EIO for one that has no name here.
pub(crate) fn name(error: &io::Error) -> Errno {
    let found = |code| NAMES.iter().find(|(number, _)| *number == code).map(|(_, errno)| *errno);
    error.raw_os_error().and_then(found).unwrap_or(Errno::EIO)
}

/// What a non-blocking call says that cannot be done yet, and a receive whose time is up.
pub(super) fn would_block() -> io::Error {
    io::Error::from_raw_os_error(numbers::EAGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_but_the_two_of_our_own_has_a_number() {
        for errno in Errno::ALL {
            let ours = matches!(errno, Errno::ENONAME | Errno::EIO);
            assert_eq!(NAMES.iter().any(|(_, named)| named == errno), !ours, "{errno}");
        }
    }

    #[test]
    fn what_has_no_name_is_eio() {
        assert_eq!(name(&io::Error::from_raw_os_error(libc::ENOSPC)), Errno::EIO);
        assert_eq!(name(&io::Error::other("nothing of the system")), Errno::EIO);
        assert_eq!(name(&io::Error::from_raw_os_error(numbers::EPIPE)), Errno::EPIPE);
    }
}
