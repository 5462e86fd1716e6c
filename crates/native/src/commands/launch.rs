//! From the words of the command line to programs with arguments.

use crate::cli::Usage;
use crate::driver::{Launch, free_port};
use anyhow::{Context, Result, anyhow};
use serde_json::Value as Json;
use sockscope_programs::{ProgramSpec, library};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Short names of the note's programs.
const SHORT: &[(&str, &str)] = &[
    ("udp", "udp-upper"),
    ("tcp", "tcp-upper"),
    ("udp-client", "udp-upper-client"),
    ("udp-server", "udp-upper-server"),
    ("tcp-client", "tcp-upper-client"),
    ("tcp-server", "tcp-upper-server"),
];

/// What to run, as it was asked for.
pub(super) struct Wish {
    /// A program of the library, the common name of a server and a client, or a file.
    pub(super) what: String,
    /// How many clients a server gets.
    pub(super) clients: u16,
    /// Values of parameters.
    pub(super) values: Vec<(String, String)>,
}

/// The programs that are wished for, servers first.
pub(super) fn launches(wish: &Wish) -> Result<Vec<Launch>> {
    if wish.what.ends_with(".json") {
        return Ok(vec![from_file(&wish.what)?]);
    }
    let name =
        SHORT.iter().find(|(short, _)| *short == wish.what).map_or(wish.what.as_str(), |(_, long)| *long);
    let (server, client) = (format!("{name}-server"), format!("{name}-client"));
    let names = match (library::entry(name), library::entry(&server), library::entry(&client)) {
        (Some(entry), ..) => vec![entry],
        (None, Some(server), Some(client)) => pair(&server, &client, wish.clients),
        _ => return Err(unknown(&wish.what)),
    };
    let arguments = Arguments::new(wish, &names)?;
    let several = names.len() > 2;
    names
        .iter()
        .enumerate()
        .map(|(place, entry)| {
            let launch = arguments.launch(entry)?;
            let numbered = several && !launch.serves;
            Ok(if numbered { Launch { name: format!("{}-{place}", launch.name), ..launch } } else { launch })
        })
        .collect()
}

fn pair(server: &library::Entry, client: &library::Entry, clients: u16) -> Vec<library::Entry> {
    let clients = std::iter::repeat_n(client, clients.into());
    std::iter::once(server).chain(clients).cloned().collect()
}

fn unknown(what: &str) -> anyhow::Error {
    let known = library::names().join(", ");
    anyhow!(Usage(format!(
        "there is no program {what}; there are udp and tcp (server and client at once), {known}, and files that end in .json"
    )))
}

fn from_file(path: &str) -> Result<Launch> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let spec: ProgramSpec = serde_json::from_str(&text).with_context(|| format!("{path} is no program"))?;
    let name = spec.program.clone();
    Launch::new(&name, spec).with_context(|| format!("{path} is no program"))
}

/// The values of parameters, by name.
struct Arguments(BTreeMap<String, String>);

impl Arguments {
    fn new(wish: &Wish, entries: &[library::Entry]) -> Result<Arguments> {
        let known: BTreeSet<_> =
            entries.iter().flat_map(|it| &it.parameters).map(|it| it.name.as_str()).collect();
        let mut values: BTreeMap<String, String> = wish.values.iter().cloned().collect();
        if let Some(name) = values.keys().find(|name| !known.contains(name.as_str())) {
            let known: Vec<_> = known.into_iter().collect();
            let message = format!("{} has no parameter {name}; it has {}", wish.what, known.join(", "));
            return Err(anyhow!(Usage(message)));
        }
        values.entry("server".to_owned()).or_insert_with(|| Ipv4Addr::LOCALHOST.to_string());
        if entries.len() > 1 && known.contains("port") && !values.contains_key("port") {
            values.insert("port".to_owned(), free_port().context("no port is free")?.to_string());
        }
        Ok(Arguments(values))
    }

    /// The program with those values that it has parameters for.
    fn launch(&self, entry: &library::Entry) -> Result<Launch> {
        let mut args = BTreeMap::new();
        for parameter in &entry.parameters {
            if let Some(value) = self.0.get(&parameter.name) {
                args.insert(parameter.name.clone(), argument(&parameter.name, value, &parameter.default)?);
            }
        }
        let spec = ProgramSpec { program: entry.name.to_owned(), args, steps: None };
        let role = ["server", "client"].into_iter().find(|role| entry.name.ends_with(&format!("-{role}")));
        let launch = Launch::new(role.unwrap_or(entry.name), spec)
            .map_err(|error| anyhow!(Usage(error.to_string())))?;
        let local = self.0["server"].parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let addresses = if local { vec![Ipv4Addr::LOCALHOST.into()] } else { Vec::new() };
        Ok(Launch { serves: role == Some("server"), addresses, ..launch })
    }
}

/// A value in the form that the parameter has.
fn argument(name: &str, value: &str, default: &Json) -> Result<Json> {
    if default.is_number() {
        let number: u64 =
            value.parse().map_err(|_| anyhow!(Usage(format!("{name}={value}: {value} is no number"))))?;
        return Ok(number.into());
    }
    // An IPv6 address stands before a port in the program.
    let bracketed = value.parse::<Ipv6Addr>().ok().map(|ip| format!("[{ip}]"));
    Ok(bracketed.unwrap_or_else(|| value.to_owned()).into())
}
