//! The programs of the other lessons, call by call.

use crate::system::*;
use serde_json::json;

const LINES: &str = "000000000000000\n000000000000001\n00000000";

#[test]
fn a_thread_for_each_client() {
    let spawn = || done(json!({"spawn": {"name": "serve"}}));
    let mut script = welcome(3);
    script.extend([accept(3, 4), spawn()]);
    let mut server = drive(library("tcp-upper-server-threads", json!({})), &script);
    let first = server.spawned();
    assert_eq!(first.name(), "tcp-upper-server-threads");
    drive(first, &[recv(4, 2048, "one"), send(4, "ONE"), close(4), exit(0)]);

    script.extend([accept(3, 5), spawn()]);
    let mut server = drive(library("tcp-upper-server-threads", json!({})), &script);
    drive(server.spawned(), &[recv(5, 2048, "two"), send(5, "TWO"), close(5), exit(0)]);
}

#[test]
fn a_slow_client() {
    let script = [
        socket("stream", 3),
        resolve(),
        done(connect(3)),
        sleep_ms(50),
        send(3, "hello"),
        recv(3, 2048, "HELLO"),
        print("HELLO"),
        close(3),
        exit(0),
    ];
    drive(library("tcp-slow-client", json!({"pause": 50})), &script);
}

#[test]
fn a_connected_udp_client_learns_that_nobody_is_there() {
    let script = [
        socket("datagram", 3),
        resolve(),
        done(connect(3)),
        send(3, "hello"),
        failed(json!({"recv": {"fd": 3, "max": 2048}}), "ECONNREFUSED"),
        print("nobody has that port"),
        close(3),
        exit(0),
    ];
    drive(library("udp-connected-client", json!({})), &script);
}

#[test]
fn a_connected_udp_client_and_its_reply() {
    let script = [
        socket("datagram", 3),
        resolve(),
        done(connect(3)),
        send(3, "hello"),
        recv(3, 2048, "HELLO"),
        print("HELLO"),
        close(3),
        exit(0),
    ];
    drive(library("udp-connected-client", json!({})), &script);
}

fn udp_retry(answered: bool) {
    let mut script = vec![
        socket("datagram", 3),
        done(json!({"set_option": {"fd": 3, "option": {"receive_timeout": 250_000_000}}})),
    ];
    for _ in 0..2 {
        script.extend([
            resolve(),
            send_to(3, "hello", "10.0.0.2:12000"),
            failed(json!({"recv_from": {"fd": 3, "max": 2048}}), "EAGAIN"),
            print("no reply"),
        ]);
    }
    if answered {
        script.extend([
            resolve(),
            send_to(3, "hello", "10.0.0.2:12000"),
            recv_from(3, "HELLO", "10.0.0.2:12000"),
            print("HELLO"),
            exit(0),
        ]);
    } else {
        script.extend([print("gave up"), exit(1)]);
    }
    let tries = if answered { 3 } else { 2 };
    drive(library("udp-retry-client", json!({"timeout": 250, "tries": tries})), &script);
}

#[test]
fn a_udp_client_that_tries_again() {
    udp_retry(true);
    udp_retry(false);
}

#[test]
fn a_tcp_client_that_starts_before_its_server() {
    let refused = |fd| {
        [
            socket("stream", fd),
            resolve(),
            failed(connect(fd), "ECONNREFUSED"),
            close(fd),
            print("refused"),
            sleep_ms(500),
        ]
    };
    let mut script = [refused(3), refused(4)].concat();
    script.extend([
        socket("stream", 3),
        resolve(),
        done(connect(3)),
        send(3, "hello"),
        recv(3, 2048, "HELLO"),
        print("HELLO"),
        close(3),
        exit(0),
    ]);
    drive(library("tcp-retry-client", json!({})), &script);

    let mut other_error = refused(3)[..2].to_vec();
    other_error.extend([
        failed(connect(3), "ETIMEDOUT"),
        print("connect: ETIMEDOUT: connection timed out"),
        exit(1),
    ]);
    drive(library("tcp-retry-client", json!({})), &other_error);
}

#[test]
fn half_close() {
    let client = [
        socket("stream", 3),
        resolve(),
        done(connect(3)),
        send(3, "hello"),
        shutdown(3),
        recv(3, 65536, "HE"),
        recv(3, 65536, "LLO"),
        recv(3, 65536, ""),
        print("HELLO"),
        close(3),
        exit(0),
    ];
    drive(library("half-close-client", json!({})), &client);

    let mut server = welcome(3);
    let client = [accept(3, 4), recv(4, 65536, "hello"), recv(4, 65536, ""), send(4, "HELLO"), close(4)];
    server.extend([client.clone(), client].concat());
    drive(library("half-close-server", json!({})), &server);
}

