//! iperf3 at the kernel's side, and its protocol as a list of steps at ours.
//!
//! A control connection passes states, one byte each, and two texts in JSON, each after its length. Nobody here reads
//! the texts: what follows them is told apart by when it comes. A second connection carries the test.

use crate::lab::{BAD, Lab};
use serde_json::{Value, json};

/// So much is sent in each test.
const BYTES: u32 = 2 << 20;
/// What both connections of a test begin with: 36 letters and a zero.
const COOKIE: &str = "sockscope-sockscope-sockscope-sockso\0";

// The states of iperf3 (iperf_api.h).
const TEST_START: &str = "\u{1}";
const TEST_RUNNING: &str = "\u{2}";
const TEST_END: &str = "\u{4}";
const PARAM_EXCHANGE: &str = "\u{9}";
const CREATE_STREAMS: &str = "\u{a}";
const EXCHANGE_RESULTS: &str = "\u{d}";
const DISPLAY_RESULTS: &str = "\u{e}";
const IPERF_DONE: &str = "\u{10}";

/// A text after its length, filled up with blanks to 512 bytes, and with its braces doubled as steps want it.
fn message(text: &Value) -> String {
    let padded = format!("{:512}", text.to_string());
    format!("\0\0\u{2}\0{}", padded.replace('{', "{{").replace('}', "}}"))
}

fn results() -> String {
    message(&json!({
        "cpu_util_total": 0, "cpu_util_user": 0, "cpu_util_system": 0, "sender_has_retransmits": 0,
        "streams": [{ "id": 1, "bytes": BYTES, "retransmits": -1, "jitter": 0, "errors": 0, "packets": 0,
                      "start_time": 0, "end_time": 1 }],
    }))
}

fn send(socket: &str, data: impl Into<Value>) -> Value {
    json!({ "send": { "socket": socket, "data": data.into() } })
}
fn receive(socket: &str, bytes: usize) -> Value {
    json!({ "recv_exact": { "socket": socket, "bytes": bytes, "into": "ignored" } })
}
/// The test itself: we send, or receive all of it.
fn test(we_send: bool) -> Value {
    if we_send { send("data", json!({ "pattern": BYTES })) } else { receive("data", BYTES as usize) }
}

fn server(we_send: bool) -> String {
    json!({ "program": "iperf3-server", "steps": [
        { "socket": { "kind": "stream", "into": "welcome" } },
        { "bind": { "socket": "welcome", "to": "0.0.0.0:5201" } },
        { "listen": { "socket": "welcome", "backlog": 8 } },
        { "accept": { "socket": "welcome", "into": "control" } },
        receive("control", COOKIE.len()),
        send("control", format!("{PARAM_EXCHANGE}{CREATE_STREAMS}")),
        { "spawn": { "name": "test", "do": [
            { "accept": { "socket": "welcome", "into": "data" } },
            receive("data", COOKIE.len()),
            send("control", format!("{TEST_START}{TEST_RUNNING}")),
            test(we_send),
        ] } },
        // First come the client's parameters, and long after them this byte.
        { "forever": [
            { "recv": { "socket": "control", "max": 4096, "into": "part" } },
            { "if": { "equal": ["{part}", TEST_END], "then": [{ "break": {} }] } },
        ] },
        send("control", format!("{EXCHANGE_RESULTS}{}{DISPLAY_RESULTS}", results())),
        { "recv_to_end": { "socket": "control", "into": "ignored" } },
    ] })
    .to_string()
}

fn client(we_send: bool) -> String {
    let mut parameters = json!({ "tcp": true, "omit": 0, "time": 0, "num": BYTES, "parallel": 1, "len": 131_072, "client_version": "3.12" });
    if !we_send {
        parameters["reverse"] = true.into();
    }
    json!({ "program": "iperf3-client", "steps": [
        { "socket": { "kind": "stream", "into": "control" } },
        { "connect": { "socket": "control", "to": "kernel:5201" } },
        send("control", COOKIE),
        receive("control", PARAM_EXCHANGE.len()),
        send("control", message(&parameters)),
        receive("control", CREATE_STREAMS.len()),
        { "socket": { "kind": "stream", "into": "data" } },
        { "connect": { "socket": "data", "to": "kernel:5201" } },
        send("data", COOKIE),
        receive("control", TEST_START.len() + TEST_RUNNING.len()),
        test(we_send),
        send("control", TEST_END),
        receive("control", EXCHANGE_RESULTS.len()),
        send("control", format!("{}{IPERF_DONE}", results())),
        { "recv_to_end": { "socket": "control", "into": "ignored" } },
        { "print": "done" },
    ] })
    .to_string()
}

#[test]
fn iperf3_measures_our_server_in_both_directions() {
    let Some(lab) = Lab::new("iperf-c", &["iperf3"]) else { return };
    for we_send in [false, true] {
        let program = lab.file("server.json", &server(we_send));
        let server = lab.serve(&format!("{program} {BAD}"));
        let bytes = BYTES.to_string();
        let mut words = vec!["-c", "10.7.0.2", "-n", &bytes, "-J"];
        words.extend(we_send.then_some("-R"));
        let report: Value = serde_json::from_str(&lab.output("iperf3", &words)).unwrap();
        assert_eq!(report["error"], Value::Null, "{report}");
        assert_eq!(report["end"]["sum_received"]["bytes"], BYTES, "we send: {we_send}");
        server.end();
    }
}

#[test]
fn our_client_measures_iperf3_in_both_directions() {
    let Some(lab) = Lab::new("iperf-s", &["iperf3"]) else { return };
    for we_send in [true, false] {
        let server = lab.listen(5201, "iperf3", &["-s", "-1", "-J"]);
        let program = lab.file("client.json", &client(we_send));
        assert_eq!(lab.tun(&format!("{program} {BAD}")).end(), "done\n");
        let report: Value = serde_json::from_str(&server.end()).unwrap();
        assert_eq!(report["error"], Value::Null, "{report}");
        // iperf3 stops counting when the sender has handed over the last byte; what is under way then is not in it.
        let sum = if we_send { "sum_received" } else { "sum_sent" };
        assert!(report["end"][sum]["bytes"].as_u64() >= Some(u64::from(BYTES) / 2), "{report}");
    }
}
