//! What routers told of the ways to other hosts (RFC 1191 §3, RFC 8201 §5.2): the next connection begins with it.

use super::Host;
use crate::collections::BTreeMap;
use crate::tcp::{Connection, PathMtu};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The ways that take smaller packets than our interface, by destination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Paths(BTreeMap<IpAddr, PathMtu>);

impl Paths {
    /// Remembers what a connection has heard.
    pub(super) fn note(&mut self, connection: &Connection) {
        if let Some(path) = connection.path() {
            self.0.insert(connection.remote().ip(), path);
        }
    }
}

impl Host {
    /// Tells a connection that begins what is known of its path; what is too old is forgotten.
    pub(super) fn tell_path(&mut self, connection: &mut Connection, now: Time) {
        self.paths.0.retain(|_, path| path.until > now);
        if let Some(path) = self.paths.0.get(&connection.remote().ip()) {
            connection.know_path(*path);
        }
    }
    /// Forgets what routers told of paths.
    pub fn forget_paths(&mut self) {
        self.paths = Paths::default();
    }
}
