//! Sockscope, smoltcp and turmoil on the same work in the same run: `cargo bench -p sockscope-benches`.
//!
//! Times are processor time of this process. Quote ratios between rows of one run: machines differ, and so do their days.

mod cpu;

use cpu::Cpu;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sockscope_benches::hosts::{self, Form};
use sockscope_benches::{MESSAGE, smoltcp, sockscope, turmoil};
use sockscope_view::history::History;
use sockscope_view::network::Network;
use sockscope_view::story;
use std::time::Duration;

/// A segment of a bulk transfer over Ethernet carries so much.
const MSS: usize = 1460;
const MIB: usize = 1 << 20;

fn bulk(c: &mut Criterion<Cpu>) {
    let mut group = c.benchmark_group("bulk transfer, segments");
    group.throughput(Throughput::Elements((MIB / MSS) as u64));
    group.bench_function("sockscope, trace off", |b| b.iter(|| sockscope::bulk(MIB, false)));
    group.bench_function("sockscope, trace on", |b| b.iter(|| sockscope::bulk(MIB, true)));
    group.bench_function("smoltcp", |b| b.iter(|| smoltcp::bulk(MIB)));
    group.bench_function("turmoil", |b| b.iter(|| turmoil::bulk(MIB)));
    group.finish();
}

fn link(c: &mut Criterion<Cpu>) {
    let mut group = c.benchmark_group("bulk transfer over a link of 10 ms, segments");
    group.throughput(Throughput::Elements((MIB / MSS) as u64));
    group.bench_function("sockscope, structured", |b| b.iter(|| hosts::bulk(MIB, Form::Structured)));
    group.bench_function("sockscope, bytes", |b| b.iter(|| hosts::bulk(MIB, Form::Bytes)));
    group.bench_function("smoltcp", |b| b.iter(|| smoltcp::bulk_over_link(MIB)));
    group.finish();
}

fn connections(c: &mut Criterion<Cpu>) {
    const N: usize = 200;
    let mut group = c.benchmark_group("connect + round trip + close, connections");
    group.throughput(Throughput::Elements(N as u64));
    group.bench_function("sockscope, programs", |b| b.iter(|| sockscope::connections(N)));
    group.bench_function("sockscope, hosts", |b| b.iter(|| hosts::connections(N)));
    group.bench_function("smoltcp", |b| b.iter(|| smoltcp::connections(N)));
    group.bench_function("turmoil", |b| b.iter(|| turmoil::connections(N)));
    group.finish();
}

fn datagrams(c: &mut Criterion<Cpu>) {
    const N: usize = 1000;
    let mut group = c.benchmark_group("UDP round trips");
    group.throughput(Throughput::Elements(N as u64));
    group.bench_function("sockscope, programs", |b| b.iter(|| sockscope::datagrams(N)));
    group.bench_function("sockscope, hosts", |b| b.iter(|| hosts::datagrams(N)));
    group.bench_function("smoltcp", |b| b.iter(|| smoltcp::datagrams(N)));
    group.bench_function("turmoil", |b| b.iter(|| turmoil::datagrams(N)));
    group.finish();
}

fn queue(c: &mut Criterion<Cpu>) {
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

fn idle(c: &mut Criterion<Cpu>) {
    let mut group = c.benchmark_group("an echo beside idle connections");
    let message = sockscope_core::payload::Payload::from(&MESSAGE[..]);
    for connections in [1, 100_000] {
        group.bench_with_input(
            BenchmarkId::new("sockscope", connections),
            &connections,
            |b, &connections| {
                let (mut pair, fds) = hosts::idle(connections);
                b.iter(|| pair.echo(fds, &message));
            },
        );
    }
    group.finish();
}

fn worlds(c: &mut Criterion<Cpu>) {
    let mut group = c.benchmark_group("an empty simulation of two hosts");
    let empty = sockscope::empty();
    group.bench_function("sockscope", |b| b.iter(|| sockscope::run_empty(&empty)));
    group.bench_function("turmoil", |b| b.iter(turmoil::empty));
    group.finish();
    let mut group = c.benchmark_group("UDP round trips of many hosts with one server");
    const ROUNDS: usize = 100;
    for hosts in [10, 1000] {
        let world = sockscope::crowd(hosts, ROUNDS);
        group.throughput(Throughput::Elements((hosts * ROUNDS) as u64));
        group.bench_with_input(BenchmarkId::new("sockscope", hosts), &world, |b, world| {
            b.iter_batched(|| world.clone(), |mut world| world.run(), BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn jump(c: &mut Criterion<Cpu>) {
    let mut group = c.benchmark_group("a jump in a million events");
    let history = History::of(sockscope::bulk_world(76 * MIB).trace());
    let network = Network::new(&history, 720.0);
    let events = history.events().len();
    assert!((1_000_000..2_000_000).contains(&events), "{events} events");
    let mut place = 0;
    group.bench_function("sockscope, the picture of the network and its sentence", |b| {
        b.iter(|| {
            place = (place + events * 5 / 13) % events;
            (network.scene(&history, history.after(place)), story::sentence(&history, place))
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Cpu).sample_size(20).measurement_time(Duration::from_secs(3));
    targets = bulk, link, connections, datagrams, queue, idle, worlds, jump
}
criterion_main!(benches);
