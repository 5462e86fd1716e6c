//! What the host sent, in the numbers of the script and in its syntax.

use super::endpoint::Endpoint;
use crate::syntax::OptionSpec;
use sockscope_core::wire::{Body, Flags, Packet, Segment};
use std::fmt;

/// A segment as the script would write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observed {
    pub(super) tos: u8,
    pub(super) ttl: u8,
    pub(super) flags: Flags,
    pub(super) seq: u32,
    pub(super) len: u32,
    pub(super) ack: u32,
    pub(super) window: u16,
    pub(super) urgent: u16,
    pub(super) options: Vec<OptionSpec>,
    /// The ports of the datagram that carried it.
    pub(super) udp: Option<(u16, u16)>,
    /// As it stands in the header.
    pub(super) live_seq: u32,
    pub(super) live_stamp: Option<u32>,
    /// It was several segments.
    pub(super) joined: bool,
}

impl Observed {
    /// `packet`, which carries `segment`, as the script of `endpoint` sees it.
    pub(super) fn new(packet: &Packet, segment: &Segment, endpoint: &Endpoint) -> Observed {
        let syn = segment.flags.has(Flags::SYN);
        let remote_offset = endpoint.remote_offset(syn);
        let acks = segment.flags.has(Flags::ACK);
        let mut bytes = vec![0; segment.options.len()];
        segment.options.encode(&mut bytes);
        Observed {
            tos: packet.tos,
            ttl: packet.ttl,
            flags: segment.flags,
            seq: segment.seq.get().wrapping_sub(endpoint.local_offset(syn)),
            len: segment.payload.len() as u32,
            ack: segment.ack.get().wrapping_sub(if acks { remote_offset } else { 0 }),
            window: segment.wnd,
            urgent: segment.up,
            options: options(&bytes, remote_offset, endpoint),
            udp: match &packet.body {
                Body::Udp(datagram) => Some((datagram.src_port, datagram.dst_port)),
                Body::Tcp(_) | Body::Icmp(_) => None,
            },
            live_seq: segment.seq.get(),
            live_stamp: segment.options.timestamps.map(|(val, _)| val),
            joined: false,
        }
    }
    /// Takes in a segment that follows on this one at once: together they are what a large segment of the script is.
    pub(super) fn join(&mut self, next: &Observed) -> bool {
        let follows = next.seq == self.seq.wrapping_add(self.len)
            && next.len > 0
            && next.flags.without(Flags::PSH).without(Flags::FIN) == self.flags.without(Flags::PSH)
            && !self.flags.has(Flags::FIN);
        if follows {
            self.len += next.len;
            self.flags = next.flags;
            self.joined = true;
        }
        follows
    }
}

/// The options of a header, padding included.
fn options(bytes: &[u8], offset: u32, endpoint: &Endpoint) -> Vec<OptionSpec> {
    let mut options = Vec::new();
    let mut rest = bytes;
    while let [kind, tail @ ..] = rest {
        let len = match kind {
            0 | 1 => 1,
            _ => tail.first().map_or(rest.len(), |len| usize::from(*len)).clamp(2, rest.len().max(2)),
        };
        let Some(option) = rest.get(..len) else { return options };
        options.push(one(option, offset, endpoint));
        rest = &rest[len..];
    }
    options
}

fn one(option: &[u8], offset: u32, endpoint: &Endpoint) -> OptionSpec {
    let word = |at: usize| option.get(at..at + 4).map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
    match option {
        [0, ..] => OptionSpec::Eol,
        [1, ..] => OptionSpec::Nop,
        [2, _, high, low] => OptionSpec::Mss(u16::from_be_bytes([*high, *low])),
        [3, _, shift] => OptionSpec::WindowScale(*shift),
        [4, _] => OptionSpec::SackPermitted,
        [5, _, blocks @ ..] => OptionSpec::Sack(
            (0..blocks.len() / 8)
                .map(|i| (word(2 + 8 * i).wrapping_sub(offset), word(6 + 8 * i).wrapping_sub(offset)))
                .collect(),
        ),
        [8, 10, ..] => OptionSpec::Timestamps {
            val: Some(endpoint.script_stamp(word(2))),
            ecr: word(6),
            absolute: false,
        },
        [34, _, cookie @ ..] => OptionSpec::FastOpen { cookie: cookie.to_vec(), experimental: false },
        [254, _, 0xf9, 0x89, cookie @ ..] => {
            OptionSpec::FastOpen { cookie: cookie.to_vec(), experimental: true }
        }
        [kind, ..] => OptionSpec::Other(format!("gen-{kind}")),
        [] => OptionSpec::Eol,
    }
}

impl fmt::Display for Observed {
    /// `S. 0:0(0) ack 1 win 65535 <mss 1460>`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.seq.wrapping_add(self.len);
        write!(f, "{} {}:{end}({})", Letters(self.flags), self.seq, self.len)?;
        if self.flags.has(Flags::ACK) {
            write!(f, " ack {}", self.ack)?;
        }
        write!(f, " win {}", self.window)?;
        if self.flags.has(Flags::URG) {
            write!(f, " urg {}", self.urgent)?;
        }
        if !self.options.is_empty() {
            let options: Vec<String> = self.options.iter().map(ToString::to_string).collect();
            write!(f, " <{}>", options.join(","))?;
        }
        match self.udp {
            Some((src, dst)) => write!(f, "/udp({src} > {dst})"),
            None => Ok(()),
        }
    }
}

/// Flags as letters.
pub(super) struct Letters(pub(super) Flags);

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = self.0.letters();
        f.write_str(if letters.is_empty() { "-" } else { &letters })
    }
}

impl fmt::Display for OptionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionSpec::Nop => f.write_str("nop"),
            OptionSpec::Eol => f.write_str("eol"),
            OptionSpec::Mss(mss) => write!(f, "mss {mss}"),
            OptionSpec::WindowScale(shift) => write!(f, "wscale {shift}"),
            OptionSpec::SackPermitted => f.write_str("sackOK"),
            OptionSpec::Sack(blocks) => {
                f.write_str("sack")?;
                blocks.iter().try_for_each(|(start, end)| write!(f, " {start}:{end}"))
            }
            OptionSpec::Timestamps { val: Some(val), ecr, .. } => write!(f, "TS val {val} ecr {ecr}"),
            OptionSpec::Timestamps { val: None, ecr, .. } => write!(f, "TS val ... ecr {ecr}"),
            OptionSpec::FastOpen { cookie, experimental } => {
                f.write_str(if *experimental { "FOEXP" } else { "FO" })?;
                if !cookie.is_empty() {
                    f.write_str(" ")?;
                }
                cookie.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            OptionSpec::Other(name) => f.write_str(name),
        }
    }
}

/// What the host sent, where it is no segment of the connection.
pub(super) fn brief(packet: &Packet) -> String {
    match &packet.body {
        Body::Udp(datagram) => format!("udp ({})", datagram.payload.len()),
        Body::Icmp(message) => format!("icmp {}", message.kind.text()),
        Body::Tcp(segment) => format!(
            "{} {}:{}({})",
            Letters(segment.flags),
            segment.seq,
            segment.seq + segment.payload.len() as u32,
            segment.payload.len()
        ),
    }
}
