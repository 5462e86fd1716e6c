//! Texts with variables in them: `reply: {reply}`.

use crate::ProgramError;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A text with variables in it. `{{` and `}}` stand for the braces themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Variable(String),
}

impl Template {
    /// A text without variables.
    pub(crate) fn text(text: String) -> Template {
        Template(vec![Piece::Text(text)])
    }
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.0
    }
    /// The names of the variables in it.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }
    /// The whole text, where it has no variables.
    pub(crate) fn literal(&self) -> Option<String> {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                Piece::Variable(_) => None,
            })
            .collect()
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Template, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..];
            if brace.starts_with("{{") || brace.starts_with("}}") {
                plain.push_str(&brace[..1]);
                rest = &brace[2..];
                continue;
            }
            let name = brace.strip_prefix('{').and_then(|after| after.split_once('}'));
            let Some((name, after)) = name.filter(|(name, _)| is_name(name)) else {
                return Err(format!(
                    "\"{text}\" has a brace that is no {{variable}}: write {{{{ and }}}} for braces themselves"
                ));
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Variable(name.to_owned()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Template(pieces))
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        let piece = |piece: Piece| match piece {
            Piece::Text(text) => escape(&text),
            Piece::Variable(name) => format!("{{{name}}}"),
        };
        template.0.into_iter().map(piece).collect()
    }
}

/// Whether a variable may be called so: letters, digits and `_`.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn escape(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// Puts the arguments of a program into its steps. A text that is nothing but `{port}` becomes the argument itself,
/// a number where it is one; elsewhere the argument's text is put in. Other variables stay: they are known when
/// the program runs.
///
/// The place of an error is where it is in `json`.
pub(crate) fn substitute(json: &Json, args: &BTreeMap<String, Json>) -> Result<Json, ProgramError> {
    match json {
        Json::String(text) => {
            let template = Template::try_from(text.clone());
            template.map(|it| fill(it, args)).map_err(|message| ProgramError::new("", message))
        }
        Json::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| substitute(item, args).map_err(|error| error.under(&format!("[{i}]"))))
            .collect::<Result<Vec<Json>, _>>()
            .map(Json::Array),
        Json::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                let value = substitute(value, args).map_err(|error| error.under(&format!(".{key}")))?;
                Ok((key.clone(), value))
            })
            .collect::<Result<serde_json::Map<String, Json>, _>>()
            .map(Json::Object),
        _ => Ok(json.clone()),
    }
}

fn fill(template: Template, args: &BTreeMap<String, Json>) -> Json {
    if let [Piece::Variable(name)] = template.pieces()
        && let Some(value) = args.get(name)
    {
        return match value {
            Json::String(text) => Json::String(escape(text)),
            other => other.clone(),
        };
    }
    let piece = |piece| match piece {
        Piece::Variable(name) => match args.get(&name) {
            Some(Json::String(text)) => Piece::Text(text.clone()),
            Some(other) => Piece::Text(other.to_string()),
            None => Piece::Variable(name),
        },
        text => text,
    };
    Json::String(Template(template.0.into_iter().map(piece).collect()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_read_as_they_are_written() {
        for text in ["", "plain", "{a}", "reply: {reply}, {{braces}} {b}!"] {
            let template = Template::try_from(text.to_owned()).unwrap();
            assert_eq!(String::from(template), text);
        }
        for text in ["{", "}", "{}", "{a b}", "{a"] {
            assert!(Template::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_argument_is_never_read_as_a_template() {
        let args = BTreeMap::from([("m".to_owned(), json!("{x} }")), ("n".to_owned(), json!(7))]);
        let filled = substitute(&json!(["{m}", "say {m} {n} {other}", "{n}"]), &args).unwrap();
        assert_eq!(filled, json!(["{{x}} }}", "say {{x}} }} 7 {other}", 7]));
    }
}
