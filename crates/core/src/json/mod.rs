//! Reading JSON into any type that serde knows: traces, scenarios, programs.
//!
//! One deserializer for everything ([`reader`](self)), and one way into each kind of value: serde writes the code that
//! reads a type again for each way there is, which makes serde_json's wasm twice as large. Here an error also names the place
//! (`links[0].both.loss`), which costs nothing until there is one.

mod error;
mod reader;
#[cfg(test)]
mod tests;
mod text;

pub use error::Error;

use serde::de::DeserializeOwned;
use text::Text;

/// Reads a text that is one value.
///
/// ```
/// use sockscope_core::json;
/// assert_eq!(json::read::<Vec<u8>>("[1, 2]").unwrap(), [1, 2]);
/// let error = json::read::<Vec<u8>>("[1,\n 300]").unwrap_err();
/// assert_eq!((error.place(), error.line()), ("[1]", 2));
/// ```
///
/// # Errors
/// It is no JSON, or no such value.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let mut text = Text::new(text);
    let value = T::deserialize(&mut text).map_err(|error| error.at(&text))?;
    text.end()?;
    Ok(value)
}

/// Reads a value that was read as JSON before; lines and columns mean nothing in its errors.
///
/// # Errors
/// It is no such value.
pub fn from_value<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, Error> {
    read(&value.to_string())
}
