//! Waiting with tokio until a socket is ready.

use super::socket::OsSocket;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A socket as tokio watches it.
pub(super) type Watched = Arc<AsyncFd<Arc<OsSocket>>>;

/// Tokio's registration of a socket, made when a call waits for the first time.
///
/// Not earlier: a stream socket that neither listens nor connects counts as hung up, and tokio never forgets that.
#[derive(Default)]
pub(super) struct Watch(Mutex<Option<Watched>>);

impl Watch {
    /// The registration; call it inside a tokio runtime.
    pub(super) fn register(&self, socket: &Arc<OsSocket>) -> io::Result<Watched> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watched) = &*slot {
            return Ok(watched.clone());
        }
        let every = Interest::READABLE | Interest::WRITABLE | Interest::ERROR;
        // SAFETY: the socket owns its descriptor, and tokio holds the socket as long as it watches it.
        #[expect(unsafe_code, reason = "tokio has no safe way to watch a socket that is not its own")]
        let watched = unsafe { AsyncFd::register_with_interest(socket.clone(), every) };
        let watched = Arc::new(watched?);
        *slot = Some(watched.clone());
        Ok(watched)
    }

    /// Whether there is a registration.
    pub(super) fn is_registered(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Lets go of the registration: after a failed `connect` the socket counts as hung up.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
