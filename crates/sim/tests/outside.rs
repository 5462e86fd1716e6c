//! Worlds with a host outside: what is handed in and out, and that the same packets at the same times are the same run.

use sockscope_core::payload::Payload;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Kind, Node, Outcome};
use sockscope_core::wire::{Body, Datagram, Packet, PacketId, codec};
use sockscope_sim::{Scenario, World, checkers, replay};

const KERNEL: Node = Node(0);
/// Every byte of an IPv4 packet with a UDP datagram of "HELLO".
const LENGTH: usize = 20 + 8 + 5;

fn world(link: &str) -> World {
    let text = r#"{
        "title": "a kernel and a server",
        "seed": 3,
        "hosts": [
            { "name": "kernel", "addresses": ["10.7.0.1"], "outside": true },
            { "name": "server", "addresses": ["10.7.0.2"] }
        ],
        "links": [{ "between": ["kernel", "server"], LINK }],
        "programs": [{ "host": "server", "program": "udp-upper-server" }]
    }"#;
    World::new(&text.replace("LINK", link).parse::<Scenario>().unwrap()).unwrap()
}
fn at(ms: u64) -> Time {
    Time::ZERO + Span::from_millis(ms)
}
fn question(text: &str) -> Packet {
    let body = Body::Udp(Datagram { src_port: 4000, dst_port: 12000, payload: text.into() });
    let (src, dst) = ([10, 7, 0, 1].into(), [10, 7, 0, 2].into());
    Packet { id: PacketId(0), src, dst, ttl: 64, tos: 0, body }
}
fn text(bytes: &[u8]) -> Payload {
    match codec::decode(bytes).unwrap().body {
        Body::Udp(datagram) => datagram.payload,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_host_outside_is_answered() {
    let mut world = world(r#""both": { "delay": "10ms" }"#);
    assert_eq!(world.run_until(at(5)), None, "nothing is left to happen, but something may come");
    world.hand_in(at(5), KERNEL, question("hello"));
    assert_eq!(world.run_until(at(24)), None);
    assert_eq!(world.hand_out(), [], "the answer is on its way");
    world.run_until(at(25));
    let out = world.hand_out();
    assert_eq!(
        out.iter().map(|(node, bytes)| (*node, text(bytes))).collect::<Vec<_>>(),
        [(KERNEL, "HELLO".into())]
    );
    assert_eq!(world.hand_out(), [], "it is taken once");
    assert!(!world.is_over(), "the server waits for the next");
    assert_eq!(checkers::check(&world.trace()), []);
}

#[test]
fn what_came_from_outside_comes_again_in_a_replay() {
    let link =
        r#""both": { "delay": "3ms", "jitter": "3ms", "loss": "20%", "duplicate": "20%", "corrupt": "20%" }"#;
    let mut world = world(link);
    for i in 0..100 {
        // Some at the same time, and some at the very time of an arrival.
        world.hand_in(at(i / 3), KERNEL, question(&format!("question {i}")));
    }
    world.run_until(at(1000));
    world.stop(Outcome::Done);
    let trace = world.trace();
    assert!(trace.events.iter().any(|event| matches!(event.kind, Kind::Corrupted { .. })));
    assert_eq!(replay::world(&trace).unwrap(), None, "no event differs");
    assert_eq!(replay::programs(&trace).unwrap(), None);
    assert_eq!(checkers::check(&trace), []);
}

#[test]
fn what_a_link_damaged_leaves_the_world_damaged() {
    let mut world = world(r#""both": { "delay": "0ms" }, "back": { "corrupt": "100%" }"#);
    for i in 0..20 {
        world.hand_in(at(i), KERNEL, question("hello"));
    }
    world.run_until(at(20));
    let out = world.hand_out();
    assert_eq!(out.len(), 20);
    assert!(
        out.iter().all(|(_, bytes)| codec::decode(&bytes[..]).is_err() && bytes.len() == LENGTH),
        "{out:?}"
    );
}

#[test]
fn a_host_outside_runs_no_program_of_ours() {
    let refused = r#"{
        "title": "whose program?",
        "hosts": [{ "name": "kernel", "outside": true }],
        "programs": [{ "host": "kernel", "program": "udp-upper-server" }]
    }"#;
    let error = refused.parse::<Scenario>().unwrap_err().to_string();
    assert!(error.starts_with("programs[0].host: \"kernel\" is outside of the simulation"), "{error}");
}
