//! The Python and Rust texts of the library are real programs: they run over real loopback sockets and print what the
//! lessons say.

mod cases;
mod run;

use cases::CASES;
use run::{Language, run_case};
use sockscope_core::program::Family;
use sockscope_programs::Program;

/// Over both versions of IP.
fn run_all(language: &Language) {
    CASES.iter().for_each(|case| run_case(language, case, Family::Inet));
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        return eprintln!("skipped: this machine has no IPv6 loopback address");
    }
    CASES.iter().for_each(|case| run_case(language, case, Family::Inet6));
}

#[test]
fn python_texts_run() {
    match Language::python() {
        Ok(python) => run_all(&python),
        Err(reason) => eprintln!("skipped: {reason}"),
    }
}

#[test]
fn rust_texts_compile_and_run() {
    match Language::rust() {
        Ok(rust) => run_all(&rust),
        Err(reason) => eprintln!("skipped: {reason}"),
    }
}

#[test]
fn every_program_of_the_library_runs_in_some_case() {
    for name in Program::library_names() {
        let runs =
            CASES.iter().any(|case| case.server.iter().chain(case.clients).any(|run| run.program == name));
        assert!(runs, "no case runs {name}");
    }
}
