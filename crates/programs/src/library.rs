//! The programs of the lessons.

use crate::ProgramError;
use crate::compile::Code;
use crate::spec::compile_with;
use serde::Deserialize;
use serde_json::Value as Json;
use sockscope_core::json;
use sockscope_core::program::Family;
use std::collections::BTreeMap;

/// A program of the library.
///
/// ```
/// use sockscope_programs::library;
/// for entry in library::entries() {
///     println!("{}: {}", entry.name, entry.about);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: String,
    /// Its parameters. The Python and Rust programs take the same ones as arguments, in this order.
    pub parameters: Vec<Parameter>,
    /// Python text, with the marks.
    pub(crate) python: &'static str,
    /// Rust text, with the marks.
    pub(crate) rust: &'static str,
    steps: Vec<Json>,
}

/// A parameter of a program.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is, in a few words, with its unit.
    pub about: String,
    /// What it is where nothing else is given: a text or a whole number.
    pub default: Json,
}

/// The form of `program.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    parameters: Vec<Parameter>,
    steps: Vec<Json>,
}

/// Name, program.json, program.py and program.rs of each.
type Texts = (&'static str, &'static str, &'static str, &'static str);

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../library/", $name, "/program.json")),
            include_str!(concat!("../library/", $name, "/program.py")),
            include_str!(concat!("../library/", $name, "/program.rs")),
        )),*]
    };
}

/// In the order of the lessons.
const LIBRARY: &[Texts] = texts! {
    "udp-upper-client",
    "udp-upper-server",
    "tcp-upper-client",
    "tcp-upper-server",
    "tcp-upper-server-threads",
    "tcp-slow-client",
    "tcp-two-sends-client",
    "udp-connected-client",
    "udp-retry-client",
    "tcp-retry-client",
    "half-close-client",
    "half-close-server",
    "tcp-abort-client",
    "tcp-upper-server-once",
    "fast-writer",
    "slow-reader",
    "file-sender",
    "file-receiver",
    "file-exchange-client",
    "file-exchange-server",
    "dns-client",
    "dns-server",
};

/// The names of all programs, in the order of the lessons.
pub fn names() -> Vec<&'static str> {
    LIBRARY.iter().map(|texts| texts.0).collect()
}

/// All programs, in the order of the lessons.
pub fn entries() -> impl Iterator<Item = Entry> {
    LIBRARY.iter().map(read)
}

/// The program of that name.
pub fn entry(name: &str) -> Option<Entry> {
    LIBRARY.iter().find(|texts| texts.0 == name).map(read)
}

pub(crate) fn find(name: &str) -> Result<Entry, ProgramError> {
    entry(name).ok_or_else(|| {
        let known = names().join(", ");
        ProgramError::new("program", format!("the library has no \"{name}\"; it has {known}"))
    })
}

fn read(&(name, file, python, rust): &Texts) -> Entry {
    let File { about, parameters, steps } =
        json::read(file).unwrap_or_else(|error| unreachable!("a test reads {name}/program.json: {error}"));
    Entry { name, about, parameters, python, rust, steps }
}

impl Entry {
    /// What its parameters are where nothing else is given, by their names: every interface has another address in IPv6.
    pub(crate) fn defaults(&self, family: Family) -> impl Iterator<Item = (String, Json)> {
        self.parameters.iter().map(move |it| {
            let every = !family.is_inet() && it.default == "0.0.0.0";
            (it.name.clone(), if every { "[::]".into() } else { it.default.clone() })
        })
    }

    /// Its code over IPv4 or IPv6, with these arguments and the defaults of the others.
    pub(crate) fn compile(
        &self,
        args: &BTreeMap<String, Json>,
        family: Family,
    ) -> Result<Code, ProgramError> {
        let mut all: BTreeMap<String, Json> = self.defaults(family).collect();
        for (name, value) in args {
            let value = self.argument(name, value);
            let value = value.map_err(|message| ProgramError::new(format!("args.{name}"), message))?;
            all.insert(name.clone(), value);
        }
        let mut code = compile_with(&self.steps, &all)?;
        code.speak(family);
        Ok(code)
    }

    /// The value as the parameter wants it: a number may be given as text (a command line has nothing else), and a text
    /// as a number.
    fn argument(&self, name: &str, value: &Json) -> Result<Json, String> {
        let Some(parameter) = self.parameters.iter().find(|it| it.name == name) else {
            let known: Vec<&str> = self.parameters.iter().map(|it| it.name.as_str()).collect();
            return Err(format!("{} has no such parameter; it has {}", self.name, known.join(", ")));
        };
        let Parameter { about, default, .. } = parameter;
        match value {
            Json::Number(number) if default.is_u64() && number.is_u64() => Ok(value.clone()),
            Json::String(text) if default.is_u64() => text
                .parse::<u64>()
                .map(Json::from)
                .map_err(|_| format!("{value} is no whole number ({name}: {about})")),
            Json::String(_) if default.is_string() => Ok(value.clone()),
            Json::Number(number) if default.is_string() => Ok(number.to_string().into()),
            _ => Err(format!("{value} is neither a text nor a whole number ({name}: {about})")),
        }
    }
}
