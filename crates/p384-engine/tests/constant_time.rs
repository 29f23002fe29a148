//! Measures whether times depend on secrets, after dudect (Reparaz, Balasch and
//! Verbauwhede, 2017): one secret always, or another every time, in random
//! order; Welch's t-test on the times of the two classes.
//!
//! By default a quick form, which large leaks do not survive. `admin/ct` takes more
//! samples, and `admin/ct full` measures for minutes: `CT_SAMPLES=20000`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what is called from a test fails it so, and says what it measured"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of samples, and shares of them"
)]

use std::env;
use std::hint::black_box;
use std::time::Instant;

use p384_engine::ecdsa::{SigningKey, sign_batch};
use p384_engine::{Backend, PreparedKey, PublicKey, SecretScalar, Window, ecdh};

/// Beyond, the times of two classes differ for a reason; dudect's own bound is
/// 4.5 for one test, and there are some hundred here, on machines with company.
const DIFFERS: f64 = 7.0;
/// A difference that is there is seen every time, one of the machine's is not.
const ATTEMPTS: usize = 4;

fn samples() -> usize {
    let wanted = env::var("CT_SAMPLES").ok();
    wanted.and_then(|count| count.parse().ok()).unwrap_or(300)
}

/// xorshift64*: classes and secrets need no more.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn scalar(&mut self) -> [u8; 48] {
        let mut bytes = [0; 48];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes());
        }
        // Below n, which begins with 192 ones.
        bytes[0] &= 0x7f;
        bytes
    }
}

/// The scalars whose digits, inverses or sums are most unlike those of others.
fn fixed() -> [[u8; 48]; 4] {
    let mut one = [0; 48];
    one[47] = 1;
    let mut sparse = [0; 48];
    sparse[0] = 0x80;
    let mut dense = [0xff; 48];
    dense[24] = 0;
    let n_less_two = {
        let mut n = [0xff; 48];
        n[24..].copy_from_slice(&[
            0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0,
            0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x71,
        ]);
        n
    };
    [one, sparse, dense, n_less_two]
}

/// Nanoseconds of an operation with the fixed secret, and with random ones.
fn measure(
    fixed: &[u8; 48],
    seed: u64,
    count: usize,
    operation: &mut dyn FnMut(&SecretScalar),
) -> [Vec<f64>; 2] {
    let mut random = Random(seed);
    let inputs: Vec<(usize, SecretScalar)> = (0..count)
        .map(|_| {
            let (class, other) = ((random.next() >> 60) as usize & 1, random.scalar());
            let chosen = if class == 0 { *fixed } else { other };
            (class, SecretScalar::from_bytes(&chosen).unwrap())
        })
        .collect();
    let mut times = [Vec::new(), Vec::new()];
    for (class, secret) in &inputs {
        let start = Instant::now();
        operation(black_box(secret));
        let spent = start.elapsed();
        times[*class].push(spent.as_secs_f64() * 1e9);
    }
    times
}

/// The largest |t| over crops at several quantiles: interruptions are cut off,
/// and a leak may show in the fast runs only.
fn largest_t(times: &[Vec<f64>; 2]) -> f64 {
    let mut all: Vec<f64> = times.concat();
    all.sort_by(f64::total_cmp);
    let quantiles = [0.3, 0.5, 0.7, 0.8, 0.9];
    let crop = |quantile: f64| {
        let limit = all[(all.len() as f64 * quantile) as usize];
        let kept = times.each_ref().map(|class| -> Vec<f64> {
            class
                .iter()
                .copied()
                .filter(|time| *time <= limit)
                .collect()
        });
        welch(&kept[0], &kept[1]).abs()
    };
    quantiles.map(crop).into_iter().fold(0.0, f64::max)
}

fn welch(a: &[f64], b: &[f64]) -> f64 {
    let moments = |values: &[f64]| {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean_a, error_a), (mean_b, error_b)) = (moments(a), moments(b));
    (mean_a - mean_b) / (error_a + error_b).sqrt().max(1e-9)
}

