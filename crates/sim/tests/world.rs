//! What happens in a world, as a user would see it in the trace.

use serde_json::{Value, json};
use sockscope_core::program::{Call, Notice};
use sockscope_core::tcp::{Reason, State};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Discard, Intervention, Kind, LinkDrop, Node, Outcome, Trace};
use sockscope_core::wire::PacketId;
use sockscope_sim::{Run, Scenario, World, checkers, presets, replay};

fn scenario(json: Value) -> Scenario {
    json.to_string().parse().unwrap_or_else(|error| panic!("{error}"))
}

fn run(scenario: &Scenario) -> Trace {
    let mut world = World::new(scenario).unwrap();
    world.run();
    let trace = world.trace();
    assert_eq!(checkers::check(&trace), []);
    trace
}

/// A file of `size` bytes from client to server over a link with these knobs.
fn transfer(knobs: Value, size: u32) -> Scenario {
    scenario(json!({
        "title": "transfer",
        "hosts": [{ "name": "client" }, { "name": "server" }],
        "links": [{ "between": ["client", "server"], "both": knobs }],
        "programs": [
            { "host": "server", "program": "file-receiver", "args": { "size": size } },
            { "host": "client", "program": "file-sender", "args": { "size": size }, "at": "1ms" }
        ]
    }))
}

fn preset(name: &str) -> Scenario {
    presets::text(name).unwrap().parse().unwrap()
}

fn count(trace: &Trace, wanted: impl Fn(&Kind) -> bool) -> usize {
    trace.events.iter().filter(|event| wanted(&event.kind)).count()
}

fn drops(trace: &Trace, wanted: LinkDrop) -> usize {
    count(trace, |kind| matches!(kind, Kind::Dropped { why, .. } if *why == wanted))
}

/// What the programs printed, in order.
fn printed(trace: &Trace) -> Vec<&str> {
    let calls = trace.events.iter().filter_map(|event| match &event.kind {
        Kind::Call { call, .. } => Some(&**call),
        _ => None,
    });
    calls
        .filter_map(|call| if let Call::Print { text } = call { Some(text.as_str()) } else { None })
        .collect()
}

fn exits(trace: &Trace) -> Vec<u8> {
    let code = |kind: &Kind| if let Kind::Exited { code, .. } = kind { Some(*code) } else { None };
    trace.events.iter().filter_map(|event| code(&event.kind)).collect()
}

#[test]
fn the_udp_exchange_is_the_one_of_the_note() {
    let trace = run(&preset("udp-upper"));
    assert_eq!(printed(&trace), ["HELLO"]);
    let asked = trace.events.iter().find(|event| matches!(event.kind, Kind::Sent { .. })).unwrap();
    let answered = trace.events.iter().rfind(|event| matches!(event.kind, Kind::Delivered { .. })).unwrap();
    assert_eq!((answered.at - asked.at).as_millis(), 40, "one round trip");
}

#[test]
fn every_impairment_leaves_its_mark_and_the_file_arrives_all_the_same() {
    let clean = run(&transfer(json!({}), 200_000));
    assert_eq!(drops(&clean, LinkDrop::Loss), 0);
    for (knobs, marked) in [
        (
            json!({ "loss": "5%" }),
            (|kind| matches!(kind, Kind::Dropped { why: LinkDrop::Loss, .. })) as fn(&Kind) -> bool,
        ),
        (json!({ "duplicate": "5%" }), |kind| matches!(kind, Kind::Duplicated { .. })),
        (json!({ "corrupt": "5%" }), |kind| {
            matches!(kind, Kind::Discarded { why: Discard::BadChecksum, .. })
        }),
        (json!({ "rate": "2mbit", "queue": 4 }), |kind| {
            matches!(kind, Kind::Dropped { why: LinkDrop::QueueFull, .. })
        }),
        (json!({ "reorder": "10%", "jitter": "2ms" }), |kind| {
            matches!(kind, Kind::Rule { reason: Reason::OutOfOrder, .. })
        }),
    ] {
        let trace = run(&transfer(knobs.clone(), 200_000));
        assert!(count(&trace, marked) > 0, "{knobs}");
        assert_eq!(exits(&trace), [0, 0], "{knobs}");
    }
}

