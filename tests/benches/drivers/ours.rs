//! The same calls as programs of steps, run by a driver.

use crate::{MESSAGE, Work};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sockscope::driver::{self, Driver, Launch, Limits, Run, drive, free_port};
use sockscope::record::Recorder;
use sockscope_programs::ProgramSpec;

pub(crate) fn run(driver: Driver, work: Work, times: u32, recorded: bool) -> Result<()> {
    let address = format!("127.0.0.1:{}", free_port()?);
    let launches = [
        launch("client", client(work, &address, times))?,
        Launch { serves: true, ..launch("server", server(work, &address, times))? },
    ];
    let recorder = match recorded {
        true => Recorder::new(&driver::header("bench", &launches)?, Box::new(tempfile::tempfile()?))?,
        false => Recorder::off(),
    };
    let report = drive(&Run::new(recorder, |_, _| Ok(())), driver, &launches, Limits::default())?;
    ensure!(report.programs.iter().all(|ended| ended.code == Some(0)), "{report:?}");
    ensure!(report.left_out == 0, "{report:?}");
    Ok(())
}

pub(crate) fn launch(name: &str, steps: Value) -> Result<Launch> {
    let spec: ProgramSpec = serde_json::from_value(json!({ "program": name, "steps": steps }))?;
    Ok(Launch::new(name, spec)?)
}

fn server(work: Work, address: &str, times: u32) -> Value {
    if work == Work::Udp {
        return json!([
            { "socket": { "kind": "datagram", "into": "s" } },
            { "bind": { "socket": "s", "to": address } },
            { "repeat": { "times": times, "do": [
                { "recv_from": { "socket": "s", "max": 2048, "into": "m", "from": "c" } },
                { "send_to": { "socket": "s", "data": { "upper": "{m}" }, "to": "{c}" } }
            ] } }
        ]);
    }
    let serve = json!([
        { "recv": { "socket": "c", "max": 2048, "into": "m" } },
        { "send": { "socket": "c", "data": { "upper": "{m}" } } }
    ]);
    json!([
        { "socket": { "kind": "stream", "into": "w" } },
        { "bind": { "socket": "w", "to": address } },
        { "listen": { "socket": "w", "backlog": 128 } },
        connections(work, times, &json!({ "accept": { "socket": "w", "into": "c" } }), &serve)
    ])
}

fn client(work: Work, address: &str, times: u32) -> Value {
    if work == Work::Udp {
        return json!([
            { "socket": { "kind": "datagram", "into": "s" } },
            { "repeat": { "times": times, "do": [
                { "send_to": { "socket": "s", "data": MESSAGE, "to": address } },
                { "recv_from": { "socket": "s", "max": 2048, "into": "m", "from": "who" } }
            ] } }
        ]);
    }
    let ask = json!([
        { "send": { "socket": "c", "data": MESSAGE } },
        { "recv": { "socket": "c", "max": 2048, "into": "m" } }
    ]);
    let open = json!([
        { "socket": { "kind": "stream", "into": "c" } },
        { "connect": { "socket": "c", "to": address } }
    ]);
    json!([connections(work, times, &open, &ask)])
}

/// Connections that are opened, spoken over and closed: one for all round trips, or one for each.
fn connections(work: Work, times: u32, open: &Value, speak: &Value) -> Value {
    let (connections, each) = if work == Work::Connect { (times, 1) } else { (1, times) };
    let mut steps = match open {
        Value::Array(steps) => steps.clone(),
        step => vec![step.clone()],
    };
    steps.push(json!({ "repeat": { "times": each, "do": speak } }));
    steps.push(json!({ "close": "c" }));
    json!({ "repeat": { "times": connections, "do": steps } })
}
