//! The run as a table: one sentence for each event.

use crate::figure::Figure;
use crate::refusal::Refusal;
use serde::Serialize;
use sockscope_core::time::Time;
use sockscope_view::{story, words};
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::wasm_bindgen;

/// An event as a line of a table.
#[derive(Debug, Serialize, Tsify)]
pub struct StoryRow {
    /// Its place among all events, counted from 0.
    pub place: usize,
    /// Its number, for [`Figure::go_to`].
    pub event: String,
    /// When it happened.
    pub time: String,
    /// What happened, in a sentence.
    pub text: String,
    /// The packet that it is about.
    pub packet: Option<String>,
    /// True where nobody saw it: it follows from what was captured.
    pub inferred: bool,
}

#[wasm_bindgen]
impl Figure {
    /// So many events from a place on.
    ///
    /// # Errors
    /// Never: texts can be handed over.
    pub fn story_rows(&self, from: usize, count: usize) -> Result<Vec<Ts<StoryRow>>, Refusal> {
        let end = from.saturating_add(count).min(self.history.events().len());
        (from..end).map(|place| Ok(self.row(place).into_ts()?)).collect()
    }
    /// So many of the moments worth stopping at, from one of them on.
    ///
    /// # Errors
    /// Never: texts can be handed over.
    pub fn milestones(&self, from: usize, count: usize) -> Result<Vec<Ts<StoryRow>>, Refusal> {
        let stops = self.stops.iter().skip(from).take(count);
        stops.map(|stop| Ok(self.row(stop - 1).into_ts()?)).collect()
    }
    /// How many moments are worth stopping at, and how many of them have passed.
    pub fn passed(&self) -> Vec<usize> {
        let passed = self.stops.partition_point(|stop| *stop <= self.moment.events);
        vec![self.stops.len(), passed]
    }
}

impl Figure {
    fn row(&self, place: usize) -> StoryRow {
        let event = &self.history.events()[place];
        StoryRow {
            place,
            event: event.n.to_string(),
            time: words::span(event.at - Time::ZERO),
            text: story::sentence(&self.history, place),
            packet: story::packet_of(&self.history, place).map(|journey| journey.packet.id.0.to_string()),
            inferred: self.history.is_inferred(place),
        }
    }
}