#[test]
fn every_flipped_bit_is_found_or_harmless() {
    let trace = run(&transfer(json!({ "corrupt": "10%" }), 200_000));
    let flipped = count(&trace, |kind| matches!(kind, Kind::Corrupted { .. }));
    let found = count(&trace, |kind| {
        matches!(kind, Kind::Discarded { why: Discard::BadChecksum | Discard::Malformed, .. })
    });
    assert!(flipped > 10);
    assert_eq!(flipped, found, "IPv4 and TCP checksums cover every bit");
}

#[test]
fn duplication_moves_no_loss() {
    let lost = |knobs: Value| -> Vec<PacketId> {
        // Datagrams, which nobody answers: what is sent does not depend on what is lost.
        let sends = json!({ "send_to": { "socket": "s", "data": "x", "to": "server:9" } });
        let trace = run(&scenario(json!({
            "title": "datagrams",
            "hosts": [{ "name": "client" }, { "name": "server" }],
            "links": [{ "between": ["client", "server"], "there": knobs, "back": {} }],
            "programs": [{ "host": "client", "program": "many", "steps": [
                { "socket": { "kind": "datagram", "into": "s" } },
                { "repeat": { "times": 500, "do": [sends] } }
            ] }]
        })));
        let lost = |kind: &Kind| match kind {
            Kind::Dropped { packet, copy: 0, why: LinkDrop::Loss, .. } => Some(*packet),
            _ => None,
        };
        trace.events.iter().filter_map(|event| lost(&event.kind)).collect()
    };
    let alone = lost(json!({ "loss": "10%" }));
    assert!(alone.len() > 20);
    assert_eq!(lost(json!({ "loss": "10%", "duplicate": "50%", "jitter": "3ms", "corrupt": "20%" })), alone);
}

#[test]
fn another_host_and_link_move_no_draw_of_the_others() {
    let events = |hosts: Value, links: Value| {
        let trace = run(&scenario(json!({
            "title": "a bad wire",
            "hosts": hosts,
            "links": links,
            "programs": [
                { "host": "server", "program": "tcp-upper-server" },
                { "host": "client", "program": "tcp-upper-client" }
            ]
        })));
        assert!(drops(&trace, LinkDrop::Loss) > 0, "the wire is bad");
        trace.events
    };
    let (client, server) = (json!({ "name": "client" }), json!({ "name": "server" }));
    let wire = json!({ "between": ["client", "server"], "both": { "loss": "30%", "jitter": "5ms" } });
    let other = json!({ "between": ["client", "other"], "both": { "loss": "10%" } });
    let two = events(json!([client, server]), json!([wire]));
    assert_eq!(events(json!([client, server, { "name": "other" }]), json!([wire, other])), two);
}

#[test]
fn a_packet_that_is_too_long_is_dropped() {
    let datagram = |mtu: u32| {
        run(&scenario(json!({
            "title": "mtu",
            "hosts": [{ "name": "client" }, { "name": "server" }],
            "links": [{ "between": ["client", "server"], "there": { "mtu": mtu } }],
            "programs": [
                { "host": "server", "program": "udp-upper-server" },
                { "host": "client", "program": "udp-upper-client", "args": { "message": "x".repeat(1000) } }
            ]
        })))
    };
    assert_eq!(drops(&datagram(1027), LinkDrop::TooLong), 1);
    assert_eq!(drops(&datagram(1028), LinkDrop::TooLong), 0);
}

