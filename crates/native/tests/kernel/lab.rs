//! A namespace for one test, our stack in front of it or a link to another, and programs in it.

use sockscope::tun::{Namespace, Tun};
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
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
        let mut command = timely(OsStr::new("ip"));
        command.args(["netns", "exec", self.namespace.name().unwrap(), program]).args(words);
        Running::start(&mut command)
    }
    /// A server on the kernel's side, once it has this port.
    pub(crate) fn listen(&self, port: u16, program: &str, words: &[&str]) -> Running {
        let running = self.start(program, words);
        until(program, || {
            let sockets = self.namespace.command("ss").args(["-tulnH"]).output().unwrap();
            String::from_utf8_lossy(&sockets.stdout).contains(&format!(":{port} "))
        });
        running
    }
    /// What a program on the kernel's side prints; it must end well.
    pub(crate) fn output(&self, program: &str, words: &[&str]) -> String {
        self.start(program, words).end()
    }
}

/// `sockscope proxy packets` between a lab and a namespace of its own.
pub(crate) struct Between {
    proxy: Child,
    said: BufReader<ChildStderr>,
    pub(crate) far: Lab,
}

impl Between {
    /// The link, once it is there.
    pub(crate) fn start(lab: &Lab, words: &str) -> Between {
        let near = lab.namespace.name().unwrap();
        let far = Lab::make(&format!("{near}-far")).unwrap();
        let mut command = timely(assert_cmd::cargo::cargo_bin("sockscope").as_os_str());
        command.args([
            "proxy",
            "packets",
            "--json",
            "--netns",
            near,
            "--beyond",
            far.namespace.name().unwrap(),
        ]);
        let piped = command.args(words.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut proxy = piped.stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(proxy.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.starts_with("joining "), "{line}");
        Between { proxy, said, far }
    }
    /// Tells it something.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.proxy.stdin.as_ref().unwrap(), "{line}").unwrap();
    }
    /// Waits until its report has such a line.
    pub(crate) fn until(&mut self, what: &str, is_it: impl Fn(&str) -> bool) {
        until(what, || {
            self.tell("report");
            let mut line = String::new();
            (0..3).fold(false, |found, _| {
                line.clear();
                self.said.read_line(&mut line).unwrap();
                found || is_it(&line)
            })
        });
    }
    /// Tells it to stop; its report.
    pub(crate) fn end(mut self) -> serde_json::Value {
        self.tell("stop");
        let mut report = String::new();
        self.proxy.stdout.take().unwrap().read_to_string(&mut report).unwrap();
        assert!(self.proxy.wait().unwrap().success());
        serde_json::from_str(&report).unwrap()
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
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
    /// Its exit code when it ends, which it does badly, and what it complains of.
    pub(crate) fn fails(mut self) -> (Option<i32>, String) {
        let Output { status, stderr, .. } = self.0.take().unwrap().wait_with_output().unwrap();
        assert!(!status.success());
        (status.code(), String::from_utf8_lossy(&stderr).into_owned())
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
