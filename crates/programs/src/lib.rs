//! The programs that run on sockets, as data.
//!
//! A program is a short list of steps in JSON. Loading checks and flattens it ([`Program::library`],
//! [`ProgramSpec::load`]); the [`Program`] that comes out is a state machine over the waist: it hands out one
//! [`Call`](sockscope_core::program::Call) and is handed one [`Notice`](sockscope_core::program::Notice), and it is
//! plain data at every instant. The library holds the programs of the lessons with the same steps as Python and
//! Rust source text, so that a view can mark the line that runs or waits.
//!
//! # The steps
//!
//! A step is an object with one key. Sockets, `into` and `from` are names of variables; `into` and `from` give one its
//! value, and a program is refused where a variable might have none.
//!
//! | step | what it does |
//! |---|---|
//! | `{"socket": {"kind": "stream", "into": "s"}}` | makes a socket: `stream` or `datagram`; `"family": "inet6"` for IPv6 |
//! | `{"bind": {"socket": "s", "to": "0.0.0.0:12000"}}` | binds it; port 0 is any free one |
//! | `{"set_option": {"socket": "s", "option": {"receive_timeout": "1s"}}}` | also `send_timeout`, `reuse_addr`, `reuse_port`, `receive_buffer`, `send_buffer`, `linger`, `non_blocking`, `no_delay`, `cork`, `max_segment`, `congestion`, `keep_alive`, `keep_idle`, `keep_interval`, `keep_count`, `user_timeout`, `ttl`, `tos`, `out_of_band_inline`, `only_v6`, `fast_open`, and of Linux `fast_open_connect`, `syn_count`, `defer_accept`, `unsent_low_water`, `linger_time`, `quick_ack` |
//! | `{"get_option": {"socket": "s", "name": "error", "into": "why"}}` | the value as a text |
//! | `{"listen": {"socket": "s", "backlog": 128}}` | makes it a welcoming socket |
//! | `{"accept": {"socket": "s", "into": "c", "from": "peer"}}` | waits for a client; `from` may be left out |
//! | `{"connect": {"socket": "s", "to": "server:12000"}}` | connects; a name is resolved first |
//! | `{"send": {"socket": "s", "data": "hello"}}` | sends all of the data |
//! | `{"send_to": {"socket": "s", "data": "hello", "to": "{peer}"}}` | sends a datagram |
//! | `{"recv": {"socket": "s", "max": 2048, "into": "x"}}` | receives what is there; nothing at the end of the stream |
//! | `{"recv_from": {"socket": "s", "max": 2048, "into": "x", "from": "peer"}}` | receives a datagram |
//! | `{"recv_exact": {"socket": "s", "bytes": 100, "into": "x"}}` | receives until so many bytes are there, EIO if the stream ends before |
//! | `{"recv_to_end": {"socket": "s", "into": "x"}}` | receives until the end of the stream |
//! | `{"local_name": {"socket": "s", "into": "me"}}` | `getsockname` |
//! | `{"peer_name": {"socket": "s", "into": "peer"}}` | `getpeername` |
//! | `{"poll": {"read": ["a", "b"], "write": ["c"], "timeout": "1s", "into": "x"}}` | waits until one is ready: its name, or nothing when the time is over; also `urgent` |
//! | `{"shutdown": {"socket": "s", "how": "write"}}` | ends a direction: `read`, `write` or `both` |
//! | `{"close": "s"}`, `{"abort": "s"}` | closes it; `abort` sends a reset |
//! | `{"sleep": "20ms"}`, `{"print": "got {x}"}`, `{"exit": 1}` | |
//! | `{"forever": […]}`, `{"repeat": {"times": 3, "do": […]}}`, `{"break": {}}` | loops, and the way out of the innermost |
//! | `{"if": {"equal": ["{x}", ""], "then": […], "else": […]}}` | `then` and `else` may be left out |
//! | `{"try": {"do": […], "catch": {"EAGAIN": […]}}}` | an error that nothing catches is printed, and the program exits with 1 |
//! | `{"spawn": {"name": "serve", "do": […]}}` | a thread with the variables as they are now and the same descriptors |
//!
//! Data is a text with variables in it (`{{` and `}}` are the braces themselves), or one of
//! `{"upper": data}` (in capitals), `{"pattern": 1048576}` (so many bytes of numbered lines),
//! `{"dns_question": {"id": 7, "name": "a.example"}}`,
//! `{"dns_answer": {"question": data, "name": "a.example", "address": "192.0.2.1"}}`, `{"dns_address": data}` (what an
//! answer says, as text).
//!
//! In the library each step that makes a call also has a `"mark"`, which stands on its line in both source texts.
//!
//! Modules in the order in which they build on each other: `error`; `template` (texts with variables in them);
//! [`dns`]; `expression` (computed data); `act` and `step` (the forms of a step); `compile`; `program`; `spec`; `source`;
//! [`library`].

#![deny(clippy::float_arithmetic)]

mod act;
mod compile;
pub mod dns;
mod error;
mod expression;
pub mod library;
mod program;
mod source;
mod spec;
mod step;
mod template;

pub use error::ProgramError;
pub use program::Program;
pub use spec::ProgramSpec;