/// Client and server with so many routers in a row between them, and a program on the client.
fn far(routers: usize, program: Value) -> Scenario {
    let names: Vec<String> = (0..routers).map(|i| format!("r{i}")).collect();
    let mut nodes = vec!["client"];
    nodes.extend(names.iter().map(String::as_str));
    nodes.push("server");
    let links: Vec<Value> = nodes.windows(2).map(|ends| json!({ "between": ends })).collect();
    scenario(json!({
        "title": "far",
        "hosts": [{ "name": "client" }, { "name": "server" }],
        "routers": names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "links": links,
        "programs": [{ "host": "server", "program": "udp-upper-server" }, program]
    }))
}

#[test]
fn routers_count_the_time_to_live_down() {
    let asks = json!({ "host": "client", "program": "udp-upper-client", "at": "1ms" });
    let trace = run(&far(63, asks.clone()));
    assert_eq!(printed(&trace), ["HELLO"]);
    let trace = run(&far(64, asks));
    assert_eq!((drops(&trace, LinkDrop::Expired), printed(&trace).len()), (1, 0));
    let reports = count(&trace, |kind| matches!(kind, Kind::Sent { reason: Reason::TimeExceeded, .. }));
    assert_eq!(reports, 1, "the last router tells the client");
    let reported = trace.events.iter().rfind(|event| matches!(event.kind, Kind::Delivered { .. })).unwrap();
    assert_eq!(reported.node, Some(Node(0)));
}

#[test]
fn without_a_route_the_sender_is_told() {
    let args = json!({ "server": "10.9.9.9" });
    let trace = run(&far(1, json!({ "host": "client", "program": "tcp-upper-client", "args": args })));
    assert!(drops(&trace, LinkDrop::NoRoute) > 0);
    assert_eq!(exits(&trace), [1]);
}

#[test]
fn two_transfers_share_a_bottleneck() {
    let trace = run(&preset("shared-bottleneck"));
    assert_eq!(exits(&trace), [0; 4]);
    assert!(drops(&trace, LinkDrop::QueueFull) > 0);
    let bottleneck = |kind: &Kind| match kind {
        Kind::Dropped { link, why: LinkDrop::QueueFull, .. } => link.0 / 2 != 2,
        _ => false,
    };
    assert_eq!(count(&trace, bottleneck), 0, "nothing is dropped elsewhere");
}

#[test]
fn what_is_done_to_a_packet_is_done_to_that_packet() {
    let at = Time::from_nanos(10_000_000);
    let mut run = Run::new(&preset("udp-upper")).unwrap();
    run.finish();
    let fork = |intervention: Intervention| {
        let mut fork = run.fork_at(at, intervention).unwrap();
        fork.finish();
        let trace = fork.trace();
        assert_eq!(replay::world(&trace).unwrap(), None, "a fork replays from its own header");
        trace
    };
    let packet = PacketId(0);
    let dropped = fork(Intervention::Drop { packet });
    assert_eq!((drops(&dropped, LinkDrop::Intervention), printed(&dropped).len()), (1, 0));
    let late = fork(Intervention::Delay { packet, by: Span::from_millis(7) });
    let last = |trace: &Trace| trace.events.last().unwrap().at;
    assert_eq!((last(&late) - last(&run.trace())).as_millis(), 7);
    let doubled = fork(Intervention::Duplicate { packet });
    let datagrams = count(&doubled, |kind| matches!(kind, Kind::Sent { reason: Reason::Datagram, .. }));
    assert_eq!(datagrams, 3, "the server answers twice");
}

#[test]
fn a_cut_link_loses_what_is_on_it_until_it_is_mended() {
    let mut scenario = transfer(json!({}), 100_000);
    let mut world = World::new(&scenario).unwrap();
    let ms = |ms: u64| Time::from_nanos(ms * 1_000_000);
    world.intervene(ms(45), Intervention::Cut { link: 0 }).unwrap();
    world.intervene(ms(2_000), Intervention::Mend { link: 0 }).unwrap();
    world.run();
    let trace = world.trace();
    assert_eq!(checkers::check(&trace), []);
    assert!(drops(&trace, LinkDrop::Cut) > 1, "some were on it, some were put on it");
    assert_eq!(exits(&trace), [0, 0]);
    // The same from the scenario file.
    scenario.interventions = world.scenario().interventions.clone();
    assert_eq!(run(&scenario), trace);
}

