//! Whatever a scenario file holds and whatever the system answers: a program is refused or runs, and nothing panics.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value as Json, json};
use sockscope_core::errno::Errno;
use sockscope_core::payload::Payload;
use sockscope_core::program::{Call, Fd, Notice, SocketOption};
use sockscope_programs::{Program, ProgramSpec, library};
use std::fs;

/// The steps of a program of the library with its defaults put in by name.
fn file(name: &str) -> (Json, Json) {
    let path = format!("{}/library/{name}/program.json", env!("CARGO_MANIFEST_DIR"));
    let file: Json = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let parameters = file["parameters"].as_array().unwrap();
    let args = parameters.iter().map(|it| (it["name"].as_str().unwrap().to_owned(), it["default"].clone()));
    (file["steps"].clone(), Json::Object(args.collect()))
}

/// The pointer of every value in a tree.
fn places(json: &Json, place: &str, found: &mut Vec<String>) {
    found.push(place.to_owned());
    match json {
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| places(item, &format!("{place}/{i}"), found));
        }
        Json::Object(fields) => {
            fields.iter().for_each(|(key, value)| places(value, &format!("{place}/{key}"), found))
        }
        _ => {}
    }
}

/// Puts into one place what stands in another, or something that fits nowhere.
fn mutate(steps: &mut Json, (to, from, odd): &(Index, Index, Option<Index>)) {
    let mut all = Vec::new();
    places(steps, "", &mut all);
    let oddities = [json!(0), json!("{x}"), json!({}), json!([]), json!({"break": {}}), json!("é:1")];
    let value = match odd {
        Some(odd) => odd.get(&oddities[..]).clone(),
        None => steps.pointer(from.get(&all[..]).as_str()).unwrap().clone(),
    };
    *steps.pointer_mut(to.get(&all[..]).as_str()).unwrap() = value;
}

/// A notice that may answer the call.
fn answer(call: &Call, choice: u8) -> Notice {
    let data = || Payload::from(&b"\x00\x07\x85\x00\x00\x01\x00\x01"[..usize::from(choice % 9)]);
    match call {
        _ if choice > 250 => Notice::Sent(1), // no answer to most
        _ if choice > 235 => Notice::Failed(Errno::ALL[usize::from(choice) % Errno::ALL.len()]),
        Call::Socket { .. } => Notice::Socket(Fd(choice.into())),
        Call::Accept { .. } => {
            Notice::Accepted { fd: Fd(choice.into()), peer: "10.0.0.1:50000".parse().unwrap() }
        }
        Call::Send { data, .. } | Call::SendTo { data, .. } => Notice::Sent(data.len() as u32),
        Call::Recv { .. } => Notice::Received(data()),
        Call::RecvFrom { .. } => {
            Notice::ReceivedFrom { data: data(), from: "10.0.0.1:50000".parse().unwrap() }
        }
        Call::GetOption { .. } => Notice::Option(SocketOption::NoDelay(true)),
        Call::LocalName { .. } | Call::PeerName { .. } => Notice::Name("10.0.0.1:50000".parse().unwrap()),
        Call::Poll { fds, .. } => Notice::Ready(fds.iter().take(choice.into()).copied().collect()),
        Call::Resolve { .. } => Notice::Address([10, 0, 0, 2].into()),
        _ => Notice::Done,
    }
}

fn run(mut program: Program, choices: &[u8]) {
    let mut notice = if choices.len() % 7 == 1 { Notice::Done } else { Notice::Started };
    for choice in choices {
        let call = program.resume(notice);
        match call {
            Call::Exit { .. } => return,
            Call::Spawn { .. } => run(program.spawned(), &choices[..choices.len() / 2]),
            _ => {}
        }
        assert!(usize::from(program.step()) < program.source().steps.len().max(1));
        notice = answer(&call, *choice);
    }
}

proptest! {
    #[test]
    fn no_steps_and_no_answers_make_a_program_panic(
        entry in any::<Index>(),
        mutations in prop::collection::vec(any::<(Index, Index, Option<Index>)>(), 0..3),
        choices in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let names = library::names();
        let (mut steps, args) = file(names[entry.index(names.len())]);
        mutations.iter().for_each(|mutation| mutate(&mut steps, mutation));
        let spec = json!({ "program": "fuzz", "args": args, "steps": steps });
        let Ok(spec) = serde_json::from_value::<ProgramSpec>(spec) else { return Ok(()) };
        match spec.load() {
            Ok(program) => run(program, &choices),
            Err(error) => prop_assert!(error.place.starts_with("steps"), "{}", error),
        }
    }
}
