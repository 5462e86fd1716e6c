use std::env::args;
use std::io::Result;
use std::net::{Ipv4Addr, UdpSocket};

fn answer(question: &[u8], name: &str, address: Ipv4Addr) -> Vec<u8> {
    let mut known = Vec::new();
    for label in name.split('.') {
        known.push(label.len() as u8);
        known.extend(label.as_bytes());
    }
    known.extend([0, 0, 1, 0, 1]); // root, A, IN

    let (id, asked) = (&question[..2], &question[12..]);
    if !asked.eq_ignore_ascii_case(&known) {
        // Response code 3: no such name.
        let flags = [0x85, 3, 0, 1, 0, 0, 0, 0, 0, 0];
        return [id, &flags, asked].concat();
    }
    let flags = [0x85, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    // A pointer to the name, type A, class IN, TTL, length, address.
    let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4];
    [id, &flags, asked, &record, &address.octets()].concat()
}

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port, name, address] = &args[..] else {
        panic!("usage: INTERFACE PORT NAME ADDRESS");
    };
    let address = address.parse().expect("ADDRESS is an IPv4 address");

    let server = UdpSocket::bind(format!("{interface}:{port}"))?; //: socket bind
    let mut buffer = [0; 512];
    loop {
        let (n, client) = server.recv_from(&mut buffer)?; //: recvfrom
        let reply = answer(&buffer[..n], name, address);
        server.send_to(&reply, client)?; //: sendto
    }
}
