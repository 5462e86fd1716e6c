//! A namespace for one test, our stack in front of it, and programs in it.

use sockscope::tun::{Namespace, Tun};
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A test that hangs ends after this time; no test measures time.
const AT_MOST: Duration = Duration::from_secs(240);
/// A link that is bad in every way that leaves the bytes alone.
pub(crate) const BAD: &str = "--delay 2ms --jitter 1ms --loss 2% --reorder 2% --duplicate 1% --corrupt 1%";

/// A namespace, and a folder for files.
pub(crate) struct Lab {
    pub(crate) namespace: Namespace,
    folder: TempDir,
}

/// A process that ends with its test, however that ends.
pub(crate) struct Running(Option<Child>);

impl Lab {
    /// A lab, where this machine can have one and has the programs; otherwise says why not.
    pub(crate) fn new(name: &str, programs: &[&str]) -> Option<Lab> {
        let missing = programs.iter().find(|program| !is_installed(program));
        let lab = match missing {
            Some(program) => Err(format!("{program} is not installed")),
            None => Lab::make(&format!("sockscope-{name}-{}", std::process::id())),
        };
        lab.inspect_err(|why| eprintln!("skipped: {why}")).ok()
    }
    fn make(name: &str) -> Result<Lab, String> {
        let namespace = Namespace::named(name).map_err(|error| format!("no network namespace: {error:#}"))?;
        let device = namespace.inside(|| Tun::open("probe"));
        device.map_err(|error| format!("no TUN device: {error}"))?;
        Ok(Lab { namespace, folder: tempfile::tempdir().map_err(|error| error.to_string())? })
    }
    /// A file of the lab.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    /// A new file with this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
    /// `sockscope tun` with these words, at once.
    pub(crate) fn tun(&self, words: &str) -> Running {
        let mut command = timely(assert_cmd::cargo::cargo_bin("sockscope").as_os_str());
        command.args(["tun", "--netns", self.namespace.name().unwrap()]).args(words.split_whitespace());
        Running::start(&mut command)
    }
    /// `sockscope tun` with a server, once it waits for its first client.
    pub(crate) fn serve(&self, words: &str) -> Running {
        let trace = self.path("trace.jsonl");
        // That of a run before.
        let _ = fs::remove_file(&trace);
        let running = self.tun(&format!("{words} -o {}", trace.display()));
        until("our server waits", || {
            let text = fs::read_to_string(&trace).unwrap_or_default();
            text.contains(r#""accept":{"#) || text.contains(r#""recv_from":{"#)
        });
        running
    }
    /// A program on the kernel's side.
    pub(crate) fn start(&self, program: &str, words: &[&str]) -> Running {
        let mut command = timely("ip".as_ref());
        command.args(["netns", "exec", self.namespace.name().unwrap(), program]).args(words);
        Running::start(&mut command)
    }
    /// A server on the kernel's side, once it listens on this TCP port.
    pub(crate) fn listen(&self, port: u16, program: &str, words: &[&str]) -> Running {
        let running = self.start(program, words);
        until(program, || {
            let sockets = self.namespace.command("ss").args(["-tlnH"]).output().unwrap();
            String::from_utf8_lossy(&sockets.stdout).contains(&format!(":{port} "))
        });
        running
    }
    /// What a program on the kernel's side prints; it must end well.
    pub(crate) fn output(&self, program: &str, words: &[&str]) -> String {
        self.start(program, words).end()
    }
}

impl Running {
    fn start(command: &mut Command) -> Running {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(Some(piped.spawn().unwrap()))
    }
    /// What it has printed when it ends, which it must do well.
    pub(crate) fn end(mut self) -> String {
        let Output { status, stdout, stderr } = self.0.take().unwrap().wait_with_output().unwrap();
        let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{status}\n{said}\n{complained}");
        said.into_owned()
    }
    /// Presses Ctrl-C and waits; what it has said to people.
    pub(crate) fn interrupt(mut self) -> String {
        let child = self.0.take().unwrap();
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A command that is ended where it does not end by itself.
fn timely(program: &OsStr) -> Command {
    let mut command = Command::new("timeout");
    command.arg(AT_MOST.as_secs().to_string()).arg(program);
    command
}

fn is_installed(program: &str) -> bool {
    let found =
        Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < AT_MOST, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(10));
    }
}
