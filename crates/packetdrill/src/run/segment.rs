//! Segments of the script to segments on the wire.

use super::Stop;
use super::endpoint::Endpoint;
use crate::syntax::{OptionSpec, SeqSpec, TcpSpec};
use sockscope_core::payload::Payload;
use sockscope_core::seq::{Seq, SeqRange};
use sockscope_core::wire::{Cookie, Flags, Options, Segment};

/// The segment that the remote end of `endpoint` sends, ports left open.
pub(super) fn inbound(spec: &TcpSpec, endpoint: &Endpoint) -> Result<Segment, Stop> {
    let syn = spec.flags.has(Flags::SYN);
    let seq = match spec.seq {
        SeqSpec::Relative(seq) => seq.wrapping_add(endpoint.remote_offset(syn)),
        SeqSpec::Absolute(seq) => seq,
        SeqSpec::Any => return Err(Stop::fault("a packet that is sent needs a sequence number".to_owned())),
    };
    let acks = spec.flags.has(Flags::ACK);
    let ack_offset = endpoint.local_offset(syn);
    let mut options = Options::default();
    for option in spec.options.iter().flatten() {
        put(option, endpoint, ack_offset, acks, &mut options)?;
    }
    Ok(Segment {
        seq: Seq::new(seq),
        ack: Seq::new(if acks { spec.ack.wrapping_add(ack_offset) } else { spec.ack }),
        flags: flags(spec),
        wnd: spec.window.unwrap_or(0),
        up: spec.urgent,
        options,
        payload: Payload::from(vec![0; usize::from(spec.len)]),
        ..Segment::default()
    })
}

/// The flags, with CWR and ECE as the number says where they are written as one.
pub(super) fn flags(spec: &TcpSpec) -> Flags {
    let ace = spec.ace.unwrap_or(0);
    [(1, Flags::ECE), (2, Flags::CWR)]
        .into_iter()
        .filter(|(bit, _)| ace & bit != 0)
        .fold(spec.flags, |flags, (_, flag)| flags.with(flag))
}

fn put(
    option: &OptionSpec,
    endpoint: &Endpoint,
    ack_offset: u32,
    acks: bool,
    options: &mut Options,
) -> Result<(), Stop> {
    match option {
        OptionSpec::Nop | OptionSpec::Eol => {}
        OptionSpec::Mss(mss) => options.mss = Some(*mss),
        OptionSpec::WindowScale(shift) => options.window_scale = Some(*shift),
        OptionSpec::SackPermitted => options.sack_permitted = true,
        OptionSpec::Sack(blocks) => {
            let live = |n: u32| Seq::new(n.wrapping_add(ack_offset));
            let blocks = blocks.iter().map(|(start, end)| SeqRange { start: live(*start), end: live(*end) });
            let mut places = [None; 4];
            places.iter_mut().zip(blocks).for_each(|(place, block)| *place = Some(block));
            options.sack = places.into();
        }
        OptionSpec::Timestamps { val, ecr, absolute } => {
            let ecr = if *absolute || !acks {
                *ecr
            } else {
                let unknown =
                    || Stop::fault(format!("ecr {ecr}: the host has sent no timestamp of that value"));
                endpoint.live_stamp(*ecr).ok_or_else(unknown)?
            };
            options.timestamps = Some((val.unwrap_or(0), ecr));
        }
        // A cookie that is too long for the option cannot be stored by anybody: as if it were not there.
        OptionSpec::FastOpen { cookie, experimental } => {
            options.fast_open = Cookie::new(cookie).map(|cookie| cookie.in_experiment(*experimental).into());
        }
        // Whoever does not know an option passes over it (RFC 9293 §3.1).
        OptionSpec::Other(_) => {}
    }
    Ok(())
}
