use std::env::args;
use std::io::{Result, Write};
use std::net::TcpStream;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, first, second] = &args[..] else {
        panic!("usage: SERVER PORT FIRST SECOND");
    };

    let server = format!("{server}:{port}");
    let mut client = TcpStream::connect(server)?; //: socket connect
    // Two calls, one stream: nothing says where the first ends.
    client.write_all(first.as_bytes())?; //: first
    client.write_all(second.as_bytes())?; //: second
    drop(client); //: close
    Ok(())
}
