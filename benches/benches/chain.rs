//! A pre-registration from enroll to activate, by criterion: both ends, their
//! in-memory stores, and everything between, but neither HTTP nor a database.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench chain
//! ```

use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use prereg_benches::ends::Ends;
use prereg_benches::workload::generator;

criterion_main!(benches);
criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5));
    targets = steps, whole
}

/// Each step on its own, for a key with one credential.
fn steps(criterion: &mut Criterion) {
    let ends = Ends::found(1);
    let mut group = criterion.benchmark_group("step");
    group.bench_function("enroll", |bencher| {
        let mut rng = generator();
        let hire = || ends.hire(&mut generator());
        bencher.iter_batched(
            hire,
            |user| ends.enroll(&user, &mut rng),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("fulfill", |bencher| {
        let mut rng = generator();
        let enroll = || {
            let user = ends.hire(&mut generator());
            ends.enroll(&user, &mut generator())
        };
        let fulfill = |requests| ends.fulfill(&requests, &mut rng);
        bencher.iter_batched(enroll, fulfill, BatchSize::PerIteration);
    });
    group.bench_function("activate", |bencher| {
        let mut rng = generator();
        let fulfill = || {
            let user = ends.hire(&mut generator());
            let requests = ends.enroll(&user, &mut generator());
            let product = ends.fulfill(&requests, &mut generator());
            ends.activation(user, requests, product)
        };
        let activate = |command| ends.activate(&command, &mut rng);
        bencher.iter_batched(fulfill, activate, BatchSize::PerIteration);
    });
}

/// The whole chain; the throughput counts keys.
fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("enroll, fulfill, activate");
    group.throughput(Throughput::Elements(1));
    for credentials in [1, 2, 4] {
        let ends = Ends::found(credentials);
        let id = BenchmarkId::new("credentials", credentials);
        group.bench_function(id, |bencher| {
            let mut rng = generator();
            bencher.iter(|| {
                let user = ends.hire(&mut rng);
                let requests = ends.enroll(&user, &mut rng);
                let product = ends.fulfill(&requests, &mut rng);
                let command = ends.activation(user, requests, product);
                ends.activate(&command, &mut rng)
            });
        });
    }
}
