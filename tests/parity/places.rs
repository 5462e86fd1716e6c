//! The places where a program runs.

use serde_json::{Value as Json, json};
use sockscope::driver::{self, Driver, Launch, Limits, Run, free_port};
use sockscope::record::Recorder;
use sockscope_core::program::Family;
use sockscope_core::trace::{Node, Trace, jsonl};
use sockscope_programs::{ProgramSpec, library};
use sockscope_sim::{Scenario, World};
use sockscope_view::observed::{self, Observed};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Programs that run together, each on a host of its own in the simulator.
#[derive(Default)]
pub(crate) struct Case(Vec<Part>);

struct Part {
    name: String,
    program: String,
    args: Json,
    steps: Option<Json>,
    serves: bool,
    family: Family,
}

impl Case {
    pub(crate) fn new() -> Case {
        Case::default()
    }

    /// With a server of the library.
    pub(crate) fn server(mut self, program: &str, args: Json) -> Case {
        self.0.push(Part {
            name: "server".to_owned(),
            program: program.to_owned(),
            args,
            steps: None,
            serves: true,
            family: Family::Inet,
        });
        self
    }

    /// With a client of the library, `client-1`, `client-2` and so on.
    pub(crate) fn client(mut self, program: &str, args: Json) -> Case {
        let name =
            format!("client-{}", 1 + self.0.iter().filter(|part| part.name.starts_with("client")).count());
        self.0.push(Part {
            name,
            program: program.to_owned(),
            args,
            steps: None,
            serves: false,
            family: Family::Inet,
        });
        self
    }

    /// With a program of its own that ends by itself.
    pub(crate) fn steps(mut self, name: &str, steps: Json) -> Case {
        self.0.push(Part {
            name: name.to_owned(),
            program: name.to_owned(),
            args: json!({}),
            steps: Some(steps),
            serves: false,
            family: Family::Inet,
        });
        self
    }

    /// The same over IPv6.
    pub(crate) fn over_ipv6(mut self) -> Case {
        self.0.iter_mut().for_each(|part| part.family = Family::Inet6);
        self
    }

    fn is_v6(&self) -> bool {
        self.0.iter().any(|part| !part.family.is_inet())
    }
}

impl Part {
    /// The program where the server has this name and port.
    fn spec(&self, server: &str, port: u16) -> ProgramSpec {
        let mut args: BTreeMap<String, Json> = serde_json::from_value(self.args.clone()).unwrap();
        let entry = library::entry(&self.program);
        for (name, value) in [("server", json!(server)), ("port", json!(port))] {
            let known = entry.as_ref().is_none_or(|it| it.parameters.iter().any(|it| it.name == name));
            let free =
                self.steps.as_ref().is_some_and(|steps| !steps.to_string().contains(&format!("{{{name}}}")));
            if known && !free {
                args.insert(name.to_owned(), value);
            }
        }
        let steps = self.steps.as_ref().map(|steps| steps.as_array().unwrap().clone());
        ProgramSpec { program: self.program.clone(), args, family: self.family, steps }
    }
}

/// What every program of a trace saw, by the name of its node.
fn observe(trace: &Trace) -> BTreeMap<String, Observed> {
    let name = |node: Node| trace.header.nodes[usize::from(node.0)].name.clone();
    observed::programs(trace).into_iter().map(|(node, observed)| (name(node), observed)).collect()
}

/// Runs a case in every place, and asserts that all saw the same: what the simulator saw.
pub(crate) fn agree(case: &Case) -> BTreeMap<String, Observed> {
    let simulated = observe(&simulate(case));
    for driver in [Driver::Std, Driver::Tokio] {
        let real = observe(&run(case, driver));
        for (name, observed) in &real {
            assert_eq!(
                Some(observed),
                simulated.get(name),
                "{name} on {driver} (left) and in the simulator (right)"
            );
        }
        assert_eq!(real.len(), simulated.len());
    }
    simulated
}

/// Every host on one switch; servers start first.
fn simulate(case: &Case) -> Trace {
    let host = |(n, name): (usize, &str)| {
        let address = if case.is_v6() { format!("fd00::{n}") } else { format!("10.0.0.{n}") };
        json!({ "name": name, "privileged": true, "addresses": [address] })
    };
    let hosts: Vec<Json> = (1..).zip(names(case)).map(host).collect();
    let link = |name| json!({ "between": [name, "switch"], "both": { "delay": "5ms" } });
    let programs = case.0.iter().map(|part| {
        let mut program = serde_json::to_value(part.spec("server", 12_000)).unwrap();
        program["host"] = json!(part.name);
        program["at"] = json!(if part.serves { "0ms" } else { "10ms" });
        program
    });
    let scenario = json!({
        "title": "parity",
        "hosts": hosts,
        "switches": [{ "name": "switch" }],
        "links": names(case).map(link).collect::<Vec<_>>(),
        "programs": programs.collect::<Vec<_>>(),
    });
    let scenario: Scenario = scenario.to_string().parse().unwrap_or_else(|error| panic!("{error}"));
    let mut world = World::new(&scenario).unwrap();
    world.run();
    world.trace()
}

/// The hosts: those of the programs, and a server that is up although nothing runs on it.
fn names(case: &Case) -> impl Iterator<Item = &str> {
    let absent = case.0.iter().all(|part| part.name != "server").then_some("server");
    case.0.iter().map(|part| part.name.as_str()).chain(absent)
}

/// Over real sockets of this machine.
fn run(case: &Case, driver: Driver) -> Trace {
    let port = free_port().unwrap();
    let server = if case.is_v6() { "[::1]" } else { "127.0.0.1" };
    let launch = |part: &Part| Launch {
        serves: part.serves,
        ..Launch::new(&part.name, part.spec(server, port)).unwrap()
    };
    let launches: Vec<Launch> = case.0.iter().map(launch).collect();
    let tape = Tape::default();
    let header = driver::header("parity", &launches).unwrap();
    let recorder = Recorder::new(&header, Box::new(tape.clone())).unwrap();
    let run = Run::new(recorder, |_, _| Ok(()));
    let limits = Limits { time: Some(Duration::from_secs(60)), quiet: Duration::from_millis(400) };
    driver::drive(&run, driver, &launches, limits).unwrap();
    let lines = tape.0.lock().unwrap().clone();
    jsonl::read(lines.as_slice()).unwrap().trace
}

/// A trace file in memory.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a program prints, sorted, that has a connection to itself: `c` is the client's socket, `s` the server's, `l` welcomes.
pub(crate) fn printed(steps: Json) -> Vec<String> {
    let mut all = json!([
        { "socket": { "kind": "stream", "into": "l" } },
        { "bind": { "socket": "l", "to": "127.0.0.1:0" } },
        { "listen": { "socket": "l", "backlog": 5 } },
        { "local_name": { "socket": "l", "into": "here" } },
        { "socket": { "kind": "stream", "into": "c" } },
        { "connect": { "socket": "c", "to": "{here}" } },
        { "accept": { "socket": "l", "into": "s" } }
    ]);
    all.as_array_mut().unwrap().extend(steps.as_array().unwrap().iter().cloned());
    agree(&Case::new().steps("alone", all))["alone"].printed.clone()
}
