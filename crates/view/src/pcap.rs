//! Captures in the older form of libpcap, for tools that read no pcapng: raw IP packets, nanosecond times. It has no
//! interfaces and no comments (draft-ietf-opsawg-pcap).

use crate::capture;
use crate::history::History;
use sockscope_core::trace::Node;

/// The history as a pcap file: as `point` alone saw it, or as every host did, where each packet is there twice.
///
/// ```
/// # use sockscope_core::trace::{Clock, FORMAT, Header};
/// # let header = Header { format: FORMAT, engine: String::new(), clock: Clock::Virtual, title: String::new(),
/// #     seed: String::new(), scenario: None, programs: vec![], nodes: vec![], links: vec![], sources: vec![] };
/// use sockscope_view::{history::History, pcap};
/// let file = pcap::write(&History::new(header), None);
/// assert_eq!(file[..4], [0x4d, 0x3c, 0xb2, 0xa1], "the times count nanoseconds");
/// ```
pub fn write(history: &History, point: Option<Node>) -> Vec<u8> {
    const LINKTYPE_RAW: u32 = 101;
    let mut out = Vec::new();
    // The number of the format, its version 2.4, two words that nobody uses, the longest packet, the link type.
    for word in [0xa1b2_3c4d, 0x0004_0002, 0, 0, 1 << 18, LINKTYPE_RAW] {
        out.extend(u32::to_le_bytes(word));
    }
    let places = capture::places(history, point);
    for captured in capture::all(history).iter().filter(|captured| places.contains(&captured.place)) {
        let bytes = captured.bytes(history);
        let kept = &bytes[..bytes.len().saturating_sub(captured.journey.cut as usize)];
        let (at, second) = (captured.at.as_nanos(), 1_000_000_000);
        for word in [(at / second) as u32, (at % second) as u32, kept.len() as u32, bytes.len() as u32] {
            out.extend(word.to_le_bytes());
        }
        out.extend(kept);
    }
    out
}
