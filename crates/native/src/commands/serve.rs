//! `sockscope serve`: the site, for a browser on this machine.

use crate::end::{End, Usage};
use anyhow::{Context, Result, bail};
use axum::Router;
use clap::Args as ClapArgs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

const EXAMPLES: &str = "\
Examples:
  sockscope serve                              on a free port of this machine
  sockscope serve --listen 127.0.0.1:8080      always on the same one
  sockscope serve --listen 0.0.0.0:8080 --expose";

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
    /// Allow an address that other machines can reach: they can read every file of the folder
    #[arg(long)]
    expose: bool,
}

pub(crate) fn serve(args: &Args) -> Result<End> {
    let folder = args.dir.display();
    if !args.listen.ip().is_loopback() {
        if !args.expose {
            let all = format!("other machines could reach {} and read every file in {folder}", args.listen);
            bail!(Usage(format!("{all}; add --expose if you mean that")));
        }
        eprintln!("note: other machines that reach {} can read every file in {folder}", args.listen);
    }
    if !args.dir.join("index.html").is_file() {
        bail!(
            "{folder} holds no built site (no index.html); build it with `cargo xtask site`, or name its folder with --dir"
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen(&args.dir, args.listen))?;
    Ok(End::Interrupted)
}

async fn listen(dir: &Path, address: SocketAddr) -> Result<()> {
    let interrupted = super::interrupt::caught()?;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another port with --listen (0 is any free one)")
    })?;
    writeln!(io::stdout(), "http://{}/", listener.local_addr()?)?;
    let site = Router::new().fallback_service(ServeDir::new(dir));
    axum::serve(listener, site).with_graceful_shutdown(interrupted).await.context("cannot serve")
}
