//! The same programs in the simulator, on std threads and in tokio over real sockets: they agree on the bytes each
//! way, the boundaries of datagrams, ends of streams, results and errors. How a stream is cut into reads, and when
//! anything happens, is never compared.

mod errors;
mod options;
mod places;

use places::{Case, agree, printed};
use serde_json::json;

/// A server of the library and one client.
fn pair(server: &str, client: &str, args: serde_json::Value) -> Case {
    Case::new().server(server, json!({})).client(client, args)
}

#[test]
fn the_notes_programs() {
    for protocol in ["udp", "tcp"] {
        let (server, client) = (format!("{protocol}-upper-server"), format!("{protocol}-upper-client"));
        let seen = agree(&pair(&server, &client, json!({ "message": "Hello, sockets." })));
        assert_eq!(seen["client-1"].printed, ["HELLO, SOCKETS."]);
        assert_eq!(seen["client-1"].codes, [0]);
    }
}

#[test]
fn several_clients_at_once() {
    for server in ["udp-upper-server", "tcp-upper-server", "tcp-upper-server-threads"] {
        let client = format!("{}-upper-client", &server[..3]);
        let clients = ["one", "two", "three"].into_iter();
        let case = clients.fold(Case::new().server(server, json!({})), |case, message| {
            case.client(&client, json!({ "message": message }))
        });
        let seen = agree(&case);
        assert_eq!(seen["client-3"].printed, ["THREE"]);
        assert_eq!(seen["server"].sockets.len(), if server.starts_with("udp") { 1 } else { 4 });
    }
}

#[test]
fn a_client_that_takes_its_time() {
    for server in ["tcp-upper-server", "tcp-upper-server-threads"] {
        let slow = pair(server, "tcp-slow-client", json!({ "message": "slow", "pause": 50 }));
        agree(&slow.client("tcp-upper-client", json!({ "message": "quick" })));
    }
}

#[test]
fn datagrams_without_bytes_and_truncated_ones() {
    agree(&pair("udp-upper-server", "udp-connected-client", json!({})));
    let seen = agree(&Case::new().steps(
        "alone",
        json!([
            { "socket": { "kind": "datagram", "into": "a" } },
            { "socket": { "kind": "datagram", "into": "b" } },
            { "bind": { "socket": "a", "to": "127.0.0.1:0" } },
            { "local_name": { "socket": "a", "into": "here" } },
            { "send_to": { "socket": "b", "data": "", "to": "{here}" } },
            { "send_to": { "socket": "b", "data": "0123456789", "to": "{here}" } },
            { "send_to": { "socket": "b", "data": { "pattern": 65507 }, "to": "{here}" } },
            { "recv_from": { "socket": "a", "max": 100, "into": "empty", "from": "who" } },
            { "recv_from": { "socket": "a", "max": 4, "into": "cut", "from": "who" } },
            { "recv_from": { "socket": "a", "max": 65535, "into": "long", "from": "who" } },
            { "print": "[{empty}] [{cut}]" }
        ]),
    ));
    assert_eq!(seen["alone"].printed, ["[] [0123]"]);
}

#[test]
fn characters_that_are_cut_by_reads_are_whole_again() {
    let text = "grüße, 日本";
    let printed = printed(json!([
        { "send": { "socket": "c", "data": text } },
        { "recv_exact": { "socket": "s", "bytes": 3, "into": "part" } },
        { "print": "{part}" },
        { "send": { "socket": "s", "data": "{part}" } },
        { "repeat": { "times": 4, "do": [
            { "recv_exact": { "socket": "s", "bytes": 3, "into": "part" } },
            { "send": { "socket": "s", "data": "{part}" } }
        ] } },
        { "recv_exact": { "socket": "c", "bytes": text.len(), "into": "whole" } },
        { "print": "{whole}" }
    ]));
    // Sorted.
    assert_eq!(printed, [text, "gr\u{fffd}"]);
}

#[test]
fn ipv6() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        return eprintln!("skipped: this machine has no IPv6 loopback address");
    }
    let seen = agree(&Case::new().steps(
        "alone",
        json!([
            { "socket": { "kind": "datagram", "family": "inet6", "into": "a" } },
            { "bind": { "socket": "a", "to": "[::1]:0" } },
            { "local_name": { "socket": "a", "into": "here" } },
            { "socket": { "kind": "datagram", "family": "inet6", "into": "b" } },
            { "send_to": { "socket": "b", "data": "six", "to": "{here}" } },
            { "recv_from": { "socket": "a", "max": 10, "into": "question", "from": "b_is_at" } },
            { "send_to": { "socket": "a", "data": { "upper": "{question}" }, "to": "{b_is_at}" } },
            { "recv_from": { "socket": "b", "max": 10, "into": "answer", "from": "a_is_at" } },
            { "socket": { "kind": "stream", "family": "inet6", "into": "welcome" } },
            { "bind": { "socket": "welcome", "to": "[::1]:0" } },
            { "listen": { "socket": "welcome", "backlog": 1 } },
            { "local_name": { "socket": "welcome", "into": "there" } },
            { "socket": { "kind": "stream", "family": "inet6", "into": "client" } },
            { "connect": { "socket": "client", "to": "{there}" } },
            { "accept": { "socket": "welcome", "into": "connection" } },
            { "send": { "socket": "client", "data": "{answer}" } },
            { "close": "client" },
            { "recv_to_end": { "socket": "connection", "into": "all" } },
            { "print": "{all}" }
        ]),
    ));
    assert_eq!(seen["alone"].printed, ["SIX"]);
}

