//! One run that is drawn while it happens.

use super::Live;
use super::wish::Wanted;
use crate::driver::{self, Driver, Phase, Report, Run, Stage};
use crate::record::Recorder;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::{Value, json};
use sockscope_core::trace::{Node, Outcome};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// So long clients wait for their servers to come up.
const PATIENCE: Duration = Duration::from_secs(1);

/// A run, from its start until the server ends: its trace can still be seen when it is over.
pub(super) struct LiveRun {
    id: usize,
    title: String,
    driver: Driver,
    seats: Vec<Seat>,
    file: PathBuf,
    run: Arc<Run>,
    /// None once the run is over.
    stage: Mutex<Option<Stage>>,
    /// How far its programs had come when it ended.
    phases: OnceLock<Vec<Phase>>,
    /// How it ended, once its trace is complete.
    end: OnceLock<String>,
}

/// A program of a run, as the page is told of it.
#[derive(Clone, Serialize)]
struct Seat {
    name: String,
    program: String,
    serves: bool,
}

impl LiveRun {
    /// Starts a run whose trace goes into a new file, as far as the limit holds it. Its clients start too, or when somebody
    /// says so.
    pub(super) fn begin(id: usize, wanted: &Wanted, live: &Live) -> Result<Arc<LiveRun>> {
        let Wanted { title, driver, at_once, launches } = wanted;
        let header = driver::header(title, launches)?;
        let file = live.folder.join(format!("run-{id}.jsonl"));
        let place = || format!("cannot write {}", file.display());
        let to = Box::new(File::create(&file).with_context(place)?);
        let recorder = Recorder::limited(&header, to, live.limit).with_context(place)?;
        #[cfg(target_os = "linux")]
        if live.captures {
            recorder.ask(Box::new(crate::capture::Capture::of_ourselves(None, launches.len())));
        }
        let run = Run::new(recorder, |_, _| Ok(()));
        let stage = Stage::new(&run, *driver, launches)?;
        let seats = launches.iter().map(|launch| Seat {
            name: launch.name.clone(),
            program: launch.program.name().to_owned(),
            serves: launch.serves,
        });
        let (title, driver, seats) = (title.clone(), *driver, seats.collect());
        let stage = Mutex::new(Some(stage));
        let live = Arc::new(LiveRun {
            id,
            title,
            driver,
            seats,
            file,
            run,
            stage,
            phases: OnceLock::new(),
            end: OnceLock::new(),
        });
        if let Some(stage) = &*live.stage() {
            stage.start_servers(Some(Instant::now() + PATIENCE))?;
            if *at_once {
                stage.start_clients()?;
            }
        }
        let waiter = live.clone();
        thread::Builder::new().name("live-run".to_owned()).spawn(move || waiter.wait())?;
        Ok(live)
    }

    /// The file of its trace.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Starts a program that has not run yet.
    pub(super) fn start(&self, node: Node) -> Result<()> {
        let stage = self.stage();
        let stage = stage.as_ref().context("the run is over; start another")?;
        match self.seats.get(usize::from(node.0)) {
            None => bail!("there is no program {node}"),
            Some(seat) if stage.phase(node) != Phase::Ready => bail!("{} has run already", seat.name),
            Some(_) => Ok(stage.start(node)?),
        }
    }

    /// Stops a program that runs.
    pub(super) fn stop(&self, node: Node) -> Result<()> {
        let stage = self.stage();
        let stage = stage.as_ref().context("the run is over already")?;
        if usize::from(node.0) >= self.seats.len() {
            bail!("there is no program {node}");
        }
        stage.stop(node);
        Ok(())
    }

    /// Ends the run.
    pub(super) fn end(&self) {
        self.run.stop(Outcome::Interrupted);
    }

    /// Waits until its trace is complete.
    pub(super) fn wait_until_over(&self) {
        self.end.wait();
    }

    pub(super) fn is_over(&self) -> bool {
        self.end.get().is_some()
    }

    /// What it is and how far it has come, for people.
    pub(super) fn report(&self) -> String {
        let end = self.end.get().map_or("it runs", String::as_str);
        format!("{} on {}: {end}", self.title, self.driver)
    }

    /// What it is and how far it has come, as the page takes it.
    pub(super) fn state(&self) -> Value {
        let stage = self.stage();
        let nodes = (0..self.seats.len()).map(|node| Node(node as u16));
        let phases = match &*stage {
            Some(stage) => nodes.map(|node| stage.phase(node)).collect(),
            None => self.phases.get().cloned().unwrap_or_default(),
        };
        let (driver, over) = (self.driver.to_string(), self.end.get());
        let seats: Vec<_> = self.seats.iter().zip(phases).collect();
        json!({ "id": self.id, "title": self.title, "driver": driver, "over": over, "programs": seats })
    }

    /// Waits until every program has ended, or somebody ends the run.
    fn wait(&self) {
        let outcome = self.run.wait_for_all(self.seats.len());
        let Some(stage) = self.leave() else { return };
        let text = match stage.end(outcome) {
            Ok(report) => told(&report),
            Err(error) => format!("{error:#}"),
        };
        let _ = self.end.set(text);
    }

    /// The stage, for its end. Who asks from now on is told how far every program has come by then.
    fn leave(&self) -> Option<Stage> {
        let mut held = self.stage();
        let stage = held.take()?;
        let nodes = (0..self.seats.len()).map(|node| Node(node as u16));
        let last = nodes.map(|node| match stage.phase(node) {
            Phase::Running => Phase::Ended { code: None },
            phase => phase,
        });
        let _ = self.phases.set(last.collect());
        Some(stage)
    }

    fn stage(&self) -> MutexGuard<'_, Option<Stage>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(report: &Report) -> String {
    let how = match report.outcome {
        Outcome::Interrupted => "stopped",
        _ => "over",
    };
    let missing = match report.left_out {
        0 => String::new(),
        events => format!("; {events} events at its end are not in the trace, there was no room for them"),
    };
    format!("{how} after {}{missing}", report.elapsed)
}
