//! The four programs of the note, call by call.

use crate::system::*;
use serde_json::json;

#[test]
fn udp_client() {
    let script = [
        socket("datagram", 3),
        resolve(),
        send_to(3, "hello", "10.0.0.2:12000"),
        recv_from(3, "HELLO", "10.0.0.2:12000"),
        print("HELLO"),
        close(3),
        exit(0),
    ];
    drive(library("udp-upper-client", json!({})), &script);
}

#[test]
fn over_ipv6_sockets_names_and_texts_are_of_ipv6() {
    let spec = json!({ "program": "udp-upper-client", "family": "inet6" });
    let script = [
        socket_of_ipv6("datagram", 3),
        (json!({"resolve": {"name": "server", "family": "inet6"}}), json!({"address": "fd00::2"})),
        send_to(3, "hello", "[fd00::2]:12000"),
    ];
    let client = drive(load(spec), &script);
    assert!(client.source().python.contains("socket(AF_INET6, SOCK_DGRAM)"));
    assert!(client.source().rust.contains(r#"bind("[::]:0")"#));
    let spec = json!({ "program": "tcp-upper-server", "family": "inet6" });
    let script = [
        socket_of_ipv6("stream", 3),
        done(json!({"set_option": {"fd": 3, "option": {"reuse_addr": true}}})),
        done(json!({"bind": {"fd": 3, "addr": "[::]:12000"}})),
    ];
    drive(load(spec), &script);
}

#[test]
fn udp_server() {
    let script = [
        socket("datagram", 3),
        done(json!({"bind": {"fd": 3, "addr": "0.0.0.0:9000"}})),
        recv_from(3, "one", "10.0.0.1:50000"),
        send_to(3, "ONE", "10.0.0.1:50000"),
        recv_from(3, "two", "10.0.0.9:50001"),
        send_to(3, "TWO", "10.0.0.9:50001"),
        failed(json!({"recv_from": {"fd": 3, "max": 2048}}), "ENOBUFS"),
        print("recvfrom: ENOBUFS: no buffer space left"),
        exit(1),
    ];
    drive(library("udp-upper-server", json!({"port": 9000})), &script);
}

#[test]
fn tcp_client() {
    let script = [
        socket("stream", 3),
        done(json!({"connect": {"fd": 3, "to": "127.0.0.1:12000"}})),
        send(3, "a {b}"),
        recv(3, 2048, "A {B}"),
        print("A {B}"),
        close(3),
        exit(0),
    ];
    drive(library("tcp-upper-client", json!({"server": "127.0.0.1", "message": "a {b}"})), &script);
}

#[test]
fn tcp_client_whose_server_is_not_there() {
    let script = [
        socket("stream", 3),
        resolve(),
        failed(connect(3), "ECONNREFUSED"),
        print("connect: ECONNREFUSED: connection refused: nobody listens there"),
        exit(1),
    ];
    drive(library("tcp-upper-client", json!({})), &script);
}

#[test]
fn tcp_client_whose_server_has_no_such_name() {
    let script = [
        socket("stream", 3),
        failed(json!({"resolve": {"name": "nowhere"}}), "ENONAME"),
        print("resolve: ENONAME: no host has that name (EAI_NONAME of getaddrinfo)"),
        exit(1),
    ];
    drive(library("tcp-upper-client", json!({"server": "nowhere"})), &script);
}

#[test]
fn tcp_server() {
    let mut script = welcome(3);
    for (fd, text, reply) in [(4, "one", "ONE"), (4, "two", "TWO"), (5, "three", "THREE")] {
        script.extend([accept(3, fd), recv(fd, 2048, text), send(fd, reply), close(fd)]);
    }
    drive(library("tcp-upper-server", json!({})), &script);
}
