//! From the words of the command line to programs with arguments.

use crate::driver::{Launch, free_port};
use crate::end::Usage;
use crate::place::{self, is_place};
use anyhow::{Context, Result, anyhow};
use clap::Args as ClapArgs;
use sockscope_core::program::Family;
use sockscope_programs::{ProgramSpec, library};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;

/// Short names of the note's programs.
const SHORT: [(&str, &str); 6] = [
    ("udp", "udp-upper"),
    ("tcp", "tcp-upper"),
    ("udp-client", "udp-upper-client"),
    ("udp-server", "udp-upper-server"),
    ("tcp-client", "tcp-upper-client"),
    ("tcp-server", "tcp-upper-server"),
];

/// What to run, as it was asked for.
#[derive(Debug, ClapArgs)]
pub(super) struct Wish {
    /// udp or tcp (server and client at once), udp-server, udp-client, tcp-server, tcp-client, other programs of
    /// the library, or files that end in .json, where of several the last one is the client
    #[arg(required = true, value_name = "PROGRAM")]
    pub(super) programs: Vec<String>,
    /// Where the server is: the address that clients connect to, and that a server listens on (0.0.0.0: on every
    /// interface, so that other machines reach it; `::` as well over IPv6) [default: this machine alone]
    #[arg(long)]
    host: Option<String>,
    /// Speak IPv6, as with an address of IPv6 for --host
    #[arg(short = '6', long)]
    ipv6: bool,
    /// Port of the server [default: 12000; a free one where both ends run]
    #[arg(long)]
    port: Option<u16>,
    /// What the client sends
    #[arg(long)]
    message: Option<String>,
    /// Another parameter of the program
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = name_and_value)]
    parameters: Vec<(String, String)>,
    /// Run each client so many times, all at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20_000))]
    clients: u16,
}

impl Wish {
    /// Over which version of IP the programs of the library speak; `known` are the addresses of the place that is meant where
    /// none is given.
    fn family(&self, values: &BTreeMap<String, String>, known: &[IpAddr]) -> Result<Family> {
        let given =
            self.host.as_ref().or_else(|| values.iter().find(|(name, _)| is_place(name)).map(|it| it.1));
        match given.and_then(|host| place::address(host)) {
            Some(IpAddr::V4(address)) if self.ipv6 => {
                let message =
                    format!("{address} is an address of IPv4: give one of IPv6, or leave --ipv6 away");
                Err(anyhow!(Usage(message)))
            }
            _ if self.ipv6 => Ok(Family::Inet6),
            _ => Ok(match given {
                Some(host) => place::family(host),
                None if known.iter().all(IpAddr::is_ipv6) => Family::Inet6,
                None => Family::Inet,
            }),
        }
    }

    /// The parameters that were given a value, `--host` apart.
    fn values(&self) -> BTreeMap<String, String> {
        let port = self.port.map(|port| port.to_string());
        let named = [("port", port), ("message", self.message.clone())];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        named.chain(self.parameters.iter().cloned()).collect()
    }
}

/// `name=value` of the command line.
pub(super) fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write a name, an equals sign and a value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// A program that is wished for.
enum Wanted {
    Library(library::Entry),
    File(ProgramSpec),
}

/// The programs that are wished for, clients first as a picture has them. Where nothing else was asked for, clients go to
/// the first of `servers` that they can speak to; servers listen there, or `anywhere`.
pub(super) fn launches(wish: &Wish, servers: &[IpAddr], anywhere: bool) -> Result<Vec<Launch>> {
    let mut wanted = Vec::new();
    for name in &wish.programs {
        wanted.extend(find(name)?);
    }
    let mut values = wish.values();
    check_names(wish, &values, &wanted)?;
    let family = wish.family(&values, servers)?;
    let first = |of: &[IpAddr]| family.first(of).map(|address| address.to_string());
    let host = wish.host.clone().or_else(|| first(servers)).ok_or_else(|| {
        anyhow!(Usage(
            "there is no address of IPv6: give one with --address, or leave --ipv6 away".to_owned()
        ))
    })?;
    let listens = first(&place::ANYWHERE).filter(|_| anywhere).unwrap_or_else(|| host.clone());
    values.entry("server".to_owned()).or_insert(host);
    values.entry("interface".to_owned()).or_insert(listens);
    if wanted.len() > 1 && !values.contains_key("port") {
        values.insert("port".to_owned(), free_port().context("no port is free")?.to_string());
    }
    let mut launches = Vec::new();
    for (place, program) in wanted.iter().enumerate() {
        let launch = match program {
            Wanted::Library(entry) => of_library(entry, family, &values)?,
            Wanted::File(spec) => of_file(spec, place + 1 < wanted.len())?,
        };
        let times = if launch.serves { 1 } else { wish.clients };
        launches.extend(std::iter::repeat_n(launch, times.into()));
    }
    launches.sort_by_key(|launch| launch.serves);
    number(&mut launches);
    Ok(launches)
}

