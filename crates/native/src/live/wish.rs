//! What can be run over real sockets, and what the page wants of it.

use crate::driver::{Driver, Launch, free_port};
use crate::place::{self, is_place};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sockscope_core::program::Family;
use sockscope_programs::{ProgramSpec, library};
use sockscope_sim::impairment::{Impairment, Knobs};
use sockscope_sim::{Scenario, presets, scenario};
use std::collections::BTreeMap;

/// What the page wants to be run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    what: What,
    driver: Driver,
    /// Clients start at once, not when somebody says so.
    #[serde(default)]
    at_once: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// All programs of a scenario.
    Scenario(String),
    /// One program, with its arguments.
    Program(ProgramSpec),
}

/// What is to be run.
pub(super) struct Wanted {
    pub(super) title: String,
    pub(super) driver: Driver,
    pub(super) at_once: bool,
    pub(super) launches: Vec<Launch>,
}

/// What there is to run.
#[derive(Serialize)]
pub(super) struct Catalog {
    scenarios: Vec<Listed>,
    programs: Vec<Entry>,
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    title: String,
    about: String,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    about: String,
    serves: bool,
    parameters: Vec<Parameter>,
}

#[derive(Serialize)]
struct Parameter {
    name: String,
    about: String,
    default: Json,
}

/// Everything that there is to run.
pub(super) fn catalog() -> Catalog {
    let listed = |(name, it): (_, Scenario)| Listed { name, title: it.title, about: it.description };
    let entry = |entry: library::Entry| Entry {
        name: entry.name,
        about: entry.about.clone(),
        serves: serves(&entry),
        parameters: entry.parameters.into_iter().map(parameter).collect(),
    };
    Catalog {
        scenarios: scenarios().map(listed).collect(),
        programs: library::entries().map(entry).collect(),
    }
}

/// A parameter with the default that it has here: addresses are those of this machine, for nobody else.
fn parameter(parameter: library::Parameter) -> Parameter {
    let library::Parameter { name, about, default } = parameter;
    let default = if is_place(&name) { here() } else { default };
    Parameter { name, about, default }
}

/// Where programs are that are started here and reach each other, where nothing else is asked for.
fn here() -> Json {
    place::HERE[0].to_string().into()
}

fn serves(entry: &library::Entry) -> bool {
    entry.parameters.iter().any(|parameter| parameter.name == "interface")
}

impl Wish {
    /// The programs, ready to run.
    pub(super) fn wanted(&self) -> Result<Wanted> {
        let Wish { what, driver, at_once } = self;
        let (driver, at_once) = (*driver, *at_once);
        match what {
            What::Scenario(name) => {
                let found = scenarios().find(|(known, _)| known == name);
                let (_, scenario) =
                    found.with_context(|| format!("there is no scenario {name} to run here"))?;
                Ok(Wanted {
                    title: scenario.title.clone(),
                    driver,
                    at_once,
                    launches: of_scenario(&scenario)?,
                })
            }
            What::Program(spec) => {
                let entry = library::entry(&spec.program);
                let entry = entry.with_context(|| format!("there is no program {}", spec.program))?;
                let mut spec = spec.clone();
                for parameter in entry.parameters.iter().filter(|it| is_place(&it.name)) {
                    spec.args.entry(parameter.name.clone()).or_insert_with(here);
                }
                place::settle(&mut spec);
                let launch = launch(if serves(&entry) { "server" } else { "client" }, spec, &entry)?;
                Ok(Wanted { title: entry.name.to_owned(), driver, at_once, launches: vec![launch] })
            }
        }
    }
}

/// The scenarios that make sense on this machine alone: programs of the library, and nothing that happens to packets.
fn scenarios() -> impl Iterator<Item = (&'static str, Scenario)> {
    let parsed =
        presets::names().filter_map(|name| Some((name, presets::text(name)?.parse::<Scenario>().ok()?)));
    parsed.filter(|(_, scenario)| {
        let calm = |knobs: &Knobs| {
            let Impairment { loss, duplicate, reorder, corrupt, .. } = knobs.over(&Knobs::default());
            [loss, duplicate, reorder, corrupt].iter().all(|odds| odds.millionths() == 0)
        };
        let links = scenario.links.iter().flat_map(|link| [&link.both, &link.there, &link.back]);
        scenario.interventions.is_empty()
            && !scenario.programs.is_empty()
            && scenario.programs.iter().all(|program| program.steps.is_none())
            && links.into_iter().all(calm)
    })
}

