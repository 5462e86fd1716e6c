//! What tshark, which we did not write, says of our captures: every packet well formed, every checksum good, and what its
//! experts see is what our reasons say.

mod expert;
mod real;

use expert::FLAGS;
use sockscope_core::trace::Node;
use sockscope_sim::{Scenario, World, presets, swarm};
use sockscope_view::history::History;
use sockscope_view::pcapng;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// What tshark says of each packet of a capture: whether it is malformed, and its checksums (0 is bad, 1 is good); whether it
/// is an ICMP message; the window in its header, and the flags SYN, FIN and RST; then why we sent it, where we did, and a column
/// for each of [`FLAGS`].
const FIELDS: [&str; 10] = [
    "_ws.malformed",
    "ip.checksum.status",
    "tcp.checksum.status",
    "udp.checksum.status",
    "icmp.type",
    "tcp.window_size_value",
    "tcp.flags.syn",
    "tcp.flags.fin",
    "tcp.flags.reset",
    "frame.comment",
];
/// Worlds of the swarm whose captures are looked at, besides those of the presets.
const SEEDS: std::ops::Range<u64> = 0..12;

/// What one host of a run saw, as tshark reads it.
struct Capture {
    /// Of which run.
    name: String,
    host: String,
    /// How many packets a link damaged in the run.
    damaged: usize,
    /// A row for each packet, a column for each field.
    rows: Vec<Vec<String>>,
}

/// The captures of every host of every run; none where there is no tshark.
static CAPTURES: LazyLock<Vec<Capture>> = LazyLock::new(|| {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("skipped: tshark is not installed (apt-get install tshark)");
        return Vec::new();
    }
    let presets = presets::names().map(|name| presets::text(name).expect("it is a preset").parse());
    let presets = presets.map(|scenario| scenario.expect("a preset is fine"));
    presets.chain(SEEDS.map(swarm::scenario)).flat_map(|scenario| captures(&scenario)).collect()
});

fn captures(scenario: &Scenario) -> Vec<Capture> {
    let mut world = World::new(scenario).expect("the scenario is fine");
    world.run();
    let history = History::of(world.trace());
    let hops = history.journeys().iter().flat_map(|journey| &journey.hops);
    let damaged = hops.filter(|hop| hop.flipped.is_some()).count();
    let capture = |host: Node| Capture {
        name: scenario.title.clone(),
        host: history.name(host).to_owned(),
        damaged,
        rows: tshark(pcapng::write(&history, Some(host))),
    };
    history.hosts().map(capture).collect()
}

/// The rows of tshark's table.
fn tshark(capture: Vec<u8>) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command.args(["-r", "-", "-T", "fields", "-E", "separator=/t"]);
    for protocol in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    command.args(FIELDS.iter().flat_map(|field| ["-e", field]));
    FLAGS.iter().for_each(|flag| {
        command.args(["-e", &format!("tcp.analysis.{flag}")]);
    });
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().expect("tshark starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let feed = std::thread::spawn(move || stdin.write_all(&capture));
    let output = child.wait_with_output().expect("tshark ends");
    feed.join().expect("the feed does not panic").expect("tshark reads the whole capture");
    assert!(output.status.success(), "tshark reads the capture to its end");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Whether tshark finds fault with the form of a packet. An ICMP message quotes the beginning of a packet, whose checksum is
/// that of the whole.
fn is_bad(row: &[String]) -> bool {
    let quotes = !row[4].is_empty();
    row.iter().zip(&FIELDS[..4]).any(|(value, field)| match *field {
        "tcp.checksum.status" | "udp.checksum.status" if quotes => false,
        "_ws.malformed" => !value.is_empty(),
        _ => value.split(',').any(|status| status == "0"),
    })
}

#[test]
fn tshark_finds_nothing_wrong_but_what_a_link_damaged() {
    let presets = CAPTURES.iter().take_while(|capture| !capture.name.starts_with("swarm"));
    let presets: Vec<&Capture> = presets.collect();
    for run in presets.chunk_by(|a, b| a.name == b.name) {
        let (name, damaged) = (&run[0].name, run[0].damaged);
        // Behind a wire that is cut a host sees none.
        assert!(run.iter().any(|capture| !capture.rows.is_empty()), "{name}: tshark reads packets");
        let found = run.iter().flat_map(|capture| &capture.rows).filter(|row| is_bad(row)).count();
        assert!(found <= damaged, "{name}: tshark finds fault with {found} packets, links damaged {damaged}");
        assert!(damaged < 5 || found > 0, "{name}: of {damaged} damaged packets tshark sees none");
    }
}
