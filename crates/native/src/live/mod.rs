//! `sockscope serve --live`: programs over real sockets, started and stopped from a page, and drawn while they run.
//!
//! A live run is recorded to a file like any other, and a viewer is sent that file as it grows. So one who comes late
//! gets everything, one who was cut off goes on where it was, and no memory grows with the run.

mod guard;
mod run;
mod stream;
mod wish;

use self::run::LiveRun;
use self::wish::{Wish, catalog};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use sockscope_core::trace::Node;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The runs of a live server.
pub(crate) struct Live {
    token: String,
    /// Where their traces are.
    folder: PathBuf,
    /// So many bytes of a trace are kept.
    limit: u64,
    /// The kernel's own segments stand in them.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nobody captures here"))]
    captures: bool,
    runs: Mutex<Vec<Arc<LiveRun>>>,
}

impl Live {
    /// No runs yet; their traces will be files in `folder`, of at most `limit` bytes, and with the kernel's own segments where
    /// it `captures`.
    ///
    /// # Errors
    /// Where the system gives no random numbers for the token.
    pub(crate) fn new(folder: PathBuf, limit: u64, captures: bool) -> io::Result<Arc<Live>> {
        Ok(Arc::new(Live { token: guard::token()?, folder, limit, captures, runs: Mutex::default() }))
    }

    /// What the page must know to be let in.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Everything under `/live/`; what else is asked for goes to `site`.
    pub(crate) fn router(self: &Arc<Live>, site: Router) -> Router {
        let live = Router::new()
            .route("/live/catalog", get(async || Json(catalog())))
            .route("/live/runs", get(list).post(begin))
            .route("/live/runs/{run}/events", get(events))
            .route("/live/runs/{run}/trace", get(trace))
            .route("/live/runs/{run}/end", post(end))
            .route("/live/runs/{run}/programs/{node}/start", post(start))
            .route("/live/runs/{run}/programs/{node}/stop", post(stop))
            .route_layer(from_fn_with_state(self.clone(), guard::knows))
            .with_state(self.clone());
        live.merge(site).layer(from_fn(guard::place))
    }

    /// Ends every run, and says how each of them went.
    pub(crate) fn end(&self) -> Vec<String> {
        let runs = self.runs().clone();
        runs.iter().for_each(|run| run.end());
        runs.iter().for_each(|run| run.wait_until_over());
        runs.iter().map(|run| run.report()).collect()
    }

    fn run(&self, id: usize) -> Result<Arc<LiveRun>, Refusal> {
        let run = self.runs().get(id).cloned();
        run.ok_or_else(|| Refusal(StatusCode::NOT_FOUND, format!("there is no run {id}")))
    }

    fn runs(&self) -> MutexGuard<'_, Vec<Arc<LiveRun>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why something is not done; the page shows it.
struct Refusal(StatusCode, String);

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Refusal {
        Refusal(StatusCode::BAD_REQUEST, format!("{error:#}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

type Asked = State<Arc<Live>>;

async fn list(State(live): Asked) -> Json<Vec<Value>> {
    Json(live.runs().iter().map(|run| run.state()).collect())
}

async fn begin(State(live): Asked, Json(wish): Json<Wish>) -> Result<Json<Value>, Refusal> {
    let wanted = wish.wanted()?;
    let mut runs = live.runs();
    let run = LiveRun::begin(runs.len(), &wanted, &live)?;
    runs.push(run.clone());
    Ok(Json(run.state()))
}

/// The trace as it grows; a browser that lost its connection says how far it had come.
async fn events(
    State(live): Asked,
    Path(run): Path<usize>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    Ok(stream::follow(live.run(run)?, last.unwrap_or(0)))
}

/// The trace up to now, as a file to keep.
async fn trace(State(live): Asked, Path(run): Path<usize>) -> Result<impl IntoResponse, Refusal> {
    let file = live.run(run)?.file().to_owned();
    let bytes = std::fs::read(file).map_err(anyhow::Error::from)?;
    let name = format!("attachment; filename=\"run-{run}.jsonl\"");
    Ok(([(CONTENT_TYPE, "application/jsonl".to_owned()), (CONTENT_DISPOSITION, name)], bytes))
}

async fn end(State(live): Asked, Path(run): Path<usize>) -> Result<(), Refusal> {
    live.run(run)?.end();
    Ok(())
}

async fn start(State(live): Asked, Path((run, node)): Path<(usize, u16)>) -> Result<(), Refusal> {
    Ok(live.run(run)?.start(Node(node))?)
}

async fn stop(State(live): Asked, Path((run, node)): Path<(usize, u16)>) -> Result<(), Refusal> {
    Ok(live.run(run)?.stop(Node(node))?)
}
