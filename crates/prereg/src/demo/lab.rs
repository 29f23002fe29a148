//! Both ends in one process: a relying party, a provider, and the mail between.

use std::collections::HashMap;
use std::sync::Mutex;

use jose_core::Backend;
use pollster::block_on;
use prereg_types::api::{EmailAddress, User, UserProfile, UserStatus};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::Clock;
use relying_party::mail::{Mail, MailError, Mailer, deliver};
use relying_party::store::MemoryStore;
use relying_party::{Policy, RelyingParty, TrustPolicy};
use yubico_sim::{Fault, Provider, ProviderKeys, Seed, Settings};

use super::Stop;
use crate::clock::SystemClock;

/// The address of the relying party; nothing listens there.
pub(crate) const ISSUER: &str = "https://acme.okta.example";

/// A relying party that trusts a provider, and people who wait for keys.
pub(crate) struct Lab {
    pub(crate) relying_party: RelyingParty<MemoryStore, SystemClock>,
    pub(crate) provider: Provider<yubico_sim::MemoryStore>,
    seed: Seed,
    mailbox: Mailbox,
    /// One delivery at a time, so that no mail is handed over twice.
    delivery: Mutex<()>,
}

/// Mail by its first recipient.
#[derive(Default)]
struct Mailbox(Mutex<HashMap<EmailAddress, Vec<Mail>>>);

impl Lab {
    /// Founds both ends. Everything random comes from the seed.
    pub(crate) fn found(seed: Seed, fault: Option<Fault>) -> Result<Self, Stop> {
        let now = SystemClock.now();
        let mut rng = seed.stream("provider", 0);
        let keys = ProviderKeys::generate(Backend::default(), now, &mut rng)?;
        let store = yubico_sim::MemoryStore::default();
        let mut provider = Provider::new(Settings::default(), keys, store)?;
        // What was pinned is what the provider publishes when all is well.
        let trust = TrustPolicy::Pinned(provider.signing_jwks());
        let roots = TrustAnchors::from_der([provider.trust_anchor()])
            .map_err(|refusal| Stop::Broken(refusal.to_string()))?;
        if let Some(fault) = fault {
            provider = provider.with_fault(fault);
        }
        let policy = Policy::new(ISSUER, trust, roots);
        let relying_party = RelyingParty::new(MemoryStore::default(), SystemClock, policy)
            .map_err(|error| Stop::Broken(error.to_string()))?;
        Ok(Self {
            relying_party,
            provider,
            seed,
            mailbox: Mailbox::default(),
            delivery: Mutex::default(),
        })
    }

    /// The seed of one key's journey.
    pub(crate) fn seed_of(&self, index: u64) -> Seed {
        self.seed.child("key", index)
    }

    /// Adds a person to the directory.
    pub(crate) fn hire(&self, index: u64, seed: &Seed) -> Result<User, Stop> {
        let user = person(index, seed)?;
        self.relying_party.store().put_user(user.clone());
        Ok(user)
    }

    /// Sends what waits in the outbox and gives this person's mail.
    pub(crate) fn collect_mail(&self, user: &User) -> Result<Mail, Stop> {
        let delivery = self.delivery.lock();
        block_on(deliver(
            self.relying_party.store(),
            &self.mailbox,
            usize::MAX,
        ))
        .map_err(|error| Stop::Broken(error.to_string()))?;
        drop(delivery);
        let mail = self.mailbox.take(&user.profile.email);
        mail.ok_or_else(|| Stop::Broken("the PIN mail did not arrive".to_owned()))
    }
}

impl Mailbox {
    fn take(&self, address: &EmailAddress) -> Option<Mail> {
        self.0.lock().ok()?.get_mut(address)?.pop()
    }
}

impl Mailer for Mailbox {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let permanent = |words: &str| MailError::Permanent(words.to_owned());
        let first = mail
            .recipients
            .first()
            .ok_or_else(|| permanent("no recipient"))?;
        let mut boxes = self.0.lock().map_err(|_| permanent("a thread panicked"))?;
        boxes.entry(first.clone()).or_default().push(mail.clone());
        Ok(())
    }
}

/// People of computing who wait for a key. Every second account is in use.
const PEOPLE: [(&str, &str); 8] = [
    ("Ada", "Lovelace"),
    ("Alan", "Turing"),
    ("Grace", "Hopper"),
    ("Edsger", "Dijkstra"),
    ("Barbara", "Liskov"),
    ("Donald", "Knuth"),
    ("Radia", "Perlman"),
    ("Leslie", "Lamport"),
];

fn person(index: u64, seed: &Seed) -> Result<User, Stop> {
    let position = usize::try_from(index).unwrap_or_default() % PEOPLE.len();
    let (first, last) = PEOPLE.get(position).copied().unwrap_or(("Ada", "Lovelace"));
    let number = if index == 0 {
        String::new()
    } else {
        index.to_string()
    };
    let name = format!("{first}.{last}{number}").to_lowercase();
    Ok(User {
        id: prereg_types::UserId::generate(&mut seed.stream("user", 0))?,
        status: if index.is_multiple_of(2) {
            UserStatus::Staged
        } else {
            UserStatus::Active
        },
        profile: UserProfile {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            login: format!("{name}@acme.example"),
            email: EmailAddress::parse(&format!("{name}@acme.example"))?,
            second_email: Some(EmailAddress::parse(&format!("{name}@home.example"))?),
        },
    })
}