#[test]
fn a_link_is_calm_from_the_time_on_that_somebody_says() {
    let knobs =
        json!({ "delay": "10ms", "jitter": "5ms", "loss": "20%", "duplicate": "20%", "corrupt": "20%" });
    let mut world = World::new(&transfer(knobs, 200_000)).unwrap();
    let calm = Time::from_nanos(2_000_000_000);
    world.intervene(calm, Intervention::Calm { link: 0 }).unwrap();
    world.run();
    let trace = world.trace();
    assert_eq!(exits(&trace), [0, 0]);
    let faults = |when: fn(&Time, &Time) -> bool| {
        let during = trace.events.iter().filter(|event| when(&event.at, &calm));
        let is_fault = |kind: &Kind| {
            matches!(kind, Kind::Dropped { .. } | Kind::Duplicated { .. } | Kind::Corrupted { .. })
        };
        during.filter(|event| is_fault(&event.kind)).count()
    };
    assert!(faults(Time::lt) > 10, "the link is rough before");
    assert_eq!(faults(Time::ge), 0);
    assert_eq!(replay::world(&trace).unwrap(), None, "the trace knows of it");
}

#[test]
fn a_crashed_host_is_silent() {
    let mut world = World::new(&preset("tcp-upper")).unwrap();
    world.intervene(Time::from_nanos(60_000_000), Intervention::Crash { node: 1 }).unwrap();
    assert_eq!(world.run(), Outcome::Done);
    let trace = world.trace();
    assert_eq!(checkers::check(&trace), []);
    assert!(count(&trace, |kind| matches!(kind, Kind::Discarded { why: Discard::HostDown, .. })) > 0);
    let timed_out = Notice::Failed(sockscope_core::errno::Errno::ETIMEDOUT);
    assert_eq!(count(&trace, |kind| matches!(kind, Kind::Notice { notice, .. } if *notice == timed_out)), 1);
}

#[test]
fn an_intervention_that_makes_no_sense_is_refused() {
    let mut world = World::new(&preset("udp-upper")).unwrap();
    assert!(world.intervene(Time::ZERO, Intervention::Cut { link: 1 }).is_err());
    assert!(world.intervene(Time::ZERO, Intervention::Crash { node: 2 }).is_err());
    assert!(world.intervene(Time::ZERO, Intervention::Drop { packet: PacketId(2 << 32) }).is_err());
    world.run_until(Time::from_nanos(15_000_000));
    let late = world.intervene(Time::from_nanos(15_000_000), Intervention::Cut { link: 0 }).unwrap_err();
    assert_eq!(late.to_string(), "15.000 ms has passed: the run is at 15.000 ms; fork it before that time");
    world.run();
    assert!(world.intervene(Time::from_nanos(1 << 50), Intervention::Cut { link: 0 }).is_err());
}

/// Nothing is hidden in a world, and nothing in it is shared: else this does not compile.
const _: () = {
    const fn is_plain_data<T>()
    where
        T: Clone + PartialEq + serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
    {
    }
    is_plain_data::<World>();
};

#[test]
fn a_world_that_was_stored_goes_on_as_if_nothing_had_happened() {
    let mut world = World::new(&preset("lossy-transfer")).unwrap();
    world.run_until(Time::from_nanos(100_000_000));
    let stored = serde_json::to_string(&world).unwrap();
    let mut restored: World = serde_json::from_str(&stored).unwrap();
    assert_eq!(restored, world);
    world.run();
    restored.run();
    assert_eq!(restored.trace(), world.trace());
    assert_eq!(restored, world);
}

