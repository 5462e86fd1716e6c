use std::env::args;
use std::io::{Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn serve(mut connection: TcpStream) -> Result<()> {
    let mut buffer = [0; 2048];
    let n = connection.read(&mut buffer)?; //: recv
    let reply = buffer[..n].to_ascii_uppercase();
    connection.write_all(&reply)?; //: send
    drop(connection); //: close
    Ok(())
}

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port] = &args[..] else {
        panic!("usage: INTERFACE PORT");
    };

    let address = format!("{interface}:{port}");
    let welcome = TcpListener::bind(address)?; //: socket reuse bind listen

    loop {
        let (connection, _client) = welcome.accept()?; //: accept
        // While the thread serves this client, accept the next.
        thread::spawn(|| serve(connection)); //: spawn
    }
}
