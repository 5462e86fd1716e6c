//! What a direction of a link does to packets.

use crate::units::{Length, Probability, QueueSize, Rate, Room};
use serde::{Deserialize, Serialize};
use sockscope_core::rng::Chance;
use sockscope_core::time::Span;

/// What one direction of a link does to packets. The words are those of Linux's `netem`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impairment {
    /// How long a packet is on the wire.
    pub delay: Span,
    /// Each packet takes up to so much more or less than `delay`, each time equally likely. Packets may overtake.
    pub jitter: Span,
    /// The chance that a packet is lost on the wire.
    pub loss: Chance,
    /// The chance that a packet arrives twice.
    pub duplicate: Chance,
    /// The chance that a packet is held back, so that later ones overtake it.
    pub reorder: Chance,
    /// How much longer a packet takes that is held back.
    pub reorder_by: Span,
    /// The chance that one bit of a packet is flipped.
    pub corrupt: Chance,
    /// Bits a second; `None`: a packet takes no time to leave.
    pub rate: Option<u64>,
    /// What the queue before the wire holds, the packet that is leaving included. Only a rate makes a queue.
    pub queue: Room,
    /// A packet that makes the queue longer than this is marked with "congestion experienced", where its sender understands
    /// that (RFC 3168 §5). `None`: none is.
    pub mark: Option<Room>,
    /// The longest packet in bytes, IP header included.
    pub mtu: u32,
}

impl Default for Impairment {
    /// A short clean wire: 10 ms, 1500 bytes.
    fn default() -> Impairment {
        Impairment {
            delay: Span::from_millis(10),
            jitter: Span::ZERO,
            loss: Chance::NEVER,
            duplicate: Chance::NEVER,
            reorder: Chance::NEVER,
            reorder_by: Span::from_millis(10),
            corrupt: Chance::NEVER,
            rate: None,
            queue: Room::Packets(100),
            mark: None,
            mtu: 1500,
        }
    }
}

/// An impairment as a scenario file writes it: what is left out has its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// [`Impairment::delay`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Length>,
    /// [`Impairment::jitter`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Length>,
    /// [`Impairment::loss`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<Probability>,
    /// [`Impairment::duplicate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<Probability>,
    /// [`Impairment::reorder`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder: Option<Probability>,
    /// [`Impairment::reorder_by`]; where left out, the delay or 10 ms, whichever is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder_by: Option<Length>,
    /// [`Impairment::corrupt`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrupt: Option<Probability>,
    /// [`Impairment::rate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// [`Impairment::queue`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueSize>,
    /// [`Impairment::mark`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<QueueSize>,
    /// [`Impairment::mtu`]: 68 (RFC 791) to 65,535 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

impl Knobs {
    /// The impairment: what is left out here is as in `general`, and what is left out there has its default.
    pub fn over(&self, general: &Knobs) -> Impairment {
        let default = Impairment::default();
        let length = |own: Option<Length>, other: Option<Length>| own.or(other).map(|length| length.0);
        let chance = |own: Option<Probability>, other: Option<Probability>| {
            own.or(other).map_or(Chance::NEVER, |probability| probability.0)
        };
        let delay = length(self.delay, general.delay).unwrap_or(default.delay);
        Impairment {
            delay,
            jitter: length(self.jitter, general.jitter).unwrap_or(default.jitter),
            loss: chance(self.loss, general.loss),
            duplicate: chance(self.duplicate, general.duplicate),
            reorder: chance(self.reorder, general.reorder),
            reorder_by: length(self.reorder_by, general.reorder_by).unwrap_or(default.reorder_by.max(delay)),
            corrupt: chance(self.corrupt, general.corrupt),
            rate: self.rate.or(general.rate).map(|rate| rate.0),
            queue: self.queue.or(general.queue).map_or(default.queue, |size| size.0),
            mark: self.mark.or(general.mark).map(|size| size.0),
            mtu: self.mtu.or(general.mtu).unwrap_or(default.mtu),
        }
    }
    /// True where nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Knobs::default()
    }
}
