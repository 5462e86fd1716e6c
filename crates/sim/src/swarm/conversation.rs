//! What two programs say to each other: conversations that end, whatever happens, and in which nobody waits for the other.

use serde_json::{Value as Json, json};
use sockscope_core::rng::Rng;

/// What programs that find bytes damaged or missing end with.
pub(super) const DAMAGED: u8 = 9;

/// The bytes of one direction: so many pieces of so many bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    pieces: u32,
    size: u32,
    /// Milliseconds before each piece is sent, and before each is received.
    pauses: [u32; 2],
    /// The socket is corked while they are sent.
    corked: bool,
}

/// How a conversation goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Conversation {
    /// Both send and receive at the same time.
    Duplex(Stream, Stream),
    /// The client asks and the server answers, so many times.
    Turns(u32, Stream, Stream),
    /// The client sends, closes its sending side, and reads the answer.
    HalfClose(Stream, Stream),
    /// Only the client sends.
    Upload(Stream),
    /// Only the server sends.
    Download(Stream),
    /// The client sends and aborts.
    Abort(Stream),
    /// The client sends, and the server leaves after the first piece.
    Leave(Stream),
}

impl Stream {
    /// A short one for `tiny` buffers: it shall not take for ever.
    fn draw(rng: &mut Rng, tiny: bool) -> Stream {
        let (pieces, size) = match rng.below(8) {
            0 => (1, 1),
            1 => (1 + rng.below(40), 1 + rng.below(20)),
            _ if tiny => (1, 1 + rng.below(100)),
            2 => (1, 1 + rng.below(60_000)),
            _ => (1 + rng.below(6), 1 + rng.below(3_000)),
        };
        let mut pause = || if rng.below(4) == 0 { rng.below(400) } else { 0 };
        let pauses = [pause(), pause()];
        Stream { pieces, size, pauses, corked: rng.below(8) == 0 }
    }
    fn write(self) -> Vec<Json> {
        let Stream { pieces, size, pauses, corked } = self;
        let send = json!({ "send": { "socket": "s", "data": { "pattern": size } } });
        let send = json!({ "repeat": { "times": pieces, "do": with_pause(pauses[0], vec![send]) } });
        let cork = |on: bool| json!({ "set_option": { "socket": "s", "option": { "cork": on } } });
        if corked { vec![cork(true), send, cork(false)] } else { vec![send] }
    }
    fn read(self) -> Json {
        let Stream { pieces, size, pauses, .. } = self;
        let steps = vec![
            json!({ "recv_exact": { "socket": "s", "bytes": size, "into": "piece" } }),
            expect("{piece}", json!({ "pattern": size })),
        ];
        json!({ "repeat": { "times": pieces, "do": with_pause(pauses[1], steps) } })
    }
}

/// The client connects to `server`. Where it says hello, in so many octets, its SYN may carry them (RFC 7413), and it waits for
/// the answer: only then it is known to be connected.
pub(super) fn connect(server: &str, hello: Option<u32>) -> Vec<Json> {
    let Some(octets) = hello else {
        return vec![json!({ "connect": { "socket": "s", "to": server } })];
    };
    let data = json!({ "pattern": octets });
    vec![
        json!({ "send_to": { "socket": "s", "data": data, "to": server, "flags": ["fast_open"] } }),
        json!({ "recv_exact": { "socket": "s", "bytes": 1, "into": "answer" } }),
        expect("{answer}", json!("!")),
    ]
}
/// The server hears the hello, and answers.
pub(super) fn greet(hello: Option<u32>) -> Vec<Json> {
    let Some(octets) = hello else { return Vec::new() };
    vec![
        json!({ "recv_exact": { "socket": "s", "bytes": octets, "into": "hello" } }),
        expect("{hello}", json!({ "pattern": octets })),
        json!({ "send": { "socket": "s", "data": "!" } }),
    ]
}
fn with_pause(pause: u32, mut steps: Vec<Json>) -> Vec<Json> {
    if pause > 0 {
        steps.insert(0, json!({ "sleep": format!("{pause}ms") }));
    }
    steps
}
fn expect(got: &str, expected: Json) -> Json {
    json!({ "if": { "equal": [got, expected], "else": [{ "exit": DAMAGED }] } })
}
/// The peer has closed, and sent nothing more.
fn read_end() -> [Json; 2] {
    [json!({ "recv_to_end": { "socket": "s", "into": "rest" } }), expect("{rest}", json!(""))]
}
fn shut() -> Json {
    json!({ "shutdown": { "socket": "s", "how": "write" } })
}
fn close() -> Json {
    json!({ "close": "s" })
}

