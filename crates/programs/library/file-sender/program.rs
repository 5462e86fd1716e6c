use std::env::args;
use std::io::{Result, Write};
use std::net::TcpStream;

fn pattern(size: usize) -> Vec<u8> {
    let lines = (0..=size / 16).map(|n| format!("{n:015}\n"));
    let mut text = lines.collect::<String>().into_bytes();
    text.truncate(size);
    text
}

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, size] = &args[..] else {
        panic!("usage: SERVER PORT SIZE");
    };
    let size = size.parse().expect("SIZE is a number of bytes");

    let server = format!("{server}:{port}");
    let mut client = TcpStream::connect(server)?; //: socket connect
    client.write_all(&pattern(size))?; //: send
    // TCP goes on in the background until all has arrived.
    drop(client); //: close
    Ok(())
}