/// The programs of a scenario on this machine, clients first. Ports that they share stay shared, but are free ones.
fn of_scenario(scenario: &Scenario) -> Result<Vec<Launch>> {
    let mut ports = BTreeMap::new();
    let mut launches = Vec::new();
    for scenario::Program { host, program, args, .. } in &scenario.programs {
        let entry = library::entry(program).with_context(|| format!("there is no program {program}"))?;
        let mut args = args.clone();
        for parameter in &entry.parameters {
            if is_place(&parameter.name) {
                args.insert(parameter.name.clone(), here());
            } else if parameter.name == "port" {
                let port = args.get("port").unwrap_or(&parameter.default).to_string();
                if !ports.contains_key(&port) {
                    ports.insert(port.clone(), free_port().context("no port is free")?);
                }
                args.insert("port".to_owned(), ports[&port].into());
            }
        }
        let spec = ProgramSpec { program: program.clone(), args, family: Family::Inet, steps: None };
        launches.push(launch(host, spec, &entry)?);
    }
    launches.sort_by_key(|launch| launch.serves);
    Ok(launches)
}

fn launch(name: &str, spec: ProgramSpec, entry: &library::Entry) -> Result<Launch> {
    if spec.steps.is_some() {
        bail!("the steps of a program are its own: only those of the library are run from a page");
    }
    let addresses = place::known(&spec);
    let launch = Launch::new(name, spec)?;
    Ok(Launch { serves: serves(entry), addresses, ..launch })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(wish: &str) -> Result<Wanted> {
        serde_json::from_str::<Wish>(wish)?.wanted()
    }

    #[test]
    fn what_is_offered_can_be_run_and_stays_on_this_machine() {
        let catalog = catalog();
        assert!(catalog.scenarios.iter().any(|listed| listed.name == "tcp-three-clients"));
        assert!(catalog.scenarios.iter().all(|listed| listed.name != "udp-loss"), "there is no loss here");
        let scenarios = catalog.scenarios.iter().map(|it| format!(r#""scenario":"{}""#, it.name));
        let programs = catalog.programs.iter().map(|it| format!(r#""program":{{"program":"{}"}}"#, it.name));
        for what in scenarios.chain(programs) {
            let wanted = wanted(&format!(r#"{{"what":{{{what}}},"driver":"tokio"}}"#)).unwrap();
            for launch in wanted.launches {
                assert_eq!(launch.addresses, place::HERE[..1], "{what}");
            }
        }
    }

    #[test]
    fn a_place_of_ipv6_is_one() {
        let wish =
            r#"{"what":{"program":{"program":"udp-upper-client","args":{"server":"::1"}}},"driver":"std"}"#;
        let launch = wanted(wish).unwrap().launches.remove(0);
        assert_eq!((launch.spec.family, &launch.addresses[..]), (Family::Inet6, &place::HERE[1..]));
        assert!(launch.program.source().python.contains("AF_INET6"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (wish, why) in [
            (r#"{"what":{"scenario":"udp-loss"},"driver":"std"}"#, "no scenario udp-loss"),
            (r#"{"what":{"program":{"program":"walk"}},"driver":"std"}"#, "no program walk"),
            (
                r#"{"what":{"program":{"program":"udp-upper-server","args":{"port":"many"}}},"driver":"std"}"#,
                "many",
            ),
            (
                r#"{"what":{"program":{"program":"udp-upper-server","steps":[]}},"driver":"std"}"#,
                "only those of the library",
            ),
        ] {
            let error = wanted(wish).err().unwrap();
            assert!(format!("{error:#}").contains(why), "{error:#}");
        }
    }
}