#[test]
fn without_a_trace_the_same_happens() {
    let mut recorded = World::new(&preset("lossy-transfer")).unwrap();
    let mut silent = recorded.clone().unrecorded();
    assert_eq!(silent.run(), recorded.run());
    assert_eq!((silent.now(), silent.steps()), (recorded.now(), recorded.steps()));
    assert_eq!(silent.log().events(), []);
}

#[test]
fn limits_end_a_run() {
    let with = |limits: Value| {
        let mut json: Value = serde_json::from_str(presets::text("udp-upper").unwrap()).unwrap();
        json["limits"] = limits;
        let trace = run(&scenario(json));
        let last = trace.events.last().unwrap().clone();
        (last.kind, last.at)
    };
    let ended = |outcome| Kind::Ended { outcome };
    assert_eq!(with(json!({ "time": "20ms" })), (ended(Outcome::TimeLimit), Time::from_nanos(20_000_000)));
    assert_eq!(with(json!({ "steps": 10 })), (ended(Outcome::EventLimit), Time::from_nanos(30_000_000)));
}

#[test]
fn an_interrupted_run_replays_as_far_as_it_went() {
    let mut world = World::new(&preset("tcp-upper")).unwrap();
    world.run_until(Time::from_nanos(60_000_000));
    world.stop(Outcome::Interrupted);
    assert_eq!(world.run(), Outcome::Interrupted, "it is over");
    assert_eq!(replay::world(&world.trace()).unwrap(), None);
}

#[test]
fn a_program_that_never_waits_ends_at_the_limit_of_steps() {
    let trace = run(&scenario(json!({
        "title": "busy",
        "limits": { "steps": 1000 },
        "hosts": [{ "name": "host" }],
        "programs": [{ "host": "host", "program": "busy", "steps": [{ "forever": [{ "print": "again" }] }] }]
    })));
    assert_eq!(trace.events.last().unwrap().kind, Kind::Ended { outcome: Outcome::EventLimit });
    assert!(trace.events.len() < 3000, "a call is a step: {} events", trace.events.len());
}

#[test]
fn a_changed_trace_does_not_replay() {
    let trace = run(&preset("tcp-upper"));
    for (n, event) in trace.events.iter().enumerate() {
        let mut changed = trace.clone();
        changed.events[n].at += Span::from_nanos(1);
        let divergence = replay::world(&changed).unwrap().expect("a difference");
        assert_eq!(divergence.at, event.n);
        assert_eq!(divergence.got.as_ref(), Some(event));
    }
    let mut shorter = trace.clone();
    shorter.events.truncate(20);
    assert_eq!(replay::world(&shorter).unwrap(), None, "what is there is the same");
}

#[test]
fn programs_that_are_told_something_else_ask_something_else() {
    let mut trace = run(&preset("udp-upper"));
    let told = trace.events.iter_mut().find_map(|event| match &mut event.kind {
        Kind::Notice { notice: Notice::ReceivedFrom { data, .. }, .. } => Some(data),
        _ => None,
    });
    *told.unwrap() = "other".into();
    let divergence = replay::programs(&trace).unwrap().expect("a difference");
    assert!(divergence.to_string().contains("OTHER"), "{divergence}");
}

#[test]
fn a_packet_whose_bit_somebody_flips_is_thrown_away_and_sent_again() {
    let mut world = World::new(&preset("tcp-upper")).unwrap();
    world.intervene(Time::ZERO, Intervention::Corrupt { packet: PacketId(0) }).unwrap();
    world.run();
    let trace = world.trace();
    assert_eq!(checkers::check(&trace), []);
    assert_eq!(count(&trace, |kind| matches!(kind, Kind::Corrupted { .. })), 1);
    assert_eq!(count(&trace, |kind| matches!(kind, Kind::Discarded { why: Discard::BadChecksum, .. })), 1);
    assert_eq!(printed(&trace), ["HELLO"], "the SYN was sent again");
    assert_eq!(replay::world(&trace).unwrap(), None);
}

