//! Places in a run, as attributes and links name them, and what the run is made of.

use crate::figure::{Figure, Status};
use crate::refusal::Refusal;
use sockscope_core::time::Time;
use sockscope_core::trace::EventId;
use sockscope_sim::units::Length;
use sockscope_view::history::Moment;
use tsify::Ts;
use wasm_bindgen::prelude::wasm_bindgen;

/// A place in a run.
enum Place {
    /// A part of the way, as it is drawn: from 0 to 1.
    Part(f64),
    /// A moment.
    Moment(Moment),
}

#[wasm_bindgen]
impl Figure {
    /// Where a place lies on the scale: `0.4` and `40%` are parts of the way, `120ms` is a time, `e57` is the moment
    /// after event 57.
    ///
    /// # Errors
    /// The text names no place, or there is no such event.
    pub fn place_of(&self, text: &str) -> Result<f64, Refusal> {
        Ok(match self.read_place(text)? {
            Place::Part(part) => part * self.length(),
            Place::Moment(moment) => self.height(moment) - self.start(),
        })
    }

    /// Goes to a place; see [`Figure::place_of`].
    ///
    /// # Errors
    /// As of [`Figure::place_of`].
    pub fn go_to_place(&mut self, text: &str) -> Result<Ts<Status>, Refusal> {
        match self.read_place(text)? {
            Place::Part(part) => self.seek(part * self.length()),
            Place::Moment(moment) => self.go(moment),
        }
    }

    /// The scenario of the run, with everything that was changed about it, as JSON; none where the run was recorded.
    pub fn scenario(&self) -> Option<String> {
        self.history.header().scenario.as_ref().map(ToString::to_string)
    }

    /// The place where it is now, so that a link leads exactly there, at any width.
    pub fn here(&self) -> String {
        let Moment { events, time } = self.moment;
        if self.history.at(time) == self.moment {
            return Length(time - Time::ZERO).to_string();
        }
        let last = events.checked_sub(1).and_then(|last| self.history.events().get(last));
        last.map_or("0".to_owned(), |event| format!("e{}", event.n))
    }
}

impl Figure {
    fn read_place(&self, text: &str) -> Result<Place, String> {
        let text = text.trim();
        let wrong = || {
            format!(
                "\"{text}\" is no place in the run: write a part of it such as 0.4, a time such as 120ms, or an event such as e57"
            )
        };
        if let Some(event) = text.strip_prefix('e') {
            let place = event.parse().ok().and_then(|n| self.history.place(EventId(n)));
            return place.map(|place| Place::Moment(self.history.after(place + 1))).ok_or_else(wrong);
        }
        let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
        if let Ok(part) = number.parse::<f64>() {
            return if part.is_finite() {
                Ok(Place::Part((part / whole).clamp(0.0, 1.0)))
            } else {
                Err(wrong())
            };
        }
        let length: Length = text.parse().map_err(|_| wrong())?;
        Ok(Place::Moment(self.history.at(Time::ZERO + length.0)))
    }
}
