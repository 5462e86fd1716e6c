//! Whether a driver holds ten thousand connections at once: all of them are open and have been answered before the first
//! is closed. Servers and clients are two processes, so that each stays below the usual number of open files.

use crate::ours::launch;
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use sockscope::driver::{Driver, Launch, Limits, Run, drive, free_port};
use sockscope::record::Recorder;
use sockscope_core::trace::Outcome;
use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

const CONNECTIONS: u32 = 10_000;
const AT_MOST: Duration = Duration::from_secs(120);

/// Asks both drivers.
pub(crate) fn both() -> Result<()> {
    println!("\nten thousand connections at once, clients and server a process each");
    for driver in [Driver::Std, Driver::Tokio] {
        let command = Command::new(env::current_exe()?)
            .args(["serve", &driver.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut server = command.context("cannot start the server")?;
        let mut lines = BufReader::new(server.stdout.take().context("no output")?).lines();
        let port = lines.next().context("the server says no port")??;
        let start = Instant::now();
        let held = clients(driver, &port);
        let time = start.elapsed();
        drop(server.stdin.take());
        let memory = lines.next().transpose()?.unwrap_or_default();
        server.wait()?;
        println!(
            "{:<8} {} held after {time:.2?}; memory: clients {}, server {memory}",
            driver.to_string(),
            held?,
            memory_of_this()?
        );
    }
    Ok(())
}

/// The server's process: prints its port, serves until its input ends, and prints its memory.
pub(crate) fn serve(driver: &str) -> Result<()> {
    let driver = if driver == "tokio" { Driver::Tokio } else { Driver::Std };
    let port = free_port()?;
    let server = launch(
        "server",
        json!([
            { "socket": { "kind": "stream", "into": "w" } },
            { "bind": { "socket": "w", "to": format!("127.0.0.1:{port}") } },
            { "listen": { "socket": "w", "backlog": 4096 } },
            { "forever": [
                { "accept": { "socket": "w", "into": "c" } },
                { "spawn": { "name": "serve", "do": [
                    { "recv": { "socket": "c", "max": 2048, "into": "m" } },
                    { "send": { "socket": "c", "data": { "upper": "{m}" } } },
                    { "recv": { "socket": "c", "max": 2048, "into": "m" } },
                    { "close": "c" }
                ] } }
            ] }
        ]),
    )?;
    let run = Run::new(Recorder::off(), |_, _| Ok(()));
    let stop = run.clone();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        println!("{}", memory_of_this().unwrap_or_default());
        stop.stop(Outcome::Interrupted);
    });
    println!("{port}");
    io::stdout().flush()?;
    // It is idle whenever all clients have been answered.
    let limits = Limits { time: Some(AT_MOST), quiet: AT_MOST };
    drive(&run, driver, &[Launch { serves: true, ..server }], limits)?;
    Ok(())
}

/// Opens the connections; how many were open and answered at once.
fn clients(driver: Driver, port: &str) -> Result<u32> {
    let steps = json!([
        { "socket": { "kind": "stream", "into": "c" } },
        { "connect": { "socket": "c", "to": format!("127.0.0.1:{port}") } },
        { "send": { "socket": "c", "data": "hello" } },
        { "recv": { "socket": "c", "max": 2048, "into": "m" } },
        { "print": "{m}" },
        { "recv": { "socket": "c", "max": 2048, "into": "m" } }
    ]);
    let client = launch("client", steps)?;
    let answered = Arc::new(AtomicU32::new(0));
    let all: Arc<OnceLock<Arc<Run>>> = Arc::default();
    let (count, stop) = (answered.clone(), all.clone());
    let run = Run::new(Recorder::off(), move |_, line| {
        if line == "HELLO" && count.fetch_add(1, Ordering::Relaxed) + 1 == CONNECTIONS {
            stop.get().expect("it is set before a client starts").stop(Outcome::Interrupted);
        }
        Ok(())
    });
    let _ = all.set(run.clone());
    let launches = vec![client; CONNECTIONS as usize];
    let report = drive(&run, driver, &launches, Limits { time: Some(AT_MOST), ..Limits::default() })?;
    let held = answered.load(Ordering::Relaxed);
    ensure!(held == CONNECTIONS, "{held} of {CONNECTIONS} were answered: {:?}", report.outcome);
    if let Some(failed) = report.programs.iter().find(|ended| ended.code.is_some()) {
        bail!("a client ended before all were answered: {failed:?}");
    }
    Ok(held)
}

/// The most memory that this process ever had.
fn memory_of_this() -> Result<String> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().to_owned())
}
