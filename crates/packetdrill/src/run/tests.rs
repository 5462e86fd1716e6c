//! Runs that pass, and what is said of those that do not.

use super::*;

const LISTEN: &str = "
 0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
";
const ACCEPT: &str = "
+0 < S 0:0(0) win 1000 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
";

fn outcome(text: &str) -> Outcome {
    let script =
        Script::parse("t.pkt", text, &Profile::Rfc.defines()).unwrap_or_else(|error| panic!("{error}"));
    run(&script, &Settings::default()).outcome
}
fn passes(text: &str) {
    assert_eq!(outcome(text), Outcome::Passed, "{text}");
}
fn fails(text: &str) -> Mismatch {
    match outcome(text) {
        Outcome::Failed(mismatch) => mismatch,
        other => panic!("{other:?}: {text}"),
    }
}

#[test]
fn numbers_are_relative_to_both_initial_sequence_numbers() {
    passes(&format!(
        "{LISTEN}{ACCEPT}
        +0 < P. 1:11(10) ack 1 win 1000
        +0~+.5 > . 1:1(0) ack 11
        +0 read(4, ..., 100) = 10
        +0 write(4, ..., 20) = 20
        +0 > P. 1:21(20) ack 11
        +0 < . 11:11(0) ack 21 win 1000
        +0 close(4) = 0
        +0 > F. 21:21(0) ack 11"
    ));
    // Any number may stand for the remote end's first one.
    passes(&format!(
        "{LISTEN}
        +0 < S 123:123(0) win 1000 <mss 1000>
        +0 > S. 0:0(0) ack 124 <...>
        +0 < . 1:1(0) ack 1 win 1000"
    ));
}

#[test]
fn a_mismatch_names_the_line_the_field_and_what_came_instead() {
    let mismatch = fails(&format!("{LISTEN}+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 2 <...>"));
    assert_eq!(mismatch.line, 6);
    assert_eq!(mismatch.what, "ack: expected 2, got 1");
    assert_eq!(mismatch.expected, "> S. 0:0(0) ack 2 <...>");
    assert!(mismatch.got.is_some_and(|got| got.starts_with("S. 0:0(0) ack 1 win ")));
    let nothing = fails(&format!("{LISTEN}{ACCEPT}+0 > . 1:1(0) ack 1"));
    assert!(nothing.what.starts_with("nothing was sent"), "{}", nothing.what);
    let call = fails("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 shutdown(3, SHUT_WR) = 0");
    assert_eq!((call.line, call.what.as_str()), (2, "shutdown: expected 0, got -1 ENOTCONN"));
}

#[test]
fn a_packet_must_come_at_its_time() {
    let syn_ack_again = |time: &str| {
        format!(
            "{LISTEN}+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n{time} > S. 0:0(0) ack 1 <...>"
        )
    };
    passes(&syn_ack_again("+1"));
    passes(&syn_ack_again("1"));
    passes(&syn_ack_again("+.9~+1.1"));
    passes(&syn_ack_again("*"));
    let late = fails(&syn_ack_again("+.5"));
    assert!(
        late.what.starts_with("time: expected after 500.000 ms, was sent after 1.000 s"),
        "{}",
        late.what
    );
    fails(&syn_ack_again("+2"));
}

#[test]
fn a_call_may_block_while_the_script_goes_on() {
    let read = |end: &str| {
        format!(
            "{LISTEN}{ACCEPT}+0...{end} read(4, ..., 100) = 10\n+.2 < P. 1:11(10) ack 1 win 1000\n+0~+.5 > . 1:1(0) ack 11"
        )
    };
    passes(&read("0.2"));
    let early = fails(&read("0.4"));
    assert!(early.what.contains("the call returned 200.000 ms early"), "{}", early.what);
    let never = fails(&format!("{LISTEN}{ACCEPT}+0...0.3 read(4, ..., 100) = 10"));
    assert_eq!((never.line, never.what.as_str()), (10, "the call still blocks"));
}

#[test]
fn code_asserts_what_the_connection_tells_of_itself() {
    passes(&format!(
        "{LISTEN}{ACCEPT}+0 %{{ assert tcpi_state == TCP_ESTABLISHED and not (tcpi_unacked > 0), tcpi_state }}%"
    ));
    passes(&format!(
        "{LISTEN}{ACCEPT}+0 %{{ n = 2 * (3 + 1)\nn += 1\nassert 8 < n <= 9 and n == 0x9, 'n=%d' % n }}%"
    ));
    let wrong = fails(&format!("{LISTEN}{ACCEPT}+0 %{{ assert tcpi_state == TCP_CLOSE }}%"));
    assert_eq!(wrong.what, "assertion: tcpi_state == TCP_CLOSE does not hold: tcpi_state is 1");
    assert!(matches!(
        outcome(&format!("{LISTEN}{ACCEPT}+0 %{{ assert open('x') }}%")),
        Outcome::Unsupported(_)
    ));
}

#[test]
fn what_is_not_known_is_refused_by_its_name() {
    for (text, what) in [
        ("0 `reboot`", "not supported: the command reboot"),
        ("0 `sysctl -w net.nowhere=1`", "not supported: sysctl net.nowhere=1"),
        ("--frobnicate=1\n0 `true`", "not supported: the option --frobnicate=1"),
        ("0 mmap(1) = 0", "not supported: the system call mmap"),
    ] {
        match outcome(text) {
            Outcome::Unsupported(mismatch) => assert_eq!(mismatch.what, what),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_socket_table_answers_commands() {
    passes(&format!(
        "{LISTEN}{ACCEPT}
        +0 `sockstat -4 -P tcp -s -p 8080 | grep -c ESTABLISHED | grep 1`
        +0 `sockstat -6 -P tcp -s | grep -c ESTABLISHED | grep 0`
        +0 `tcpdrop -s ESTABLISHED`
        +0 > R. 1:1(0) ack 1 <...>"
    ));
    let wrong = fails(&format!("{LISTEN}+0 `sockstat -4 -P tcp -s | grep -c CLOSED | grep 1`"));
    assert_eq!(wrong.what, "sockets in CLOSED: expected 1, got 0 (there are: LISTEN)");
}

#[test]
fn poll_tells_what_is_ready() {
    passes(&format!(
        "{LISTEN}{ACCEPT}
        +0 poll([{{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}}], 1, 0) = 1
        +0 < P. 1:11(10) ack 1 win 1000
        +0 poll([{{fd=4, events=POLLIN, revents=POLLIN}}], 1, 0) = 1"
    ));
}

#[test]
fn a_run_is_a_trace_with_both_ends() {
    let script = Script::parse("t.pkt", &format!("{LISTEN}{ACCEPT}"), &Default::default()).unwrap();
    let report = run(&script, &Settings::default());
    assert_eq!(report, run(&script, &Settings::default()));
    let names: Vec<_> = report.trace.header.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["kernel", "script"]);
    let sent = report
        .trace
        .events
        .iter()
        .filter(|event| matches!(event.kind, sockscope_core::trace::Kind::Sent { .. }));
    assert_eq!(sent.count(), 3);
}
