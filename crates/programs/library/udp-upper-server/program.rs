use std::env::args;
use std::io::Result;
use std::net::UdpSocket;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port] = &args[..] else {
        panic!("usage: INTERFACE PORT");
    };

    // 0.0.0.0 is every interface of this host.
    let server = UdpSocket::bind(format!("{interface}:{port}"))?; //: socket bind

    let mut buffer = [0; 2048];
    loop {
        // client is the sender's address: IP address and port number.
        let (n, client) = server.recv_from(&mut buffer)?; //: recvfrom
        let reply = buffer[..n].to_ascii_uppercase();
        server.send_to(&reply, client)?; //: sendto
    }
}
