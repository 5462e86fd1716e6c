//! Questions before the reveal: a figure shows its run up to an event only, while the engine knows what comes.

use crate::figure::{Figure, Status, stops};
use crate::refusal::Refusal;
use serde::Serialize;
use sockscope_view::history::History;
use sockscope_view::question::{EventPattern, Question, QuestionError};
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::wasm_bindgen;

/// Where a figure holds back what comes, and the whole run while it does.
#[derive(Debug, Default)]
pub(crate) struct Held {
    until: Option<EventPattern>,
    whole: Option<History>,
}

impl Held {
    /// What may be shown of a run: all of it where the event does not happen.
    pub(crate) fn cut(&mut self, whole: History) -> History {
        let place = self.until.as_ref().and_then(|until| until.place(&whole));
        let shown = place.map(|place| whole.before(place));
        match shown {
            None => {
                self.whole = None;
                whole
            }
            Some(shown) => {
                self.whole = Some(whole);
                shown
            }
        }
    }
}

/// What a run answers.
#[derive(Debug, Serialize, Tsify)]
pub struct Answer {
    /// The answer, as a sentence can have it.
    pub text: String,
    /// Where it is known on the figure's scale; none while that is held back.
    pub position: Option<f64>,
}

#[wasm_bindgen]
impl Figure {
    /// Shows the run up to an event only, and nothing of what comes then, until it is told otherwise; see
    /// `sockscope_view::question` for how to name one. A run without such an event is shown whole.
    ///
    /// # Errors
    /// The text names no event, with the remedy.
    pub fn hold(&mut self, until: Option<String>) -> Result<Ts<Status>, Refusal> {
        let until = until.map(|text| text.parse()).transpose().map_err(refused)?;
        self.hold_until(until)
    }

    /// What the whole run answers to a question; nothing where that does not happen in it.
    ///
    /// # Errors
    /// The text is no question, with the remedy.
    pub fn ask(&self, question: &str) -> Result<Option<Ts<Answer>>, Refusal> {
        let answer = question.parse::<Question>().map_err(refused)?.answer(self.whole());
        let Some(answer) = answer else { return Ok(None) };
        let known = self.held.whole.is_none().then(|| self.place(self.history.after(answer.known + 1)));
        Ok(Some(Answer { text: answer.told(self.history.texts()), position: known }.into_ts()?))
    }

    /// Whether that is what somebody said; nothing where it does not happen in this run.
    ///
    /// # Errors
    /// The text is no question, or what was said can be no answer to it, with the remedy.
    pub fn check(&self, question: &str, said: &str) -> Result<Option<bool>, Refusal> {
        let answer = question.parse::<Question>().map_err(refused)?.answer(self.whole());
        answer.map(|answer| answer.accepts(said)).transpose().map_err(refused)
    }
}

impl Figure {
    fn hold_until(&mut self, until: Option<EventPattern>) -> Result<Ts<Status>, Refusal> {
        self.held.until = until;
        let whole = self.held.whole.take().unwrap_or_else(|| self.history.clone());
        self.history = self.held.cut(whole);
        self.stops = stops(&self.history);
        self.moment = self.history.after(self.moment.events);
        self.lay_out()
    }
    /// Holds back what another figure does.
    pub(crate) fn hold_like(&mut self, other: &Figure) -> Result<(), Refusal> {
        self.hold_until(other.held.until.clone())?;
        Ok(())
    }
    fn whole(&self) -> &History {
        self.held.whole.as_ref().unwrap_or(&self.history)
    }
}

fn refused(error: QuestionError) -> Refusal {
    error.to_string().into()
}