#[test]
fn abort() {
    let script = [
        socket("stream", 3),
        resolve(),
        done(connect(3)),
        sleep_ms(100),
        done(json!({"abort": {"fd": 3}})),
        exit(0),
    ];
    drive(library("tcp-abort-client", json!({})), &script);
}

#[test]
fn two_sends() {
    let script = [
        socket("stream", 3),
        resolve(),
        done(connect(3)),
        send(3, "hello "),
        send(3, "world"),
        close(3),
        exit(0),
    ];
    drive(library("tcp-two-sends-client", json!({})), &script);
}

#[test]
fn a_server_that_may_not_start_again() {
    let bind = json!({"bind": {"fd": 3, "addr": "0.0.0.0:12000"}});
    let listen = done(json!({"listen": {"fd": 3, "backlog": 128}}));
    let mut served = vec![socket("stream", 3), done(bind.clone()), listen, accept(3, 4)];
    served.extend([recv(4, 2048, "hello"), send(4, "HELLO"), close(4), close(3), exit(0)]);
    drive(library("tcp-upper-server-once", json!({})), &served);

    let refused =
        [socket("stream", 3), failed(bind, "EADDRINUSE"), print("address already in use"), close(3), exit(0)];
    drive(library("tcp-upper-server-once", json!({})), &refused);
}

#[test]
fn a_fast_writer_and_a_slow_reader() {
    let writer = [
        socket("stream", 3),
        resolve(),
        done(connect(3)),
        send(3, LINES),
        print("40 bytes are in the hands of TCP"),
        close(3),
        exit(0),
    ];
    drive(library("fast-writer", json!({"size": 40})), &writer);

    let mut reader = welcome(3);
    reader.extend([accept(3, 4), sleep_ms(100), recv(4, 7, "0000000"), sleep_ms(100), recv(4, 7, "")]);
    reader.extend([print("end of the stream"), close(4), exit(0)]);
    drive(library("slow-reader", json!({"bytes": 7})), &reader);
}

#[test]
fn a_file() {
    let sender = [socket("stream", 3), resolve(), done(connect(3)), send(3, LINES), close(3), exit(0)];
    drive(library("file-sender", json!({"size": 40})), &sender);

    let received = |parts: &[&str], end: &[Exchange]| {
        let mut script = welcome(3);
        script.push(accept(3, 4));
        script.extend(parts.iter().map(|part| recv(4, 65536, part)));
        script.extend([recv(4, 65536, ""), close(4)]);
        script.extend_from_slice(end);
        drive(library("file-receiver", json!({"size": 40})), &script);
    };
    received(&[&LINES[..16], &LINES[16..]], &[print("40 bytes, every one as sent"), exit(0)]);
    received(&[&LINES[16..], &LINES[..16]], &[print("the file is damaged"), exit(1)]);
    received(&[&LINES[..39]], &[print("the file is damaged"), exit(1)]);
}

#[test]
fn a_file_both_ways() {
    let client = vec![socket("stream", 3), resolve(), done(connect(3))];
    let server = [welcome(9), vec![accept(9, 3)]].concat();
    for (name, mut script) in [("file-exchange-client", client), ("file-exchange-server", server)] {
        script.push(done(json!({"spawn": {"name": "send"}})));
        let mut program = drive(library(name, json!({"size": 40})), &script);
        drive(program.spawned(), &[send(3, LINES), shutdown(3), exit(0)]);
        script.extend([
            recv(3, 65536, LINES),
            recv(3, 65536, ""),
            print("40 bytes, every one as sent"),
            exit(0),
        ]);
        drive(library(name, json!({"size": 40})), &script);
    }
}

#[test]
fn dns() {
    let question = "hex:000701000001000000000000016102666f0000010001";
    let answer = "hex:000785000001000100000000016102666f0000010001c00c000100010000012c00040a010203";
    let bytes = |hex: &str| (hex.len() - "hex:".len()) / 2;
    let client = [
        socket("datagram", 3),
        resolve(),
        done(json!({"connect": {"fd": 3, "to": "10.0.0.2:53"}})),
        (json!({"send": {"fd": 3, "data": question}}), json!({"sent": bytes(question)})),
        recv(3, 512, answer),
        print("10.1.2.3"),
        close(3),
        exit(0),
    ];
    drive(library("dns-client", json!({"name": "a.fo"})), &client);

    let server = [
        socket("datagram", 3),
        done(json!({"bind": {"fd": 3, "addr": "0.0.0.0:53"}})),
        (
            json!({"recv_from": {"fd": 3, "max": 512}}),
            json!({"received_from": {"data": question, "from": "10.0.0.1:50000"}}),
        ),
        send_to(3, answer, "10.0.0.1:50000"),
    ];
    drive(library("dns-server", json!({"name": "a.fo", "address": "10.1.2.3"})), &server);
}
