//! Verification on one thread and on as many as there are processors, with one
//! prepared key that all of them share: throughput should grow with the threads.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench threads
//! ```

use std::thread;
use std::time::{Duration, Instant};

use chacha20::rand_core::Rng as _;
use p384_engine::ecdsa::{self, SigningKey, VerifyItem};
use p384_engine::{Backend, PreparedKey, SecretScalar, Window};
use prereg_benches::machine;
use prereg_benches::workload::{MESSAGES, generator, numbers, turn};

const ROUNDS: usize = 21;
const TURN: Duration = Duration::from_millis(100);
const BATCH: u32 = 32;

fn main() {
    let backend = Backend::detect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    println!("processor: {}, {threads} of them", machine::processor());
    println!("medians of {ROUNDS} rounds in turns; w=6, one key\n");
    let world = World::new(backend);
    let batch = format!("verify, batch of {BATCH}");
    for (name, run) in [("verify", World::single as Run), (&batch, World::batch)] {
        let (mut alone, mut together) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            alone.push(world.throughput(1, run));
            together.push(world.throughput(threads, run));
        }
        let (alone, together) = (median(alone), median(together));
        let gain = together / alone;
        println!(
            "{name:<20} 1 thread {alone:>9.0}/s   {threads} threads {together:>9.0}/s   {gain:.2}×"
        );
        println!(r#"{{"op":"{name}","threads":{threads},"gain":{gain:.2}}}"#);
    }
}

/// Does the call of the number; how many signatures it verified.
type Run = fn(&World, usize) -> u32;

struct World {
    key: PreparedKey,
    digests: Vec<[u8; 48]>,
    signatures: Vec<[u8; 96]>,
}

impl World {
    fn new(backend: Backend) -> Self {
        let mut rng = generator();
        let mut bytes = [0; 48];
        let mut draw = || {
            rng.fill_bytes(&mut bytes);
            // Below n.
            bytes[0] &= 0x7f;
            bytes
        };
        let secret = SecretScalar::from_bytes(&draw()).expect("in range");
        let signing = SigningKey::new(secret, backend);
        let digests: Vec<_> = (0..MESSAGES).map(|_| draw()).collect();
        Self {
            key: PreparedKey::prepare(&signing.public_key(), Window::W6, backend),
            signatures: digests.iter().map(|digest| signing.sign(digest)).collect(),
            digests,
        }
    }

    fn item(&self, index: usize) -> VerifyItem<'_> {
        VerifyItem {
            key: &self.key,
            digest: turn(&self.digests, index),
            signature: turn(&self.signatures, index),
        }
    }

    fn single(&self, index: usize) -> u32 {
        let item = self.item(index);
        ecdsa::verify_vartime(item.key, item.digest, item.signature).expect("valid");
        1
    }

    fn batch(&self, call: usize) -> u32 {
        let items: Vec<_> = numbers(call, BATCH).map(|index| self.item(index)).collect();
        let verified = ecdsa::verify_batch_vartime(&items);
        assert!(verified.iter().all(Result::is_ok));
        BATCH
    }

    /// Signatures a second on so many threads together.
    fn throughput(&self, threads: usize, run: Run) -> f64 {
        thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|_| scope.spawn(|| self.throughput_here(run)))
                .collect();
            let finished = running.into_iter().map(thread::ScopedJoinHandle::join);
            finished.map(|rate| rate.expect("no panic")).sum()
        })
    }

    /// On this thread, in the time in which the system let it run.
    fn throughput_here(&self, run: Run) -> f64 {
        let waited = machine::waited();
        let (start, mut call, mut done) = (Instant::now(), 0, 0.0);
        while start.elapsed() < TURN {
            done += f64::from(run(self, call));
            call += 1;
        }
        let others = machine::waited().zip(waited);
        let others = others.map_or(Duration::ZERO, |(after, before)| {
            after.saturating_sub(before)
        });
        done / start.elapsed().saturating_sub(others).as_secs_f64()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
