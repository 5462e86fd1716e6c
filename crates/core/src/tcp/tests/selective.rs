//! What ACKs report beside the cumulative acknowledgment: SACK blocks and duplicates (RFC 2018, RFC 2883).

use super::*;
use crate::seq::SeqRange;

/// A peer that permits SACK is connected to B, as a listener of ours meets it.
fn listening(permitted: bool) -> Pair {
    let mut pair = Pair::new(&RFC);
    let mut syn = Segment { seq: ISS[A], flags: Flags::SYN, wnd: 65_535, ..Segment::default() };
    syn.options.sack_permitted = permitted;
    pair.inject(B, syn);
    pair.inject(
        B,
        Segment { seq: ISS[A] + 1, ack: ISS[B] + 1, flags: Flags::ACK, wnd: 65_535, ..Segment::default() },
    );
    pair.sent.clear();
    pair
}
/// Octets `[from, to)` of the stream arrive at B, counted from the SYN.
fn arrive(pair: &mut Pair, from: u32, to: u32) {
    pair.inject(
        B,
        Segment {
            seq: ISS[A] + from,
            ack: ISS[B] + 1,
            flags: Flags::ACK,
            wnd: 65_535,
            payload: vec![7; (to - from) as usize].into(),
            ..Segment::default()
        },
    );
}
/// The last acknowledgment and its blocks.
fn told(pair: &Pair) -> (u32, Vec<(u32, u32)>) {
    let segment = &pair.sent.last().unwrap().segment;
    let edge = |block: &SeqRange| (block.start - ISS[A], block.end - ISS[A]);
    (segment.ack - ISS[A], segment.options.sack.iter().flatten().map(edge).collect())
}
/// 99 octets in order and three islands behind them.
fn islands() -> Pair {
    let mut pair = listening(true);
    for (from, to) in [(1, 100), (200, 300), (400, 500), (600, 700)] {
        arrive(&mut pair, from, to);
    }
    assert_eq!(told(&pair), (100, vec![(600, 700), (400, 500), (200, 300)]));
    pair
}

/// What arrives at the islands, and what the ACK says then: as FreeBSD's and Linux' do.
#[test]
fn blocks_of_what_overlaps() {
    type Range = (u32, u32);
    let cases: [(Range, u32, &[Range]); 16] = [
        ((50, 75), 100, &[(50, 75), (600, 700), (400, 500), (200, 300)]),
        ((50, 150), 150, &[(50, 100), (600, 700), (400, 500), (200, 300)]),
        ((50, 275), 300, &[(50, 100), (600, 700), (400, 500)]),
        ((50, 700), 700, &[(50, 100)]),
        ((100, 150), 150, &[(600, 700), (400, 500), (200, 300)]),
        ((100, 275), 300, &[(200, 275), (600, 700), (400, 500)]),
        ((100, 475), 500, &[(200, 300), (600, 700)]),
        ((150, 200), 100, &[(150, 300), (600, 700), (400, 500)]),
        ((150, 675), 100, &[(200, 300), (150, 700)]),
        ((200, 300), 100, &[(200, 300), (200, 300), (600, 700), (400, 500)]),
        ((250, 400), 100, &[(250, 300), (200, 500), (600, 700)]),
        ((300, 400), 100, &[(200, 500), (600, 700)]),
        ((350, 550), 100, &[(400, 500), (350, 550), (600, 700), (200, 300)]),
        ((450, 600), 100, &[(450, 500), (400, 700), (200, 300)]),
        ((550, 700), 100, &[(600, 700), (550, 700), (400, 500), (200, 300)]),
        ((650, 675), 100, &[(650, 675), (600, 700), (400, 500), (200, 300)]),
    ];
    for ((from, to), ack, blocks) in cases {
        let mut pair = islands();
        arrive(&mut pair, from, to);
        assert_eq!(told(&pair), (ack, blocks.to_vec()), "{from} to {to}");
    }
}

scenarios! {
    fn a_duplicate_is_reported_once_and_at_once() -> Pair {
        let mut pair = islands();
        arrive(&mut pair, 50, 120);
        assert_eq!(pair.sent.last().unwrap().reason, Reason::DuplicateText);
        arrive(&mut pair, 120, 130);
        assert_eq!(told(&pair), (130, vec![(600, 700), (400, 500), (200, 300)]));
        pair
    }

    fn who_did_not_permit_sack_gets_none() -> Pair {
        let mut pair = listening(false);
        arrive(&mut pair, 200, 300);
        arrive(&mut pair, 200, 300);
        assert_eq!(told(&pair), (1, vec![]));
        pair
    }

    /// The blocks take room from the text beside them: the packet stays as long as the path allows.
    fn data_shares_its_segment_with_blocks() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.lose_nth(&[0], |sent| sent.from == A && sent.len() > 0);
        pair.send(A, &pattern(2 * 1460)).unwrap();
        pair.send(B, &pattern(4000)).unwrap();
        pair.run_for(DELAY);
        pair.send(B, &pattern(4000)).unwrap();
        let reporting = |sent: &&Sent| sent.len() > 1000 && sent.segment.options.sack[0].is_some();
        assert!(pair.from(B).filter(reporting).count() > 0);
        for sent in pair.from(B) {
            assert!(sent.segment.header_len() + sent.len() <= 1460 + 20);
        }
        pair.run();
        pair
    }
}
