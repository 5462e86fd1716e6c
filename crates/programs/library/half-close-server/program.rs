use std::env::args;
use std::io::{Read, Result, Write};
use std::net::TcpListener;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port] = &args[..] else {
        panic!("usage: INTERFACE PORT");
    };

    let address = format!("{interface}:{port}");
    let welcome = TcpListener::bind(address)?; //: socket reuse bind listen

    loop {
        let (mut connection, _client) = welcome.accept()?; //: accept
        let mut message = Vec::new();
        // Until read() gives no bytes: the client has sent its end.
        connection.read_to_end(&mut message)?; //: recv
        let reply = message.to_ascii_uppercase();
        connection.write_all(&reply)?; //: send
        drop(connection); //: close
    }
}
