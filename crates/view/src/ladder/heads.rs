//! The names of hosts and sockets, over their lanes.

use super::TOP;
use super::lanes::{Group, Lanes};
use super::paint::{Part, key};
use crate::history::History;
use crate::metrics;
use crate::scene::{Anchor, Mark, Scene, Shape};
use crate::words;
use sockscope_core::program::SocketKind;

/// The classes of a port's name, and their sizes: the first that has room everywhere.
const PORTS: [(&str, f64); 3] = [("port", 11.0), ("port small", 9.5), ("port tiny", 8.5)];

/// All names.
pub(super) fn paint(history: &History, lanes: &Lanes, width: f64) -> Scene {
    let mut scene = Scene::new(width, TOP - 18.0, history.title());
    (0..lanes.groups.len()).for_each(|i| host(&mut scene, history, lanes, i));
    sockets(&mut scene, history, lanes);
    scene
}

/// The head of a host: its name and addresses in a box over its lanes, no wider than its neighbours leave room.
fn host(scene: &mut Scene, history: &History, lanes: &Lanes, i: usize) {
    let group = &lanes.groups[i];
    let info = &history.header().nodes[usize::from(group.node.0)];
    let which = u64::from(group.node.0);
    let (first, last) = edges(lanes, group);
    let middle = (first + last) / 2.0;
    let before = i.checked_sub(1).map_or(-first + 8.0, |i| edges(lanes, &lanes.groups[i]).1);
    let after = lanes.groups.get(i + 1).map_or(2.0 * scene.width - last - 8.0, |next| edges(lanes, next).0);
    let between = (first - before).min(after - last);
    let free = (between / 2.0 - 2.0).max(between * 0.4);
    let addresses: Vec<String> = info.addresses.iter().map(ToString::to_string).collect();
    let address = addresses.join(", ");
    let wanted = metrics::sans(&info.name, 14.0).max(metrics::sans(&address, 11.0)) + 24.0;
    let wide = (last - first + 48.0).max(wanted).min(last - first + 2.0 * free);
    let small = wide < wanted;
    let sizes = if small { (11.0, 9.0) } else { (13.0, 11.0) };
    let title = format!("{}: {address}", info.name);
    let frame = Shape::rect(middle - wide / 2.0, 12.0, wide, 42.0, f64::min(8.0, wide / 2.0));
    scene.push(Mark::new(key(Part::Host, which, 0), "host", frame).titled(title));
    // Of many hosts only the boxes have room.
    if wide < 24.0 {
        return;
    }
    let fit = |text: &str, size: f64| metrics::fit(text, wide - 4.0, |text| metrics::sans(text, size));
    let class = |class: &str| if small { format!("{class} small") } else { class.to_owned() };
    let name = Shape::text(middle, 30.0, Anchor::Middle, fit(&info.name, sizes.0));
    scene.push(Mark::new(key(Part::Host, which, 1), class("host-name"), name));
    let address = Shape::text(middle, 45.0, Anchor::Middle, fit(&address, sizes.1));
    scene.push(Mark::new(key(Part::Host, which, 2), class("address"), address));
}

/// Where the lanes of a host begin and end.
fn edges(lanes: &Lanes, group: &Group) -> (f64, f64) {
    (lanes.all[group.lanes.start].x, lanes.all[group.lanes.end - 1].x)
}

/// Port and kind of every lane's socket; where the lanes of a host are too many for that, how many they are.
fn sockets(scene: &mut Scene, history: &History, lanes: &Lanes) {
    let mut names = names(history, lanes, lanes.narrow);
    let room = |names: &[[String; 2]], i: usize, size: f64| {
        let half = |i: usize| {
            let [port, what] = &names[i];
            (metrics::mono(port, size) / 2.0, metrics::sans(what, 10.0) / 2.0)
        };
        let (gap, (one, other)) = (lanes.all[i + 1].x - lanes.all[i].x - 2.0, (half(i), half(i + 1)));
        one.0 + other.0 <= gap && one.1 + other.1 <= gap
    };
    let has_room = |names: &[[String; 2]], lanes: std::ops::Range<usize>, size: f64| {
        lanes.clone().skip(1).all(|i| room(names, i - 1, size))
    };
    let all = 0..lanes.all.len();
    if !has_room(&names, all.clone(), 8.5) {
        names = self::names(history, lanes, true);
    }
    let widest = if lanes.narrow { 1 } else { 0 };
    let fitting = PORTS[widest..].iter().find(|(_, size)| has_room(&names, all.clone(), *size));
    let class = fitting.unwrap_or(&PORTS[2]).0;
    for group in &lanes.groups {
        let mut write = |lane: usize, x: f64, [port, what]: [String; 2]| {
            for (piece, class, y, text) in [(1, class, 70.0, port), (2, "what", 83.0, what)] {
                let text = Shape::text(x, y, Anchor::Middle, text);
                scene.push(Mark::new(key(Part::Lane, lane as u64, piece), class, text));
            }
        };
        if has_room(&names, group.lanes.clone(), 8.5) {
            group.lanes.clone().for_each(|i| write(i, lanes.all[i].x, names[i].clone()));
            continue;
        }
        let sockets = lanes.all[group.lanes.clone()].iter().filter(|lane| lane.sock.is_some()).count();
        let mut ports =
            names[group.lanes.clone()].iter().map(|[port, _]| port).filter(|port| !port.is_empty());
        let first = ports.next().cloned().unwrap_or_default();
        let port = if ports.all(|port| *port == first) { first } else { String::new() };
        let (from, to) = edges(lanes, group);
        write(group.lanes.start, (from + to) / 2.0, [port, history.texts().tell("{n} sockets", &[&sockets])]);
    }
}

/// Port and kind of each lane. Where lanes stand too close for it, a port that several sockets share is written once.
fn names(history: &History, lanes: &Lanes, short: bool) -> Vec<[String; 2]> {
    let mut names: Vec<[String; 2]> =
        (0..lanes.all.len()).map(|i| lane_name(history, lanes, i, short)).collect();
    for group in &lanes.groups {
        for i in group.lanes.clone().skip(1).rev() {
            let name = &names[i][0];
            let crowded = lanes.all[i].x - lanes.all[i - 1].x < metrics::mono(name, 8.5) + 2.0;
            if crowded && *name == names[i - 1][0] {
                names[i][0].clear();
            }
        }
    }
    names
}

fn lane_name(history: &History, lanes: &Lanes, i: usize, short: bool) -> [String; 2] {
    let (texts, lane) = (history.texts(), &lanes.all[i]);
    let Some(life) = lane.sock.and_then(|sock| history.socket(lane.node, sock)) else {
        return ["–".into(), if short { "" } else { texts.of("no socket") }.into()];
    };
    let unknown = texts.of(if history.is_blind() { "port ?" } else { "unbound" });
    let port = life.local.last().map_or(unknown.into(), |local| words::port(local.addr));
    let what = match life.kind {
        SocketKind::Datagram => "UDP",
        SocketKind::Stream if life.listens() && short => "listen",
        SocketKind::Stream if life.listens() => texts.of("welcoming"),
        SocketKind::Stream => "TCP",
    };
    [port, what.into()]
}
