//! The steps that hold other steps.

use crate::ProgramError;
use crate::act::Act;
use crate::expression::Expression;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use sockscope_core::collections::BTreeMap;
use sockscope_core::errno::Errno;
use sockscope_core::json;

/// A step that decides which steps come next. The steps in it are read when they are reached, so that an error in
/// them names its place.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Control {
    /// The steps again and again, until a `break`.
    Forever(Vec<Json>),
    /// The steps so many times, or until a `break`.
    Repeat {
        times: u32,
        #[serde(rename = "do")]
        body: Vec<Json>,
    },
    /// Leaves the innermost loop.
    Break {},
    /// Some steps if the two are equal, others if not.
    If {
        equal: (Expression, Expression),
        #[serde(default)]
        then: Vec<Json>,
        #[serde(default, rename = "else")]
        otherwise: Vec<Json>,
    },
    /// Goes on with the steps under `catch` when a call in `do` fails with their error.
    Try {
        #[serde(rename = "do")]
        body: Vec<Json>,
        catch: BTreeMap<Errno, Vec<Json>>,
    },
    /// A thread that does these steps with the variables as they are now.
    Spawn {
        name: String,
        #[serde(rename = "do")]
        body: Vec<Json>,
    },
}

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Act(Act),
    Control(Control),
}

const CONTROLS: [&str; 6] = ["forever", "repeat", "break", "if", "try", "spawn"];

impl Step {
    /// Reads a step such as `{"connect": {…}, "mark": "connect"}`: its place (which names the step's key), its mark in
    /// the source text, and the step.
    pub(crate) fn read(json: &Json, place: &str) -> Result<(String, Option<String>, Step), ProgramError> {
        let mut fields = json.as_object().cloned().unwrap_or_default();
        let mark = match fields.remove("mark") {
            None => None,
            Some(Json::String(mark)) => Some(mark),
            Some(_) => return Err(ProgramError::new(format!("{place}.mark"), "a mark is a text")),
        };
        let mut keys = fields.keys();
        let (Some(key), None) = (keys.next(), keys.next()) else {
            let message =
                "a step is an object with one key, such as {\"close\": \"s\"}, and perhaps a \"mark\"";
            return Err(ProgramError::new(place, message));
        };
        let inner = format!("{place}.{key}");
        let step = if CONTROLS.contains(&key.as_str()) {
            Step::Control(parse(fields, place)?)
        } else {
            Step::Act(parse(fields, place).map_err(|error| unknown(error, place))?)
        };
        Ok((inner, mark, step))
    }
}

/// An error of the step as a whole is an unknown key: the message lists the calls, but there is more.
fn unknown(error: ProgramError, place: &str) -> ProgramError {
    if error.place != place {
        return error;
    }
    let controls = CONTROLS.map(|name| format!("`{name}`")).join(", ");
    ProgramError { message: format!("{}, {controls}", error.message), ..error }
}

fn parse<T: DeserializeOwned>(fields: Map<String, Json>, place: &str) -> Result<T, ProgramError> {
    json::from_value(&Json::Object(fields)).map_err(|error| {
        let place = match error.place() {
            "" => place.to_owned(),
            inner => format!("{place}.{inner}"),
        };
        ProgramError::new(place, error.cause())
    })
}
