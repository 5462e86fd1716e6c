//! Captures for Wireshark: pcapng with one interface for each host, raw IP packets, nanosecond times.
//!
//! Three kinds of block of the format (draft-ietf-opsawg-pcapng) are all it takes.

use crate::capture::{self, Place};
use crate::history::History;
use sockscope_core::trace::Node;

/// The history as a pcapng file: as `point` alone saw it, or as every host did.
///
/// With every host each packet is there twice: where it was sent, and where it arrived, with the bits that the way
/// flipped (Wireshark then takes the second for a retransmission: look at one interface at a time). The comment of a sent
/// packet says why it was sent.
///
/// ```
/// # use sockscope_core::trace::{Clock, FORMAT, Header};
/// # let header = Header { format: FORMAT, engine: String::new(), clock: Clock::Virtual, title: String::new(),
/// #     seed: String::new(), scenario: None, programs: vec![], nodes: vec![], links: vec![], sources: vec![] };
/// use sockscope_view::{history::History, pcapng};
/// let file = pcapng::write(&History::new(header), None);
/// assert_eq!(file[..4], [0x0a, 0x0d, 0x0d, 0x0a], "a section header");
/// ```
pub fn write(history: &History, point: Option<Node>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut section = Vec::new();
    section.extend(0x1a2b_3c4d_u32.to_le_bytes());
    section.extend([1, 0, 0, 0]);
    section.extend([0xff; 8]);
    option(&mut section, 4, format!("sockscope {}", history.header().engine).as_bytes());
    end_of_options(&mut section);
    block(&mut out, 0x0a0d_0d0a, &section);
    let places = capture::places(history, point);
    for place in &places {
        block(&mut out, 1, &interface(capture::name(history, *place)));
    }
    for captured in capture::all(history) {
        // A capture point is a host; what a router sends is seen where it arrives.
        if let Some(interface) = places.iter().position(|place| *place == captured.place) {
            block(&mut out, 6, &packet(history, &captured, interface as u32));
        }
    }
    out
}

/// The description of a host's interface.
fn interface(name: &str) -> Vec<u8> {
    const LINKTYPE_RAW: u16 = 101;
    let mut body = Vec::new();
    body.extend(LINKTYPE_RAW.to_le_bytes());
    body.extend([0; 2]);
    body.extend(0_u32.to_le_bytes());
    option(&mut body, 2, name.as_bytes());
    // if_tsresol: times count units of 10^-9 s.
    option(&mut body, 9, &[9]);
    end_of_options(&mut body);
    body
}

/// A packet with its time, its direction and the reason why it was sent.
fn packet(history: &History, captured: &capture::Captured<'_>, interface: u32) -> Vec<u8> {
    let bytes = captured.bytes(history);
    let at = captured.at.as_nanos();
    let mut body = Vec::new();
    let kept = bytes.len().saturating_sub(captured.journey.cut as usize);
    for word in [interface, (at >> 32) as u32, at as u32, kept as u32, bytes.len() as u32] {
        body.extend(word.to_le_bytes());
    }
    padded(&mut body, &bytes[..kept]);
    let (inbound, outbound) = (1_u32, 2_u32);
    let direction = match captured.place {
        Place::Host(_) if captured.arrival.is_some() => Some(inbound),
        Place::Host(_) => Some(outbound),
        Place::Point(_) => None,
    };
    if direction == Some(outbound) {
        let reason = captured.journey.reason;
        option(&mut body, 1, format!("{} ({})", reason.text(), reason.source()).as_bytes());
    }
    if let Some(direction) = direction {
        option(&mut body, 2, &direction.to_le_bytes());
    }
    end_of_options(&mut body);
    body
}

fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = (body.len() as u32 + 12).to_le_bytes();
    out.extend(kind.to_le_bytes());
    out.extend(length);
    out.extend(body);
    out.extend(length);
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    padded(body, value);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

/// Appends bytes, then zeros up to a multiple of four.
fn padded(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
}
