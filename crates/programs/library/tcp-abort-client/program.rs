use std::env::args;
use std::io::Result;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::thread::sleep;
use std::time::Duration;

unsafe extern "C" {
    fn setsockopt(
        fd: i32,
        level: i32,
        name: i32,
        value: *const [i32; 2],
        size: u32,
    ) -> i32;
}
const SOL_SOCKET: i32 = 1; // as on Linux
const SO_LINGER: i32 = 13;

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, server, port, pause] = &args[..] else {
        panic!("usage: SERVER PORT PAUSE");
    };
    let pause = pause.parse().expect("PAUSE is milliseconds");

    let server = format!("{server}:{port}");
    let client = TcpStream::connect(server)?; //: socket connect
    sleep(Duration::from_millis(pause)); //: sleep
    // Linger on, for 0 seconds: close() sends RST in place of FIN.
    // (std has no call for it; the socket2 crate has.)
    let fd = client.as_raw_fd();
    unsafe { setsockopt(fd, SOL_SOCKET, SO_LINGER, &[1, 0], 8) };
    drop(client); //: abort
    Ok(())
}
