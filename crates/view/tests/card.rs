//! The card of a packet, on runs of the engine.

use sockscope_core::trace::Kind;
use sockscope_sim::{Scenario, World, presets};
use sockscope_view::card::PacketCard;
use sockscope_view::history::History;
use sockscope_view::story;

/// The begin of a preset's run.
fn history(preset: &str) -> History {
    let scenario: Scenario = presets::text(preset).unwrap().parse().unwrap();
    let mut world = World::new(&scenario).unwrap();
    while world.log().events().len() < 3000 && world.step().is_none() {}
    History::of(world.trace())
}

#[test]
fn a_card_tells_the_line_the_call_and_both_control_blocks() {
    let history = history("tcp-upper");
    let data = history.journeys().iter().find(|journey| journey.payload() == b"hello").unwrap();
    let card = PacketCard::new(&history, data.packet.id).unwrap();
    let line = card.line.unwrap();
    let source = history.source(&line.program).unwrap();
    let text = source.python.lines().nth(usize::from(line.step.python) - 1).unwrap();
    assert!(text.contains("send"), "{text}");
    assert!(card.call.unwrap().text.contains("send"), "the call that wrote the bytes");
    let changed = |receives: bool, name: &str| {
        let block = card.blocks.iter().find(|block| block.receives == receives).unwrap();
        let variable = block.variables.iter().find(|it| it.name == name).unwrap();
        (variable.before.clone(), variable.after.clone())
    };
    assert_eq!(changed(false, "SND.NXT"), ("1".into(), "6".into()));
    assert_eq!(changed(false, "SND.UNA"), ("1".into(), "1".into()), "what stays is told too");
    assert_eq!(changed(true, "RCV.NXT"), ("1".into(), "6".into()));
    let handshake = PacketCard::new(&history, history.journeys()[1].packet.id).unwrap();
    assert!(handshake.trigger.unwrap().text.starts_with("server receives"), "what made the host answer");
    let server = handshake.blocks.iter().find(|block| !block.receives).unwrap();
    assert_eq!(server.variables[0].after, "SYN-RECEIVED");
}

#[test]
fn a_card_finds_what_a_search_of_the_whole_run_finds() {
    for name in presets::names() {
        let history = history(name);
        for journey in history.journeys().iter().step_by(7).take(60) {
            let id = journey.packet.id;
            let card = PacketCard::new(&history, id).unwrap();
            let all = 0..history.events().len();
            let named = |n: &usize| story::packet_of(&history, *n).is_some_and(|it| it.packet.id == id);
            let told: Vec<usize> = card.journey.iter().map(|step| step.event).collect();
            assert_eq!(told, all.clone().filter(named).collect::<Vec<_>>(), "{name}: {}", card.title);
            let arrivals: Vec<_> = journey.arrivals.iter().map(|it| history.events()[it.event].n).collect();
            let silent = |kind: &Kind| {
                let sentence = matches!(kind, Kind::Variables { .. } | Kind::Buffered { .. });
                sentence || matches!(kind, Kind::TimerSet { .. } | Kind::TimerStopped { .. })
            };
            let caused = |n: &usize| {
                let event = &history.events()[*n];
                event.cause.is_some_and(|cause| arrivals.contains(&cause)) && !silent(&event.kind)
            };
            let mut told: Vec<usize> = card.effects.iter().map(|step| step.event).collect();
            told.sort_unstable();
            assert_eq!(told, all.filter(caused).collect::<Vec<_>>(), "{name}: {}", card.title);
        }
    }
}
