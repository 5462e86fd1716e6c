//! Programs over real sockets: on std threads, or as tokio tasks.
//!
//! Both drivers perform the same calls of the operating system through the same `Descriptors`; they differ in who
//! waits. What they observe is recorded: each call with its notice, and what the system says about the sockets.
//!
//! ```
//! use sockscope::driver::{Driver, Launch, Limits, Run, drive, free_port, header};
//! use sockscope::record::Recorder;
//! use sockscope_programs::ProgramSpec;
//! use std::fs::File;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("run.jsonl");
//! let port = free_port()?;
//! let spec = |text: &str| -> ProgramSpec { serde_json::from_str(&text.replace("PORT", &port.to_string())).unwrap() };
//! let client = spec(r#"{ "program": "tcp-upper-client", "args": { "server": "127.0.0.1", "port": PORT } }"#);
//! let server = spec(r#"{ "program": "tcp-upper-server", "args": { "port": PORT } }"#);
//! let launches = [
//!     Launch::new("client", client)?,
//!     Launch { serves: true, ..Launch::new("server", server)? },
//! ];
//! let recorder = Recorder::new(&header("upper case", &launches)?, Box::new(File::create(&file)?))?;
//! let run = Run::new(recorder, |node, line| Ok(println!("{node}: {line}")));
//! let report = drive(&run, Driver::Std, &launches, Limits::default())?;
//! assert_eq!(report.programs[0].code, Some(0));
//! # Ok(())
//! # }
//! ```

mod board;
mod descriptors;
pub(crate) mod errno;
mod options;
mod port;
#[cfg(unix)]
mod registration;
mod resolve;
mod running;
mod socket;
mod threads;
#[cfg(unix)]
mod tokio;
#[cfg(windows)]
mod winsock;

pub use board::Run;
pub use port::free_port;
pub(crate) use resolve::addresses as addresses_of;

#[cfg(target_os = "linux")]
pub(crate) use errno::name as errno_name;
#[cfg(target_os = "linux")]
pub(crate) use socket::{RECV_FLAGS, SEND_FLAGS};

#[cfg(unix)]
use libc as numbers;
#[cfg(windows)]
use winsock as numbers;

use self::board::Crew;
use self::descriptors::Descriptors;
use self::running::{Cast, Running};
use serde::{Deserialize, Serialize};
use sockscope_core::errno::Errno;
use sockscope_core::program::Call;
use sockscope_core::time::Span;
use sockscope_core::trace::{Clock, FORMAT, Header, Node, NodeInfo, NodeKind, Outcome, Source};
use sockscope_programs::{Program, ProgramError, ProgramSpec};
use sockscope_view::texts::Texts;
use sockscope_view::words;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So long a stopped run waits for threads that the system does not let go (a slow name server, say).
const PATIENCE: Duration = Duration::from_secs(1);

/// So long the start of a client waits for the one before it to come as far as waiting for its server. Hundreds in the same
/// instant would overflow the queue of any server, and a SYN that finds it full comes again only after a second.
const PACE: Duration = Duration::from_millis(1);

/// Who waits for the operating system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    /// Blocking calls on std threads, one thread a task.
    #[default]
    Std,
    /// Non-blocking calls in tokio tasks, on Unix.
    Tokio,
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Driver::Std => "std",
            Driver::Tokio => "tokio",
        })
    }
}

/// A program to run: it becomes a node of the trace.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Its name in the trace.
    pub name: String,
    /// The program as it was asked for: what the trace keeps for replay.
    pub spec: ProgramSpec,
    /// The program, ready to run.
    pub program: Program,
    /// True for one that is there for others: they start when it waits, and the run need not wait for its end.
    pub serves: bool,
    /// The addresses that this machine has for it, as far as they are known.
    pub addresses: Vec<IpAddr>,
}

impl Launch {
    /// A program that serves nobody, on an address that is not known.
    ///
    /// # Errors
    /// Where the program cannot be loaded.
    pub fn new(name: &str, spec: ProgramSpec) -> Result<Launch, ProgramError> {
        let program = spec.load()?;
        Ok(Launch { name: name.to_owned(), spec, program, serves: false, addresses: Vec::new() })
    }
}

