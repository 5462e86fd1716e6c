use std::env::args;
use std::io::{ErrorKind, Result};
use std::net::UdpSocket;
use std::process::exit;
use std::time::Duration;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, message, timeout, tries] = &args[..] else {
        panic!("usage: SERVER PORT MESSAGE TIMEOUT TRIES");
    };
    let server = format!("{server}:{port}");
    let timeout = timeout.parse().expect("TIMEOUT is milliseconds");
    let tries: u32 = tries.parse().expect("TRIES is a number");

    let client = UdpSocket::bind("0.0.0.0:0")?; //: socket
    let limit = Duration::from_millis(timeout);
    client.set_read_timeout(Some(limit))?; //: timeout

    let mut buffer = [0; 2048];
    for _ in 0..tries {
        client.send_to(message.as_bytes(), &server)?; //: sendto
        match client.recv_from(&mut buffer) { //: recvfrom
            Ok((n, _sender)) => {
                let reply = String::from_utf8_lossy(&buffer[..n]);
                println!("{reply}"); //: print
                exit(0); //: exit
            }
            // Was the request lost, or the reply? We cannot know.
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                println!("no reply"); //: again
            }
            Err(e) => return Err(e),
        }
    }
    println!("gave up"); //: gave-up
    exit(1); //: fail
}
