//! The provider as an orchestrator and a relying party see it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod enroll_call;
mod fault_effects;
mod flaky_store;
mod key_use;
mod observation;
mod progress;
mod requests;
mod restart;
mod shipments;
mod store;

use jose_core::Backend;
use prereg_types::Timestamp;
use yubico_sim::{MemoryStore, Provider, ProviderKeys, Seed, Settings};

/// 2026-03-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_772_323_200);

type TestProvider = Provider<MemoryStore>;

fn provider(seed: &str) -> TestProvider {
    let seed = Seed::from_text(seed);
    let mut rng = seed.stream("provider keys", 0);
    let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap();
    Provider::new(Settings::default(), keys, MemoryStore::new()).unwrap()
}
