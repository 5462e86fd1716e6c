use std::env::args;
use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::exit;
use std::thread;

fn pattern(size: usize) -> Vec<u8> {
    let lines = (0..=size / 16).map(|n| format!("{n:015}\n"));
    let mut text = lines.collect::<String>().into_bytes();
    text.truncate(size);
    text
}

fn send(mut connection: &TcpStream, size: usize) -> Result<()> {
    connection.write_all(&pattern(size))?; //: send
    connection.shutdown(Shutdown::Write) //: shutdown
}

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port, size] = &args[..] else {
        panic!("usage: INTERFACE PORT SIZE");
    };
    let size = size.parse().expect("SIZE is a number of bytes");

    let address = format!("{interface}:{port}");
    let welcome = TcpListener::bind(address)?; //: socket reuse bind listen
    let (connection, _client) = welcome.accept()?; //: accept

    let mut file = Vec::new();
    thread::scope(|threads| {
        threads.spawn(|| send(&connection, size)); //: spawn
        (&connection).read_to_end(&mut file) //: recv
    })?;

    if file == pattern(size) {
        println!("{size} bytes, every one as sent"); //: intact
    } else {
        println!("the file is damaged"); //: damaged
        exit(1); //: fail
    }
    Ok(())
}
