//! A trace in the form that was asked for.

use super::output;
use crate::end::Usage;
use anyhow::{Context, Result, bail};
use clap::{Args as ClapArgs, ValueEnum};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Node, Trace, jsonl, packed};
use sockscope_view::flow::Flow;
use sockscope_view::graphs::Graphs;
use sockscope_view::history::History;
use sockscope_view::inside::Inside;
use sockscope_view::ladder::{Future, Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::picture::Picture;
use sockscope_view::scene::Scene;
use sockscope_view::states::States;
use sockscope_view::window::Window;
use sockscope_view::{animation, pcap, pcapng, svg, tcpdump, text};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// How to write a trace, and where.
#[derive(Debug, ClapArgs)]
pub(crate) struct Form {
    /// What to write [default: what the name of the file of -o ends in (.svg, .jsonl, .pcapng, .pcap, .sockscope for packed); ladder]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Which picture [with --format svg; default: ladder]
    #[arg(long, value_enum)]
    view: Option<View>,
    /// Of the views window and graphs: the socket that sends, by its letter [default: the one that sends most]
    #[arg(long, value_name = "LETTER")]
    socket: Option<String>,
    /// The moment of the picture, from the start of the run, such as 1.2s [default: the end]
    #[arg(long, value_name = "TIME")]
    at: Option<Span>,
    /// Width of the ladder in characters, or of the picture in pixels [default: 100, or 800]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(60..=4000))]
    width: Option<u16>,
    /// Of a capture (pcapng, pcap, tcpdump) only what this host sees [default: every host, so each packet stands there twice]
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Hosts side by side, time downwards, as text
    Ladder,
    /// Every event as a line of JSON: a trace, for `sockscope replay`
    Jsonl,
    /// The same in a few bytes an event, for `sockscope show` and `sockscope replay`
    Packed,
    /// A picture: see --view
    Svg,
    /// The ladder as a film that an <img> plays: an SVG without script
    Film,
    /// Every packet, for Wireshark
    Pcapng,
    /// The same for tools that read no pcapng, without the names of interfaces
    Pcap,
    /// Every packet, a line each as tcpdump writes it
    Tcpdump,
}

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// Time downwards, a lane for each socket, an arrow for each packet
    Ladder,
    /// Hosts, wires, and the packets on them
    Network,
    /// The state machine of TCP, and where each connection stands
    States,
    /// The window that slides over the byte stream, what is in flight, and what has arrived
    Window,
    /// Sequence numbers, windows and round-trip times over time
    Graphs,
    /// Inside the hosts: socket tables, queues, buffers, and which send() wrote which byte
    Inside,
}

impl Form {
    /// Writes a trace.
    pub(super) fn write(&self, trace: Trace) -> Result<()> {
        if let Some(path) = &self.output {
            let failed = || format!("cannot write {}", path.display());
            return output::create(path)?.write_all(&self.bytes(trace)?).with_context(failed);
        }
        let is_text = !matches!(self.format(), Format::Pcapng | Format::Pcap | Format::Packed);
        if !is_text && io::stdout().is_terminal() {
            bail!(Usage("this form is no text: name a file with -o, or put a pipe behind".to_owned()));
        }
        Ok(io::stdout().write_all(&self.bytes(trace)?)?)
    }

    fn format(&self) -> Format {
        let extension = self.output.as_ref().and_then(|path| path.extension()?.to_str());
        let of_name = match extension {
            Some("sockscope") => Format::Packed,
            Some("svg") => Format::Svg,
            Some("jsonl") => Format::Jsonl,
            Some("pcapng") => Format::Pcapng,
            Some("pcap") => Format::Pcap,
            _ => Format::Ladder,
        };
        self.format.unwrap_or(of_name)
    }
    /// Whether it is one of packets alone.
    fn is_capture(&self) -> bool {
        matches!(self.format(), Format::Pcapng | Format::Pcap | Format::Tcpdump)
    }
    /// Whether it goes to a file.
    pub(super) fn has_file(&self) -> bool {
        self.output.is_some()
    }
    /// Where a capture is made: at one host, or at every one.
    fn point(&self, history: &History) -> Result<Option<Node>> {
        let Some(name) = &self.host else { return Ok(None) };
        if !self.is_capture() {
            bail!(Usage("--host is for captures: add --format pcapng or --format tcpdump".to_owned()));
        }
        let names: Vec<&str> = history.hosts().map(|host| history.name(host)).collect();
        let found = history.hosts().find(|host| history.name(*host) == name);
        let unknown =
            || Usage(format!("--host {name}: there is no such host: there are {}", names.join(", ")));
        Ok(Some(found.ok_or_else(unknown)?))
    }
    /// The connection to draw, and which direction of it.
    fn flow(&self, history: &History) -> Result<Option<Flow>> {
        let flows = Flow::all(history);
        let Some(letter) = &self.socket else { return Ok(flows.first().copied()) };
        let names: Vec<String> = flows.iter().map(|flow| flow.name(history)).collect();
        let found = names.iter().position(|name| name.split(' ').next() == Some(letter));
        let unknown =
            || Usage(format!("--socket {letter}: no such socket sends: there are {}", names.join("; ")));
        Ok(Some(flows[found.ok_or_else(unknown)?]))
    }
    fn picture(&self, history: &History, width: f64) -> Result<Scene> {
        let moment = self.at.map_or(history.end(), |at| history.at(Time::ZERO + at));
        Ok(match self.view.unwrap_or(View::Ladder) {
            View::Ladder => {
                let ladder = Ladder::new(history, Options::wide(width));
                self.at.map_or_else(|| ladder.scene().clone(), |_| ladder.scene_at(moment, Future::Dim))
            }
            View::Network => Network::new(history, width).scene(history, moment),
            View::States => States::new(history, width).scene_at(history, moment),
            View::Window => Window::new(history, self.flow(history)?, width).scene_at(history, moment),
            View::Inside => Inside::new(history, width).scene_at(history, moment),
            View::Graphs => Graphs::new(history, self.flow(history)?, width).scene_at(history, moment),
        })
    }
    fn bytes(&self, trace: Trace) -> Result<Vec<u8>> {
        let of_pictures = self.view.is_some() || self.at.is_some() || self.socket.is_some();
        if of_pictures && self.format() != Format::Svg {
            bail!(Usage("--view, --at and --socket are for pictures: add --format svg".to_owned()));
        }
        let width = |default| self.width.unwrap_or(default);
        let history = History::of(trace);
        let point = self.point(&history)?;
        if self.is_capture() && history.journeys().is_empty() {
            eprintln!("note: this trace holds no packets; --capture records those of real sockets");
        }
        Ok(match self.format() {
            Format::Ladder => text::ladder(&history, width(100).into()).into_bytes(),
            Format::Jsonl => {
                let mut lines = Vec::new();
                jsonl::write_parts(history.header(), history.events(), &mut lines)?;
                lines
            }
            Format::Packed => {
                let mut packed = packed::Writer::new(Vec::new());
                jsonl::write_parts(history.header(), history.events(), &mut packed)?;
                packed.finish()?
            }
            Format::Svg => svg::paint(&self.picture(&history, width(800).into())?).into_bytes(),
            Format::Film => {
                animation::paint(&Ladder::new(&history, Options::wide(width(800).into()))).into_bytes()
            }
            Format::Pcapng => pcapng::write(&history, point),
            Format::Pcap => pcap::write(&history, point),
            Format::Tcpdump => tcpdump::lines(&history, point).into_bytes(),
        })
    }
}
