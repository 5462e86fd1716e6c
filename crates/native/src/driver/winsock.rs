//! Numbers of Windows (`winsock2.h`) under the names that they have everywhere else.

macro_rules! numbers {
    ($($name:ident = $number:literal)*) => { $(pub(super) const $name: i32 = $number;)* };
}

numbers! {
    EINTR = 10004 EBADF = 10009 EACCES = 10013 EINVAL = 10022 EMFILE = 10024 EAGAIN = 10035 EINPROGRESS = 10036
    EALREADY = 10037 ENOTSOCK = 10038 EDESTADDRREQ = 10039 EMSGSIZE = 10040 ENOPROTOOPT = 10042 EOPNOTSUPP = 10045
    EAFNOSUPPORT = 10047 EADDRINUSE = 10048 EADDRNOTAVAIL = 10049 ENETUNREACH = 10051 ECONNABORTED = 10053
    ECONNRESET = 10054 ENOBUFS = 10055 EISCONN = 10056 ENOTCONN = 10057 ETIMEDOUT = 10060 ECONNREFUSED = 10061
    EHOSTUNREACH = 10065
}
// Who may send no more is told so by a name of its own (WSAESHUTDOWN).
numbers! { EPIPE = 10058 }
numbers! { MSG_OOB = 0x1 MSG_PEEK = 0x2 MSG_WAITALL = 0x8 }
