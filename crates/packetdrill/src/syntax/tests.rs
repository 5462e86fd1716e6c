//! What is read, what is refused, and that nothing makes the reader panic.

use super::*;
use proptest::prelude::*;
use sockscope_core::time::Span;
use sockscope_core::wire::Flags;

fn parse(text: &str) -> Result<Script, ScriptError> {
    Script::parse("t.pkt", text, &BTreeMap::from([("FreeBSD".to_owned(), String::new())]))
}
fn events(text: &str) -> Vec<Event> {
    parse(text).unwrap_or_else(|error| panic!("{error}")).events
}
fn only_tcp(text: &str) -> TcpSpec {
    match events(text).remove(0).action {
        Action::Expect(PacketSpec { body: BodySpec::Tcp(tcp), .. })
        | Action::Inject(PacketSpec { body: BodySpec::Tcp(tcp), .. }) => tcp,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_syn_with_its_options() {
    let tcp = only_tcp("0 > S 0:0(0) win 65535 <mss 1460,nop,wscale 6,sackOK,TS val 100 ecr 0,FO 0a0b,eol>");
    assert_eq!(
        (tcp.flags, tcp.seq, tcp.len, tcp.window),
        (Flags::SYN, SeqSpec::Relative(0), 0, Some(65_535))
    );
    let options = [
        OptionSpec::Mss(1460),
        OptionSpec::Nop,
        OptionSpec::WindowScale(6),
        OptionSpec::SackPermitted,
        OptionSpec::Timestamps { val: Some(100), ecr: 0, absolute: false },
        OptionSpec::FastOpen { cookie: vec![10, 11], experimental: false },
        OptionSpec::Eol,
    ];
    assert_eq!(tcp.options, Some(options.to_vec()));
}

#[test]
fn the_forms_of_segments() {
    assert_eq!(only_tcp("0 > R. 5:5(0)! ack 7 win 0/udp(9811 > 1)").udp, Some((9811, 1)));
    assert_eq!(only_tcp("0 > R. 5:5(0)! ack 7").seq, SeqSpec::Absolute(5));
    assert_eq!(only_tcp("0 > S. ...(0) ack 7 <...>").seq, SeqSpec::Any);
    assert_eq!(only_tcp("0 > S. ...(0) ack 7 <...>").options, None);
    assert_eq!(only_tcp("0 < 1000 > 80 SEW 0:0(0) win 1").ports, Some((1000, 80)));
    assert_eq!(only_tcp("0 < P.5 1:2(1) ack 1 win 1").ace, Some(5));
    assert_eq!(only_tcp("0 < - 1:2(1) win 1").flags, Flags::default());
    let sack = OptionSpec::Sack(vec![(1, 2), (3, 4)]);
    assert_eq!(only_tcp("0 < . 1:1(0) ack 1 win 1 <nop, nop, sack 1:2 3:4>").options.unwrap()[2], sack);
}

#[test]
fn times() {
    let text = "0 > . 1:1(0)\n+.1 > . 1:1(0)\n1~1.5 > . 1:1(0)\n+0~+2 > . 1:1(0)\n* > . 1:1(0)";
    let ms = Span::from_millis;
    let expected = [
        When::At(Span::ZERO),
        When::After(ms(100)),
        When::Between(ms(1000), ms(1500)),
        When::AfterBetween(Span::ZERO, ms(2000)),
        When::Any,
    ];
    assert_eq!(events(text).iter().map(|event| event.when).collect::<Vec<_>>(), expected);
    assert_eq!(events(text).iter().map(|event| event.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[test]
fn the_ip_header() {
    let ip = |text: &str| match events(text).remove(0).action {
        Action::Inject(packet) | Action::Expect(packet) => packet.ip,
        other => panic!("{other:?}"),
    };
    assert_eq!(ip("0 <[noecn] . 1:1(0) ack 1").ecn, Some(EcnSpec::Bits(0)));
    assert_eq!(ip("0 > [ect01] . 1:1(0) ack 1").ecn, Some(EcnSpec::Ect01));
    assert_eq!(
        ip("0 > (ttl 64, tos 0xe2) . 1:1(0) ack 1"),
        IpSpec { dscp: Some(0x38), ecn: Some(EcnSpec::Bits(2)), ttl: Some(64), flow_label: None }
    );
    assert_eq!(ip("0 > (dscp af21) . 1:1(0) ack 1").dscp, Some(18));
}

#[test]
fn icmp_messages() {
    let icmp = |text: &str| match events(text).remove(0).action {
        Action::Inject(PacketSpec { body: BodySpec::Icmp(icmp), .. }) => icmp,
        other => panic!("{other:?}"),
    };
    let message = icmp("0 < icmp unreachable frag_needed mtu 1300 [1:1453(1452)/udp(9811 > 1)]");
    assert_eq!((message.code.as_deref(), message.mtu), (Some("frag_needed"), Some(1300)));
    assert_eq!(message.about, Quoted::Tcp { seq: 1, len: 1452, udp: Some((9811, 1)) });
    assert_eq!(icmp("0 < icmp source_quench [0:0(0)]").code, None);
}

#[test]
fn system_calls() {
    let call = |text: &str| match events(text).remove(0).action {
        Action::Call(call) => call,
        other => panic!("{other:?}"),
    };
    let read = call("0.1...0.3 read(4, ..., 100) = -1 EAGAIN (Resource temporarily unavailable)");
    assert_eq!((read.end, read.errno.as_deref()), (Some(Span::from_millis(300)), Some("EAGAIN")));
    assert_eq!(read.args, [Expr::Int(4), Expr::Ellipsis, Expr::Int(100)]);
    let flags = call("0 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0");
    assert!(matches!(flags.args[2], Expr::Or(..)));
    assert_eq!(call("0 fcntl(3, F_GETFL) = 0x02 (flags O_RDWR)").result, Expr::Int(2));
    let poll = call("0 poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1");
    let Expr::List(list) = &poll.args[0] else { panic!() };
    assert_eq!(list[0].field("fd"), Some(&Expr::Int(3)));
    let message = call("0 sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 100}], msg_flags=0}, 0) = 100");
    assert_eq!(message.args[1].field("msg_flags"), Some(&Expr::Int(0)));
    assert_eq!(
        call("0 setsockopt(3, SOL_TCP, TCP_CONGESTION, \"re\" \"no\\x00\", 5) = 0").args[3],
        Expr::Str(b"reno\0".to_vec())
    );
}

#[test]
fn symbols_and_conditions() {
    let text = "--tolerance_usecs=75000\n--define=SIZE=10\n--ip_version=ipv4-mapped-ipv6\n`true`\n0 write(3, ..., SIZE) = SIZE\n\
                #ifdef FreeBSD\n+0 close(3) = 0\n#endif\n#ifdef Other\n+0 close(4) = 0\n#endif\n`false`\n";
    let script = parse(text).unwrap();
    assert_eq!(script.options[0].value, "75000");
    assert_eq!(script.options[1].value, "ipv4-mapped-ipv6");
    assert_eq!((script.init.unwrap().text, script.cleanup.unwrap().line), ("true".to_owned(), 12));
    assert_eq!(script.events.len(), 2);
    assert_eq!((script.events[1].line, script.events[1].text.as_str()), (7, "close(3) = 0"));
    assert!(matches!(&script.events[0].action, Action::Call(call) if call.result == Expr::Int(10)));
}

#[test]
fn addresses_are_no_ranges() {
    let script = parse("--local_ip=2001:db8::1\n--remote_ip=10.0.0.1/24\n0 > . 1:1(0) ack 1").unwrap();
    assert_eq!(script.options[0].value, "2001:db8::1");
    assert_eq!(script.options[1].value, "10.0.0.1/24");
}

#[test]
fn refusals_say_the_line_and_what_would_be_right() {
    for (text, message) in [
        ("0 > S 0:1(0)", "t.pkt:1: 0:1 does not hold 0 bytes: write 0:0(0)"),
        ("\n\n0 < X 0:0(0)", "t.pkt:3: expected TCP flags: letters of F S R P . U E W, found \"X\""),
        ("0 %{ open", "t.pkt:1: \"%{\" is never closed: write \"}%\" after it"),
        ("#ifdef A\n", "t.pkt:1: #ifdef is never closed: write #endif after it"),
        ("* close(3) = 0", "t.pkt:1: only a packet that the host sends may come at any time (\"*\")"),
        (
            "0 > . 1:1(0) <foo 1>",
            "t.pkt:1: expected a TCP option that is known, not foo, before this, found \"1\"",
        ),
        (
            "-1 close(3) = 0",
            "t.pkt:1: expected a time that is not negative, below a hundred days, found \"-1\"",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), message);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".*") {
        let _ = parse(&text);
    }
    #[test]
    fn no_soup_of_tokens_makes_the_reader_panic(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40),
        gap in proptest::sample::select(&["", " ", "\n"][..]),
    ) {
        let _ = parse(&words.join(gap));
    }
}

const WORDS: &[&str] = &[
    "0",
    "+",
    "1.5",
    "~",
    "*",
    "<",
    ">",
    "S.",
    ".",
    "1:2(1)",
    "1:1(0)",
    "...",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "=",
    "|",
    "ack",
    "win",
    "mss",
    "sack",
    "TS",
    "val",
    "ecr",
    "FO",
    "0a",
    "icmp",
    "udp",
    "/",
    "unreachable",
    "mtu",
    "ttl",
    "tos",
    "0x2",
    "ect0",
    "close",
    "3",
    "-1",
    "EAGAIN",
    "\"",
    "`",
    "%{",
    "}%",
    "#ifdef",
    "#endif",
    "--define",
    "--x",
    "FreeBSD",
    "gre",
    "mpls",
    ":",
    "//",
    "/*",
    "*/",
    "\\",
    "é",
    "10.0.0.1",
    "::1",
    "exp-",
    "!",
    "-",
    "4294967295",
    "99999999999999999999",
];
