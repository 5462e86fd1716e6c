//! Runs cases in one of the two languages.

use crate::cases::{Case, Run};
use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

/// How to run a program of the library.
pub(crate) enum Language {
    Python,
    /// Where the compiled programs are.
    Rust(tempfile::TempDir),
}

impl Language {
    /// Or the reason why it cannot be run here.
    pub(crate) fn python() -> Result<Language, &'static str> {
        let found = Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success());
        if found {
            sees_ports().map(|()| Language::Python)
        } else {
            Err("there is no python3 on this machine")
        }
    }

    /// Or the reason why it cannot be run here.
    pub(crate) fn rust() -> Result<Language, &'static str> {
        sees_ports().map(|()| Language::Rust(tempfile::tempdir().unwrap()))
    }

    fn command(&self, program: &str) -> Command {
        match self {
            Language::Python => {
                let mut command = Command::new("python3");
                command.arg(text(program, "py"));
                command
            }
            Language::Rust(folder) => {
                let binary = folder.path().join(program);
                if !binary.exists() {
                    compile(program, &binary);
                }
                Command::new(binary)
            }
        }
    }

    fn start(&self, run: &Run, port: u16) -> Running {
        let port = port.to_string();
        let args = run.args.iter().map(|arg| if *arg == "PORT" { port.as_str() } else { arg });
        let mut command = self.command(run.program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running { child: command.spawn().unwrap(), program: run.program }
    }
}

fn text(program: &str, extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/programs/library")
        .join(program)
        .join("program")
        .with_extension(extension)
}

fn compile(program: &str, binary: &Path) {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "-D", "warnings", "-o"]).arg(binary).arg(text(program, "rs"));
    assert!(command.status().unwrap().success(), "{program}/program.rs does not compile");
}

/// A program that runs; stopped when the test is done with it.
struct Running {
    child: Child,
    program: &'static str,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

impl Running {
    /// Waits for its end and checks what it printed.
    fn finish(mut self, expected: &[&str]) {
        wait_until(|| self.child.try_wait().unwrap().is_some(), &format!("{} does not end", self.program));
        let (mut printed, mut errors) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!(printed.lines().collect::<Vec<_>>(), expected, "{}: {errors}", self.program);
    }
}

pub(crate) fn run_case(language: &Language, case: &Case) {
    let port = free_port();
    let server = case.server.as_ref().map(|run| {
        let server = language.start(run, port);
        wait_until(|| is_bound(port), &format!("{} does not bind its port", run.program));
        server
    });
    for client in case.clients {
        language.start(client, port).finish(client.prints);
    }
    if let (Some(server), true) = (server, case.server_ends) {
        server.finish(case.server.as_ref().map_or(&[], |run| run.prints));
    }
}

/// A port that neither UDP nor TCP uses.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The kernel's tables of sockets say when a server is ready.
fn sees_ports() -> Result<(), &'static str> {
    if Path::new(UDP_TABLE).exists() { Ok(()) } else { Err("this system has no /proc/net") }
}

const UDP_TABLE: &str = "/proc/net/udp";
const TCP_TABLE: &str = "/proc/net/tcp";

/// Whether a UDP socket is bound to the port or a TCP socket listens on it. Asking by connecting would make the test
/// a client of a server that takes only one.
fn is_bound(port: u16) -> bool {
    let listed = |file: &str, state: &str| {
        let table = std::fs::read_to_string(file).unwrap_or_default();
        let is_it = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields.len() > 3 && fields[1].ends_with(&format!(":{port:04X}")) && fields[3] == state
        };
        table.lines().any(is_it)
    };
    listed(UDP_TABLE, "07") || listed(TCP_TABLE, "0A")
}

fn wait_until(mut done: impl FnMut() -> bool, otherwise: &str) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "{otherwise}");
        sleep(Duration::from_millis(5));
    }
}
