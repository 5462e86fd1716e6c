//! Which programs run together, and what they print.

/// A program of the library with its arguments in order; `HOST` and `PORT` stand for the place of the case.
pub(crate) struct Run {
    pub(crate) program: &'static str,
    pub(crate) args: &'static [&'static str],
    /// What it prints, line by line.
    pub(crate) prints: &'static [&'static str],
}

/// A server, and its clients one after another.
pub(crate) struct Case {
    /// Absent where the lesson is that there is no server.
    pub(crate) server: Option<Run>,
    /// A server that ends by itself must print what it should; others are stopped.
    pub(crate) server_ends: bool,
    pub(crate) clients: &'static [Run],
}

const fn run(program: &'static str, args: &'static [&'static str], prints: &'static [&'static str]) -> Run {
    Run { program, args, prints }
}

const fn served(server: Run, clients: &'static [Run]) -> Case {
    Case { server: Some(server), server_ends: false, clients }
}

const fn to_the_end(server: Run, clients: &'static [Run]) -> Case {
    Case { server: Some(server), server_ends: true, clients }
}

const fn alone(clients: &'static [Run]) -> Case {
    Case { server: None, server_ends: false, clients }
}

const HOST: &str = "HOST";
const INTACT: &[&str] = &["1048576 bytes, every one as sent"];

pub(crate) const CASES: &[Case] = &[
    served(
        run("udp-upper-server", &[HOST, "PORT"], &[]),
        &[
            run("udp-upper-client", &[HOST, "PORT", "hello"], &["HELLO"]),
            run("udp-upper-client", &[HOST, "PORT", "a second one"], &["A SECOND ONE"]),
        ],
    ),
    served(
        run("tcp-upper-server", &[HOST, "PORT"], &[]),
        &[
            run("tcp-upper-client", &[HOST, "PORT", "hello"], &["HELLO"]),
            run("tcp-upper-client", &[HOST, "PORT", "a second one"], &["A SECOND ONE"]),
        ],
    ),
    served(
        run("tcp-upper-server-threads", &[HOST, "PORT"], &[]),
        &[
            run("tcp-slow-client", &[HOST, "PORT", "slowly", "20"], &["SLOWLY"]),
            run("tcp-retry-client", &[HOST, "PORT", "hello", "20"], &["HELLO"]),
        ],
    ),
    served(
        run("udp-upper-server", &[HOST, "PORT"], &[]),
        &[
            run("udp-connected-client", &[HOST, "PORT", "hello"], &["HELLO"]),
            run("udp-retry-client", &[HOST, "PORT", "hello", "5000", "3"], &["HELLO"]),
        ],
    ),
    alone(&[
        run("udp-connected-client", &[HOST, "PORT", "hello"], &["nobody has that port"]),
        run("udp-retry-client", &[HOST, "PORT", "hello", "20", "2"], &["no reply", "no reply", "gave up"]),
    ]),
    served(
        run("half-close-server", &[HOST, "PORT"], &[]),
        &[run("half-close-client", &[HOST, "PORT", "to the end"], &["TO THE END"])],
    ),
    // The reset is an error that the server does not handle: it ends.
    to_the_end(
        run("half-close-server", &[HOST, "PORT"], &[]),
        &[run("tcp-abort-client", &[HOST, "PORT", "20"], &[])],
    ),
    to_the_end(
        run("slow-reader", &[HOST, "PORT", "65536", "1"], &["end of the stream"]),
        &[run("fast-writer", &[HOST, "PORT", "262144"], &["262144 bytes are in the hands of TCP"])],
    ),
    to_the_end(
        run("slow-reader", &[HOST, "PORT", "4096", "50"], &["end of the stream"]),
        &[run("tcp-two-sends-client", &[HOST, "PORT", "hello ", "world"], &[])],
    ),
    to_the_end(
        run("tcp-upper-server-once", &[HOST, "PORT"], &[]),
        &[
            run("tcp-upper-server-once", &[HOST, "PORT"], &["address already in use"]),
            run("tcp-upper-client", &[HOST, "PORT", "hello"], &["HELLO"]),
        ],
    ),
    to_the_end(
        run("file-receiver", &[HOST, "PORT", "1048576"], INTACT),
        &[run("file-sender", &[HOST, "PORT", "1048576"], &[])],
    ),
    to_the_end(
        run("file-exchange-server", &[HOST, "PORT", "1048576"], INTACT),
        &[run("file-exchange-client", &[HOST, "PORT", "1048576"], INTACT)],
    ),
    served(
        run("dns-server", &[HOST, "PORT", "www.example.com", "192.0.2.80"], &[]),
        &[
            run("dns-client", &[HOST, "PORT", "WWW.example.com"], &["192.0.2.80"]),
            run("dns-client", &[HOST, "PORT", "mail.example.com"], &["no such name"]),
        ],
    ),
];
