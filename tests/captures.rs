//! What tshark, which we did not write, says of our captures: every packet well formed, every checksum good.

use sockscope_sim::{Scenario, World, presets};
use sockscope_view::history::History;
use sockscope_view::pcapng;
use std::io::Write;
use std::process::{Command, Stdio};

/// The rows of the fields that tshark reads from a capture, with every checksum checked.
fn tshark(capture: &[u8], filter: &str, fields: &[&str]) -> Vec<String> {
    let mut command = Command::new("tshark");
    command.args(["-r", "-", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]);
    command.args(["-o", "udp.check_checksum:TRUE", "-Y", filter, "-T", "fields"]);
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("tshark starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let capture = capture.to_vec();
    let feed = std::thread::spawn(move || stdin.write_all(&capture));
    let output = child.wait_with_output().expect("tshark ends");
    let _ = feed.join().expect("the feed does not panic");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn tshark_finds_nothing_wrong_in_any_preset() {
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
        let capture = pcapng::write(&history, None);
        let frames = tshark(&capture, "frame", &["frame.number"]);
        assert!(!frames.is_empty(), "{name}: tshark reads no packet");
        let malformed = tshark(&capture, "_ws.malformed || _ws.unreassembled", &["frame.number"]);
        assert_eq!(malformed, [""; 0], "{name}: malformed packets");
        let bad = "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0";
        let bad = tshark(&capture, bad, &["frame.number"]);
        if name == "corruption" {
            assert!(!bad.is_empty(), "{name}: the flipped bits are in the capture of the receiver");
        } else {
            assert_eq!(bad, [""; 0], "{name}: bad checksums");
        }
    }
}
