//! What a laboratory has on its shelves: scenarios by what they show, and the programs of the library.

use serde::Serialize;
use sockscope_programs::library;
use sockscope_sim::{Scenario, presets};
use tsify::Tsify;

/// A scenario that comes along.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it shows, in a word for which the page has its own.
    pub group: &'static str,
    /// What it shows, in a few words.
    pub title: String,
    /// What it shows, in a sentence or two.
    pub description: String,
}

/// A program of the library.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct Shelf {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: String,
    /// Its arguments.
    pub args: Vec<Arg>,
}

/// An argument of a program.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct Arg {
    /// Its name.
    pub name: String,
    /// What it is, in a few words, with its unit.
    pub about: String,
    /// What it is where nothing else is given.
    pub default: String,
    /// Whether it is a number.
    pub number: bool,
}

/// Every scenario that comes along, by what it shows.
pub(crate) fn scenarios() -> Vec<Preset> {
    let preset = |group: &'static str, name: &'static str| {
        let scenario: Scenario = presets::text(name)?.parse().ok()?;
        Some(Preset { name, group, title: scenario.title, description: scenario.description })
    };
    presets::groups().flat_map(|(group, names)| names.filter_map(move |name| preset(group, name))).collect()
}

/// Every program of the library.
pub(crate) fn programs() -> Vec<Shelf> {
    let arg = |parameter: library::Parameter| Arg {
        name: parameter.name,
        about: parameter.about,
        number: parameter.default.is_number(),
        default: parameter.default.as_str().map_or_else(|| parameter.default.to_string(), str::to_owned),
    };
    let shelf = |entry: library::Entry| Shelf {
        name: entry.name,
        about: entry.about,
        args: entry.parameters.into_iter().map(arg).collect(),
    };
    library::entries().map(shelf).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_tell_their_arguments() {
        let programs = programs();
        let server = programs.iter().find(|it| it.name == "udp-upper-server").unwrap();
        let port = server.args.iter().find(|arg| arg.name == "port").unwrap();
        assert_eq!((port.default.as_str(), port.number), ("12000", true));
    }
}
