use std::env::args;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddrV4, TcpListener};
use std::os::fd::{AsRawFd, FromRawFd};

// TcpListener::bind() would set SO_REUSEADDR: these do not.
unsafe extern "C" {
    fn socket(family: i32, kind: i32, protocol: i32) -> i32;
    fn bind(fd: i32, address: *const Address, size: u32) -> i32;
    fn listen(fd: i32, backlog: i32) -> i32;
}
const AF_INET: u16 = 2; // as on Linux
const SOCK_STREAM: i32 = 1;

#[repr(C)]
struct Address {
    family: u16,
    port: [u8; 2],
    interface: [u8; 4],
    zero: [u8; 8],
}

fn check(answer: i32) -> Result<i32> {
    if answer < 0 { Err(Error::last_os_error()) } else { Ok(answer) }
}

fn serve(welcome: &TcpListener, address: &Address) -> Result<()> {
    let fd = welcome.as_raw_fd();
    check(unsafe { bind(fd, address, size_of::<Address>() as u32) })?; //: bind
    check(unsafe { listen(fd, 128) })?; //: listen
    let (mut connection, _client) = welcome.accept()?; //: accept
    let mut buffer = [0; 2048];
    let n = connection.read(&mut buffer)?; //: recv
    let reply = buffer[..n].to_ascii_uppercase();
    connection.write_all(&reply)?; //: send
    drop(connection); //: close
    Ok(())
}

fn main() -> Result<()> {
    let args: Vec<String> = args().collect();
    let [_, interface, port] = &args[..] else {
        panic!("usage: INTERFACE PORT");
    };
    let place = format!("{interface}:{port}");
    let place: SocketAddrV4 = place.parse().expect("address and port");
    let address = Address {
        family: AF_INET,
        port: place.port().to_be_bytes(),
        interface: place.ip().octets(),
        zero: [0; 8],
    };

    let family = i32::from(AF_INET);
    let fd = check(unsafe { socket(family, SOCK_STREAM, 0) })?; //: socket
    let welcome = unsafe { TcpListener::from_raw_fd(fd) };
    match serve(&welcome, &address) {
        Err(e) if e.kind() == ErrorKind::AddrInUse => {
            println!("address already in use"); //: in-use
        }
        done => done?,
    }
    drop(welcome); //: end
    Ok(())
}
