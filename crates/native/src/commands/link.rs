//! What a link does to packets, in words of the command line.

use super::launch::name_and_value;
use crate::end::Usage;
use anyhow::{Result, anyhow};
use clap::Args as ClapArgs;
use sockscope_core::time::Span;
use sockscope_sim::impairment::Knobs;
use sockscope_sim::units::{Length, Probability, QueueSize, Rate};

/// A link, and what differs in one direction.
#[derive(Debug, ClapArgs)]
pub(super) struct LinkWords {
    #[command(flatten)]
    both: Words,
    /// What differs on the way there (to our stack, to the server), such as loss=5%
    #[arg(long, value_name = "WORD=VALUE", value_parser = name_and_value)]
    there: Vec<(String, String)>,
    /// What differs on the way back
    #[arg(long, value_name = "WORD=VALUE", value_parser = name_and_value)]
    back: Vec<(String, String)>,
}

impl LinkWords {
    /// What holds for both ways, for the way there, and for the way back.
    pub(super) fn knobs(&self) -> Result<[Knobs; 3]> {
        Ok([self.both.knobs(), knobs("--there", &self.there)?, knobs("--back", &self.back)?])
    }
    /// The longest packet, where that was said.
    #[cfg(target_os = "linux")]
    pub(super) fn mtu(&self) -> Option<u32> {
        self.both.mtu
    }
}

/// What the link does to packets both ways, in the words of scenario files.
#[derive(Debug, ClapArgs)]
struct Words {
    /// How long a packet is on the wire [default: 0ms]
    #[arg(long, value_name = "TIME")]
    delay: Option<Length>,
    /// So much more or less than the delay
    #[arg(long, value_name = "TIME")]
    jitter: Option<Length>,
    /// The chance that a packet is lost, such as 2%
    #[arg(long, value_name = "CHANCE")]
    loss: Option<Probability>,
    /// The chance that a packet arrives twice
    #[arg(long, value_name = "CHANCE")]
    duplicate: Option<Probability>,
    /// The chance that later packets overtake a packet
    #[arg(long, value_name = "CHANCE")]
    reorder: Option<Probability>,
    /// How much longer such a packet takes [default: the delay or 10ms, whichever is longer]
    #[arg(long, value_name = "TIME")]
    reorder_by: Option<Length>,
    /// The chance that a bit of a packet is flipped
    #[arg(long, value_name = "CHANCE")]
    corrupt: Option<Probability>,
    /// Bits a second, such as 10mbit [default: no limit]
    #[arg(long)]
    rate: Option<Rate>,
    /// What waits where a rate is set: packets, such as 20, or bytes, such as 64kB [default: 100]
    #[arg(long)]
    queue: Option<QueueSize>,
    /// A queue longer than this marks packets whose senders understand that (ECN) [default: none is marked]
    #[arg(long)]
    mark: Option<QueueSize>,
    /// The longest packet in bytes [default: 1500 on a device]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(68..=65535))]
    mtu: Option<u32>,
}

impl Words {
    fn knobs(&self) -> Knobs {
        let Words { delay, jitter, loss, duplicate, reorder, reorder_by, corrupt, rate, queue, mark, mtu } =
            *self;
        let delay = delay.or(Some(Length(Span::ZERO)));
        Knobs { delay, jitter, loss, duplicate, reorder, reorder_by, corrupt, rate, queue, mark, mtu }
    }
}

/// The words of `--there` or `--back`.
pub(super) fn knobs(option: &str, words: &[(String, String)]) -> Result<Knobs> {
    over(&Knobs::default(), option, words)
}

/// These words in place of what was said before.
pub(super) fn over(before: &Knobs, option: &str, words: &[(String, String)]) -> Result<Knobs> {
    let value = |(word, value): &(String, String)| {
        let value = value.parse::<u32>().map_or_else(|_| value.as_str().into(), Into::into);
        (word.clone(), value)
    };
    let before = serde_json::to_value(before)?;
    let mut object = before.as_object().cloned().unwrap_or_default();
    object.extend(words.iter().map(value));
    serde_json::from_value(object.into()).map_err(|error| anyhow!(Usage(format!("{option}: {error}"))))
}
