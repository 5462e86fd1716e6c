use std::env::args;
use std::io::Result;
use std::net::UdpSocket;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, message] = &args[..] else {
        panic!("usage: SERVER PORT MESSAGE");
    };

    // Port 0: any free one. Rust binds at once.
    let client = UdpSocket::bind("0.0.0.0:0")?; //: socket
    let server = format!("{server}:{port}");
    client.send_to(message.as_bytes(), server)?; //: sendto
    let mut reply = [0; 2048];
    let (n, _sender) = client.recv_from(&mut reply)?; //: recvfrom
    println!("{}", String::from_utf8_lossy(&reply[..n])); //: print
    drop(client); //: close
    Ok(())
}
