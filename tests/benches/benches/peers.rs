//! Sockscope, smoltcp and turmoil on the same work in the same run: `cargo bench -p sockscope-benches`.
//!
//! Quote ratios between rows of one run, not single times: machines differ, and so do their days.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sockscope_benches::{smoltcp, sockscope, turmoil};
use std::time::Duration;

/// A segment of a bulk transfer over Ethernet carries so much.
const MSS: usize = 1460;
const MIB: usize = 1 << 20;

fn bulk(c: &mut Criterion) {
    let mut group = c.benchmark_group("bulk transfer, segments");
    group.throughput(Throughput::Elements((MIB / MSS) as u64));
    group.bench_function("sockscope, trace off", |b| b.iter(|| sockscope::bulk(MIB, false)));
    group.bench_function("sockscope, trace on", |b| b.iter(|| sockscope::bulk(MIB, true)));
    group.bench_function("smoltcp", |b| b.iter(|| smoltcp::bulk(MIB)));
    group.bench_function("turmoil", |b| b.iter(|| turmoil::bulk(MIB)));
    group.finish();
}

fn connections(c: &mut Criterion) {
    const N: usize = 200;
    let mut group = c.benchmark_group("connect + round trip + close, connections");
    group.throughput(Throughput::Elements(N as u64));
    group.bench_function("sockscope", |b| b.iter(|| sockscope::connections(N)));
    group.bench_function("smoltcp", |b| b.iter(|| smoltcp::connections(N)));
    group.bench_function("turmoil", |b| b.iter(|| turmoil::connections(N)));
    group.finish();
}

fn datagrams(c: &mut Criterion) {
    const N: usize = 1000;
    let mut group = c.benchmark_group("UDP round trips");
    group.throughput(Throughput::Elements(N as u64));
    group.bench_function("sockscope", |b| b.iter(|| sockscope::datagrams(N)));
    group.bench_function("smoltcp", |b| b.iter(|| smoltcp::datagrams(N)));
    group.bench_function("turmoil", |b| b.iter(|| turmoil::datagrams(N)));
    group.finish();
}

fn queue(c: &mut Criterion) {
    let mut group = c.benchmark_group("event queue, events");
    for pending in [10_000, 1_000_000] {
        group.throughput(Throughput::Elements(1));
        group.bench_with_input(BenchmarkId::new("sockscope", pending), &pending, |b, &pending| {
            let mut queue = sockscope::filled_queue(pending);
            b.iter(|| sockscope::pop_and_push(&mut queue));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = bulk, connections, datagrams, queue
}
criterion_main!(benches);
