//! The knobs of a figure: what the network does to packets, on every link alike, and the seed.

use crate::timeline;
use serde::{Deserialize, Serialize};
use sockscope_core::json;
use sockscope_core::trace::Header;
use sockscope_sim::Scenario;
use sockscope_sim::impairment::Knobs;
use std::str::FromStr;
use tsify::Tsify;

/// What a run was made with, as the sliders count it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Tsify)]
pub struct Parameters {
    /// Milliseconds on the wire.
    pub delay: f64,
    /// Milliseconds more or less.
    pub jitter: f64,
    /// Per cent of packets lost.
    pub loss: f64,
    /// Per cent of packets held back.
    pub reorder: f64,
    /// Per cent of packets that arrive twice.
    pub duplicate: f64,
    /// The seed, which may be larger than a JavaScript number.
    pub seed: String,
}

impl Parameters {
    /// Those of the first link: the figures have links that are alike. None where the run cannot be run again.
    pub(crate) fn of(header: &Header) -> Option<Parameters> {
        // The whole scenario is not read for that: a figure that is only played needs nothing else of it.
        let knobs = timeline::scenario(header)?.pointer("/links/0/both").map(ToString::to_string);
        let knobs = knobs.and_then(|text| json::read::<Knobs>(&text).ok()).unwrap_or_default();
        let impairment = knobs.over(&Knobs::default());
        let percent = |millionths: u32| f64::from(millionths) / 10_000.0;
        Some(Parameters {
            delay: impairment.delay.as_nanos() as f64 / 1e6,
            jitter: impairment.jitter.as_nanos() as f64 / 1e6,
            loss: percent(impairment.loss.millionths()),
            reorder: percent(impairment.reorder.millionths()),
            duplicate: percent(impairment.duplicate.millionths()),
            seed: header.seed.clone(),
        })
    }
}

/// Sets one knob of a scenario; `value` is a number as the sliders count it, or the seed.
///
/// # Errors
/// The name or the value is none, with the remedy.
pub(crate) fn set(scenario: &mut Scenario, name: &str, value: &str) -> Result<(), String> {
    if name == "seed" {
        scenario.seed = read(name, value)?;
        return Ok(());
    }
    for link in &mut scenario.links {
        for (own, knobs) in [(true, &mut link.both), (false, &mut link.there), (false, &mut link.back)] {
            set_knob(knobs, name, own.then_some(value))?;
        }
    }
    Ok(())
}

/// A knob of both directions has the value; what one direction had of its own is gone.
fn set_knob(knobs: &mut Knobs, name: &str, value: Option<&str>) -> Result<(), String> {
    let milliseconds = || value.map(|value| read(name, &format!("{value}ms"))).transpose();
    let percent = || value.map(|value| read(name, &format!("{value}%"))).transpose();
    match name {
        "delay" => knobs.delay = milliseconds()?,
        "jitter" => knobs.jitter = milliseconds()?,
        "loss" => knobs.loss = percent()?,
        "reorder" => knobs.reorder = percent()?,
        "duplicate" => knobs.duplicate = percent()?,
        _ => {
            return Err(format!(
                "there is no parameter {name}: delay, jitter, loss, reorder, duplicate or seed"
            ));
        }
    }
    Ok(())
}

fn read<T: FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{name}: {error}"))
}
