//! Fast open in the host (RFC 7413 §4.1): the cookies that servers gave us, and those that we give.

use super::Host;
use crate::errno::Errno;
use crate::keyed_hash::sip_hash;
use crate::payload::Payload;
use crate::program::{OptionName, SendFlags, SocketOption};
use crate::seq::Seq;
use crate::tcp::{Connection, FastOpenOutcome};
use crate::time::Time;
use crate::trace::{Cx, Sock};
use crate::wire::{Cookie, Segment};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// What is known of servers, by address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cookies(BTreeMap<IpAddr, Known>);

/// What is known of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Known {
    /// Its cookie for us, and its MSS.
    Cookie(Cookie, u16),
    /// On the way to it fast open does not work.
    Refuses,
}

impl Host {
    /// Forgets every fast open cookie, and which paths refused one.
    pub fn forget_cookies(&mut self) {
        self.cookies = Cookies::default();
    }
    /// Whether a send on an unconnected stream socket connects it, with the data on the SYN where there is a cookie.
    pub(super) fn sends_fast(&self, sock: Sock, flags: SendFlags) -> bool {
        let asked = matches!(self.sockets[sock].options.get(OptionName::FastOpen), Some(SocketOption::FastOpen(n)) if n > 0);
        self.config.tcp.fast_open_client && (asked || flags.has(SendFlags::FASTOPEN))
    }
    /// `sendto()` that connects; how much of `data` was taken.
    pub(super) fn connect_fast(
        &mut self,
        sock: Sock,
        data: &Payload,
        to: SocketAddr,
        flags: SendFlags,
        cx: &mut Cx,
    ) -> Result<u32, Errno> {
        let offer = match self.cookies.0.get(&to.ip()) {
            Some(Known::Cookie(cookie, mss)) => Some((*cookie, Some(*mss))),
            Some(Known::Refuses) => None,
            None => Some((Cookie::REQUEST, None)),
        };
        let mut taken = 0;
        self.connect_stream_with(sock, to, cx, |connection, cx| {
            // Where the path refuses the option the data waits for the end of the handshake all the same.
            connection.open_fast(offer);
            taken = connection.send(data, flags, cx).unwrap_or(0) as u32;
        })?;
        Ok(taken)
    }
    /// Takes note of what a connection learned of its server.
    pub(super) fn note_cookie(&mut self, server: IpAddr, outcome: FastOpenOutcome) {
        match outcome {
            FastOpenOutcome::Granted(cookie, mss) => {
                self.cookies.0.insert(server, Known::Cookie(cookie, mss));
            }
            FastOpenOutcome::Accepted => {}
            FastOpenOutcome::Refused => {
                self.cookies.0.insert(server, Known::Refuses);
            }
        }
    }
    /// §4.1.2: a listener's answer to the fast open option of a SYN.
    pub(super) fn welcome_fast(&self, parent: Sock, child: &mut Connection, syn: &Segment, cx: &mut Cx) {
        let waits = matches!(self.sockets[parent].options.get(OptionName::FastOpen), Some(SocketOption::FastOpen(n)) if n > 0);
        let Some(offered) = syn.options.fast_open else { return };
        if !waits || !self.config.tcp.fast_open_server {
            return;
        }
        let good = self.cookie_for(child.remote().ip()).in_experiment(offered.experimental);
        if offered == good {
            child.take_data_of_syn(syn, cx);
        } else {
            child.grant_cookie(good);
        }
    }
    /// The cookie of a client: nobody else can make it, and nobody else gets it.
    fn cookie_for(&self, client: IpAddr) -> Cookie {
        let hash = sip_hash(self.secret, &octets(client));
        Cookie::new(&hash.to_be_bytes()).unwrap_or_default()
    }
    /// RFC 6528 §3: an initial sequence number, `M + F(localip, localport, remoteip, remoteport, secretkey)`. `M` is a
    /// clock with ticks of 4 µs; `F` keeps strangers from guessing.
    pub(super) fn initial_sequence_number(&self, local: SocketAddr, remote: SocketAddr, now: Time) -> Seq {
        Seq::new(sip_hash(self.secret, &ends(local, remote)) as u32) + (now.as_nanos() / 4_000) as u32
    }
}

/// Both ends of a connection, to be hashed.
pub(super) fn ends(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let mut ends = octets(local.ip());
    ends.extend(octets(remote.ip()));
    ends.extend(local.port().to_be_bytes());
    ends.extend(remote.port().to_be_bytes());
    ends
}

fn octets(addr: IpAddr) -> Vec<u8> {
    match addr {
        IpAddr::V4(addr) => addr.octets().to_vec(),
        IpAddr::V6(addr) => addr.octets().to_vec(),
    }
}
