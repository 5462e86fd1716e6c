//! What the steps mean, where no program of the library shows it.

use crate::system::*;
use serde_json::json;

#[test]
fn recv_exact_waits_for_all_of_it() {
    let program = || {
        inline(json!([
            {"socket": {"kind": "stream", "into": "s"}},
            {"recv_exact": {"socket": "s", "bytes": 5, "into": "x"}},
            {"print": "got {x}"}
        ]))
    };
    let open = socket("stream", 3);
    drive(
        program(),
        &[open.clone(), recv(3, 5, "ab"), recv(3, 3, "c"), recv(3, 2, "de"), print("got abcde"), exit(0)],
    );
    let early = "recv: EIO: input/output error that has no better name";
    drive(program(), &[open, recv(3, 5, "ab"), recv(3, 3, ""), print(early), exit(1)]);
}

#[test]
fn the_local_name_is_text() {
    let program = inline(json!([
        {"socket": {"kind": "datagram", "into": "s", "family": "inet6"}},
        {"bind": {"socket": "s", "to": "[::1]:0"}},
        {"local_name": {"socket": "s", "into": "me"}},
        {"print": "I am {me}, {{really}}"}
    ]));
    let script = [
        (json!({"socket": {"kind": "datagram", "family": "inet6"}}), json!({"socket": 3})),
        done(json!({"bind": {"fd": 3, "addr": "[::1]:0"}})),
        (json!({"local_name": {"fd": 3}}), json!({"name": "[::1]:50123"})),
        print("I am [::1]:50123, {really}"),
        exit(0),
    ];
    drive(program, &script);
}

#[test]
fn poll_names_the_socket_that_is_ready() {
    let program = inline(json!([
        {"socket": {"kind": "datagram", "into": "a"}},
        {"socket": {"kind": "stream", "into": "b"}},
        {"repeat": {"times": 2, "do": [
            {"poll": {"read": ["a", "b"], "write": ["b"], "timeout": "1s", "into": "x"}},
            {"print": "<{x}>"}
        ]}},
        {"peer_name": {"socket": "b", "into": "peer"}},
        {"print": "{peer}"}
    ]));
    let fds = json!([[3, {"readable": true}], [4, {"readable": true}], [4, {"writable": true}]]);
    let poll = json!({"poll": {"fds": fds, "timeout": 1_000_000_000}});
    let script = [
        socket("datagram", 3),
        socket("stream", 4),
        (poll.clone(), json!({"ready": [[4, {"writable": true}]]})),
        print("<b>"),
        (poll, json!({"ready": []})),
        print("<>"),
        (json!({"peer_name": {"fd": 4}}), json!({"name": "10.0.0.2:7"})),
        print("10.0.0.2:7"),
        exit(0),
    ];
    drive(program, &script);
}

#[test]
fn what_a_peer_sends_as_an_address_is_left_to_the_resolver() {
    let program = inline(json!([
        {"socket": {"kind": "datagram", "into": "s"}},
        {"recv": {"socket": "s", "max": 9, "into": "x"}},
        {"connect": {"socket": "s", "to": "{x}"}}
    ]));
    let script = [
        socket("datagram", 3),
        recv(3, 9, "no port"),
        failed(json!({"resolve": {"name": "no port"}}), "ENONAME"),
        print("resolve: ENONAME: no host has that name (EAI_NONAME of getaddrinfo)"),
        exit(1),
    ];
    drive(program, &script);
}

#[test]
fn the_innermost_try_catches_and_a_thread_catches_for_itself() {
    let sleep = |ms| json!({"sleep": format!("{ms}ms")});
    let program = || {
        inline(json!([{"try": {
            "do": [
                {"try": {"do": [sleep(1)], "catch": {"EINVAL": [{"print": "inner"}, sleep(2)]}}},
                {"spawn": {"name": "t", "do": [sleep(3)]}},
                sleep(4)
            ],
            "catch": {"EINVAL": [{"print": "outer"}], "EIO": [{"exit": 7}]}
        }}]))
    };
    let fail = |ms: u64, errno| failed(sleep_ms(ms).0, errno);
    let spawn = done(json!({"spawn": {"name": "t"}}));
    drive(program(), &[fail(1, "EINVAL"), print("inner"), fail(2, "EINVAL"), print("outer"), exit(0)]);
    drive(program(), &[fail(1, "EIO"), exit(7)]);
    drive(program(), &[sleep_ms(1), spawn.clone(), fail(4, "EINVAL"), print("outer"), exit(0)]);

    let mut parent = drive(program(), &[sleep_ms(1), spawn]);
    let unhandled = print("sleep: EINVAL: that makes no sense for this socket now");
    drive(parent.spawned(), &[fail(3, "EINVAL"), unhandled, exit(1)]);
}

#[test]
fn loops_nest_and_break_leaves_the_innermost() {
    let program = inline(json!([
        {"repeat": {"times": 2, "do": [
            {"repeat": {"times": 2, "do": [{"print": "in"}]}},
            {"forever": [{"print": "once"}, {"break": {}}]}
        ]}},
        {"print": "after"}
    ]));
    let round = [print("in"), print("in"), print("once")];
    drive(program, &[round.clone().to_vec(), round.to_vec(), vec![print("after"), exit(0)]].concat());
}

#[test]
fn every_call_is_of_the_step_that_makes_it() {
    let mut program = library("tcp-upper-client", json!({}));
    let mut steps = Vec::new();
    let script = [
        socket("stream", 3),
        resolve(),
        done(connect(3)),
        send(3, "hello"),
        failed(json!({"recv": {"fd": 3, "max": 2048}}), "ECONNRESET"),
        print("recv: ECONNRESET: connection reset by the peer"),
        exit(1),
    ];
    for end in 1..=script.len() {
        steps.push(drive(program, &script[..end]).step());
        program = library("tcp-upper-client", json!({}));
    }
    assert_eq!(steps, [0, 1, 1, 2, 3, 3, 3], "a failure is reported from the step that failed");
}

#[test]
fn a_program_of_its_own_has_steps_but_no_text() {
    let source = inline(json!([{"print": "a"}, {"sleep": "1s"}])).source();
    assert_eq!((source.program.as_str(), source.steps.len()), ("test", 2));
    assert!(source.python.is_empty() && source.rust.is_empty());
}

#[test]
fn a_notice_that_is_no_answer_counts_as_a_failure() {
    let script = [
        (socket("stream", 3).0, json!("done")),
        print("socket: EIO: input/output error that has no better name"),
        exit(1),
    ];
    drive(library("tcp-upper-client", json!({})), &script);
}