#[test]
fn a_host_without_its_cables_hears_nothing_until_they_are_plugged_in() {
    let mut world = World::new(&transfer(json!({}), 100_000)).unwrap();
    let ms = |ms: u64| Time::from_nanos(ms * 1_000_000);
    world.intervene(ms(45), Intervention::Unplug { node: 1 }).unwrap();
    world.intervene(ms(2_000), Intervention::Plug { node: 1 }).unwrap();
    world.run();
    let trace = world.trace();
    assert_eq!(checkers::check(&trace), []);
    assert!(drops(&trace, LinkDrop::Cut) > 1);
    let between = trace.events.iter().filter(|event| (ms(45)..ms(2_000)).contains(&event.at));
    assert!(between.filter(|event| matches!(event.kind, Kind::Delivered { .. })).count() == 0);
    assert_eq!(exits(&trace), [0, 0]);
}

#[test]
fn the_system_closes_the_sockets_of_a_program_that_is_killed() {
    let mut world = World::new(&preset("tcp-upper")).unwrap();
    let program = "tcp-upper-server".into();
    world.intervene(Time::from_nanos(35_000_000), Intervention::Kill { node: 1, program }).unwrap();
    assert_eq!(world.run(), Outcome::Done);
    let trace = world.trace();
    assert_eq!(checkers::check(&trace), []);
    assert!(exits(&trace).contains(&137));
    let ends = Notice::Received(Vec::new().into());
    let told = |kind: &Kind| matches!(kind, Kind::Notice { notice, .. } if *notice == ends || matches!(notice, Notice::Failed(_)));
    assert!(count(&trace, told) > 0, "the client is told");
    assert_eq!(replay::world(&trace).unwrap(), None);
}

#[test]
fn a_server_with_syn_cookies_keeps_no_half_open_connection() {
    // How long the connection is known before it is open.
    let half_open = |cookies: &str| {
        let mut scenario: Value = serde_json::from_str(presets::text("tcp-upper").unwrap()).unwrap();
        scenario["hosts"][1]["syn_cookies"] = json!(cookies);
        let trace = run(&self::scenario(scenario));
        assert_eq!(exits(&trace), [0]);
        let at =
            |wanted: fn(&Kind) -> bool| trace.events.iter().find(|event| wanted(&event.kind)).unwrap().at;
        let begins = at(|kind| matches!(kind, Kind::State { to: State::SynReceived, .. }));
        at(|kind| matches!(kind, Kind::State { from: State::SynReceived, .. })) - begins
    };
    let round_trip = Span::from_millis(40);
    assert_eq!(["never", "when-full", "always"].map(half_open), [round_trip, round_trip, Span::ZERO]);
}

#[test]
fn a_program_that_somebody_makes_slow_closes_the_window() {
    let mut scenario = transfer(json!({}), 300_000);
    scenario.hosts[1].receive_buffer = std::num::NonZeroU32::new(8_192);
    let quick = run(&scenario);
    let mut world = World::new(&scenario).unwrap();
    let slow = |by| Intervention::Slow { node: 1, program: "file-receiver".into(), by };
    world.intervene(Time::from_nanos(100_000_000), slow(Span::from_secs(5))).unwrap();
    world.intervene(Time::from_nanos(20_000_000_000), slow(Span::ZERO)).unwrap();
    world.run();
    let trace = world.trace();
    assert_eq!(checkers::check(&trace), []);
    let probes =
        |trace: &Trace| count(trace, |kind| matches!(kind, Kind::Sent { reason: Reason::WindowProbe, .. }));
    assert!(probes(&quick) == 0 && probes(&trace) > 0, "{} probes", probes(&trace));
    assert_eq!(exits(&trace), [0, 0]);
    assert_eq!(replay::world(&trace).unwrap(), None);
}
