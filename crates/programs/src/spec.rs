//! Programs as scenario files hold them.

use crate::compile::{Code, compile};
use crate::template::substitute;
use crate::{Program, ProgramError};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sockscope_core::program::Family;
use std::collections::BTreeMap;

/// A program as scenario files hold it: one of the library with arguments, or one with its own steps.
///
/// ```
/// use sockscope_programs::ProgramSpec;
/// let spec: ProgramSpec = serde_json::from_str(
///     r#"{ "program": "udp-upper-client", "args": { "server": "server", "message": "hello" } }"#,
/// ).unwrap();
/// assert_eq!(spec.load().unwrap().name(), "udp-upper-client");
///
/// let spec: ProgramSpec = serde_json::from_str(
///     r#"{ "program": "greeter", "steps": [ { "print": "hello" } ] }"#,
/// ).unwrap();
/// assert!(spec.load().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramSpec {
    /// Its name in the library; with steps of its own, its name in the trace.
    pub program: String,
    /// Values for its parameters, put in where its steps say `{parameter}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Json>,
    /// Over which version of IP a program of the library speaks.
    #[serde(default, skip_serializing_if = "Family::is_inet")]
    pub family: Family,
    /// Its own steps, each socket with its family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Json>>,
}

impl ProgramSpec {
    /// Checks the program and makes it ready to run. Errors name the place, such as `steps[3].connect.to`; see
    /// [`ProgramError::within`] for the place of the program itself.
    pub fn load(&self) -> Result<Program, ProgramError> {
        match &self.steps {
            None => Program::library_over(self.family, &self.program, &self.args),
            Some(_) if !self.family.is_inet() => {
                let message =
                    "the steps of a program say it themselves: {\"socket\": {\"family\": \"inet6\", …}}";
                Err(ProgramError::new("family", message))
            }
            Some(steps) => {
                let code = compile_with(steps, &self.args)?;
                Ok(Program::new(&self.program, false, code))
            }
        }
    }
}

/// Puts the arguments into the steps and flattens them.
pub(crate) fn compile_with(steps: &[Json], args: &BTreeMap<String, Json>) -> Result<Code, ProgramError> {
    let filled = steps
        .iter()
        .enumerate()
        .map(|(i, step)| substitute(step, args).map_err(|error| error.under(&format!("steps[{i}]"))))
        .collect::<Result<Vec<Json>, _>>()?;
    compile(&filled)
}
