use std::env::args;
use std::io::Result;
use std::net::{Ipv4Addr, UdpSocket};

fn question(id: u8, name: &str) -> Vec<u8> {
    let mut message = vec![0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(label.len() as u8);
        message.extend(label.as_bytes());
    }
    message.extend([0, 0, 1, 0, 1]); // root, A, IN
    message
}

fn address(answer: &[u8]) -> String {
    if answer[3] & 15 == 3 {
        return "no such name".to_owned();
    }
    let root = answer[12..].iter().position(|byte| *byte == 0);
    let record = 12 + root.expect("a name ends with the root") + 5;
    // A pointer to the name, type, class, TTL, length; then the data.
    let data = &answer[record + 12..record + 16];
    Ipv4Addr::new(data[0], data[1], data[2], data[3]).to_string()
}

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, name] = &args[..] else {
        panic!("usage: SERVER PORT NAME");
    };

    let client = UdpSocket::bind("0.0.0.0:0")?; //: socket
    client.connect(format!("{server}:{port}"))?; //: connect
    client.send(&question(7, name))?; //: send
    let mut answer = [0; 512];
    let n = client.recv(&mut answer)?; //: recv
    println!("{}", address(&answer[..n])); //: print
    drop(client); //: close
    Ok(())
}
