use std::env::args;
use std::io::{Read, Result, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, message, pause] = &args[..] else {
        panic!("usage: SERVER PORT MESSAGE PAUSE");
    };
    let pause = pause.parse().expect("PAUSE is milliseconds");

    let server = format!("{server}:{port}");
    let mut client = TcpStream::connect(server)?; //: socket connect
    // The server waits in read(); who else does it keep waiting?
    sleep(Duration::from_millis(pause)); //: sleep
    client.write_all(message.as_bytes())?; //: send
    let mut reply = [0; 2048];
    let n = client.read(&mut reply)?; //: recv
    println!("{}", String::from_utf8_lossy(&reply[..n])); //: print
    drop(client); //: close
    Ok(())
}