/// The program of that name, or the server and the client that have it in common.
fn find(name: &str) -> Result<Vec<Wanted>> {
    if name.ends_with(".json") {
        let text = fs::read_to_string(name).with_context(|| format!("cannot read {name}"))?;
        let spec = serde_json::from_str(&text).with_context(|| format!("{name} is no program"))?;
        return Ok(vec![Wanted::File(spec)]);
    }
    let long = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| *long);
    let server = library::entry(&format!("{long}-server"));
    let found = match (library::entry(long), server, library::entry(&format!("{long}-client"))) {
        (Some(entry), ..) => vec![entry],
        (None, Some(server), Some(client)) => vec![server, client],
        _ => {
            let known = library::names().join(", ");
            let message = format!(
                "there is no program {name}; there are udp and tcp (server and client at once), {known}, and files that end in .json"
            );
            return Err(anyhow!(Usage(message)));
        }
    };
    Ok(found.into_iter().map(Wanted::Library).collect())
}

fn check_names(wish: &Wish, values: &BTreeMap<String, String>, wanted: &[Wanted]) -> Result<()> {
    let parameters = wanted.iter().flat_map(|wanted| match wanted {
        Wanted::Library(entry) => entry.parameters.as_slice(),
        Wanted::File(_) => &[],
    });
    let known: BTreeSet<&str> = parameters.map(|parameter| parameter.name.as_str()).collect();
    let placed = known.contains("server") || known.contains("interface");
    let host = (wish.host.is_some() && !placed).then_some("server (--host)");
    let other = values.keys().map(String::as_str).find(|name| !known.contains(name));
    let Some(name) = host.or(other) else { return Ok(()) };
    let has = match known.is_empty() {
        true => "it has none".to_owned(),
        false => format!("it has {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Err(anyhow!(Usage(format!("{} has no parameter {name}; {has}", wish.programs.join(" ")))))
}

/// A program of the library with those values that it has parameters for.
fn of_library(entry: &library::Entry, family: Family, values: &BTreeMap<String, String>) -> Result<Launch> {
    let mut args = BTreeMap::new();
    for parameter in &entry.parameters {
        if let Some(value) = values.get(&parameter.name) {
            args.insert(parameter.name.clone(), argument(parameter, value)?);
        }
    }
    let serves = !entry.parameters.iter().any(|parameter| parameter.name == "server");
    let spec = ProgramSpec { program: entry.name.to_owned(), args, family, steps: None };
    let addresses = place::known(&spec);
    let launch = Launch::new(if serves { "server" } else { "client" }, spec);
    let launch = launch.map_err(|error| anyhow!(Usage(error.to_string())))?;
    Ok(Launch { serves, addresses, ..launch })
}

/// A program of the user's own. Where others follow, it is there for them.
fn of_file(spec: &ProgramSpec, serves: bool) -> Result<Launch> {
    let launch =
        Launch::new(&spec.program, spec.clone()).with_context(|| format!("program {}", spec.program))?;
    Ok(Launch { serves, ..launch })
}

/// A value in the form that the parameter has.
fn argument(parameter: &library::Parameter, value: &str) -> Result<serde_json::Value> {
    if parameter.default.is_number() {
        let wrong = |_| anyhow!(Usage(format!("{}={value}: {value} is no number", parameter.name)));
        return Ok(value.parse::<u64>().map_err(wrong)?.into());
    }
    Ok(if is_place(&parameter.name) { place::before_port(value) } else { value.to_owned() }.into())
}

/// Numbers those that have a name in common.
fn number(launches: &mut [Launch]) {
    let names: Vec<String> = launches.iter().map(|launch| launch.name.clone()).collect();
    for (place, launch) in launches.iter_mut().enumerate() {
        let before = names[..place].iter().filter(|name| **name == launch.name).count();
        if before > 0 || names[place + 1..].contains(&launch.name) {
            launch.name = format!("{}-{}", launch.name, before + 1);
        }
    }
}
