//! A scripted system: what a program must ask, and what it is told.

use serde_json::{Value as Json, json};
use sockscope_core::program::{Call, Notice};
use sockscope_programs::{Program, ProgramSpec};

/// A call in JSON and the notice that answers it.
pub(crate) type Exchange = (Json, Json);

/// Runs a program against a script. After each call it must survive being stored and read back. The program as it is
/// after the last call.
pub(crate) fn drive(mut program: Program, script: &[Exchange]) -> Program {
    let mut notice = Notice::Started;
    for (n, (expected, answer)) in script.iter().enumerate() {
        let call = program.resume(notice);
        assert_eq!(serde_json::to_value(&call).unwrap(), *expected, "call {n}");
        let stored = serde_json::to_string(&program).unwrap();
        let restored: Program = serde_json::from_str(&stored).unwrap();
        assert_eq!(restored, program, "call {n}: {stored}");
        program = restored;
        if matches!(call, Call::Exit { .. }) {
            assert_eq!(n + 1, script.len(), "the program ended early");
            return program;
        }
        notice = serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("notice {n}: {error}"));
    }
    program
}

/// A program of the library with arguments.
pub(crate) fn library(name: &str, args: Json) -> Program {
    load(json!({ "program": name, "args": args }))
}

/// A program with its own steps.
pub(crate) fn inline(steps: Json) -> Program {
    load(json!({ "program": "test", "steps": steps }))
}

pub(crate) fn load(json: Json) -> Program {
    let spec: ProgramSpec = serde_json::from_value(json).unwrap();
    spec.load().unwrap_or_else(|error| panic!("{error}"))
}

/// A call that is answered by `Done`.
pub(crate) fn done(call: Json) -> Exchange {
    (call, json!("done"))
}

/// A call that fails.
pub(crate) fn failed(call: Json, errno: &str) -> Exchange {
    (call, json!({ "failed": errno }))
}

pub(crate) fn socket(kind: &str, fd: u32) -> Exchange {
    (json!({"socket": {"kind": kind, "family": "inet"}}), json!({ "socket": fd }))
}

pub(crate) fn socket_of_ipv6(kind: &str, fd: u32) -> Exchange {
    (json!({"socket": {"kind": kind, "family": "inet6"}}), json!({ "socket": fd }))
}

/// The name `server` is 10.0.0.2.
pub(crate) fn resolve() -> Exchange {
    (json!({"resolve": {"name": "server"}}), json!({"address": "10.0.0.2"}))
}

/// The call of `connect` to port 12000 of the server.
pub(crate) fn connect(fd: u32) -> Json {
    json!({"connect": {"fd": fd, "to": "10.0.0.2:12000"}})
}

pub(crate) fn accept(fd: u32, connection: u32) -> Exchange {
    (json!({"accept": {"fd": fd}}), json!({"accepted": {"fd": connection, "peer": "10.0.0.1:50000"}}))
}

pub(crate) fn send(fd: u32, data: &str) -> Exchange {
    (json!({"send": {"fd": fd, "data": data}}), json!({"sent": data.len()}))
}

pub(crate) fn send_to(fd: u32, data: &str, to: &str) -> Exchange {
    (json!({"send_to": {"fd": fd, "data": data, "to": to}}), json!({"sent": data.len()}))
}

pub(crate) fn recv(fd: u32, max: u32, data: &str) -> Exchange {
    (json!({"recv": {"fd": fd, "max": max}}), json!({ "received": data }))
}

pub(crate) fn recv_from(fd: u32, data: &str, from: &str) -> Exchange {
    (json!({"recv_from": {"fd": fd, "max": 2048}}), json!({"received_from": {"data": data, "from": from}}))
}

pub(crate) fn print(text: &str) -> Exchange {
    done(json!({"print": {"text": text}}))
}

pub(crate) fn sleep_ms(ms: u64) -> Exchange {
    done(json!({"sleep": {"span": ms * 1_000_000}}))
}

pub(crate) fn close(fd: u32) -> Exchange {
    done(json!({"close": {"fd": fd}}))
}

pub(crate) fn shutdown(fd: u32) -> Exchange {
    done(json!({"shutdown": {"fd": fd, "how": "write"}}))
}

pub(crate) fn exit(code: u8) -> Exchange {
    (json!({"exit": {"code": code}}), json!(null))
}

/// The four calls that make a welcoming socket.
pub(crate) fn welcome(fd: u32) -> Vec<Exchange> {
    vec![
        socket("stream", fd),
        done(json!({"set_option": {"fd": fd, "option": {"reuse_addr": true}}})),
        done(json!({"bind": {"fd": fd, "addr": "0.0.0.0:12000"}})),
        done(json!({"listen": {"fd": fd, "backlog": 128}})),
    ]
}
