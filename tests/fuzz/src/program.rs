//! Programs as data: a list of steps is refused or runs, whatever the system answers.

use arbitrary::{Result, Unstructured};
use serde_json::{Value as Json, json};
use sockscope_core::errno::Errno;
use sockscope_core::payload::Payload;
use sockscope_core::program::{Call, Fd, Notice, SocketOption};
use sockscope_programs::{Program, ProgramSpec, library};
use std::fs;
use std::net::SocketAddr;
use std::sync::LazyLock;

/// A program of the library in which some steps were exchanged for others, and any answers to its calls.
pub fn program(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((steps, args)) = changed(&mut input) else { return };
    let spec = json!({ "program": "any", "args": args, "steps": steps });
    let Ok(spec) = serde_json::from_value::<ProgramSpec>(spec) else { return };
    match spec.load() {
        Ok(program) => run(program, input.take_rest()),
        Err(error) => assert!(error.place.starts_with("steps"), "{error}"),
    }
}

/// The steps of every program of the library, and its defaults by name.
static LIBRARY: LazyLock<Vec<(Json, Json)>> = LazyLock::new(|| {
    let read = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/programs/library");
        let text = fs::read_to_string(format!("{folder}/{name}/program.json")).expect("it is in the library");
        let file: Json = serde_json::from_str(&text).expect("it is JSON");
        let parameters = file["parameters"].as_array().into_iter().flatten();
        let args = parameters
            .map(|it| (it["name"].as_str().unwrap_or_default().to_owned(), it["default"].clone()))
            .collect();
        (file["steps"].clone(), Json::Object(args))
    };
    library::names().into_iter().map(read).collect()
});

fn changed(input: &mut Unstructured) -> Result<(Json, Json)> {
    let (mut steps, args) = input.choose(&LIBRARY)?.clone();
    for _ in 0..input.int_in_range(0..=3u8)? {
        change(&mut steps, input)?;
    }
    Ok((steps, args))
}

/// Puts into one place what stands in another, or something that fits nowhere.
fn change(steps: &mut Json, input: &mut Unstructured) -> Result<()> {
    let mut all = Vec::new();
    places(steps, "", &mut all);
    let oddities = [json!(0), json!("{x}"), json!({}), json!([]), json!({"break": {}}), json!("é:1")];
    let (to, from) = (input.choose(&all)?, input.choose(&all)?);
    let value = match input.arbitrary()? {
        true => input.choose(&oddities)?.clone(),
        false => steps.pointer(from).cloned().unwrap_or_default(),
    };
    steps.pointer_mut(to).into_iter().for_each(|place| *place = value.clone());
    Ok(())
}

/// The pointer of every value in a tree.
fn places(json: &Json, place: &str, found: &mut Vec<String>) {
    found.push(place.to_owned());
    match json {
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| places(item, &format!("{place}/{i}"), found));
        }
        Json::Object(fields) => {
            fields.iter().for_each(|(key, value)| places(value, &format!("{place}/{key}"), found));
        }
        _ => {}
    }
}

/// A notice that may answer the call.
fn answer(call: &Call, choice: u8) -> Notice {
    let data = || Payload::from(&b"\x00\x07\x85\x00\x00\x01\x00\x01"[..usize::from(choice % 9)]);
    let peer = SocketAddr::from(([10, 0, 0, 1], 50_000));
    match call {
        _ if choice > 250 => Notice::Sent(1), // no answer to most
        _ if choice > 235 => Notice::Failed(Errno::ALL[usize::from(choice) % Errno::ALL.len()]),
        Call::Socket { .. } => Notice::Socket(Fd(choice.into())),
        Call::Accept { .. } => Notice::Accepted { fd: Fd(choice.into()), peer: peer.into() },
        Call::Send { data, .. } | Call::SendTo { data, .. } => Notice::Sent(data.len() as u32),
        Call::Recv { .. } => Notice::Received(data()),
        Call::RecvFrom { .. } => Notice::ReceivedFrom { data: data(), from: peer.into() },
        Call::GetOption { .. } => Notice::Option(SocketOption::NoDelay(true)),
        Call::LocalName { .. } | Call::PeerName { .. } => Notice::Name(peer.into()),
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
