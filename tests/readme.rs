//! The README shows what the engine paints today. (Its examples are tests of their own, see `lib.rs`.)

use sockscope_sim::{Scenario, World, presets};
use sockscope_view::history::History;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::svg;

#[test]
fn its_picture_is_painted_by_the_engine() {
    let scenario: Scenario =
        presets::text("tcp-syn-lost").expect("it comes along").parse().expect("it is fine");
    let mut world = World::new(&scenario).expect("it is fine");
    world.run();
    let ladder = Ladder::new(&History::of(world.trace()), Options::wide(760.0));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/handshake.svg");
    let shown = std::fs::read_to_string(path).expect("the README has a picture");
    assert!(
        svg::paint(ladder.scene()) == shown,
        "the picture is out of date; paint it anew and look at it:\n\
         sockscope sim tcp-syn-lost --format svg --width 760 -o docs/handshake.svg"
    );
}
