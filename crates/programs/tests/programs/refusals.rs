//! What loading refuses, and how it says so.

use serde_json::{Value as Json, json};
use sockscope_programs::ProgramSpec;

fn refusal(steps: Json) -> String {
    let spec: ProgramSpec = serde_json::from_value(json!({ "program": "test", "steps": steps })).unwrap();
    match spec.load() {
        Ok(_) => panic!("loads, but should not: {steps}"),
        Err(error) => error.to_string(),
    }
}

/// Steps after one that opens a socket `s`.
fn with_socket(steps: Json) -> Json {
    let mut all = vec![json!({"socket": {"kind": "stream", "into": "s"}})];
    all.extend(steps.as_array().unwrap().iter().cloned());
    all.into()
}

#[test]
fn endpoints() {
    for (to, message) in [
        ("server:70000", "\"70000\" is no port: ports are 0 to 65535"),
        ("server:http", "\"http\" is no port: ports are 0 to 65535"),
        ("server", "\"server\" has no port: write host:port, such as \"server:12000\""),
        ("::1:80", "\"::1:80\" is no host and port: write \"server:12000\" or \"[::1]:12000\""),
        (":80", "\":80\" is no host and port: write \"server:12000\" or \"[::1]:12000\""),
    ] {
        let steps = with_socket(json!([{"connect": {"socket": "s", "to": to}}]));
        assert_eq!(refusal(steps), format!("steps[1].connect.to: {message}"));
    }
}

#[test]
fn steps_of_ones_own_say_their_family_themselves() {
    let spec = json!({ "program": "test", "family": "inet6", "steps": [{ "print": "hello" }] });
    let error = serde_json::from_value::<ProgramSpec>(spec).unwrap().load().unwrap_err();
    assert!(error.to_string().starts_with("family: the steps of a program say it themselves"), "{error}");
}

#[test]
fn arguments_are_checked_where_they_are_used() {
    for (program, args, message) in [
        (
            "tcp-upper-client",
            json!({"port": 65536}),
            "steps[1].connect.to: \"65536\" is no port: ports are 0 to 65535",
        ),
        ("udp-retry-client", json!({"tries": 0}), "steps[2].repeat.times: a loop goes round at least once"),
        (
            "slow-reader",
            json!({"bytes": 0}),
            "steps[5].forever[1].recv.max: invalid value: integer `0`, expected a nonzero u32",
        ),
        (
            "tcp-slow-client",
            json!({"pause": "long"}),
            "args.pause: \"long\" is no whole number (pause: milliseconds between connecting and sending)",
        ),
        (
            "file-sender",
            json!({"size": 99_000_000}),
            "steps[2].send.data.pattern: 99000000 bytes are too many: at most 16777216",
        ),
        (
            "dns-client",
            json!({"name": "a..b"}),
            "steps[2].send.data.dns_question.name: \"a..b\" is no domain name: labels of 1 to 63 ASCII letters between \
             dots",
        ),
    ] {
        let spec: ProgramSpec = serde_json::from_value(json!({"program": program, "args": args})).unwrap();
        assert_eq!(spec.load().unwrap_err().to_string(), message);
    }
}

#[test]
fn forms() {
    for (steps, start) in [
        (json!([{"conect": {}}]), "steps[0]: unknown variant `conect`, expected one of `socket`, `bind`"),
        (json!([{"socket": {"kind": "stream", "in": "s"}}]), "steps[0].socket.in: unknown field `in`"),
        (json!([{"socket": {"kind": "raw", "into": "s"}}]), "steps[0].socket.kind: unknown variant `raw`"),
        (json!([{"socket": {"kind": "stream", "into": "a b"}}]), "steps[0].socket.into: \"a b\" is no name"),
        (json!([{"print": {"lower": "A"}}]), "steps[0].print.lower: unknown variant `lower`"),
        (json!([{"print": "{"}]), "steps[0].print: \"{\" has a brace that is no {variable}"),
        (json!([{"sleep": "5"}]), "steps[0].sleep: \"5\" is not a length of time: write a number and a unit"),
        (json!([{"exit": 256}]), "steps[0].exit: invalid value"),
        (
            json!([{"repeat": {"times": 2, "do": [{"sleep": 5}]}}]),
            "steps[0].repeat.do[0].sleep: invalid type",
        ),
        (
            json!([{"try": {"do": [], "catch": {"EWHAT": []}}}]),
            "steps[0].try.catch.EWHAT: unknown variant `EWHAT`",
        ),
        (json!([{"print": "a", "close": "b"}]), "steps[0]: a step is an object with one key"),
        (json!(["break"]), "steps[0]: a step is an object with one key"),
        (json!([{"print": "a", "mark": 1}]), "steps[0].mark: a mark is a text"),
        (json!([{"break": {}, "mark": "b"}]), "steps[0].break: only a step that makes a call has a \"mark\""),
    ] {
        let refusal = refusal(steps);
        assert!(refusal.starts_with(start), "{refusal}\n{start}");
    }
}

#[test]
fn variables_without_a_value() {
    for (steps, start) in [
        (json!([{"close": "s"}]), "steps[0].close: \"s\" has no value here: name it with \"into\""),
        (json!([{"print": {"upper": "{x}"}}]), "steps[0].print: \"x\" has no value here"),
        (with_socket(json!([{"print": "{s}"}])), "steps[1].print: \"s\" holds a socket, not data"),
        (
            with_socket(json!([{"local_name": {"socket": "s", "into": "me"}}, {"close": "me"}])),
            "steps[2].close: \"me\" holds data, not a socket",
        ),
        (
            with_socket(json!([{"forever": [{"recv": {"socket": "s", "max": 1, "into": "s"}}]}])),
            "steps[1].forever[0].recv.into: \"s\" holds something else already: take another name",
        ),
        (
            with_socket(json!([
                {"if": {"equal": ["a", "b"], "then": [{"recv": {"socket": "s", "max": 1, "into": "x"}}]}},
                {"print": "{x}"}
            ])),
            "steps[2].print: \"x\" has no value here",
        ),
        (
            with_socket(json!([
                {"try": {"do": [{"recv": {"socket": "s", "max": 1, "into": "x"}}], "catch": {"EAGAIN": []}}},
                {"print": "{x}"}
            ])),
            "steps[2].print: \"x\" has no value here",
        ),
    ] {
        let refusal = refusal(steps);
        assert!(refusal.starts_with(start), "{refusal}\n{start}");
    }
}

#[test]
fn ways_that_lead_nowhere() {
    for (steps, message) in [
        (json!([{"exit": 0}, {"print": "x"}]), "steps[1]: this step is never reached: take it out"),
        (
            json!([{"forever": [{"sleep": "1s"}]}, {"print": "x"}]),
            "steps[1]: this step is never reached: take it out",
        ),
        (json!([{"break": {}}]), "steps[0].break: there is no loop to leave"),
        (
            json!([{"forever": [{"spawn": {"name": "t", "do": [{"break": {}}]}}]}]),
            "steps[0].forever[0].spawn.do[0].break: there is no loop to leave",
        ),
        (
            json!([{"forever": [{"if": {"equal": ["a", "b"], "then": [{"sleep": "1s"}]}}]}]),
            "steps[0].forever: a round of this loop may pass without a call: it would spin",
        ),
    ] {
        assert_eq!(refusal(steps), message);
    }
}

#[test]
fn unknown_keys_beside_the_program() {
    let error = serde_json::from_value::<ProgramSpec>(json!({"program": "a", "arguments": {}})).unwrap_err();
    assert!(error.to_string().starts_with("unknown field `arguments`"), "{error}");
}
