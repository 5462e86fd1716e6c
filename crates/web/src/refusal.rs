//! What the page is told when something cannot be done.

use wasm_bindgen::{JsError, JsValue};

/// Why something cannot be done, with the remedy; JavaScript gets it as an `Error`.
#[derive(Debug)]
pub struct Refusal(JsValue);

impl From<String> for Refusal {
    fn from(message: String) -> Refusal {
        Refusal(JsError::new(&message).into())
    }
}
/// What the page itself refuses.
impl From<JsValue> for Refusal {
    fn from(error: JsValue) -> Refusal {
        Refusal(error)
    }
}
impl From<tsify::Error> for Refusal {
    fn from(error: tsify::Error) -> Refusal {
        Refusal::from(error.to_string())
    }
}
impl From<Refusal> for JsValue {
    fn from(refusal: Refusal) -> JsValue {
        refusal.0
    }
}
