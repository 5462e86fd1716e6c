//! A scripted system: what a program must ask, and what it is told.

use serde_json::{Value as Json, json};
use sockscope_core::program::{Call, Notice};
use sockscope_programs::{Program, ProgramSpec};

/// Runs a program against a script of (call, notice) pairs in JSON; the last call stands alone where it is an exit.
/// After each call the program must survive being stored and read back.
pub(crate) fn drive(mut program: Program, script: &[(Json, Json)]) -> Program {
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
    let spec: ProgramSpec = serde_json::from_value(json!({ "program": name, "args": args })).unwrap();
    spec.load().unwrap_or_else(|error| panic!("{error}"))
}
