//! 100 MB each way over a link that loses, reorders and doubles: every byte arrives, in its place.

use crate::lab::Lab;

/// Blocks of a MiB: numbered lines, so that a segment that is missing, doubled or out of place is found.
const OURS: &str = r#"{ "program": "exchange", "steps": [
    { "socket": { "kind": "stream", "into": "welcome" } },
    { "bind": { "socket": "welcome", "to": "0.0.0.0:5001" } },
    { "listen": { "socket": "welcome", "backlog": 1 } },
    { "accept": { "socket": "welcome", "into": "c" } },
    { "repeat": { "times": 100, "do": [
        { "recv_exact": { "socket": "c", "bytes": 1048576, "into": "block" } },
        { "if": { "equal": ["{block}", { "pattern": 1048576 }], "else": [{ "print": "damaged" }, { "exit": 1 }] } }
    ] } },
    { "print": "100 MiB, every byte as sent" },
    { "repeat": { "times": 100, "do": [{ "send": { "socket": "c", "data": { "pattern": 1048576 } } }] } },
    { "close": "c" }
] }"#;

const KERNELS: &str = "
import hashlib, time
from socket import *
block = b''.join(b'%015d\\n' % n for n in range(65536))
while True:
    try:
        s = create_connection(('10.7.0.2', 5001))
        break
    except OSError:
        time.sleep(0.05)
for _ in range(100):
    s.sendall(block)
received, expected = hashlib.sha256(), hashlib.sha256()
while part := s.recv(1 << 20):
    received.update(part)
for _ in range(100):
    expected.update(block)
print(received.hexdigest() == expected.hexdigest())";

#[test]
fn a_hundred_megabytes_each_way_arrive_intact() {
    let Some(lab) = Lab::new("bulk", &["python3"]) else { return };
    let program = lab.file("exchange.json", OURS);
    let link = "--delay 300us --loss 2% --reorder 1% --reorder-by 1ms --duplicate 0.5%";
    let ours = lab.tun(&format!("{program} {link}"));
    assert_eq!(lab.output("python3", &["-c", KERNELS]), "True\n");
    assert_eq!(ours.end(), "100 MiB, every byte as sent\n");
}
