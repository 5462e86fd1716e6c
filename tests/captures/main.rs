//! What tshark, which we did not write, says of our captures: every packet well formed, every checksum good.

use sockscope_core::trace::Node;
use sockscope_sim::{Scenario, World, presets};
use sockscope_view::history::History;
use sockscope_view::pcapng;
use std::io::Write;
use std::process::{Command, Stdio};

/// What tshark says of each packet of a capture: whether it is malformed, and its checksums (0 is bad, 1 is good).
const FIELDS: [&str; 4] =
    ["_ws.malformed", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"];

/// The rows of [`FIELDS`], one for each packet.
fn tshark(capture: Vec<u8>) -> Vec<String> {
    let mut command = Command::new("tshark");
    command.args(["-r", "-", "-T", "fields", "-E", "separator=,"]);
    for protocol in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    command.args(FIELDS.iter().flat_map(|field| ["-e", field]));
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().expect("tshark starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let feed = std::thread::spawn(move || stdin.write_all(&capture));
    let output = child.wait_with_output().expect("tshark ends");
    feed.join().expect("the feed does not panic").expect("tshark reads the whole capture");
    assert!(output.status.success(), "tshark reads the capture to its end");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn tshark_finds_nothing_wrong_but_what_a_link_damaged() {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("skipped: tshark is not installed (apt-get install tshark)");
        return;
    }
    for name in presets::names() {
        let scenario: Scenario =
            presets::text(name).expect("it is a preset").parse().expect("a preset is fine");
        let mut world = World::new(&scenario).expect("a preset is fine");
        world.run();
        let history = History::of(world.trace());
        let packets = |node: Node| tshark(pcapng::write(&history, Some(node)));
        let bad = |row: &&String| {
            row.split(',').zip(FIELDS).any(|(value, field)| match field {
                "_ws.malformed" => !value.is_empty(),
                _ => value.split(';').any(|status| status == "0"),
            })
        };
        let hosts: Vec<Vec<String>> = history.hosts().map(packets).collect();
        assert!(
            hosts.iter().all(|packets| !packets.is_empty()),
            "{name}: tshark reads packets at every host"
        );
        let found = hosts.iter().flatten().filter(bad).count();
        let hops = history.journeys().iter().flat_map(|journey| &journey.hops);
        let damaged = hops.filter(|hop| hop.flipped.is_some()).count();
        assert!(found <= damaged, "{name}: tshark finds fault with {found} packets, links damaged {damaged}");
        assert!(damaged == 0 || found > 0, "{name}: of {damaged} damaged packets tshark sees none");
    }
}
