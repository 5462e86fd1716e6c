//! Arguments, help, completions and the manual page.

use crate::support::sockscope;
use predicates::prelude::*;
use predicates::str::contains;

#[test]
fn help_has_examples_and_exit_codes_and_no_colours_in_a_pipe() {
    sockscope("--help")
        .assert()
        .success()
        .stdout(contains("sockscope run tcp").and(contains("130  interrupted")));
    for command in ["run", "sim", "presets", "show", "replay", "serve", "completions", "man"] {
        sockscope(command)
            .arg("--help")
            .assert()
            .success()
            .stdout(contains("Example").and(contains("\u{1b}").not()));
    }
}

#[test]
fn arguments_that_make_no_sense_are_code_2() {
    for (line, said) in [
        ("", "Usage"),
        ("walk", "unrecognized subcommand 'walk'"),
        ("run", "required arguments"),
        ("run walk", "there is no program walk; there are udp and tcp"),
        ("run tcp-server --message hello", "has no parameter message; it has interface, port"),
        ("run udp-client -p interface=127.0.0.1", "has no parameter interface; it has message, port, server"),
        ("run tcp -p size", "write a name, an equals sign and a value"),
        ("run tcp -p port=many", "many is no number"),
        ("run tcp --timeout 5", "such as \"20ms\""),
        ("run tcp --port 65536", "65536 is not in 0..=65535"),
        ("sim walk", "there is no scenario walk; there are files and udp-upper"),
        ("sim tcp-upper --seed -1", "error"),
        ("sim tcp-upper --expect glory", "there are done, idle, time-limit, event-limit"),
        ("sim tcp-upper --hash --format svg", "cannot be used with"),
        ("presets walk", "there is no scenario walk"),
        ("serve --listen 0.0.0.0:0", "add --expose if you mean that"),
    ] {
        sockscope(line).assert().code(2).stderr(contains(said));
    }
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish"] {
        sockscope(&format!("completions {shell}")).assert().success().stdout(contains("replay"));
    }
}

#[test]
fn the_manual_page_is_a_manual_page() {
    sockscope("man").assert().success().stdout(contains(".TH sockscope 1"));
    sockscope("man run").assert().success().stdout(contains("NAME\nsockscope\\-run").and(contains("driver")));
    sockscope("man walk").assert().code(2).stderr(contains("there is no command walk"));
}
