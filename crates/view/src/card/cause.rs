//! What led to a packet: the call of a program, and what let the packet go.

use crate::history::{CallLife, History, Journey};
use sockscope_core::collections::sort_by_key;
use sockscope_core::trace::Kind;

/// The call that led to a packet: the one that wrote the first of its bytes; of one without bytes the begin of the chain of
/// causes, or the call that wrote what it answers.
pub(super) fn call(history: &History, journey: &Journey) -> Option<usize> {
    if let Some(writer) = writer(history, journey) {
        return Some(writer);
    }
    chain(history, journey).find_map(|n| match &history.events()[n].kind {
        Kind::Call { .. } => Some(n),
        Kind::Sent { packet, .. } => writer(history, history.journey(packet.id)?),
        _ => None,
    })
}

/// The arrival or the timer at the sender that let a packet go; none where the call itself did.
pub(super) fn trigger(history: &History, journey: &Journey) -> Option<usize> {
    let decides = |n: &usize| {
        matches!(
            history.events()[*n].kind,
            Kind::Call { .. } | Kind::Arrived { .. } | Kind::TimerFired { .. } | Kind::Intervened { .. }
        )
    };
    let first = chain(history, journey).find(decides)?;
    Some(first).filter(|n| !matches!(history.events()[*n].kind, Kind::Call { .. }))
}

/// The causes of a packet, the nearest first.
fn chain<'a>(history: &'a History, journey: &Journey) -> impl Iterator<Item = usize> + use<'a> {
    // Causes lie before their effects: the chain ends.
    let before = |n: usize| history.place(history.events().get(n)?.cause?).filter(move |cause| *cause < n);
    std::iter::successors(before(journey.sent), move |n| before(*n))
}

/// The call that wrote the first byte of a segment.
fn writer(history: &History, journey: &Journey) -> Option<usize> {
    let segment = journey.segment().filter(|segment| !segment.payload.is_empty())?;
    let (sock, from) = (journey.sock?, journey.relative?.seq);
    // The first byte has the number after that of the SYN; in a damaged trace there may be none before.
    let syn = u32::from(!segment.flags.has(sockscope_core::wire::Flags::SYN));
    let first = u64::from(from.checked_sub(syn)?);
    let tasks = history.tasks().iter().filter(|task| task.node == journey.from);
    let calls = tasks.flat_map(|task| &task.calls);
    let mut calls: Vec<&CallLife> = calls.filter(|call| call.sock == Some(sock)).collect();
    sort_by_key(&mut calls, |call| call.event);
    let mut end = 0_u64;
    let wrote = |call: &&CallLife| {
        end += u64::from(call.written().unwrap_or(0));
        end > first
    };
    calls.into_iter().find(wrote).map(|call| call.event)
}
