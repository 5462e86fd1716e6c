//! What tshark's experts see in the packets that a host sends, against the reason that the host gives for each. tshark knows
//! the packets and guesses; the host knows why. Where the two differ it stands in the tables below.

use crate::{CAPTURES, FIELDS, is_bad};
use sockscope_core::tcp::Reason::{self, *};

/// The flags, `tcp.analysis.…`.
pub(crate) const FLAGS: [&str; 13] = [
    "retransmission",
    "fast_retransmission",
    "spurious_retransmission",
    "out_of_order",
    "lost_segment",
    "duplicate_ack",
    "zero_window",
    "window_full",
    "window_update",
    "zero_window_probe",
    "zero_window_probe_ack",
    "keep_alive",
    "keep_alive_ack",
];

/// Reasons that carry octets for the first time.
const NEW: &[Reason] = &[NewData, LimitedTransmit, RecoveryData, FinOfClose, SmallWindow];
/// Reasons to send again what was sent before.
const AGAIN: &[Reason] = &[
    Retransmission,
    FastRetransmit,
    PartialAck,
    RackLoss,
    SackLoss,
    Rescue,
    TailLossProbe,
    SynAckOfSimultaneousOpen,
    PathMtuShrank,
    WindowOpened,
];
/// A SYN that comes again is answered again.
const ANSWERS: &[Reason] = &[SynAckOfListen];
/// Reasons for a segment without text.
const BARE: &[Reason] = &[AckNow, AckDelayed, QuickAck, DuplicateText, ChallengeAck, WindowUpdate];

/// A flag, and the reasons of the packets that may have it. That a window is zero is told by its number ([`shows_zero_window`]),
/// whatever the packet was sent for.
const MEANS: &[(&str, &[&[Reason]])] = &[
    // With every ACK a BSD repeats its FIN, until that is acknowledged; and a probe repeats its octet.
    ("retransmission", &[AGAIN, ANSWERS, &[AckNow, WindowProbe]]),
    // Where the timer runs out right after two duplicate ACKs, tshark takes the one for the other.
    (
        "fast_retransmission",
        &[&[FastRetransmit, PartialAck, RackLoss, SackLoss, Retransmission, TailLossProbe]],
    ),
    ("spurious_retransmission", &[AGAIN, ANSWERS, &[AckNow]]),
    // What is sent again within a round trip of something newer: tshark thinks that the network swapped the two.
    ("out_of_order", &[AGAIN, &[AckNow]]),
    // A host that sends knows of no gap; but tshark does not count the octet of a probe, and what follows it looks like one.
    ("lost_segment", &[NEW]),
    ("duplicate_ack", &[BARE]),
    ("window_full", &[NEW, AGAIN]),
    ("window_update", &[BARE]),
    ("zero_window_probe", &[&[WindowProbe]]),
    ("zero_window_probe_ack", &[BARE]),
    // The last octet again is one to tshark, whatever it is sent for.
    ("keep_alive", &[&[KeepAlive], AGAIN]),
    ("keep_alive_ack", &[BARE]),
];

/// A reason, and the flags of which its packets must have one at least.
const SHOWS: &[(Reason, &[&str])] = &[
    (Retransmission, &["retransmission", "out_of_order"]),
    (FastRetransmit, &["fast_retransmission", "out_of_order"]),
    (PartialAck, &["retransmission", "out_of_order"]),
    (RackLoss, &["retransmission", "out_of_order"]),
    (SackLoss, &["retransmission", "out_of_order"]),
    (Rescue, &["retransmission", "out_of_order"]),
    (SynAckOfSimultaneousOpen, &["retransmission"]),
    (PathMtuShrank, &["retransmission", "out_of_order"]),
    (KeepAlive, &["keep_alive"]),
];

/// The reason that the comment of a packet gives.
fn reason(row: &[String]) -> Option<Reason> {
    let comment = &row[FIELDS.len() - 1];
    Reason::ALL.iter().copied().find(|reason| *comment == format!("{} ({})", reason.text(), reason.source()))
}
fn flags(row: &[String]) -> Vec<&'static str> {
    let columns = FLAGS.into_iter().zip(&row[FIELDS.len()..]);
    columns.filter(|(_, value)| !value.is_empty()).map(|(flag, _)| flag).collect()
}

/// Whether a packet is one that tells of a closed window: in a SYN, a FIN or a RST a window of zero says nothing.
fn shows_zero_window(row: &[String]) -> bool {
    let [window, syn, fin, rst] = &row[5..9] else { unreachable!("these are columns") };
    window == "0" && [syn, fin, rst].iter().all(|flag| ["0", "False"].contains(&flag.as_str()))
}

#[test]
fn the_experts_see_what_the_reasons_say() {
    let (mut wrong, mut seen) = (Vec::new(), Vec::new());
    for capture in CAPTURES.iter() {
        for (n, row) in capture.rows.iter().enumerate().filter(|(_, row)| !is_bad(row)) {
            let Some(reason) = reason(row) else { continue };
            let flags = flags(row);
            let means = |flag: &&str| MEANS.iter().find(|(known, _)| known == flag);
            let odd = flags
                .iter()
                .any(|flag| means(flag).is_some_and(|(_, reasons)| !reasons.concat().contains(&reason)));
            let shows = SHOWS.iter().find(|(known, _)| *known == reason);
            let unseen = shows.is_some_and(|(_, any)| !any.iter().any(|flag| flags.contains(flag)));
            let window = flags.contains(&"zero_window") != shows_zero_window(row);
            if odd || unseen || window {
                wrong.push(format!(
                    "{}, packet {} at {}: {reason:?} is {flags:?}",
                    capture.name,
                    n + 1,
                    capture.host
                ));
            }
            seen.extend(flags);
        }
    }
    assert!(wrong.is_empty(), "{} packets: {wrong:#?}", wrong.len());
    // These depend on the worlds.
    let never = ["lost_segment", "spurious_retransmission"];
    let unseen: Vec<&str> =
        FLAGS.into_iter().filter(|flag| !seen.contains(flag) && !never.contains(flag)).collect();
    assert!(CAPTURES.is_empty() || unseen.is_empty(), "no packet shows {unseen:?}");
}
