//! Waiting with tokio until a socket is ready.

use super::descriptors::{Descriptors, Entry};
use super::socket::OsSocket;
use super::tokio::OTHERS;
use sockscope_core::program::{Call, Fd, RecvFlags, SendFlags};
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A socket as tokio watches it.
pub(super) type Watched = Arc<AsyncFd<Arc<OsSocket>>>;

/// Tokio's registration of a socket, made when a call waits for the first time.
///
/// Not earlier: a stream socket that neither listens nor connects counts as hung up, and tokio never forgets that.
#[derive(Default)]
pub(super) struct Registration(Mutex<Option<Watched>>);

/// How a call waits that cannot be done at once.
pub(super) struct Waiting {
    /// It does not wait, it fails.
    pub(super) never: bool,
    /// It waits until it can send, not until it can receive.
    pub(super) sends: bool,
    /// It waits so long at most.
    pub(super) limit: Option<Duration>,
    entry: Arc<Entry>,
}

impl Waiting {
    /// Whether tokio watches the socket already: then it knows whether a call can be done, and need not try.
    pub(super) fn is_watched(&self) -> bool {
        self.entry.registration.is_there()
    }
    /// Whether bytes have no boundaries on it.
    pub(super) fn is_stream(&self) -> bool {
        matches!(*self.entry.socket, OsSocket::Stream(_))
    }
    /// Tokio's registration of the socket.
    pub(super) fn watch(&self) -> io::Result<Watched> {
        self.entry.registration.get(&self.entry.socket)
    }
}

impl Descriptors {
    /// What tokio needs to wait for a call on a socket that cannot be done at once.
    pub(super) fn waiting(&self, call: &Call, fd: Fd) -> io::Result<Waiting> {
        let entry = self.get(fd)?;
        let (asked, sends) = match call {
            Call::Send { flags, .. } | Call::SendTo { flags, .. } => (flags.has(SendFlags::DONTWAIT), true),
            Call::Recv { flags, .. } | Call::RecvFrom { flags, .. } => {
                (flags.has(RecvFlags::DONTWAIT), false)
            }
            call => (false, matches!(call, Call::Connect { .. })),
        };
        let never = asked || entry.non_blocking.load(Ordering::Relaxed);
        let at_most = if sends { &entry.send_at_most } else { &entry.receive_at_most };
        let nanos = at_most.load(Ordering::Relaxed);
        let limit = (nanos > 0).then(|| Duration::from_nanos(nanos));
        Ok(Waiting { never, sends, limit, entry })
    }
}

impl Registration {
    /// The registration; call it inside a tokio runtime.
    fn get(&self, socket: &Arc<OsSocket>) -> io::Result<Watched> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watched) = &*slot {
            return Ok(watched.clone());
        }
        let every = Interest::READABLE | Interest::WRITABLE | OTHERS;
        // SAFETY: the socket owns its descriptor, and tokio holds the socket as long as it watches it.
        #[expect(unsafe_code, reason = "tokio has no safe way to watch a socket that is not its own")]
        let watched = unsafe { AsyncFd::register_with_interest(socket.clone(), every) };
        let watched = Arc::new(watched?);
        *slot = Some(watched.clone());
        Ok(watched)
    }

    /// Whether there is a registration.
    fn is_there(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Lets go of the registration: after a failed `connect` the socket counts as hung up.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
