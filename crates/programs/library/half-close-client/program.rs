use std::env::args;
use std::io::{Result, Write, read_to_string};
use std::net::{Shutdown, TcpStream};

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, message] = &args[..] else {
        panic!("usage: SERVER PORT MESSAGE");
    };

    let server = format!("{server}:{port}");
    let mut client = TcpStream::connect(server)?; //: socket connect
    client.write_all(message.as_bytes())?; //: send
    // That was all: the server sees the end, but may still send.
    client.shutdown(Shutdown::Write)?; //: shutdown
    let reply = read_to_string(&client)?; //: recv
    println!("{reply}"); //: print
    drop(client); //: close
    Ok(())
}
