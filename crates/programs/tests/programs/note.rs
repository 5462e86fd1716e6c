//! The four programs of the note, call by call.

use crate::system::{drive, library};
use serde_json::json;

#[test]
fn udp_client() {
    let script = [
        (json!({"socket": {"kind": "datagram", "family": "inet"}}), json!({"socket": 3})),
        (json!({"resolve": {"name": "server"}}), json!({"address": "10.0.0.2"})),
        (json!({"send_to": {"fd": 3, "data": "hello", "to": "10.0.0.2:12000"}}), json!({"sent": 5})),
        (
            json!({"recv_from": {"fd": 3, "max": 2048}}),
            json!({"received_from": {"data": "HELLO", "from": "10.0.0.2:12000"}}),
        ),
        (json!({"print": {"text": "HELLO"}}), json!("done")),
        (json!({"close": {"fd": 3}}), json!("done")),
        (json!({"exit": {"code": 0}}), json!(null)),
    ];
    drive(library("udp-upper-client", json!({})), &script);
}

#[test]
fn udp_server() {
    let script = [
        (json!({"socket": {"kind": "datagram", "family": "inet"}}), json!({"socket": 3})),
        (json!({"bind": {"fd": 3, "addr": "0.0.0.0:9000"}}), json!("done")),
        (
            json!({"recv_from": {"fd": 3, "max": 2048}}),
            json!({"received_from": {"data": "one", "from": "10.0.0.1:50000"}}),
        ),
        (json!({"send_to": {"fd": 3, "data": "ONE", "to": "10.0.0.1:50000"}}), json!({"sent": 3})),
        (
            json!({"recv_from": {"fd": 3, "max": 2048}}),
            json!({"received_from": {"data": "two", "from": "10.0.0.9:50001"}}),
        ),
        (json!({"send_to": {"fd": 3, "data": "TWO", "to": "10.0.0.9:50001"}}), json!({"sent": 3})),
        (json!({"recv_from": {"fd": 3, "max": 2048}}), json!({"failed": "EIO"})),
        (
            json!({"print": {"text": "recvfrom: EIO: input/output error that has no better name"}}),
            json!("done"),
        ),
        (json!({"exit": {"code": 1}}), json!(null)),
    ];
    drive(library("udp-upper-server", json!({"port": 9000})), &script);
}

#[test]
fn tcp_client() {
    let script = [
        (json!({"socket": {"kind": "stream", "family": "inet"}}), json!({"socket": 3})),
        (json!({"connect": {"fd": 3, "to": "127.0.0.1:12000"}}), json!("done")),
        (json!({"send": {"fd": 3, "data": "a {b}"}}), json!({"sent": 5})),
        (json!({"recv": {"fd": 3, "max": 2048}}), json!({"received": "A {B}"})),
        (json!({"print": {"text": "A {B}"}}), json!("done")),
        (json!({"close": {"fd": 3}}), json!("done")),
        (json!({"exit": {"code": 0}}), json!(null)),
    ];
    drive(library("tcp-upper-client", json!({"server": "127.0.0.1", "message": "a {b}"})), &script);
}

#[test]
fn tcp_client_whose_server_is_not_there() {
    let script = [
        (json!({"socket": {"kind": "stream", "family": "inet"}}), json!({"socket": 3})),
        (json!({"resolve": {"name": "server"}}), json!({"address": "10.0.0.2"})),
        (json!({"connect": {"fd": 3, "to": "10.0.0.2:12000"}}), json!({"failed": "ECONNREFUSED"})),
        (
            json!({"print": {"text": "connect: ECONNREFUSED: connection refused: nobody listens there"}}),
            json!("done"),
        ),
        (json!({"exit": {"code": 1}}), json!(null)),
    ];
    drive(library("tcp-upper-client", json!({})), &script);
}

#[test]
fn tcp_server() {
    let mut script = vec![
        (json!({"socket": {"kind": "stream", "family": "inet"}}), json!({"socket": 3})),
        (json!({"set_option": {"fd": 3, "option": {"reuse_addr": true}}}), json!("done")),
        (json!({"bind": {"fd": 3, "addr": "0.0.0.0:12000"}}), json!("done")),
        (json!({"listen": {"fd": 3, "backlog": 128}}), json!("done")),
    ];
    for (fd, text, reply) in [(4, "one", "ONE"), (4, "two", "TWO"), (5, "three", "THREE")] {
        script.extend([
            (json!({"accept": {"fd": 3}}), json!({"accepted": {"fd": fd, "peer": "10.0.0.1:50000"}})),
            (json!({"recv": {"fd": fd, "max": 2048}}), json!({"received": text})),
            (json!({"send": {"fd": fd, "data": reply}}), json!({"sent": reply.len()})),
            (json!({"close": {"fd": fd}}), json!("done")),
        ]);
    }
    drive(library("tcp-upper-server", json!({})), &script);
}
