use std::env::args;
use std::io::{Read, Result};
use std::net::TcpListener;
use std::process::exit;

fn pattern(size: usize) -> Vec<u8> {
    let lines = (0..=size / 16).map(|n| format!("{n:015}\n"));
    let mut text = lines.collect::<String>().into_bytes();
    text.truncate(size);
    text
}

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port, size] = &args[..] else {
        panic!("usage: INTERFACE PORT SIZE");
    };
    let size = size.parse().expect("SIZE is a number of bytes");

    let address = format!("{interface}:{port}");
    let welcome = TcpListener::bind(address)?; //: socket reuse bind listen

    let (mut connection, _client) = welcome.accept()?; //: accept
    let mut file = Vec::new();
    connection.read_to_end(&mut file)?; //: recv
    drop(connection); //: close

    if file == pattern(size) {
        println!("{size} bytes, every one as sent"); //: intact
    } else {
        println!("the file is damaged"); //: damaged
        exit(1); //: fail
    }
    Ok(())
}