#[test]
fn programs_of_the_library_over_ipv6() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        return eprintln!("skipped: this machine has no IPv6 loopback address");
    }
    for protocol in ["udp", "tcp"] {
        let [server, client] = ["server", "client"].map(|end| format!("{protocol}-upper-{end}"));
        let seen = agree(&pair(&server, &client, json!({ "message": "six" })).over_ipv6());
        assert_eq!(seen["client-1"].printed, ["SIX"]);
    }
    let seen =
        agree(&pair("half-close-server", "half-close-client", json!({ "message": "six" })).over_ipv6());
    assert_eq!(seen["client-1"].printed, ["SIX"]);
    let size = json!({ "size": 300_000 });
    agree(&Case::new().server("file-receiver", size.clone()).client("file-sender", size).over_ipv6());
    for client in ["tcp-upper-client", "udp-connected-client"] {
        let seen = agree(&Case::new().client(client, json!({})).over_ipv6());
        let failures = seen["client-1"].failures.concat();
        assert!(failures.iter().any(|failure| failure.ends_with("ECONNREFUSED")), "{failures:?}");
    }
}

#[test]
fn half_a_connection() {
    let seen = agree(&pair("half-close-server", "half-close-client", json!({ "message": "whole" })));
    assert_eq!(seen["client-1"].printed, ["WHOLE"]);
    assert!(seen["client-1"].sockets[0].ended, "the client reads to the end of the stream");
}

#[test]
fn files() {
    let size = json!({ "size": 300_000 });
    agree(&Case::new().server("file-receiver", size.clone()).client("file-sender", size.clone()));
    agree(&Case::new().server("file-exchange-server", size.clone()).client("file-exchange-client", size));
}

#[test]
fn a_reader_slower_than_its_writer() {
    let reader = json!({ "bytes": 4096, "pause": 1 });
    agree(&Case::new().server("slow-reader", reader).client("fast-writer", json!({ "size": 100_000 })));
}

#[test]
fn names_of_the_dns() {
    for name in ["www.example.com", "nobody.example.com"] {
        agree(&pair("dns-server", "dns-client", json!({ "name": name })));
    }
}

#[test]
fn a_request_that_nobody_answers_and_one_that_is_answered() {
    let tries = json!({ "timeout": 200, "tries": 2 });
    agree(&pair("udp-upper-server", "udp-retry-client", tries.clone()));
    let seen = agree(&Case::new().client("udp-retry-client", tries));
    assert_eq!(seen["client-1"].sockets[0].sent.len(), 2, "an unconnected socket is not told of ICMP");
    assert_eq!(seen["client-1"].codes, [1]);
}

#[test]
fn ports_that_nobody_has() {
    for client in ["tcp-upper-client", "udp-connected-client"] {
        let seen = agree(&Case::new().client(client, json!({})));
        let failures = seen["client-1"].failures.concat();
        assert!(failures.iter().any(|failure| failure.ends_with("ECONNREFUSED")), "{failures:?}");
    }
}

#[test]
fn a_client_before_its_server() {
    let late = json!([
        { "sleep": "150ms" },
        { "socket": { "kind": "stream", "into": "welcome" } },
        { "set_option": { "socket": "welcome", "option": { "reuse_addr": true } } },
        { "bind": { "socket": "welcome", "to": "0.0.0.0:{port}" } },
        { "listen": { "socket": "welcome", "backlog": 1 } },
        { "accept": { "socket": "welcome", "into": "connection" } },
        { "recv": { "socket": "connection", "max": 2048, "into": "message" } },
        { "send": { "socket": "connection", "data": { "upper": "{message}" } } },
        { "close": "connection" }
    ]);
    let seen = agree(&Case::new().steps("server", late).client("tcp-retry-client", json!({ "pause": 20 })));
    assert_eq!(seen["client-1"].failures, [["connect ECONNREFUSED"]]);
    assert_eq!(seen["client-1"].printed.last().unwrap(), "refused", "sorted, after HELLO");
}

#[test]
fn a_connection_that_is_hung_up() {
    let seen = agree(&pair("tcp-upper-server", "tcp-abort-client", json!({ "pause": 20 })));
    assert_eq!(seen["server"].failures, [["recv ECONNRESET"]]);
}
