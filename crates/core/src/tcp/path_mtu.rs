//! The largest segment that goes through: MSS (RFC 9293 §3.7.1, RFC 6691).

use super::Connection;
use crate::wire::Options;

impl Connection {
    /// `Eff.snd.MSS`: what the peer takes and our interface lets out, less the options that every segment carries
    /// (RFC 6691 §2).
    pub(super) fn settle_mss(&mut self) {
        let theirs = self.snd.peer_mss.max(self.config.min_mss.into());
        let timestamps = self.timestamps.on.then_some((0, 0));
        let options = Options { timestamps, ..Options::default() }.len() as u32;
        self.snd.mss = theirs.min(self.config.mss.into()).saturating_sub(options).max(1);
    }
}
