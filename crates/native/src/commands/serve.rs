//! `sockscope serve`: the site, for a browser on this machine.

use crate::end::{End, Usage};
use crate::live::Live;
use anyhow::{Context, Result, bail};
use axum::Router;
use clap::Args as ClapArgs;
use futures_util::future::{Either, select};
use std::fs;
use std::future::IntoFuture;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

const EXAMPLES: &str = "\
Examples:
  sockscope serve                           on a free port of this machine
  sockscope serve --listen 127.0.0.1:8080   always on the same one
  sockscope serve --listen 0.0.0.0:8080 --expose
  sockscope serve --live                    programs over real sockets, started
                                            from the page and drawn as they run
  sudo sockscope serve --live --capture     with the kernel's own segments
  sockscope serve --live --record traces    their traces stay in this folder";

/// Arguments of `sockscope serve`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The folder with the built site
    #[arg(long, value_name = "FOLDER", default_value = "web/dist")]
    dir: PathBuf,
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Allow an address that other machines can reach: they can read every file of the folder, and with --live who has the
    /// token can start and stop programs here and see what they send
    #[arg(long)]
    expose: bool,
    /// Serve a page that starts programs over real sockets and draws them while they run
    #[arg(long)]
    live: bool,
    /// Show the packets of the programs too, and what TCP_INFO tells after each call
    #[cfg(target_os = "linux")]
    #[arg(long, requires = "live")]
    capture: bool,
    /// Keep the traces of live runs in this folder
    #[arg(long, value_name = "FOLDER", requires = "live")]
    record: Option<PathBuf>,
    /// Keep about so many bytes of each live run; what does not fit is counted
    #[arg(long, value_name = "BYTES", requires = "live", default_value_t = 4_000_000)]
    record_limit: u64,
}

pub(crate) fn serve(args: &Args) -> Result<End> {
    let folder = args.dir.display();
    if !args.listen.ip().is_loopback() {
        let exposed = match args.live {
            false => format!("read every file in {folder}"),
            true => format!(
                "read every file in {folder}, and whoever has the token can start and stop programs here and see what they send"
            ),
        };
        if !args.expose {
            let all = format!("other machines could reach {} and {exposed}", args.listen);
            bail!(Usage(format!("{all}; add --expose if you mean that")));
        }
        eprintln!("note: other machines that reach {} can {exposed}", args.listen);
    }
    let page = if args.live { "live.html" } else { "index.html" };
    if !args.dir.join(page).is_file() {
        bail!(
            "{folder} holds no built site (no {page}); build it with `cargo xtask site`, or name its folder with --dir"
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let site = Router::new().fallback_service(ServeDir::new(&args.dir));
    if !args.live {
        runtime.block_on(listen(args.listen, site, "", || {}))?;
        return Ok(End::Interrupted);
    }
    // It is removed at the end.
    let passing =
        tempfile::tempdir().context("there is no place for the traces; name a folder with --record")?;
    let traces = args.record.as_deref().unwrap_or(passing.path());
    fs::create_dir_all(traces).with_context(|| format!("cannot make {}", traces.display()))?;
    #[cfg(target_os = "linux")]
    let captures = args.capture && crate::capture::Capture::is_possible();
    #[cfg(not(target_os = "linux"))]
    let captures = false;
    let live = Live::new(traces.to_owned(), args.record_limit, captures)?;
    let page = format!("live.html?token={}", live.token());
    let end = live.clone();
    runtime.block_on(listen(args.listen, live.router(site), &page, move || drop(end.end())))?;
    live.end().iter().for_each(|report| eprintln!("{report}"));
    Ok(End::Interrupted)
}

/// So long requests that are being answered may go on after Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serves until Ctrl-C, and does `then`.
async fn listen(
    address: SocketAddr,
    site: Router,
    page: &str,
    then: impl FnOnce() + Send + 'static,
) -> Result<()> {
    let (interrupted, again) = (super::interrupt::caught()?, super::interrupt::caught()?);
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another port with --listen (0 is any free one)")
    })?;
    writeln!(io::stdout(), "http://{}/{page}", listener.local_addr()?)?;
    let ended = async move {
        interrupted.await;
        let _ = tokio::task::spawn_blocking(then).await;
    };
    let served = axum::serve(listener, site).with_graceful_shutdown(ended).into_future();
    let limit = async move {
        again.await;
        tokio::time::sleep(PATIENCE).await;
    };
    let (served, limit) = (pin!(served), pin!(limit));
    match select(served, limit).await {
        Either::Left((served, _)) => served.context("cannot serve"),
        Either::Right(_) => Ok(()),
    }
}
