//! What a proxy may be told while it runs, a line each.

use super::{Protocol, Proxy};
use sockscope_sim::impairment::Knobs;
use std::str::FromStr;

/// A line that a proxy is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `there loss=5% delay=20ms`: do this in these directions from now on.
    Set(Which, Vec<(String, String)>),
    /// `stall`, `stall there`: let nothing out.
    Stall(Which),
    /// `go`, `go there`: let everything out again.
    Go(Which),
    /// `reset`: end every connection with a reset.
    Reset,
    /// `report`: tell what happened so far.
    Report,
    /// `stop`: end.
    Stop,
}

/// Directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// To the server.
    There,
    /// To the clients.
    Back,
    /// Both.
    Both,
}

impl Which {
    fn ways(self) -> std::ops::Range<usize> {
        match self {
            Which::There => 0..1,
            Which::Back => 1..2,
            Which::Both => 0..2,
        }
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Command, String> {
        let mut words = line.split_whitespace().peekable();
        let name = words.next_if(|word| matches!(*word, "stall" | "go" | "reset" | "report" | "stop"));
        let direction = |word: &&str| matches!(*word, "there" | "back" | "both");
        let which = match words.next_if(direction) {
            Some("there") => Which::There,
            Some("back") => Which::Back,
            _ => Which::Both,
        };
        let pair = |word: &str| {
            let pair = word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            pair.ok_or_else(|| {
                format!("{word}: there are stall, go, reset, report, stop, and words such as there loss=5% delay=20ms")
            })
        };
        let set: Vec<(String, String)> = words.map(pair).collect::<Result<_, _>>()?;
        match name {
            Some(name) if !set.is_empty() => Err(format!("{name} stands alone, or before there or back")),
            Some("stall") => Ok(Command::Stall(which)),
            Some("go") => Ok(Command::Go(which)),
            Some("reset") => Ok(Command::Reset),
            Some("report") => Ok(Command::Report),
            Some(_) => Ok(Command::Stop),
            None if set.is_empty() => Err("say what is to change, such as loss=5%".to_owned()),
            None => Ok(Command::Set(which, set)),
        }
    }
}

impl Proxy {
    /// Does in these directions what `change` makes of what each did before.
    ///
    /// # Errors
    /// Those of `change`, and where [`check`] refuses; then everything stays as it is.
    pub fn set<E: From<String>>(
        &self,
        which: Which,
        change: impl Fn(&Knobs) -> Result<Knobs, E>,
    ) -> Result<(), E> {
        let mut changed = Vec::new();
        for way in which.ways() {
            let knobs = change(&self.ways[way].knobs())?;
            check(self.protocol, &knobs)?;
            changed.push((way, knobs));
        }
        changed.into_iter().for_each(|(way, knobs)| self.ways[way].set(knobs));
        Ok(())
    }
    /// Lets nothing out in these directions, or lets everything out again.
    pub fn stall(&self, which: Which, stalled: bool) {
        which.ways().for_each(|way| self.ways[way].stall(stalled));
    }
    /// Ends every connection with a reset.
    ///
    /// # Errors
    /// Datagrams have no connections, and those of packets belong to their ends.
    pub fn reset_all(&self) -> Result<(), String> {
        let why = match self.protocol {
            Protocol::Tcp => {
                self.resets.send_modify(|resets| *resets += 1);
                return Ok(());
            }
            Protocol::Udp => "UDP has no connections that could be reset",
            Protocol::Packets => "a link has no connections that it could reset; sockscope proxy tcp has",
        };
        Err(format!("reset: {why}"))
    }
}

/// Whether a proxy can do that: what relays a stream sees no segments, and what relays datagrams no IP headers.
///
/// # Errors
/// What cannot be done, and what can.
pub fn check(protocol: Protocol, knobs: &Knobs) -> Result<(), String> {
    let of_packets = [
        ("loss", knobs.loss.is_some()),
        ("duplicate", knobs.duplicate.is_some()),
        ("reorder", knobs.reorder.is_some()),
        ("reorder_by", knobs.reorder_by.is_some()),
        ("corrupt", knobs.corrupt.is_some()),
        ("mtu", knobs.mtu.is_some()),
        ("mark", knobs.mark.is_some()),
    ];
    match (protocol, of_packets.iter().find(|(_, set)| *set)) {
        (Protocol::Tcp, Some((name, _))) => Err(format!(
            "{name} is of packets, and who relays a stream of TCP sees none: there are delay, jitter, rate and queue; \
             sockscope proxy packets has a link for packets of TCP"
        )),
        (Protocol::Udp, _) if knobs.mark.is_some() => {
            Err("mark is of IP headers, and who relays datagrams writes none: \
             sockscope proxy packets does"
                .to_owned())
        }
        _ => Ok(()),
    }
}
