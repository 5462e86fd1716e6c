//! A few words with python, nc and curl, in both directions.

use crate::lab::{BAD, Lab};
use assert_cmd::Command;
use std::path::PathBuf;

/// The Python text of a library program, as a page shows it.
fn python(program: &str) -> String {
    let library = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../programs/library");
    library.join(program).join("program.py").display().to_string()
}

#[test]
fn python_talks_to_our_servers_and_the_run_can_be_had_again() {
    let Some(lab) = Lab::new("servers", &["python3"]) else { return };
    // The client of the note asks once: what a bad link may do to a datagram is not its matter.
    for (protocol, link) in [("tcp", BAD), ("udp", "--delay 2ms")] {
        let server = lab.serve(&format!("{protocol}-server {link}"));
        let client = python(&format!("{protocol}-upper-client"));
        assert_eq!(lab.output("python3", &[&client, "10.7.0.2", "12000", "snake"]), "SNAKE\n");
        let said = server.interrupt();
        assert!(said.contains("to the kernel: "), "{said}");
        let replay =
            Command::cargo_bin("sockscope").unwrap().arg("replay").arg(lab.path("trace.jsonl")).assert();
        let replayed = String::from_utf8_lossy(&replay.success().get_output().stdout).into_owned();
        assert!(replayed.ends_with("every one happens again\n"), "{replayed}");
    }
}

#[test]
fn our_clients_talk_to_python() {
    let Some(lab) = Lab::new("clients", &["python3"]) else { return };
    let server = python("tcp-upper-server");
    let _server = lab.listen(12000, "python3", &[&server, "0.0.0.0", "12000"]);
    assert_eq!(lab.tun(&format!("tcp-client --message snake {BAD}")).end(), "SNAKE\n");
}

#[test]
fn version_6_works_too() {
    let Some(lab) = Lab::new("six", &["python3"]) else { return };
    let server = lab.file(
        "six.json",
        r#"{ "program": "six", "steps": [
            { "socket": { "kind": "stream", "family": "inet6", "into": "welcome" } },
            { "bind": { "socket": "welcome", "to": "[::]:12000" } },
            { "listen": { "socket": "welcome", "backlog": 1 } },
            { "accept": { "socket": "welcome", "into": "c" } },
            { "recv_exact": { "socket": "c", "bytes": 100000, "into": "text" } },
            { "send": { "socket": "c", "data": { "upper": "{text}" } } },
            { "close": "c" }
        ] }"#,
    );
    let server = lab.serve(&format!("{server} {BAD}"));
    let client = "
from socket import *
s = create_connection(('fd07::2', 12000))
s.sendall(b'snake' * 20000)
text = b''
while part := s.recv(65536):
    text += part
print(text == b'SNAKE' * 20000)";
    assert_eq!(lab.output("python3", &["-c", client]), "True\n");
    server.end();
}

#[test]
fn nc_talks_in_both_directions() {
    let Some(lab) = Lab::new("nc", &["nc"]) else { return };
    let server = lab.serve(&format!("tcp-server {BAD}"));
    assert_eq!(lab.output("sh", &["-c", "echo netcat | nc -N 10.7.0.2 12000"]), "NETCAT\n");
    server.interrupt();
    let text = lab.file("text", &"a line for whoever calls\n".repeat(10_000));
    let _server = lab.listen(9000, "sh", &["-c", &format!("nc -N -l 9000 < {text}")]);
    let client = lab.file(
        "reader.json",
        r#"{ "program": "reader", "steps": [
            { "socket": { "kind": "stream", "into": "s" } },
            { "connect": { "socket": "s", "to": "kernel:9000" } },
            { "recv_to_end": { "socket": "s", "into": "text" } },
            { "close": "s" },
            { "print": "{text}" }
        ] }"#,
    );
    let printed = lab.tun(&format!("{client} {BAD}")).end();
    assert_eq!(printed.trim_end(), "a line for whoever calls\n".repeat(10_000).trim_end());
}

#[test]
fn curl_asks_our_server() {
    let Some(lab) = Lab::new("curl", &["curl"]) else { return };
    let server = lab.file(
        "http.json",
        r#"{ "program": "http", "steps": [
            { "socket": { "kind": "stream", "into": "welcome" } },
            { "bind": { "socket": "welcome", "to": "0.0.0.0:80" } },
            { "listen": { "socket": "welcome", "backlog": 8 } },
            { "accept": { "socket": "welcome", "into": "c" } },
            { "recv": { "socket": "c", "max": 4096, "into": "request" } },
            { "send": { "socket": "c", "data": "HTTP/1.1 200 OK\r\nContent-Length: 160000\r\n\r\n" } },
            { "send": { "socket": "c", "data": { "pattern": 160000 } } },
            { "close": "c" }
        ] }"#,
    );
    let server = lab.serve(&format!("{server} {BAD}"));
    let page = lab.output("curl", &["--silent", "--show-error", "http://10.7.0.2/"]);
    let expected: String = (0..10_000).map(|line| format!("{line:015}\n")).collect();
    assert!(page == expected, "{} bytes", page.len());
    server.end();
}

#[test]
fn our_client_asks_pythons_http_server() {
    let Some(lab) = Lab::new("http", &["python3"]) else { return };
    let page = "a page that is longer than a segment\n".repeat(5_000);
    lab.file("page.txt", &page);
    let folder = lab.path("").display().to_string();
    let _server = lab.listen(8000, "python3", &["-m", "http.server", "8000", "--directory", &folder]);
    let client = lab.file(
        "get.json",
        r#"{ "program": "get", "steps": [
            { "socket": { "kind": "stream", "into": "s" } },
            { "connect": { "socket": "s", "to": "kernel:8000" } },
            { "send": { "socket": "s", "data": "GET /page.txt HTTP/1.0\r\n\r\n" } },
            { "recv_to_end": { "socket": "s", "into": "answer" } },
            { "close": "s" },
            { "print": "{answer}" }
        ] }"#,
    );
    let answer = lab.tun(&format!("{client} {BAD}")).end();
    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");
    assert!(answer.trim_end().ends_with(page.trim_end()), "{} bytes", answer.len());
}
