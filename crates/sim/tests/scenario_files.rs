//! What a scenario file may say, and what is said about one that may not.

use serde_json::{Value, json};
use sockscope_sim::{Scenario, presets};

const SCHEMA: &str = include_str!("../scenario.schema.json");

fn schema() -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap()
}

/// A small scenario that is fine.
fn fine() -> Value {
    json!({
        "title": "two hosts",
        "seed": 7,
        "limits": { "time": "10s", "steps": 1000 },
        "hosts": [
            { "name": "client", "profile": "linux", "sack": false, "timestamps": false, "ecn": "active" },
            { "name": "server", "addresses": ["10.0.0.9"], "privileged": true }
        ],
        "switches": [{ "name": "switch" }],
        "routers": [{ "name": "router" }],
        "links": [
            { "between": ["client", "switch"], "both": { "delay": "1ms", "loss": 0.01, "rate": "1mbit", "queue": 5 } },
            { "between": ["switch", "server"], "there": { "mtu": 1400 }, "back": { "corrupt": "0.5%" } },
            { "between": ["switch", "router"] }
        ],
        "programs": [
            { "host": "server", "program": "udp-upper-server", "args": { "port": 53 } },
            { "host": "client", "program": "udp-upper-client", "args": { "port": 53 }, "at": "5ms" }
        ],
        "interventions": [
            { "at": "1ms", "do": { "delay": { "host": "client", "packet": 0, "by": "5ms" } } },
            { "at": "2s", "do": { "cut": { "between": ["switch", "client"] } } },
            { "at": "2s", "do": { "calm": { "between": ["router", "switch"] } } },
            { "at": "1ms", "do": { "corrupt": { "host": "client", "packet": 0 } } },
            { "at": "2s", "do": { "slow": { "host": "server", "program": "udp-upper-server", "by": "1s" } } },
            { "at": "2s", "do": { "unplug": { "host": "switch" } } },
            { "at": "2500ms", "do": { "plug": { "host": "switch" } } },
            { "at": "3s", "do": { "kill": { "host": "client", "program": "udp-upper-client" } } },
            { "at": "3s", "do": { "crash": { "host": "server" } } }
        ]
    })
}

/// The fine scenario with one value changed: what is said about it, and whether the schema takes it.
fn changed(pointer: &str, value: Value) -> (Result<Scenario, String>, bool) {
    let mut json = fine();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match json.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.insert(key.to_owned(), value);
        }
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no parts"),
    }
    let valid = schema().is_valid(&json);
    (json.to_string().parse().map_err(|error: sockscope_sim::ScenarioError| error.to_string()), valid)
}

