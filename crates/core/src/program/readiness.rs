//! What `poll()`, `select()` and `epoll_wait()` tell of a descriptor.

use serde::{Deserialize, Serialize};

/// What a descriptor is ready for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// `POLLIN`: a receive or accept has something to tell at once: data, a connection, the end, an error.
    #[serde(default, skip_serializing_if = "is_false")]
    pub readable: bool,
    /// `POLLOUT`: a send takes some bytes, or fails, at once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub writable: bool,
    /// `POLLPRI`: urgent data is there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub urgent: bool,
    /// `POLLERR`: an error is pending (`SO_ERROR`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub error: bool,
    /// `POLLHUP`: both directions are over, or there is no connection.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hang_up: bool,
    /// `POLLRDHUP`: the peer sends no more, or reading is shut down.
    #[serde(default, skip_serializing_if = "is_false")]
    pub read_hang_up: bool,
}

impl Readiness {
    /// Ready for reading: what a server that waits for work asks about.
    pub const READ: Readiness = Readiness { readable: true, ..Readiness::NONE };
    /// Ready for writing.
    pub const WRITE: Readiness = Readiness { writable: true, ..Readiness::NONE };
    /// Ready for nothing.
    pub const NONE: Readiness = Readiness {
        readable: false,
        writable: false,
        urgent: false,
        error: false,
        hang_up: false,
        read_hang_up: false,
    };

    /// What `poll` tells of this to somebody who asked about `wanted`.
    pub const fn told(self, wanted: Readiness) -> Readiness {
        Readiness {
            readable: self.readable && wanted.readable,
            writable: self.writable && wanted.writable,
            urgent: self.urgent && wanted.urgent,
            read_hang_up: self.read_hang_up && wanted.read_hang_up,
            ..self
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}
