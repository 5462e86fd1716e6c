use sockscope_core::program::Call;
use sockscope_core::trace::{Kind, Outcome, jsonl};
use sockscope_sim::{Scenario, World, checkers, replay};

const SCENARIO: &str = r#"{
  "description": "The client sends a text in one datagram and the server sends it back in capital letters. There is no connection: the first packet is already the question.",
  "hosts": [
    {
      "name": "client"
    },
    {
      "name": "server"
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
      "program": "udp-upper-server"
    },
    {
      "at": "10ms",
      "host": "client",
      "program": "udp-upper-client"
    }
  ],
  "seed": 1,
  "title": "UDP: one question, one answer"
}"#;

#[test]
fn udp_one_question_one_answer() {
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
    assert_eq!(format!("{:016x}", jsonl::hash(&trace.header, &trace.events)), "3dc6f57ce73f096c");
}
