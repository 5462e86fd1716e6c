use std::env::args;
use std::io::{Read, Result, Write};
use std::net::TcpListener;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port] = &args[..] else {
        panic!("usage: INTERFACE PORT");
    };

    // Makes the socket, sets SO_REUSEADDR, binds and listens.
    let address = format!("{interface}:{port}");
    let welcome = TcpListener::bind(address)?; //: socket reuse bind listen

    let mut buffer = [0; 2048];
    loop {
        // Each client gets a connection socket of its own.
        let (mut connection, _client) = welcome.accept()?; //: accept
        let n = connection.read(&mut buffer)?; //: recv
        let reply = buffer[..n].to_ascii_uppercase();
        connection.write_all(&reply)?; //: send
        drop(connection); //: close
    }
}
