//! `sockscope serve`.

use crate::support::{signal, sockscope, start};
use predicates::str::contains;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;

/// Starts serving a folder with a page and a wasm file; a secret lies beside the folder.
fn serving(folder: &std::path::Path) -> (Child, String) {
    let site = folder.join("site");
    fs::create_dir(&site).unwrap();
    fs::write(site.join("index.html"), "<!doctype html>the page").unwrap();
    fs::write(site.join("engine.wasm"), b"\0asm").unwrap();
    fs::write(folder.join("secret.txt"), "the secret").unwrap();
    let mut child = start(&format!("serve --dir {}", site.display()));
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')).unwrap().to_owned();
    (child, address)
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_site_and_nothing_else_is_served_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, address) = serving(folder.path());
    assert!(address.starts_with("127.0.0.1:"));
    assert!(get(&address, "/").contains("the page"));
    assert!(get(&address, "/engine.wasm").contains("content-type: application/wasm"));
    for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd", "/nothing"] {
        let answer = get(&address, path);
        assert!(!answer.contains("the secret") && !answer.contains("root:"), "{path}");
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_keeps_it_from_serving_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display();
    sockscope(&format!("serve --dir {dir}")).assert().code(1).stderr(contains("cargo xtask site"));
    fs::write(folder.path().join("index.html"), "").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    sockscope(&format!("serve --dir {dir} --listen {address}"))
        .assert()
        .code(1)
        .stderr(contains(format!("cannot listen on {address}")));
}