/// The smallest |t| of some attempts, ended by one that is unsuspicious.
fn t_of(fixed: &[u8; 48], operation: &mut dyn FnMut(&SecretScalar)) -> f64 {
    let mut least = f64::INFINITY;
    for attempt in 0..ATTEMPTS {
        measure(fixed, 1, 20, operation);
        let times = measure(fixed, 2 + attempt as u64, samples(), operation);
        least = least.min(largest_t(&times));
        if least < DIFFERS {
            break;
        }
    }
    least
}

fn check(name: &str, backend: Backend, operation: &mut dyn FnMut(&SecretScalar)) {
    for (number, fixed) in fixed().iter().enumerate() {
        let t = t_of(fixed, operation);
        println!("{name}, {backend:?}, secret {number}: |t| = {t:.1}");
        assert!(
            t < DIFFERS,
            "{name} on {backend:?}: |t| = {t:.1} with secret {number}"
        );
    }
}

/// The backends of this processor; the software lanes are examined by valgrind.
fn backends() -> Vec<Backend> {
    let mut backends = vec![Backend::Serial];
    if Backend::detect() != Backend::Serial {
        backends.push(Backend::detect());
    }
    backends
}

/// One test, so that the measurements do not disturb each other.
#[test]
fn times_do_not_depend_on_secrets() {
    control();
    for backend in backends() {
        let scalar = SecretScalar::from_bytes(&[0x5a; 48]).unwrap();
        let peer = ecdh::public_key(&scalar, backend);
        let prepared = PreparedKey::prepare(&peer, Window::W5, backend);
        check("key generation", backend, &mut |secret| {
            black_box(ecdh::public_key(secret, backend));
        });
        check("sender, prepared", backend, &mut |secret| {
            black_box(ecdh::send(&prepared, secret));
        });
        check("sender, unprepared", backend, &mut |secret| {
            black_box(ecdh::send_unprepared(&peer, secret, backend));
        });
        check("recipient", backend, &mut |secret| {
            black_box(ecdh::agree(secret, &peer, backend));
        });
        check("sign", backend, &mut |secret| {
            black_box(SigningKey::new(secret.clone(), backend).sign(&[7; 48]));
        });
        batches(backend, &peer, &prepared);
    }
}

/// The batch forms, a lane for each of eight.
fn batches(backend: Backend, peer: &PublicKey, prepared: &PreparedKey) {
    check("key generation, batch of 8", backend, &mut |secret| {
        black_box(ecdh::public_keys(&[secret; 8], backend));
    });
    check("sender, prepared, batch of 8", backend, &mut |secret| {
        black_box(ecdh::send_batch(&[(prepared, secret); 8]));
    });
    check("sender, unprepared, batch of 8", backend, &mut |secret| {
        black_box(ecdh::send_unprepared_batch(&[(peer, secret); 8], backend));
    });
    check("recipient, batch of 8", backend, &mut |secret| {
        black_box(ecdh::agree_batch(&[(secret, peer); 8], backend));
    });
    check("sign, batch of 8", backend, &mut |secret| {
        let key = SigningKey::new(secret.clone(), backend);
        black_box(sign_batch(&[(&key, &[7; 48]); 8]));
    });
}

/// A leak of 2 % at the most, such as a skipped addition would be, is found.
fn control() {
    let leaking = &mut |secret: &SecretScalar| {
        black_box(ecdh::public_key(secret, Backend::Serial));
        let ones: u32 = secret.to_bytes().iter().map(|byte| byte.count_ones()).sum();
        let mut value = 1_u64;
        for _ in 0..8 * ones {
            value = black_box(value.wrapping_mul(3));
        }
    };
    // Louder company than a leak hides it; then more samples show it.
    let t = (1..=ATTEMPTS)
        .map(|attempt| largest_t(&measure(&fixed()[0], 2, attempt * samples(), leaking)))
        .find(|t| *t > DIFFERS)
        .unwrap_or(0.0);
    println!("control: |t| = {t:.1}");
    assert!(t > DIFFERS, "the planted leak was not found");
}
