//! Calls that fail, and how.

use crate::places::{Case, agree};
use serde_json::{Value as Json, json};
use sockscope_core::errno::Errno;

/// A program that does these steps although they fail.
fn undeterred(steps: Json) -> Json {
    let nothing: serde_json::Map<String, Json> =
        Errno::ALL.iter().map(|errno| (errno.name().to_owned(), json!([]))).collect();
    // What later steps need is not tried: it must succeed.
    let needed = |step: &Json| step.get("socket").or(step.get("local_name")).is_some();
    let tried = |step: &Json| match needed(step) {
        true => step.clone(),
        false => json!({ "try": { "do": [step], "catch": nothing } }),
    };
    steps.as_array().unwrap().iter().map(tried).collect()
}

/// What fails when these steps are done on a stream `s` and a datagram socket `d`.
fn failures(steps: Json) -> Vec<String> {
    let mut all = json!([
        { "socket": { "kind": "stream", "into": "s" } },
        { "socket": { "kind": "datagram", "into": "d" } }
    ]);
    all.as_array_mut().unwrap().extend(steps.as_array().unwrap().iter().cloned());
    let case = Case::new().server("tcp-upper-server", json!({})).steps("alone", undeterred(all));
    agree(&case)["alone"].failures.concat()
}

#[test]
fn sockets_that_are_not_connected() {
    let seen = failures(json!([
        { "recv": { "socket": "s", "max": 10, "into": "x" } },
        { "send": { "socket": "s", "data": "x" } },
        { "shutdown": { "socket": "s", "how": "write" } },
        { "accept": { "socket": "s", "into": "x" } },
        { "send": { "socket": "d", "data": "x" } },
        { "shutdown": { "socket": "d", "how": "write" } },
        { "listen": { "socket": "d", "backlog": 1 } },
        { "accept": { "socket": "d", "into": "x" } },
        { "recv_from": { "socket": "s", "max": 10, "into": "x", "from": "y" } }
    ]));
    assert_eq!(
        seen,
        [
            "recv ENOTCONN",
            "send EPIPE",
            "shutdown ENOTCONN",
            "accept EINVAL",
            "send EDESTADDRREQ",
            "shutdown ENOTCONN",
            "listen EOPNOTSUPP",
            "accept EOPNOTSUPP",
            "recvfrom ENOTCONN"
        ]
    );
}

#[test]
fn addresses_that_cannot_be_had() {
    let seen = failures(json!([
        { "bind": { "socket": "s", "to": "192.0.2.1:0" } },
        { "bind": { "socket": "s", "to": "127.0.0.1:0" } },
        { "bind": { "socket": "s", "to": "127.0.0.1:0" } },
        { "local_name": { "socket": "s", "into": "here" } },
        { "socket": { "kind": "stream", "into": "t" } },
        { "bind": { "socket": "t", "to": "{here}" } },
        { "connect": { "socket": "t", "to": "nobody.invalid:7" } },
        { "connect": { "socket": "t", "to": "[::1]:7" } },
        { "send_to": { "socket": "d", "data": "x", "to": "[::1]:7" } },
        { "send_to": { "socket": "d", "data": { "pattern": 65508 }, "to": "127.0.0.1:7" } }
    ]));
    assert_eq!(
        seen,
        [
            "bind EADDRNOTAVAIL",
            "bind EINVAL",
            "bind EADDRINUSE",
            "getaddrinfo ENONAME",
            "connect EAFNOSUPPORT",
            "sendto EAFNOSUPPORT",
            "sendto EMSGSIZE"
        ]
    );
}

#[test]
fn connections_in_the_wrong_state() {
    let seen = failures(json!([
        { "connect": { "socket": "s", "to": "{server}:{port}" } },
        { "connect": { "socket": "s", "to": "{server}:{port}" } },
        { "listen": { "socket": "s", "backlog": 1 } },
        { "shutdown": { "socket": "s", "how": "write" } },
        { "send": { "socket": "s", "data": "x" } },
        { "recv": { "socket": "s", "max": 10, "into": "end" } },
        { "socket": { "kind": "stream", "into": "t" } },
        { "listen": { "socket": "t", "backlog": 1 } },
        { "connect": { "socket": "t", "to": "{server}:{port}" } },
        { "recv": { "socket": "t", "max": 10, "into": "x" } },
        { "send": { "socket": "t", "data": "x" } }
    ]));
    assert_eq!(
        seen,
        ["connect EISCONN", "listen EINVAL", "send EPIPE", "connect EISCONN", "recv ENOTCONN", "send EPIPE"]
    );
}

#[test]
fn waiting_has_an_end() {
    let seen = failures(json!([
        { "set_option": { "socket": "d", "option": { "receive_timeout": "20ms" } } },
        { "bind": { "socket": "d", "to": "127.0.0.1:0" } },
        { "recv_from": { "socket": "d", "max": 10, "into": "x", "from": "y" } },
        { "set_option": { "socket": "s", "option": { "receive_timeout": "20ms" } } },
        { "listen": { "socket": "s", "backlog": 1 } },
        { "accept": { "socket": "s", "into": "x" } },
        { "socket": { "kind": "stream", "into": "t" } },
        { "set_option": { "socket": "t", "option": { "receive_timeout": "20ms" } } },
        { "connect": { "socket": "t", "to": "{server}:{port}" } },
        { "recv": { "socket": "t", "max": 10, "into": "x" } }
    ]));
    assert_eq!(seen, ["recvfrom EAGAIN", "accept EAGAIN", "recv EAGAIN"]);
}

#[test]
fn a_refused_socket_can_try_again() {
    let seen = failures(json!([
        { "connect": { "socket": "s", "to": "127.0.0.1:9" } },
        { "print": "again" },
        { "connect": { "socket": "s", "to": "{server}:{port}" } },
        { "send": { "socket": "s", "data": "well" } },
        { "recv": { "socket": "s", "max": 10, "into": "x" } },
        { "connect": { "socket": "d", "to": "127.0.0.1:9" } },
        { "send": { "socket": "d", "data": "x" } },
        { "sleep": "50ms" },
        { "send": { "socket": "d", "data": "x" } },
        { "send": { "socket": "d", "data": "x" } },
        { "recv": { "socket": "d", "max": 10, "into": "x" } }
    ]));
    assert_eq!(seen, ["connect ECONNREFUSED", "send ECONNREFUSED", "recv ECONNREFUSED"]);
}
