//! Runs cases in one of the two languages.

use crate::cases::{Case, Run};
use sockscope::driver::free_port;
use sockscope_core::program::Family;
use sockscope_core::trace::Source;
use sockscope_programs::Program;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

/// How to run a program of the library, and where its texts are.
pub(crate) enum Language {
    Python(tempfile::TempDir),
    Rust(tempfile::TempDir),
}

impl Language {
    /// Or the reason why it cannot be run here.
    pub(crate) fn python() -> Result<Language, &'static str> {
        let found = Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success());
        if found {
            sees_ports().map(|()| Language::Python(tempfile::tempdir().unwrap()))
        } else {
            Err("there is no python3 on this machine")
        }
    }

    /// Or the reason why it cannot be run here.
    pub(crate) fn rust() -> Result<Language, &'static str> {
        sees_ports().map(|()| Language::Rust(tempfile::tempdir().unwrap()))
    }

    /// The loopback address as a program of the language takes it: where a port follows, one of IPv6 has brackets.
    fn host(&self, family: Family) -> &'static str {
        match (self, family) {
            (_, Family::Inet) => "127.0.0.1",
            (Language::Python(_), Family::Inet6) => "::1",
            (Language::Rust(_), Family::Inet6) => "[::1]",
        }
    }

    fn command(&self, program: &str, family: Family) -> Command {
        let source = source(program, family);
        match self {
            Language::Python(folder) => {
                let mut command = Command::new("python3");
                command.arg(written(&folder.path().join(format!("{program}-{family:?}.py")), &source.python));
                command
            }
            Language::Rust(folder) => {
                // Most texts are the same over both.
                let same = source.rust == self::source(program, Family::Inet).rust;
                let family = if same { Family::Inet } else { family };
                let binary = folder.path().join(format!("{program}-{family:?}"));
                if !binary.exists() {
                    compile(written(&binary.with_extension("rs"), &source.rust), &binary);
                }
                Command::new(binary)
            }
        }
    }

    fn start(&self, run: &Run, port: u16, family: Family) -> Running {
        let port = port.to_string();
        let args = run.args.iter().map(|arg| match *arg {
            "HOST" => self.host(family),
            "PORT" => &port,
            arg => arg,
        });
        let mut command = self.command(run.program, family);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running { child: command.spawn().unwrap(), program: run.program }
    }
}

/// The texts of a program as a page shows them.
fn source(program: &str, family: Family) -> Source {
    Program::library_over(family, program, &Default::default()).unwrap().source()
}

fn written<'a>(file: &'a Path, text: &str) -> &'a Path {
    fs::write(file, text).unwrap();
    file
}

fn compile(text: &Path, binary: &Path) {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "-D", "warnings", "-o"]).arg(binary).arg(text);
    assert!(command.status().unwrap().success(), "{} does not compile", text.display());
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

pub(crate) fn run_case(language: &Language, case: &Case, family: Family) {
    let port = free_port().unwrap();
    let server = case.server.as_ref().map(|run| {
        let server = language.start(run, port, family);
        wait_until(|| is_bound(port), &format!("{} does not bind its port", run.program));
        server
    });
    for client in case.clients {
        language.start(client, port, family).finish(client.prints);
    }
    if let (Some(server), true) = (server, case.server_ends) {
        server.finish(case.server.as_ref().map_or(&[], |run| run.prints));
    }
}

/// The kernel's tables of sockets say when a server is ready.
fn sees_ports() -> Result<(), &'static str> {
    if Path::new(UDP_TABLE).exists() { Ok(()) } else { Err("this system has no /proc/net") }
}

const UDP_TABLE: &str = "/proc/net/udp";
const UDP6_TABLE: &str = "/proc/net/udp6";
const TCP_TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];

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
    [UDP_TABLE, UDP6_TABLE].iter().any(|table| listed(table, "07"))
        || TCP_TABLES.iter().any(|table| listed(table, "0A"))
}

fn wait_until(mut done: impl FnMut() -> bool, otherwise: &str) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "{otherwise}");
        sleep(Duration::from_millis(5));
    }
}
