use std::env::args;
use std::io::{Read, Result, Write};
use std::net::TcpStream;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, message] = &args[..] else {
        panic!("usage: SERVER PORT MESSAGE");
    };

    // Returns when the three-way handshake is done.
    let server = format!("{server}:{port}");
    let mut client = TcpStream::connect(server)?; //: socket connect
    client.write_all(message.as_bytes())?; //: send
    // What has come by now: a stream has no messages.
    let mut reply = [0; 2048];
    let n = client.read(&mut reply)?; //: recv
    println!("{}", String::from_utf8_lossy(&reply[..n])); //: print
    drop(client); //: close
    Ok(())
}
