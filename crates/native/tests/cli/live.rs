//! `sockscope serve --live`: who is let in, and what a viewer is sent.

use crate::support::{port, signal, sockscope, start};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};
use sockscope_core::trace::{Event, Kind, jsonl};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;
use tempfile::TempDir;

/// A live server, and a folder in which it keeps its traces.
struct Server {
    child: Child,
    address: String,
    token: String,
    folder: TempDir,
}

impl Server {
    fn start(more: &str) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("live.html"), "the page").unwrap();
        let mut child = start(&format!(
            "serve --live --dir {} --record {}/traces {more}",
            path.display(),
            path.display()
        ));
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let (address, token) =
            line.trim().strip_prefix("http://").unwrap().split_once("/live.html?token=").unwrap();
        Server { address: address.to_owned(), token: token.to_owned(), child, folder }
    }

    /// Sends a request with headers of its own, a line each.
    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host =
            if headers.contains("Host:") { String::new() } else { format!("Host: {}\r\n", self.address) };
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\n{host}{headers}Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        stream
    }

    /// The answer to a request: its status and its body.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let mut text = String::new();
        self.send(method, path, headers, body).read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// What is under `/live/`, asked for with the token.
    fn live(&self, method: &str, path: &str, body: &str) -> String {
        let (status, answer) = self.ask(method, &format!("/live/{path}?token={}", self.token), "", body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// A run of both ends, and its number.
    fn run(&self, scenario: &str, driver: &str, at_once: bool) -> u64 {
        let wish = json!({ "what": { "scenario": scenario }, "driver": driver, "at_once": at_once });
        let state: Value = serde_json::from_str(&self.live("POST", "runs", &wish.to_string())).unwrap();
        state["id"].as_u64().unwrap()
    }

    /// What a viewer is sent who has seen the trace up to `from`.
    fn watch(&self, run: u64, from: Option<u64>) -> Viewer {
        let headers = from.map_or(String::new(), |from| format!("Last-Event-ID: {from}\r\n"));
        let path = format!("/live/runs/{run}/events?token={}", self.token);
        Viewer { lines: BufReader::new(self.send("GET", &path, &headers, "")), place: 0 }
    }

    /// Ends with Ctrl-C; what it reports.
    fn interrupt(mut self) -> String {
        signal(&self.child, "INT");
        assert_eq!(self.child.wait().unwrap().code(), Some(130));
        let mut said = String::new();
        self.child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who watches a run.
struct Viewer {
    lines: BufReader<TcpStream>,
    place: u64,
}

impl Viewer {
    /// The next event of the stream: its name and its data.
    fn next(&mut self) -> Option<(String, String)> {
        let (mut name, mut data) = (String::new(), Vec::new());
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", it)) => name = it.to_owned(),
                Some(("id", it)) => self.place = it.parse().unwrap(),
                Some(("data", it)) => data.push(it.to_owned()),
                _ if !name.is_empty() && line.trim_end().is_empty() => return Some((name, data.join("\n"))),
                _ => {}
            }
        }
    }

    /// The lines of the trace that come until one of them is such an event, or the run is over.
    fn until(&mut self, found: impl Fn(&Kind) -> bool) -> String {
        let mut text = String::new();
        while let Some((name, data)) = self.next() {
            match name.as_str() {
                "lines" => {
                    let kinds = data.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok());
                    let seen = kinds.into_iter().any(|event| found(&event.kind));
                    text += &(data + "\n");
                    if seen {
                        return text;
                    }
                }
                "over" => return text,
                _ => {}
            }
        }
        panic!("the stream ends before the run is over")
    }
}

#[test]
fn only_a_page_of_ours_with_the_token_is_let_in() {
    let server = Server::start("");
    let path = format!("/live/catalog?token={}", server.token);
    assert_eq!(server.ask("GET", &path, "", "").0, 200);
    assert_eq!(server.ask("GET", "/live.html", "", ""), (200, "the page".to_owned()));
    let own = format!("Origin: http://{}\r\n", server.address);
    assert_eq!(server.ask("GET", &path, &own, "").0, 200);
    for (path, headers) in [
        ("/live/catalog", ""),
        ("/live/catalog?token=", ""),
        ("/live/catalog?token=0123456789abcdef0123456789abcdef", ""),
        (&path, "Host: evil.example\r\n"),
        (&path, "Origin: http://evil.example\r\n"),
        (&path, "Origin: null\r\n"),
        ("/live.html", "Host: evil.example\r\n"),
    ] {
        assert_eq!(server.ask("GET", path, headers, "").0, 403, "{path} {headers}");
    }
    let traces = server.folder.path().join("traces");
    let wish = r#"{"what":{"scenario":"udp-upper"},"driver":"std"}"#;
    assert_eq!(server.ask("POST", "/live/runs", "", wish).0, 403);
    assert_eq!(fs::read_dir(traces).unwrap().count(), 0, "nothing was started");
}

