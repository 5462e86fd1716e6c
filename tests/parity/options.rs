//! Socket options and flags: the simulator and the operating system agree on what is read back and on what they do.

use crate::places::printed;
use serde_json::{Value as Json, json};

fn read(name: &str) -> [Json; 2] {
    [
        json!({ "get_option": { "socket": "c", "name": name, "into": "x" } }),
        json!({ "print": format!("{name} {{x}}") }),
    ]
}

#[test]
fn what_is_set_is_read_back() {
    let settings = [
        ("no_delay", json!(true), "true"),
        ("keep_alive", json!(true), "true"),
        ("keep_idle", json!("60s"), "60.000 s"),
        ("keep_interval", json!("5s"), "5.000 s"),
        ("keep_count", json!(4), "4"),
        ("user_timeout", json!("3s"), "3.000 s"),
        ("linger", json!("2s"), "2.000 s"),
        ("send_timeout", json!("1500ms"), "1.500 s"),
        ("congestion", json!("reno"), "reno"),
        ("ttl", json!(7), "7"),
        ("tos", json!(16), "16"),
        ("cork", json!(true), "true"),
        ("reuse_port", json!(true), "true"),
        ("syn_count", json!(3), "3"),
        ("unsent_low_water", json!(1000), "1000"),
        ("linger_time", json!("5s"), "5.000 s"),
    ];
    let set = |(name, value, _): &(&str, Json, &str)| {
        let mut option = serde_json::Map::new();
        option.insert((*name).to_owned(), value.clone());
        let [get, print] = read(name);
        [json!({ "set_option": { "socket": "c", "option": option } }), get, print]
    };
    let seen = printed(settings.iter().flat_map(set).collect());
    let mut expected: Vec<String> = settings.iter().map(|(name, _, text)| format!("{name} {text}")).collect();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn what_is_peeked_at_comes_again_and_all_is_waited_for() {
    let seen = printed(json!([
        { "send": { "socket": "c", "data": "hello" } },
        { "recv": { "socket": "s", "max": 4, "into": "x", "flags": ["peek"] } },
        { "print": "{x}" },
        { "spawn": { "name": "late", "do": [
            { "sleep": "50ms" },
            { "send": { "socket": "c", "data": ", world" } }
        ] } },
        { "recv": { "socket": "s", "max": 12, "into": "x", "flags": ["wait_all"] } },
        { "print": "{x}" },
        { "try": {
            "do": [{ "recv": { "socket": "s", "max": 1, "into": "x", "flags": ["dont_wait"] } }],
            "catch": { "EAGAIN": [{ "print": "nothing more" }] }
        } }
    ]));
    assert_eq!(seen, ["hell", "hello, world", "nothing more"]);
}

#[test]
fn urgent_data_stands_beside_the_stream_with_a_mark_in_it() {
    let [at_mark, print_mark] = read("at_mark").map(of_the_server);
    let [unread, print_unread] = read("unread").map(of_the_server);
    let seen = printed(json!([
        { "send": { "socket": "c", "data": "ab!", "flags": ["oob"] } },
        { "send": { "socket": "c", "data": "cd" } },
        { "sleep": "100ms" },
        unread.clone(),
        print_unread.clone(),
        { "recv": { "socket": "s", "max": 10, "into": "before" } },
        { "print": "{before}" },
        at_mark,
        print_mark,
        unread.clone(),
        print_unread.clone(),
        { "recv": { "socket": "s", "max": 10, "into": "urgent", "flags": ["oob"] } },
        { "print": "{urgent}" },
        { "recv": { "socket": "s", "max": 10, "into": "after" } },
        { "print": "{after}" },
        { "try": {
            "do": [{ "recv": { "socket": "s", "max": 1, "into": "urgent", "flags": ["oob"] } }],
            "catch": { "EINVAL": [{ "print": "nothing urgent" }] }
        } }
    ]));
    assert_eq!(seen, ["!", "ab", "at_mark true", "cd", "nothing urgent", "unread 0", "unread 2"]);
}

fn of_the_server(mut step: Json) -> Json {
    if let Some(get) = step.get_mut("get_option") {
        get["socket"] = json!("s");
    }
    step
}

#[test]
fn a_close_that_lingers_for_no_time_resets() {
    let seen = printed(json!([
        { "set_option": { "socket": "c", "option": { "linger": "0ms" } } },
        { "close": "c" },
        { "try": {
            "do": [{ "recv": { "socket": "s", "max": 1, "into": "x" } }],
            "catch": { "ECONNRESET": [{ "print": "reset" }] }
        } }
    ]));
    assert_eq!(seen, ["reset"]);
}

#[test]
fn a_non_blocking_socket_does_not_wait() {
    let seen = printed(json!([
        { "set_option": { "socket": "l", "option": { "non_blocking": true } } },
        { "try": {
            "do": [{ "accept": { "socket": "l", "into": "t" } }],
            "catch": { "EAGAIN": [{ "print": "nobody" }] }
        } },
        { "set_option": { "socket": "s", "option": { "non_blocking": true } } },
        { "try": {
            "do": [{ "recv": { "socket": "s", "max": 1, "into": "x" } }],
            "catch": { "EAGAIN": [{ "print": "nothing" }] }
        } }
    ]));
    assert_eq!(seen, ["nobody", "nothing"]);
}

#[test]
fn two_sockets_share_a_port_where_both_want_to() {
    let again = |into: &str, share: bool| {
        json!([
            { "socket": { "kind": "stream", "into": into } },
            { "set_option": { "socket": into, "option": { "reuse_port": share } } },
            { "try": {
                "do": [{ "bind": { "socket": into, "to": "{first}" } }, { "print": "shared" }],
                "catch": { "EADDRINUSE": [{ "print": "in use" }] }
            } }
        ])
    };
    let mut steps = json!([
        { "socket": { "kind": "stream", "into": "a" } },
        { "set_option": { "socket": "a", "option": { "reuse_port": true } } },
        { "bind": { "socket": "a", "to": "127.0.0.1:0" } },
        { "listen": { "socket": "a", "backlog": 5 } },
        { "local_name": { "socket": "a", "into": "first" } }
    ]);
    for more in [again("b", true), again("d", false)] {
        steps.as_array_mut().unwrap().extend(more.as_array().unwrap().iter().cloned());
    }
    assert_eq!(printed(steps), ["in use", "shared"]);
}

#[test]
fn a_refused_connection_leaves_no_second_error() {
    let seen = printed(json!([
        { "socket": { "kind": "stream", "into": "t" } },
        { "try": {
            "do": [{ "connect": { "socket": "t", "to": "127.0.0.1:9" } }],
            "catch": { "ECONNREFUSED": [{ "get_option": { "socket": "t", "name": "error", "into": "x" } }, { "print": "{x}" }] }
        } }
    ]));
    assert_eq!(seen, ["none"]);
}