#[test]
fn what_has_the_wrong_form_is_refused_with_its_place_by_us_and_by_the_schema() {
    for (pointer, value, said) in [
        ("/titel", json!("x"), "unknown field `titel`"),
        ("/seed", json!(-1), "seed"),
        ("/seed", json!(9007199254740993u64), "seed (line 1): the seed 9007199254740993 is not exact"),
        ("/limits/time", json!("soon"), "limits.time (line 1): \"soon\" is not a length of time"),
        ("/hosts", json!([]), "hosts: there is no host"),
        ("/hosts/0/profile", json!("windows"), "hosts[0].profile (line 1): unknown variant `windows`"),
        ("/hosts/0/ecn", json!("on"), "hosts[0].ecn (line 1): unknown variant `on`"),
        ("/hosts/0/syn_cookies", json!(true), "hosts[0].syn_cookies (line 1): "),
        ("/hosts/0/window_scaling", json!(7), "hosts[0].window_scaling (line 1): invalid type"),
        ("/hosts/0/receive_buffer", json!(0), "hosts[0].receive_buffer (line 1): invalid value: integer `0`"),
        ("/hosts/0/name", json!("a b"), "hosts[0].name: \"a b\" is no name"),
        ("/links/0/both/loss", json!(1.5), "links[0].both.loss (line 1): the probability 1.5 is above 1"),
        ("/links/0/both/loss", json!("101%"), "links[0].both.loss (line 1): the probability 101% is above 1"),
        ("/links/0/both/loss", json!("often"), "links[0].both.loss (line 1): \"often\" is not a probability"),
        (
            "/links/0/both/los",
            json!("1%"),
            "links[0].both.los (line 1): unknown field `los`, expected one of `delay`",
        ),
        ("/links/0/both/delay", json!(20), "links[0].both.delay (line 1): \"20\" is not a length of time"),
        ("/links/0/both/rate", json!("fast"), "links[0].both.rate (line 1): \"fast\" is not a rate"),
        ("/links/0/both/queue", json!(0), "links[0].both.queue (line 1): \"0\" is not the size of a queue"),
        ("/links/1/there/mtu", json!(20), "links[1].there.mtu: 20 bytes is no MTU"),
        ("/links/2/between", json!(["switch"]), "links[2].between (line 1): invalid length 1"),
        ("/programs/0/host", json!(4), "programs[0].host (line 1): invalid type"),
        ("/interventions/0/do", json!({ "explode": {} }), "interventions[0].do (line 1): unknown variant"),
    ] {
        let (result, valid) = changed(pointer, value.clone());
        let error = result.expect_err(pointer);
        assert!(error.contains(said), "{pointer} {value}: {error}");
        assert!(!valid, "the schema takes {pointer} {value}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    for (pointer, value, said) in [
        ("/hosts/1/name", json!("client"), "hosts[1].name: \"client\" is taken"),
        ("/switches/0/name", json!("client"), "switches[0].name: \"client\" is taken"),
        (
            "/hosts/0/addresses",
            json!(["10.0.0.9"]),
            "hosts[1].addresses[0]: 10.0.0.9 is the address of client",
        ),
        ("/hosts/0/addresses", json!(["127.0.0.1"]), "hosts[0].addresses[0]: 127.0.0.1 cannot be"),
        ("/hosts/0/addresses", json!(["10.0.0"]), "hosts[0].addresses[0] (line 1): invalid IP address"),
        (
            "/links/0/between",
            json!(["client", "sever"]),
            "links[0].between[1]: no host, switch or router is named \"sever\"",
        ),
        (
            "/links/0/between",
            json!(["client", "client"]),
            "links[0].between: the link joins \"client\" to itself",
        ),
        (
            "/links/2/between",
            json!(["switch", "client"]),
            "links[2].between: \"switch\" and \"client\" have a link already",
        ),
        (
            "/links/0/both/loss",
            json!(0.00000001),
            "links[0].both.loss (line 1): \"0.00000001\" is not a probability in whole millionths",
        ),
        (
            "/programs/0/host",
            json!("switch"),
            "programs[0].host: no host is named \"switch\": there are client, server",
        ),
        ("/programs/0/program", json!("udp-server"), "programs[0].program"),
        ("/programs/0/args", json!({ "port": 65536 }), "programs[0]."),
        ("/programs/0/args", json!({ "prt": 53 }), "programs[0].args"),
        (
            "/interventions/0/do",
            json!({ "drop": { "host": "nobody", "packet": 0 } }),
            "interventions[0].do.host: no host, switch or router is named \"nobody\"",
        ),
        (
            "/interventions/1/do",
            json!({ "cut": { "between": ["client", "server"] } }),
            "interventions[1].do.between: no link joins",
        ),
        (
            "/interventions/2/do",
            json!({ "crash": { "host": "router" } }),
            "interventions[2].do.host: no host is named",
        ),
        (
            "/interventions/2/do",
            json!({ "kill": { "host": "server", "program": "udp-upper-client" } }),
            "interventions[2].do.program: no program named \"udp-upper-client\" runs on \"server\": there is udp-upper-server",
        ),
    ] {
        let (result, _) = changed(pointer, value.clone());
        let error = result.expect_err(pointer);
        assert!(error.contains(said), "{pointer} {value}: {error}");
    }
}

#[test]
fn a_broken_file_is_refused_with_line_and_column() {
    let refused = |text: &str| text.parse::<Scenario>().unwrap_err().to_string();
    assert_eq!(refused("{\n  \"title\": \"x\",\n}"), "line 3, column 1: trailing comma");
    assert!(refused("").contains("line 1, column 0: EOF"), "{}", refused(""));
    let text = fine().to_string();
    assert!(refused(&format!("{text}\n{{}}")).starts_with("line 2, column 1: something follows"));
    assert!(refused("{}").contains("missing field `title`"));
}

#[test]
fn the_schema_takes_what_we_take() {
    let schema = schema();
    for json in presets::names()
        .map(|name| serde_json::from_str(presets::text(name).unwrap()).unwrap())
        .chain([fine()])
    {
        if let Err(error) = schema.validate(&json) {
            panic!("{} at {}: {error}", json["title"], error.instance_path());
        }
    }
}

#[test]
fn a_scenario_is_the_same_after_it_was_written() {
    for text in presets::names().filter_map(presets::text).map(str::to_owned).chain([fine().to_string()]) {
        let scenario: Scenario = text.parse().unwrap();
        let written = serde_json::to_value(&scenario).unwrap();
        assert!(schema().is_valid(&written), "{written}");
        assert_eq!(Scenario::from_value(&written).unwrap(), scenario);
    }
}
