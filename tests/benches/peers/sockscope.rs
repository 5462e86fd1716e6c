//! The work over Sockscope: whole worlds, from the scenario to the last event, with programs that make every call.

use crate::{MESSAGE, PORT};
use serde_json::json;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::Outcome;
use sockscope_sim::queue::Queue;
use sockscope_sim::{Scenario, World};

/// Runs a scenario of two hosts without delay between them, to its end.
fn run(client: &serde_json::Value, server: &serde_json::Value, recorded: bool) -> World {
    let scenario = json!({
        "title": "bench",
        "hosts": [{ "name": "client" }, { "name": "server" }],
        "links": [{ "between": ["client", "server"] }],
        "programs": [server, client],
    });
    let scenario = Scenario::from_value(&scenario).expect("the scenario is fine");
    let mut world = World::new(&scenario).expect("the scenario is fine");
    if !recorded {
        world = world.unrecorded();
    }
    assert!(matches!(world.run(), Outcome::Done | Outcome::Idle), "the simulation ends well");
    world
}

/// One connection moves `bytes` one way, with or without a trace of it. As with the peers, the data goes out in
/// chunks and nobody keeps it; the end of the stream comes after all of it.
pub fn bulk(bytes: usize, recorded: bool) {
    transfer(bytes, recorded);
}

/// The same, and the world as it is then, with its trace.
pub fn bulk_world(bytes: usize) -> World {
    transfer(bytes, true)
}

fn transfer(bytes: usize, recorded: bool) -> World {
    const CHUNK: usize = 65_536;
    let server = json!({ "host": "server", "program": "drain", "steps": [
        { "socket": { "kind": "stream", "into": "welcome" } },
        { "bind": { "socket": "welcome", "to": format!("0.0.0.0:{PORT}") } },
        { "listen": { "socket": "welcome", "backlog": 1 } },
        { "accept": { "socket": "welcome", "into": "connection" } },
        { "forever": [
            { "recv": { "socket": "connection", "max": CHUNK, "into": "data" } },
            { "if": { "equal": ["{data}", ""], "then": [{ "break": {} }] } },
        ] },
        { "close": "connection" },
    ] });
    let client = json!({ "host": "client", "program": "source", "steps": [
        { "socket": { "kind": "stream", "into": "s" } },
        { "connect": { "socket": "s", "to": format!("server:{PORT}") } },
        { "repeat": { "times": bytes / CHUNK, "do": [
            { "send": { "socket": "s", "data": { "pattern": CHUNK } } },
        ] } },
        { "close": "s" },
    ] });
    run(&client, &server, recorded)
}

/// Connect, round trip and close, `n` times.
pub fn connections(n: usize) {
    let server = json!({ "host": "server", "program": "echo", "steps": [
        { "socket": { "kind": "stream", "into": "welcome" } },
        { "bind": { "socket": "welcome", "to": format!("0.0.0.0:{PORT}") } },
        { "listen": { "socket": "welcome", "backlog": 8 } },
        { "forever": [
            { "accept": { "socket": "welcome", "into": "connection" } },
            { "recv": { "socket": "connection", "max": 2048, "into": "message" } },
            { "send": { "socket": "connection", "data": "{message}" } },
            { "close": "connection" },
        ] },
    ] });
    let message = std::str::from_utf8(MESSAGE).expect("it is text");
    let client = json!({ "host": "client", "program": "ask", "steps": [
        { "repeat": { "times": n, "do": [
            { "socket": { "kind": "stream", "into": "s" } },
            { "connect": { "socket": "s", "to": format!("server:{PORT}") } },
            { "send": { "socket": "s", "data": message } },
            { "recv_exact": { "socket": "s", "bytes": MESSAGE.len(), "into": "reply" } },
            { "close": "s" },
        ] } },
    ] });
    run(&client, &server, false);
}

/// A datagram there and one back, `n` times.
pub fn datagrams(n: usize) {
    let server = json!({ "host": "server", "program": "echo", "steps": datagram_echo() });
    let message = std::str::from_utf8(MESSAGE).expect("it is text");
    let client = json!({ "host": "client", "program": "ask", "steps": [
        { "socket": { "kind": "datagram", "into": "s" } },
        { "repeat": { "times": n, "do": [
            { "send_to": { "socket": "s", "data": message, "to": format!("server:{PORT}") } },
            { "recv_from": { "socket": "s", "max": 2048, "into": "reply", "from": "sender" } },
        ] } },
    ] });
    run(&client, &server, false);
}

/// Two hosts and nothing that runs on them.
pub fn empty() -> Scenario {
    let scenario = json!({
        "title": "empty",
        "hosts": [{ "name": "client" }, { "name": "server" }],
        "links": [{ "between": ["client", "server"] }],
    });
    Scenario::from_value(&scenario).expect("the scenario is fine")
}

/// Makes the world of a scenario in which nothing runs, and runs it.
pub fn run_empty(scenario: &Scenario) {
    assert_eq!(World::new(scenario).expect("the scenario is fine").run(), Outcome::Done);
}

/// A world of so many hosts at one switch, each of which sends so many datagrams to one server and waits for the answers.
pub fn crowd(hosts: usize, rounds: usize) -> World {
    let name = |i: usize| if i == 0 { "server".to_owned() } else { format!("client{i}") };
    let client = |i: usize| {
        json!({ "host": name(i), "program": "ask", "steps": [
            { "socket": { "kind": "datagram", "into": "s" } },
            { "repeat": { "times": rounds, "do": [
                { "send_to": { "socket": "s", "data": "hello", "to": format!("server:{PORT}") } },
                { "recv_from": { "socket": "s", "max": 2048, "into": "reply", "from": "sender" } },
            ] } },
        ] })
    };
    let server = json!({ "host": "server", "program": "echo", "steps": datagram_echo() });
    let scenario = json!({
        "title": "crowd",
        "limits": { "steps": 1_000_000_000 },
        "hosts": (0..=hosts).map(|i| json!({ "name": name(i) })).collect::<Vec<_>>(),
        "switches": [{ "name": "switch" }],
        "links": (0..=hosts).map(|i| json!({ "between": [name(i), "switch"] })).collect::<Vec<_>>(),
        "programs": std::iter::once(server).chain((1..=hosts).map(client)).collect::<Vec<_>>(),
    });
    let scenario = Scenario::from_value(&scenario).expect("the scenario is fine");
    World::new(&scenario).expect("the scenario is fine").unrecorded()
}

fn datagram_echo() -> serde_json::Value {
    json!([
        { "socket": { "kind": "datagram", "into": "s" } },
        { "bind": { "socket": "s", "to": format!("0.0.0.0:{PORT}") } },
        { "forever": [
            { "recv_from": { "socket": "s", "max": 2048, "into": "message", "from": "sender" } },
            { "send_to": { "socket": "s", "data": "{message}", "to": "{sender}" } },
        ] },
    ])
}

/// An event queue with so many events pending.
pub fn filled_queue(pending: u64) -> Queue<u64> {
    let mut queue = Queue::new();
    (0..pending).for_each(|n| queue.push(spread(Time::ZERO, n), n));
    queue
}

/// Takes the next event out and puts another in.
pub fn pop_and_push(queue: &mut Queue<u64>) {
    if let Some((at, n)) = queue.pop() {
        queue.push(spread(at, n), n.wrapping_add(1));
    }
}

/// Some time within the second after `at`, as if drawn at random.
fn spread(at: Time, n: u64) -> Time {
    at + Span::from_nanos(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 34)
}
