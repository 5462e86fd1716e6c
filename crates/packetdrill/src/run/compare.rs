//! What the script expects against what was sent, field by field.

use super::observed::{Letters, Observed};
use super::segment;
use crate::syntax::{EcnSpec, IpSpec, OptionSpec, SeqSpec, TcpSpec};
use sockscope_core::time::Span;
use sockscope_core::wire::Flags;
use std::fmt::Display;

/// How far timestamps may be off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Time between two values; zero: they are not compared.
    pub(super) tick: Span,
    pub(super) tolerance: Span,
}

/// The first difference, where there is one.
pub(super) fn difference(ip: &IpSpec, spec: &TcpSpec, got: &Observed, clock: Clock) -> Option<String> {
    of_ip(ip, got)
        .or_else(|| of_header(spec, got))
        .or_else(|| spec.options.as_ref().and_then(|options| of_options(options, got, clock)))
}

fn differ<T: PartialEq + Display>(what: &str, expected: T, got: T) -> Option<String> {
    (expected != got).then(|| format!("{what}: expected {expected}, got {got}"))
}

fn of_ip(ip: &IpSpec, got: &Observed) -> Option<String> {
    let ecn = got.tos & 3;
    let wrong_ecn = match ip.ecn {
        Some(EcnSpec::Bits(bits)) => differ("ECN bits", bits, ecn),
        Some(EcnSpec::Ect01) if ![1, 2].contains(&ecn) => Some(format!("ECN bits: expected ECT, got {ecn}")),
        _ => None,
    };
    ip.dscp
        .and_then(|dscp| differ("DSCP", dscp, got.tos >> 2))
        .or(wrong_ecn)
        .or_else(|| ip.ttl.and_then(|ttl| differ("time to live", ttl, got.ttl)))
        .or_else(|| ip.flow_label.and_then(|label| differ("flow label", label, 0)))
}

fn of_header(spec: &TcpSpec, got: &Observed) -> Option<String> {
    let flags = segment::flags(spec);
    // Linux pushes the last of several segments that it hands to a device as one; the host under test does not.
    let by_device = got.joined && flags == got.flags.with(Flags::PSH);
    let wrong_flags = (flags != got.flags && !by_device)
        .then(|| format!("flags: expected {}, got {}", Letters(flags), Letters(got.flags)));
    let wrong_seq = match spec.seq {
        SeqSpec::Any => None,
        SeqSpec::Relative(seq) => differ("sequence number", seq, got.seq),
        SeqSpec::Absolute(seq) => differ("sequence number", seq, got.live_seq),
    };
    wrong_flags
        .or_else(|| differ("bytes of text", u32::from(spec.len), got.len))
        .or(wrong_seq)
        .or_else(|| flags.has(Flags::ACK).then(|| differ("ack", spec.ack, got.ack)).flatten())
        .or_else(|| spec.window.and_then(|window| differ("window", window, got.window)))
        .or_else(|| differ("urgent pointer", spec.urgent, got.urgent))
        .or_else(|| {
            (spec.udp != got.udp)
                .then(|| format!("datagram around it: expected {}, got {}", ports(spec.udp), ports(got.udp)))
        })
}

/// The datagram around a segment, as a script writes it.
fn ports(udp: Option<(u16, u16)>) -> String {
    udp.map_or("none".to_owned(), |(src, dst)| format!("/udp({src} > {dst})"))
}

fn of_options(expected: &[OptionSpec], got: &Observed, clock: Clock) -> Option<String> {
    let words = |options: &[OptionSpec]| {
        let words: Vec<String> = options.iter().map(ToString::to_string).collect();
        format!("<{}>", words.join(","))
    };
    let same = expected.len() == got.options.len()
        && expected.iter().zip(&got.options).all(|(expected, got)| is_same(expected, got, clock));
    (!same).then(|| format!("options: expected {}, got {}", words(expected), words(&got.options)))
}

fn is_same(expected: &OptionSpec, got: &OptionSpec, clock: Clock) -> bool {
    match (expected, got) {
        (
            OptionSpec::Timestamps { val, ecr, .. },
            OptionSpec::Timestamps { val: Some(got_val), ecr: got_ecr, .. },
        ) => {
            let close = val.is_none_or(|val| {
                let apart =
                    val.abs_diff(*got_val).min(got_val.wrapping_sub(val)).min(val.wrapping_sub(*got_val));
                clock.tick * u64::from(apart) <= clock.tolerance
            });
            close && ecr == got_ecr
        }
        _ => expected == got,
    }
}
