//! The one front door: `cargo xtask site | run | test | fuzz | tidy`.
#![allow(clippy::print_stdout, reason = "it is a command")]

mod arrows;
mod fuzz;
mod npm;
mod run;
mod shell;
mod site;
mod split;
mod test;
mod tidy;
mod tools;
mod wasm;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  site    build the static site into web/dist
          (--dev compiles in seconds after a change, for work on the page: large and slow;
           --npm makes the package for npm too, in web/dist/npm)
  run     build the site, record the programs over real sockets, and serve both
          (--no-serve stops before serving; --listen 127.0.0.1:8080 chooses the port)
  test    install what the tests need and run everything there is to check
          (--only WORD runs just the checks whose name contains WORD)
  fuzz    look for inputs that break a decoder, a parser or a host: one TARGET of tests/fuzz, or each
          (--seconds N for each; 60)
  tidy    check sizes and leftovers in the source (part of test)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let outcome = match args.first().map(String::as_str) {
        Some("site") => site::run(rest),
        Some("run") => run::run(rest),
        Some("test") => test::run(rest),
        Some("fuzz") => fuzz::run(rest),
        Some("tidy") => tidy::check(),
        None | Some("help" | "-h" | "--help") => {
            println!("{HELP}");
            Ok(())
        }
        Some(other) => {
            eprintln!("error: there is no command {other}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
