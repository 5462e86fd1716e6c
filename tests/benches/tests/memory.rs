//! What the engine takes of memory, counted: `cargo test -p sockscope-benches -- --nocapture` prints the figures.

#![expect(unsafe_code, reason = "counting what is allocated takes an allocator of one's own")]

use sockscope_benches::hosts::{self, Form};
use sockscope_benches::sockscope;
use sockscope_core::payload::Payload;
use sockscope_core::program::{Call, Notice};
use sockscope_core::trace::{Event, Kind, jsonl, packed};
use sockscope_core::wire::Body;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Bytes held, and how often something was allocated, on this thread: each test has one of its own.
    static COUNTED: Cell<(i64, u64)> = const { Cell::new((0, 0)) };
}

struct Counting;

fn count(bytes: i64, allocations: u64) {
    // A thread that ends may free when its counter is gone.
    let _ = COUNTED.try_with(|counted| {
        let (held, times) = counted.get();
        counted.set((held + bytes, times + allocations));
    });
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64, 1);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as i64), 0);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that the value holds.
fn bytes_of<T>(make: impl FnOnce() -> T) -> (T, u64) {
    let before = COUNTED.get().0;
    let value = make();
    (value, (COUNTED.get().0 - before) as u64)
}

#[test]
fn an_idle_endpoint_is_small() {
    let held = |connections| bytes_of(|| hosts::idle(connections)).1;
    let endpoint = (held(3000) - held(1000)) / 2000 / 2;
    eprintln!("an idle endpoint: {endpoint} bytes");
    assert!(endpoint <= 1024, "{endpoint} bytes");
}

#[test]
fn a_segment_allocates_nothing() {
    let counted = |bytes| {
        let before = COUNTED.get().1;
        hosts::bulk(bytes, Form::Structured);
        COUNTED.get().1 - before
    };
    // By then the queue has all the room that it needs. A segment that straddles two sends of 64 KiB is copied: one of 45; and so
    // is the read that meets it.
    let (few, more) = (12 << 20, 28 << 20);
    let (allocations, segments) = (counted(more) - counted(few), (more - few) as u64 / 1460);
    eprintln!("{allocations} allocations for {segments} segments");
    assert!(allocations * 20 <= segments, "{allocations} allocations for {segments} segments");
}

fn without_bytes(kind: &mut Kind) {
    match kind {
        Kind::Sent { packet, .. } => {
            if let Body::Tcp(segment) = &mut packet.body {
                segment.payload = Payload::EMPTY;
            }
        }
        Kind::Call { call, .. } => {
            if let Call::Send { fd, flags, .. } = **call {
                *call = Call::Send { fd, data: Payload::EMPTY, flags }.into();
            }
        }
        Kind::Notice { notice: Notice::Received(data), .. } => *data = Payload::EMPTY,
        _ => {}
    }
}

#[test]
fn an_event_takes_64_bytes_and_8_in_a_file() {
    assert!(size_of::<Event>() <= 64);
    let mut world = sockscope::bulk_world(1 << 20);
    let (header, mut events) = (world.header(), world.take_events());
    drop(world);
    // The bytes of the programs are theirs: a text of which no line occurs twice takes what it takes.
    events.iter_mut().for_each(|event| without_bytes(&mut event.kind));
    events.shrink_to_fit();
    let mut lines = Vec::new();
    let mut writer = packed::Writer::new(Vec::new());
    jsonl::write_parts(&header, &events, &mut lines).unwrap();
    jsonl::write_parts(&header, &events, &mut writer).unwrap();
    let packed = writer.finish().unwrap();
    let count = events.len();
    // What they share is there once, and goes with the last of them.
    let held = COUNTED.get().0;
    drop(events);
    let held = (held - COUNTED.get().0) as usize;
    let each = |bytes: usize| bytes as f64 / count as f64;
    eprintln!(
        "{count} events: {} bytes each and {:.1} with what they point to; in a file {:.1} as lines, {:.2} packed",
        size_of::<Event>(),
        each(held),
        each(lines.len()),
        each(packed.len())
    );
    assert!(packed.len() <= 8 * count);
}
