//! The letter and the colour of a socket: the same in every picture.

use crate::history::History;
use crate::scene::{Anchor, Mark, Shape};
use crate::words;
use sockscope_core::program::SocketKind;

/// The letter of the socket that came to be as number `which` of a run: A to Z, then AA, AB …
pub(crate) fn letter(which: usize) -> String {
    let last = char::from(b'A' + (which % 26) as u8);
    if which < 26 { last.into() } else { letter(which / 26 - 1) + &String::from(last) }
}

/// The style class that gives a socket its colour: there are eight.
pub(crate) fn tint(which: usize) -> String {
    format!("tint{}", which % 8)
}

/// A socket as a disc with its letter.
pub(crate) fn disc(key: [u64; 2], which: usize, (x, y): (f64, f64), radius: f64, more: &str) -> [Mark; 2] {
    let class = format!("badge {}{more}", tint(which));
    let size = if radius < 7.0 || letter(which).len() > 1 { " small" } else { "" };
    [
        Mark::new(key[0], class, Shape::circle(x, y, radius)),
        Mark::new(
            key[1],
            format!("badge-letter{size}{more}"),
            Shape::text(x, y + radius * 0.45, Anchor::Middle, letter(which)),
        ),
    ]
}

/// A socket in words, as far as it has addresses when the first `events` events have happened: `client :49152 ↔ :80`.
pub(crate) fn name(history: &History, which: usize, events: usize) -> String {
    let life = &history.sockets()[which];
    let host = history.name(life.node);
    let local = life.local.before(events).map(|local| words::port(local.addr));
    let remote = life.remote.before(events).map(|remote| words::port(*remote));
    let texts = history.texts();
    match (local, remote) {
        (None, _) => texts.tell("{host} · no port yet", &[&host]),
        (Some(local), Some(remote)) => format!("{host} {local} ↔ {remote}"),
        (Some(local), None) if life.kind == SocketKind::Stream && life.backlog.before(events).is_some() => {
            texts.tell("{host} {port} welcomes", &[&host, &local])
        }
        (Some(local), None) => format!("{host} {local}"),
    }
}
