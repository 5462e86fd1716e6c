use std::env::args;
use std::io::{ErrorKind, Result};
use std::net::UdpSocket;

fn ask(client: &UdpSocket, message: &str) -> Result<()> {
    client.send(message.as_bytes())?; //: send
    let mut reply = [0; 2048];
    let n = client.recv(&mut reply)?; //: recv
    println!("{}", String::from_utf8_lossy(&reply[..n])); //: print
    Ok(())
}

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, message] = &args[..] else {
        panic!("usage: SERVER PORT MESSAGE");
    };

    let client = UdpSocket::bind("0.0.0.0:0")?; //: socket
    // Sends nothing: it only notes whom the socket talks to.
    client.connect(format!("{server}:{port}"))?; //: connect
    match ask(&client, message) {
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
            // The host answered with ICMP "port unreachable".
            println!("nobody has that port"); //: refused
        }
        done => done?,
    }
    drop(client); //: close
    Ok(())
}
