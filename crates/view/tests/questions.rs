//! Questions about the runs of the lessons, and what is no question.

use sockscope_sim::{Scenario, World, presets};
use sockscope_view::history::History;
use sockscope_view::question::{Answer, EventPattern, Question};
use sockscope_view::texts::Texts;

fn history(preset: &str) -> History {
    let scenario: Scenario = presets::text(preset).expect("a preset").parse().expect("it is valid");
    let mut world = World::new(&scenario).expect("it can be built");
    world.run();
    History::of(world.trace())
}

fn ask(history: &History, text: &str) -> Option<Answer> {
    let question: Question = text.parse().unwrap_or_else(|error| panic!("{error}"));
    question.answer(history)
}

#[track_caller]
fn check(preset: &str, cases: &[(&str, &str)]) {
    let history = history(preset);
    for (text, answer) in cases {
        let told = ask(&history, text).map(|answer| answer.told(&Texts::ENGLISH));
        assert_eq!(told.as_deref(), Some(*answer), "{preset}: {text}");
    }
}

#[test]
fn ports_come_with_the_first_need() {
    let ports: Vec<u16> = {
        let history = history("udp-upper");
        let port = |text: &str| {
            ask(&history, text).expect("it happens").told(&Texts::ENGLISH).parse().expect("a port")
        };
        ["port of client after client returns socket", "port of client after client returns sendto"]
            .map(port)
            .into()
    };
    assert_eq!(ports[0], 0);
    assert!(ports[1] >= 49152, "an ephemeral port: {}", ports[1]);
    check(
        "udp-upper",
        &[
            ("port of server after server sends datagram", "12000"),
            ("count of any sends packet until client returns recvfrom", "2"),
            ("result of server recvfrom 2", "never"),
            ("bytes of any sends datagram", "10"),
        ],
    );
}

#[test]
fn calls_and_what_came_of_them() {
    check("tcp-two-sends", &[("result of server recv", "11"), ("result of server recv 2", "0")]);
    check(
        "tcp-wrong-port",
        &[
            ("result of client connect", "ECONNREFUSED"),
            ("time from client calls connect to client returns connect", "40 ms"),
            ("result of any bind", "done"),
        ],
    );
    check(
        "udp-wrong-port",
        &[("result of client recvfrom", "never"), ("result of friend recv", "ECONNREFUSED")],
    );
    check("tcp-abort", &[("result of server recv", "ECONNRESET"), ("count of client sends rst", "1")]);
    check(
        "tcp-address-in-use",
        &[
            ("result of server bind 2", "EADDRINUSE"),
            ("result of server bind 3", "done"),
            ("time from server enters time-wait to server leaves time-wait", "240 s"),
        ],
    );
}

#[test]
fn packets_states_and_sockets() {
    check("tcp-upper", &[("count of any sends packet until client returns connect", "3")]);
    check(
        "tcp-three-clients",
        &[
            ("sockets of server after client-3 enters established", "4"),
            ("port of server after server returns accept 3", "12000"),
        ],
    );
    check(
        "half-close",
        &[("host of any enters time-wait", "client"), ("count of any enters TIME-WAIT", "1")],
    );
    check(
        "tcp-segment-lost",
        &[
            ("count of client sends again", "1"),
            (
                "reason of client sends again",
                "A segment sent later has arrived, and reordering does not last that long: this one is lost and goes again.",
            ),
        ],
    );
    let bytes = "bytes of writer sends data until reader returns recv";
    assert!(ask(&history("slow-reader"), bytes).expect("it reads").accepts("16384..16387").expect("a range"));
}

#[test]
fn what_does_not_happen_has_no_answer() {
    let history = history("tcp-upper");
    for text in [
        "time from client sends syn to client sends syn 2",
        "time of client enters last-ack",
        "result of client bind",
        "port of nobody after client returns socket",
        "count of any sends packet until nobody calls socket",
        "reason of client calls socket",
    ] {
        assert_eq!(ask(&history, text), None, "{text}");
    }
    let empty = History::new(history.header().clone());
    assert_eq!(ask(&empty, "count of any sends packet"), None);
}

#[test]
fn what_is_no_question_says_why() {
    for (text, why) in [
        ("", "it ends where a question should stand"),
        ("colour of client", "asks for nothing known"),
        ("time from client sends syn", "it ends where \"to\" should stand"),
        ("time of client eats syn", "no host \"eats\" anything: it calls,"),
        ("time of client sends soup", "no packet is called \"soup\": there are packet, syn,"),
        ("time of client calls home", "no call \"home\": there are socket,"),
        ("time of client enters the-room", "no state \"the-room\""),
        ("time of client sends syn 0", "counted from 1"),
        ("time of client sends syn 1 today", "it should end before \"today\""),
        ("port of client before client sends syn", "\"before\" stands where \"after\" should"),
    ] {
        let error = text.parse::<Question>().expect_err(text).to_string();
        assert!(error.contains(why), "{error}");
    }
    assert!("client sends".parse::<EventPattern>().is_err());
}

#[test]
fn what_was_said_is_compared_as_people_mean_it() {
    let span =
        ask(&history("tcp-syn-lost"), "time from client sends syn to client sends syn 2").expect("1 s");
    for (said, right) in [
        ("1s", true),
        ("1000 ms", true),
        ("1,02 s", true),
        ("2s", false),
        ("0.5s..1s", false),
        ("3s|1s..", true),
    ] {
        assert_eq!(span.accepts(said), Ok(right), "{said}");
    }
    assert!(span.accepts("soon").is_err());
    let number = ask(&history("udp-upper"), "port of server after server returns bind").expect("it binds");
    for (said, right) in
        [("12000", true), ("12 000", true), ("12,000", true), ("0", false), ("49152..65536", false)]
    {
        assert_eq!(number.accepts(said), Ok(right), "{said}");
    }
    assert!(number.accepts("a free one").is_err());
    assert_eq!(number.accepts("ECONNREFUSED|never"), Ok(false));
    let reason = ask(&history("tcp-syn-lost"), "reason of client sends again").expect("it goes again");
    assert_eq!(reason.accepts("fast-retransmit|retransmission"), Ok(true));
    let word = ask(&history("tcp-wrong-port"), "result of client connect").expect("it connects");
    assert_eq!(word.accepts("done|never"), Ok(false));
    assert_eq!(word.accepts("econnrefused"), Ok(true));
}
