use std::env::args;
use std::io::{Read, Result};
use std::net::TcpListener;
use std::thread::sleep;
use std::time::Duration;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port, bytes, pause] = &args[..] else {
        panic!("usage: INTERFACE PORT BYTES PAUSE");
    };
    let bytes = bytes.parse().expect("BYTES is a number");
    let pause = pause.parse().expect("PAUSE is milliseconds");

    let address = format!("{interface}:{port}");
    let welcome = TcpListener::bind(address)?; //: socket reuse bind listen

    let (mut connection, _client) = welcome.accept()?; //: accept
    let mut part = vec![0; bytes];
    loop {
        // Meanwhile bytes arrive: a full buffer closes the window.
        sleep(Duration::from_millis(pause)); //: sleep
        let n = connection.read(&mut part)?; //: recv
        if n == 0 {
            break;
        }
    }
    println!("end of the stream"); //: print
    drop(connection); //: close
    Ok(())
}