#[test]
fn other_machines_need_a_word_of_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("serve --live --dir {} --listen 0.0.0.0:0", folder.path().display());
    sockscope(&line)
        .assert()
        .code(2)
        .stderr(contains("can start and stop programs here").and(contains("--expose")));
}

#[test]
fn a_run_is_watched_while_it_happens_and_a_late_viewer_sees_all_of_it() {
    for driver in ["std", "tokio"] {
        let server = Server::start("");
        let run = server.run("tcp-upper", driver, false);
        let mut early = server.watch(run, None);
        let first = early.until(|kind| matches!(kind, Kind::Listening { .. }));
        assert!(!first.contains("connected"), "the client has not been started");
        let lost = early.place;
        drop(early);

        // Programs are in the order of the picture: the client stands first.
        server.live("POST", &format!("runs/{run}/programs/0/start"), "");
        let mut again = server.watch(run, Some(lost));
        let second = again.until(|kind| matches!(kind, Kind::Exited { code: 0, .. }));
        assert!(second.contains("HELLO") && !second.contains("listening"), "{second}");
        server.live("POST", &format!("runs/{run}/programs/1/stop"), "");
        let rest = again.until(|_| false);
        assert!(rest.contains(r#""exited":{"task":0,"code":143}"#), "{rest}");

        let all = server.watch(run, None).until(|_| false);
        assert_eq!(all, first + &second + &rest, "{driver}");
        assert_eq!(all, fs::read_to_string(server.folder.path().join("traces/run-0.jsonl")).unwrap());
        let trace = jsonl::read(all.as_bytes()).unwrap().trace;
        assert!(matches!(trace.events.last().unwrap().kind, Kind::Ended { .. }));
        let file = server.folder.path().join("traces/run-0.jsonl");
        sockscope(&format!("replay {}", file.display())).assert().success();
        let state: Value = serde_json::from_str(&server.live("GET", "runs", "")).unwrap();
        assert!(state[0]["over"].as_str().unwrap().starts_with("over after "));
    }
}

#[test]
fn a_server_meets_any_program_until_the_live_server_is_ended() {
    let server = Server::start("");
    let port = port();
    let wish = json!({ "what": { "program": { "program": "tcp-upper-server", "args": { "port": port } } }, "driver": "tokio" });
    server.live("POST", "runs", &wish.to_string());
    let mut peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
    peer.write_all(b"from outside").unwrap();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "FROM OUTSIDE");
    let mut viewer = server.watch(0, None);
    viewer.until(|kind| matches!(kind, Kind::Accepted { .. }));
    let watching = std::thread::spawn(move || viewer.until(|_| false));
    let said = server.interrupt();
    assert!(said.contains("tcp-upper-server on tokio: stopped after "), "{said}");
    assert!(watching.join().unwrap().contains(r#""ended":{"outcome":"interrupted"}"#));
}

#[test]
fn what_cannot_be_done_is_said() {
    let server = Server::start("");
    let path = |path: &str| format!("/live/{path}?token={}", server.token);
    for (method, at, body, why) in [
        ("POST", "runs", r#"{"what":{"scenario":"udp-loss"},"driver":"std"}"#, "no scenario udp-loss"),
        ("GET", "runs/7/events", "", "there is no run 7"),
        ("POST", "runs/7/end", "", "there is no run 7"),
    ] {
        let (status, answer) = server.ask(method, &path(at), "", body);
        assert!((400..500).contains(&status) && answer.contains(why), "{at}: {status} {answer}");
    }
    server.run("udp-upper", "std", true);
    let (status, answer) = server.ask("POST", &path("runs/0/programs/1/start"), "", "");
    assert_eq!((status, answer.contains("has run already")), (400, true), "{answer}");
    assert_eq!(server.ask("POST", &path("runs/0/programs/9/stop"), "", "").0, 400);
}
