use sockscope_core::program::Call;
use sockscope_core::trace::{Kind, Outcome, jsonl};
use sockscope_sim::{Scenario, World, checkers, replay};

const SCENARIO: &str = r#"{
  "description": "Nobody tells the client that its SYN is gone. After a second without an answer it sends it again.",
  "hosts": [
    {
      "name": "client"
    },
    {
      "name": "server"
    }
  ],
  "interventions": [
    {
      "at": "0ns",
      "do": {
        "drop": {
          "host": "client",
          "packet": 0
        }
      }
    }
  ],
  "limits": {
    "steps": 1000000,
    "time": "600s"
  },
  "links": [
    {
      "between": [
        "client",
        "server"
      ],
      "both": {
        "delay": "20ms"
      }
    }
  ],
  "programs": [
    {
      "host": "server",
      "program": "tcp-upper-server"
    },
    {
      "at": "10ms",
      "host": "client",
      "program": "tcp-upper-client"
    }
  ],
  "seed": 1,
  "title": "TCP: the first SYN is lost"
}"#;

#[test]
fn tcp_the_first_syn_is_lost() {
    let scenario: Scenario = SCENARIO.parse().unwrap();
    let mut world = World::new(&scenario).unwrap();
    assert_eq!(world.run(), Outcome::Idle);

    let trace = world.trace();
    let calls = trace.events.iter().filter_map(|event| match &event.kind {
        Kind::Call { call, .. } => Some(&**call),
        _ => None,
    });
    let printed: Vec<&str> = calls
        .filter_map(|call| if let Call::Print { text } = call { Some(text.as_str()) } else { None })
        .collect();
    assert_eq!(printed, ["HELLO"]);
    assert_eq!(checkers::check(&trace), []);
    assert_eq!(replay::world(&trace).unwrap(), None, "no event differs");

    // Every packet and its time, as this version has them: take it out where only the programs count.
    assert_eq!(format!("{:016x}", jsonl::hash(&trace.header, &trace.events)), "513f3ac04b7f9fa2");
}