/// How a run went.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in nanoseconds.
    pub elapsed: Span,
    /// How many events are not in the trace although they happened: there was no room for them.
    pub left_out: u64,
    /// The programs, in the order of their launch.
    pub programs: Vec<Ended>,
}

/// How one program went.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    /// Its name.
    pub name: String,
    /// What its first task ended with: 0 where all went well, `None` where it still ran.
    pub code: Option<u8>,
    /// The last call that failed, where it did not end well.
    pub failure: Option<Failure>,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The call.
    pub call: Call,
    /// Why it failed.
    pub errno: Errno,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [call, _] = words::call(&Texts::ENGLISH, &self.call);
        write!(f, "{call}: {}", self.errno)
    }
}

/// The first line of the trace of these launches.
///
/// A node of a native trace is a program with its descriptors: all of them are on this machine.
pub fn header(title: &str, launches: &[Launch]) -> io::Result<Header> {
    let node = |launch: &Launch| NodeInfo {
        name: launch.name.clone(),
        kind: NodeKind::Host,
        addresses: launch.addresses.clone(),
    };
    let mut sources: Vec<Source> = Vec::new();
    for launch in launches {
        if sources.iter().all(|source| source.program != launch.program.name()) {
            sources.push(launch.program.source());
        }
    }
    let programs: Result<_, _> = launches.iter().map(|launch| serde_json::to_value(&launch.spec)).collect();
    Ok(Header {
        format: FORMAT,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        clock: Clock::Monotonic,
        title: title.to_owned(),
        seed: String::new(),
        scenario: None,
        programs: programs?,
        nodes: launches.iter().map(node).collect(),
        links: Vec::new(),
        sources,
    })
}

/// When a run ends that does not end by itself.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// After this time at the latest.
    pub time: Option<Duration>,
    /// When only servers are left, and they have waited so long with nothing happening anywhere.
    pub quiet: Duration,
}

impl Default for Limits {
    /// No limit of time; a tenth of a second of quiet.
    fn default() -> Limits {
        Limits { time: None, quiet: Duration::from_millis(100) }
    }
}

/// Runs programs until they have ended, a limit is reached or [`Run::stop`] is called. Those that serve start first; where
/// all of them fail at once, nobody starts who would wait for them.
///
/// # Errors
/// Where the system has no thread left, the trace cannot be written or the output is closed.
pub fn drive(run: &Arc<Run>, driver: Driver, launches: &[Launch], limits: Limits) -> anyhow::Result<Report> {
    let deadline = limits.time.map(|time| Instant::now() + time);
    let stage = Stage::new(run, driver, launches)?;
    stage.start_servers(deadline)?;
    if !stage.is_deserted() {
        stage.start_clients()?;
    }
    let serve = launches.iter().all(|launch| launch.serves);
    let outcome = run.wait_for_end(serve, deadline, limits.quiet);
    stage.end(outcome)
}

/// A run whose programs are started and stopped one by one.
pub struct Stage {
    run: Arc<Run>,
    engine: Engine,
    launches: Vec<Launch>,
    casts: Vec<Cast>,
}

impl Stage {
    /// A run in which nothing has started. The launches are those of the [`header`] of its trace.
    ///
    /// # Errors
    /// Where the system has no thread left.
    pub fn new(run: &Arc<Run>, driver: Driver, launches: &[Launch]) -> io::Result<Stage> {
        let engine = Engine::new(driver)?;
        let cast = |(node, launch): (Node, &Launch)| Cast {
            run: run.clone(),
            crew: Arc::new(Crew::new(node, launch.serves)),
            descriptors: Arc::new(Descriptors::new(driver == Driver::Std)),
        };
        let casts = (0..).map(Node).zip(launches).map(cast).collect();
        Ok(Stage { run: run.clone(), engine, launches: launches.to_vec(), casts })
    }

    /// Starts the programs that serve, one after another when the one before waits, or the deadline has come.
    ///
    /// # Errors
    /// Where the system has no thread left.
    pub fn start_servers(&self, deadline: Option<Instant>) -> io::Result<()> {
        self.nodes(true).try_for_each(|node| {
            self.start(node)?;
            self.run.wait_until_waiting(&self.casts[usize::from(node.0)].crew, deadline);
            Ok(())
        })
    }