/// Sends in a thread of its own, and receives meanwhile. The last thread of a process closes the socket.
fn both_ways(out: Stream, back: Stream) -> Vec<Json> {
    let send = [out.write(), vec![shut()]].concat();
    let send = json!({ "spawn": { "name": "send", "do": send } });
    let [end, check] = read_end();
    vec![send, back.read(), end, check]
}
fn send_all(stream: Stream) -> Vec<Json> {
    [stream.write(), vec![close()]].concat()
}
fn receive_all(stream: Stream) -> Vec<Json> {
    let [end, check] = read_end();
    vec![stream.read(), end, check, close()]
}

impl Conversation {
    /// One of them; now and then one in which an end is rude.
    pub(super) fn draw(rng: &mut Rng, tiny: bool) -> Conversation {
        let (there, back) = (Stream::draw(rng, tiny), Stream::draw(rng, tiny));
        match rng.below(16) {
            0..6 => Conversation::Duplex(there, back),
            6..9 => Conversation::Turns(1 + rng.below(5), there, back),
            9..11 => Conversation::HalfClose(there, back),
            11..13 => Conversation::Upload(there),
            13 => Conversation::Download(back),
            14 => Conversation::Abort(there),
            _ => Conversation::Leave(there),
        }
    }
    /// One that both ends of a simultaneous open can begin.
    pub(super) fn between_equals(rng: &mut Rng, tiny: bool) -> Conversation {
        Conversation::Duplex(Stream::draw(rng, tiny), Stream::draw(rng, tiny))
    }
    /// What the client does with its connection `s`.
    pub(super) fn client(self) -> Vec<Json> {
        match self {
            Conversation::Duplex(there, back) => both_ways(there, back),
            Conversation::Turns(times, there, back) => {
                let turn = [there.write(), vec![back.read()]].concat();
                vec![json!({ "repeat": { "times": times, "do": turn } }), close()]
            }
            Conversation::HalfClose(there, back) => {
                let [end, check] = read_end();
                [there.write(), vec![shut(), back.read(), end, check, close()]].concat()
            }
            Conversation::Upload(there) => send_all(there),
            Conversation::Download(back) => receive_all(back),
            Conversation::Abort(there) => [there.write(), vec![json!({ "abort": "s" })]].concat(),
            Conversation::Leave(there) => {
                [there.write(), vec![shut(), read_end()[0].clone(), close()]].concat()
            }
        }
    }
    /// What the server does with the connection `s` that it accepted.
    pub(super) fn server(self) -> Vec<Json> {
        match self {
            Conversation::Duplex(there, back) => both_ways(back, there),
            Conversation::Turns(times, there, back) => {
                let turn = [vec![there.read()], back.write()].concat();
                let [end, check] = read_end();
                vec![json!({ "repeat": { "times": times, "do": turn } }), end, check, close()]
            }
            Conversation::HalfClose(there, back) => {
                let [end, check] = read_end();
                [vec![there.read(), end, check], back.write(), vec![close()]].concat()
            }
            Conversation::Upload(there) | Conversation::Abort(there) => receive_all(there),
            Conversation::Download(back) => send_all(back),
            Conversation::Leave(there) => {
                let piece = json!({ "recv": { "socket": "s", "max": there.size, "into": "piece" } });
                vec![piece, close()]
            }
        }
    }
}
