//! The control blocks of both ends as small tiles: a name and its value.

use super::{MARGIN, Part};
use crate::flow::Track;
use crate::scene::{Anchor, Mark, Shape, key};
use crate::texts::{Texts, pattern};
use crate::{metrics, words};
use sockscope_core::tcp::{Phase, Variables};

const WIDE: f64 = 92.0;
const HIGH: f64 = 36.0;
/// So many variables of the sender and of the receiver are told.
const TILES: [usize; 2] = [10, 4];

fn columns(width: f64) -> usize {
    (((width - 2.0 * MARGIN) / WIDE) as usize).max(1)
}

/// The lower edge of the tiles that begin at `top`.
pub(super) fn height(track: &Track, width: f64, top: f64) -> f64 {
    let ends = if track.flow.receiver.is_some() { 2 } else { 1 };
    let rows: usize = TILES[..ends].iter().map(|tiles| tiles.div_ceil(columns(width))).sum();
    top + rows as f64 * HIGH + 8.0 * ends as f64
}

pub(super) fn paint(
    marks: &mut Vec<Mark>,
    texts: &Texts,
    track: &Track,
    [sends, takes]: [Option<&Variables>; 2],
    width: f64,
    top: f64,
) {
    let mut y = top;
    let blocks = [Some(sender(texts, track, sends)), track.flow.receiver.map(|_| receiver(track, takes))];
    for (end, block) in blocks.into_iter().enumerate() {
        let Some(block) = block else { continue };
        let columns = columns(width);
        let rows = block.len().div_ceil(columns);
        for (i, (name, value, meaning)) in block.into_iter().enumerate() {
            let (x, row) = (MARGIN + WIDE * (i % columns) as f64, y + HIGH * (i / columns) as f64);
            let key = |piece| key(Part::Tile as u8, (end << 8 | i) as u64, piece);
            let text = Shape::text(x, row + 8.0, Anchor::Start, texts.of(name));
            marks.push(Mark::new(key(0), "tile-name", text).titled(texts.of(meaning)));
            let value = metrics::fit(&value, WIDE - 6.0, |text| metrics::sans(text, 12.5));
            let text = Shape::text(x, row + 23.0, Anchor::Start, value);
            marks.push(Mark::new(key(1), "tile-value", text).titled(texts.of(meaning)));
        }
        y += HIGH * rows as f64 + 8.0;
    }
}

type Tile = (&'static str, String, &'static str);

fn bytes(number: u32) -> String {
    words::grouped(number.into())
}

fn sender(texts: &Texts, track: &Track, it: Option<&Variables>) -> Vec<Tile> {
    let tell = |value: &dyn Fn(&Variables) -> String| it.map_or("–".to_owned(), value);
    vec![
        (
            "SND.UNA",
            tell(&|it| bytes(track.relative(it.snd_una))),
            pattern("The oldest octet that is not acknowledged"),
        ),
        ("SND.NXT", tell(&|it| bytes(track.relative(it.snd_nxt))), pattern("The next octet to send")),
        ("SND.WND", tell(&|it| bytes(it.snd_wnd)), pattern("The window that the peer offers, in bytes")),
        ("cwnd", tell(&|it| bytes(it.cwnd)), pattern("The congestion window, in bytes (RFC 5681)")),
        (
            "ssthresh",
            tell(&|it| words::threshold(it.ssthresh)),
            pattern("Slow start ends here, in bytes (RFC 5681)"),
        ),
        ("pipe", tell(&|it| bytes(it.pipe)), pattern("Bytes thought to be on their way (RFC 6675)")),
        (
            pattern("lost, SACKed"),
            tell(&|it| format!("{}, {}", bytes(it.lost), bytes(it.sacked))),
            pattern("Bytes presumed lost, and bytes that the peer has beyond a hole"),
        ),
        (
            "SRTT",
            tell(&|it| it.srtt.map_or("–".into(), words::span)),
            pattern("The smoothed round-trip time (RFC 6298)"),
        ),
        ("RTO", tell(&|it| words::span(it.rto)), pattern("The retransmission time-out (RFC 6298)")),
        (
            pattern("recovery"),
            tell(&|it| texts.of(phase(it.phase)).to_owned()),
            pattern("Where loss recovery stands"),
        ),
    ]
}

fn receiver(track: &Track, it: Option<&Variables>) -> Vec<Tile> {
    let it = it.filter(|it| it.irs == track.iss);
    let tell = |value: &dyn Fn(&Variables) -> String| it.map_or("–".to_owned(), value);
    vec![
        (
            "RCV.NXT",
            tell(&|it| bytes(track.relative(it.rcv_nxt))),
            pattern("The next octet that is expected"),
        ),
        ("RCV.WND", tell(&|it| bytes(it.rcv_wnd)), pattern("The window that is offered, in bytes")),
        (
            pattern("for recv()"),
            tell(&|it| bytes(it.recv_buffered)),
            pattern("Bytes that the program can take"),
        ),
        (pattern("ahead"), tell(&|it| bytes(it.reassembly)), pattern("Bytes that came ahead of their turn")),
    ]
}

/// Where loss recovery stands, in a word.
pub(crate) const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Open => pattern("open"),
        Phase::Disorder => pattern("disorder"),
        Phase::Reduced => pattern("reduced"),
        Phase::Recovery => pattern("recovery"),
        Phase::Loss => pattern("loss"),
    }
}