    /// Whether there are programs that serve, and all of them have failed.
    fn is_deserted(&self) -> bool {
        let failed = |node: Node| matches!(self.phase(node), Phase::Ended { code: Some(1..) });
        self.nodes(true).next().is_some() && self.nodes(true).all(failed)
    }

    /// Starts the programs that serve nobody.
    ///
    /// # Errors
    /// Where the system has no thread left.
    pub fn start_clients(&self) -> io::Result<()> {
        self.nodes(false).try_for_each(|node| {
            self.start(node)?;
            let soon = Instant::now() + PACE;
            self.run.wait_until_waiting(&self.casts[usize::from(node.0)].crew, Some(soon));
            Ok(())
        })
    }

    fn nodes(&self, serve: bool) -> impl Iterator<Item = Node> {
        let nodes = (0..).map(Node).zip(&self.launches);
        nodes.filter(move |(_, launch)| launch.serves == serve).map(|(node, _)| node)
    }

    /// Starts the program of a node. Once: a trace has one program a node.
    ///
    /// # Errors
    /// Where the system has no thread left.
    ///
    /// # Panics
    /// Where there is no such node.
    pub fn start(&self, node: Node) -> io::Result<()> {
        let place = usize::from(node.0);
        self.engine.start(Running::start(self.launches[place].program.clone(), self.casts[place].clone()))
    }

    /// How far the program of a node has come.
    ///
    /// # Panics
    /// Where there is no such node.
    pub fn phase(&self, node: Node) -> Phase {
        match self.casts[usize::from(node.0)].crew.progress() {
            (false, _) => Phase::Ready,
            (true, true) => Phase::Running,
            (true, false) => Phase::Ended { code: self.run.end(node).map(|(code, _)| code) },
        }
    }

    /// Stops the program of a node: its calls end, and its sockets are closed.
    ///
    /// # Panics
    /// Where there is no such node.
    pub fn stop(&self, node: Node) {
        let cast = &self.casts[usize::from(node.0)];
        self.run.stop_crew(&cast.crew);
        cast.descriptors.cut();
    }

    /// Ends the run: what still runs is stopped, and the trace is complete.
    ///
    /// # Errors
    /// Where the trace cannot be written or the output is closed.
    pub fn end(self, outcome: Outcome) -> anyhow::Result<Report> {
        let (elapsed, left_out) = self.run.finish(outcome)?;
        self.engine.stop(&self.run, &self.casts);
        let ended = |(node, launch): (Node, Launch)| {
            let (code, failure) = self.run.end(node).unzip();
            Ended { name: launch.name, code, failure: failure.flatten() }
        };
        let programs = (0..).map(Node).zip(self.launches).map(ended).collect();
        Ok(Report { outcome, elapsed, left_out, programs })
    }
}

/// How far a program has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It has not started.
    Ready,
    /// It runs, or waits.
    Running,
    /// It is over.
    Ended {
        /// The code it ended with; none where the whole run was ended.
        code: Option<u8>,
    },
}

enum Engine {
    Threads,
    #[cfg(unix)]
    Tokio(::tokio::runtime::Runtime),
}

impl Engine {
    fn new(driver: Driver) -> io::Result<Engine> {
        Ok(match driver {
            Driver::Std => Engine::Threads,
            #[cfg(unix)]
            Driver::Tokio => Engine::Tokio(tokio::runtime()?),
            #[cfg(not(unix))]
            Driver::Tokio => {
                let why = "tokio watches sockets of others on Unix alone: here --driver std is all there is";
                return Err(io::Error::new(io::ErrorKind::Unsupported, why));
            }
        })
    }

    fn start(&self, running: Running) -> io::Result<()> {
        match self {
            Engine::Threads => threads::start(running),
            #[cfg(unix)]
            Engine::Tokio(runtime) => {
                tokio::start(runtime.handle(), running);
                Ok(())
            }
        }
    }

    /// Ends what still runs.
    fn stop(self, run: &Run, casts: &[Cast]) {
        casts.iter().for_each(|cast| cast.descriptors.cut());
        match self {
            Engine::Threads => run.wait_until_gone(PATIENCE),
            // A poll waits in the system.
            #[cfg(unix)]
            Engine::Tokio(runtime) => runtime.shutdown_timeout(PATIENCE),
        }
    }
}
