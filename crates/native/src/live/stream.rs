//! A trace, sent to a viewer while it is written.
//!
//! Server-sent events: `lines` with whole lines of the file, whose id is the place in the file where they end, so that a
//! browser that lost its connection asks for the rest; `state` where a program starts or ends; `over` at the end.

use super::run::LiveRun;
use crate::record::INTERVAL;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde_json::Value;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// At most so many bytes are sent at once, but at least a line.
const BLOCK: usize = 1 << 17;

/// The trace of a run from a place in its file on, and what becomes of the run.
pub(super) fn follow(run: Arc<LiveRun>, from: u64) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let viewer = Viewer { run, place: from, told: Value::Null, over: false };
    let events = stream::unfold(viewer, |mut viewer| async {
        let event = viewer.next().await?;
        Some((Ok(event), viewer))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

struct Viewer {
    run: Arc<LiveRun>,
    /// How much of the file it has seen.
    place: u64,
    /// The state it was told last.
    told: Value,
    over: bool,
}

impl Viewer {
    async fn next(&mut self) -> Option<Event> {
        while !self.over {
            // Looked at before the file is read: once the run is over nothing is written any more.
            let over = self.run.is_over();
            let state = self.run.state();
            if state != self.told {
                self.told.clone_from(&state);
                return Some(Event::default().event("state").data(state.to_string()));
            }
            match self.lines() {
                Ok(Some(lines)) => {
                    return Some(Event::default().event("lines").id(self.place.to_string()).data(lines));
                }
                Ok(None) if over => self.over = true,
                Ok(None) => tokio::time::sleep(INTERVAL).await,
                Err(error) => {
                    self.over = true;
                    return Some(Event::default().event("trouble").data(format!("the trace: {error}")));
                }
            }
            if self.over {
                // Without data a browser would not hear of it.
                return Some(Event::default().event("over").data("over"));
            }
        }
        None
    }

    /// The next whole lines of the file, without the end of the last one. What was just written is in memory: reading
    /// does not wait.
    fn lines(&mut self) -> io::Result<Option<String>> {
        let mut file = File::open(self.run.file())?;
        file.seek(SeekFrom::Start(self.place))?;
        let mut bytes = Vec::new();
        loop {
            let before = bytes.len();
            Read::by_ref(&mut file).take(BLOCK as u64).read_to_end(&mut bytes)?;
            if let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
                bytes.truncate(end);
                self.place += end as u64 + 1;
                return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
            }
            if bytes.len() == before {
                return Ok(None);
            }
        }
    }
}
