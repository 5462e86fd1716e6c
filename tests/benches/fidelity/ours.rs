//! The transfer between two hosts of ours with the linux profile, in virtual time.

use crate::cases::{Case, Measured, Run, SEEDS};
use serde_json::json;
use sockscope_core::tcp::Reason;
use sockscope_core::time::Time;
use sockscope_core::trace::{Kind, Node};
use sockscope_sim::{Scenario, World};

const RECEIVER: Node = Node(1);

/// Measures one case.
pub(crate) fn measure(case: Case) -> Measured {
    let measured = Measured::new(case, SEEDS.map(|seed| transfer(case, seed)).to_vec());
    eprintln!("Sockscope {} {}: {} kB/s", case.congestion, case.percent(), measured.goodput());
    measured
}

fn transfer(case: Case, seed: u64) -> Run {
    let mut world = World::new(&scenario(case, seed)).expect("the scenario is fine");
    let mut run = Run { micros: 0, retransmissions: 0, timeouts: 0, probes: 0 };
    while world.step().is_none() {
        for event in world.take_events() {
            match event.kind {
                Kind::Sent { reason, .. } => count(reason, &mut run),
                Kind::Exited { .. } if event.node == Some(RECEIVER) => {
                    run.micros = (event.at - Time::ZERO).as_nanos() / 1000;
                    return run;
                }
                _ => {}
            }
        }
    }
    run
}

fn count(reason: Reason, run: &mut Run) {
    match reason {
        Reason::Retransmission => {
            run.timeouts += 1;
            run.retransmissions += 1;
        }
        Reason::FastRetransmit | Reason::PartialAck | Reason::RackLoss | Reason::SackLoss => {
            run.retransmissions += 1;
        }
        Reason::TailLossProbe => run.probes += 1,
        _ => {}
    }
}

fn scenario(case: Case, seed: u64) -> Scenario {
    let chunk = 1 << 16;
    let link = case.impairment();
    let value = json!({
        "title": "fidelity",
        "seed": seed,
        "limits": { "time": "3600s", "steps": 1_000_000_000 },
        "hosts": [
            { "name": "sender", "profile": "linux", "congestion": case.congestion }, { "name": "receiver", "profile": "linux" }],
        "links": [{ "between": ["sender", "receiver"], "both": { "delay": "10ms", "loss": case.percent() } }],
        "programs": [
            { "host": "receiver", "program": "drain", "steps": [
                { "socket": { "kind": "stream", "into": "welcome" } },
                { "bind": { "socket": "welcome", "to": "0.0.0.0:5001" } },
                { "listen": { "socket": "welcome", "backlog": 1 } },
                { "accept": { "socket": "welcome", "into": "connection" } },
                { "forever": [
                    { "recv": { "socket": "connection", "max": chunk, "into": "data" } },
                    { "if": { "equal": ["{data}", ""], "then": [{ "break": {} }] } },
                ] },
            ] },
            { "host": "sender", "program": "source", "steps": [
                { "socket": { "kind": "stream", "into": "s" } },
                { "connect": { "socket": "s", "to": "receiver:5001" } },
                { "repeat": { "times": case.bytes / chunk, "do": [
                    { "send": { "socket": "s", "data": { "pattern": chunk } } },
                ] } },
                { "close": "s" },
            ] },
        ],
    });
    let scenario = Scenario::from_value(&value).expect("the scenario is fine");
    debug_assert_eq!(scenario.links[0].both.over(&Default::default()), link, "the link that Linux has");
    scenario
}
