//! Entries of the system log, made with the change they tell of.

use std::sync::Mutex;

use jose_core::Error as JoseError;
use prereg_types::api::{
    Actor, Client, FulfillmentItem, FulfillmentProvider, LogEvent, Outcome, Target, User,
};
use prereg_types::{EnrollmentId, Timestamp};
use rand_core::TryCryptoRng;
use serde_json::Map;

use crate::store::{Store, StoreError};

/// Who calls, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub client: Client,
}

/// What happened (`eventType` of Okta's catalogue).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// A key was asked for.
    PreregisterInitiate,
    /// An enrollment became active.
    FactorActivate,
    /// An enrollment was deleted.
    FactorDeactivate,
}

/// Takes log entries out of the outbox, for instance to post them to a hook.
pub trait EventSink: Send + Sync {
    /// Hands over one entry. The same entry may come twice; its `uuid` tells.
    ///
    /// # Errors
    /// A text for the log; the entry is then offered again.
    fn publish(&self, event: &LogEvent) -> impl Future<Output = Result<(), String>> + Send;
}

/// Hands over up to `limit` events of the outbox, in order, and returns how
/// many. It stops at the first one not taken, which keeps the order.
///
/// # Errors
/// [`StoreError`]; what was handed over so far stays so.
pub async fn publish<S: Store, E: EventSink>(
    store: &S,
    sink: &E,
    limit: usize,
) -> Result<usize, StoreError> {
    let mut published = 0;
    for queued in store.queued_events(limit).await? {
        if sink.publish(&queued.event).await.is_err() {
            break;
        }
        store.remove_event(queued.id).await?;
        published += 1;
    }
    Ok(published)
}

/// A sink that keeps what it is given.
#[derive(Debug, Default)]
pub struct MemorySink(Mutex<Vec<LogEvent>>);

impl MemorySink {
    /// What was published so far, in order.
    pub fn published(&self) -> Vec<LogEvent> {
        self.0
            .lock()
            .map(|events| events.clone())
            .unwrap_or_default()
    }
}

impl EventSink for MemorySink {
    async fn publish(&self, event: &LogEvent) -> Result<(), String> {
        let mut events = self.0.lock().map_err(|_| "poisoned".to_owned())?;
        events.push(event.clone());
        Ok(())
    }
}

impl Caller {
    /// The service itself.
    pub fn system() -> Self {
        Self {
            actor: Actor {
                id: "system".into(),
                kind: "SystemPrincipal".into(),
                alternate_id: "system".into(),
                display_name: "prereg".into(),
            },
            client: Client::default(),
        }
    }
}

impl EventType {
    /// The catalogue's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreregisterInitiate => "system.mfa.preregister.initiate",
            Self::FactorActivate => "user.mfa.factor.activate",
            Self::FactorDeactivate => "user.mfa.factor.deactivate",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::PreregisterInitiate => "Initiate fulfillment of a pre-registered key",
            Self::FactorActivate => "Activate factor for user",
            Self::FactorDeactivate => "Reset factor for user",
        }
    }
}

/// One entry about a user.
///
/// # Errors
/// [`JoseError::RandomnessFailed`].
pub(crate) fn entry<R: TryCryptoRng + ?Sized>(
    event_type: EventType,
    caller: &Caller,
    now: Timestamp,
    target: Vec<Target>,
    rng: &mut R,
) -> Result<LogEvent, JoseError> {
    Ok(LogEvent {
        actor: caller.actor.clone(),
        client: caller.client.clone(),
        display_message: event_type.message().into(),
        event_type: event_type.name().into(),
        outcome: Outcome {
            result: "SUCCESS",
            reason: None,
        },
        published: now,
        severity: "INFO",
        target,
        uuid: uuid(rng)?,
        version: "0",
    })
}

pub(crate) fn user_target(user: &User) -> Target {
    let profile = &user.profile;
    Target {
        id: user.id.to_string(),
        kind: "User".into(),
        alternate_id: profile.login.clone(),
        display_name: format!("{} {}", profile.first_name, profile.last_name),
        detail_entry: Map::new(),
    }
}

pub(crate) fn enrollment_target(id: &EnrollmentId) -> Target {
    Target {
        id: id.to_string(),
        kind: "AuthenticatorEnrollment".into(),
        alternate_id: id.to_string(),
        display_name: "Pre-registered security key".into(),
        detail_entry: Map::new(),
    }
}

/// The user with what is to be ordered, under Yubico's names.
pub(crate) fn order_target(
    user: &User,
    provider: FulfillmentProvider,
    item: &FulfillmentItem,
) -> Target {
    let mut detail_entry = Map::new();
    let mut add = |name: &str, value: &str| detail_entry.insert(name.into(), value.into());
    add("fulfillmentProvider", provider.as_str());
    add("yubicoProductId", &item.product_id);
    add("yubicoInventoryProductId", &item.inventory_product_id);
    if let Some(customization) = &item.customization_id {
        add("yubicoCustomizationId", customization);
    }
    Target {
        detail_entry,
        ..user_target(user)
    }
}

/// A random UUID (RFC 9562 §5.4).
fn uuid<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<String, JoseError> {
    let mut bytes = [0u8; 16];
    rng.try_fill_bytes(&mut bytes)
        .map_err(|_| JoseError::RandomnessFailed)?;
    let random = u128::from_be_bytes(bytes);
    let versioned = (random & !(0xf000_u128 << 64)) | (0x4000_u128 << 64);
    let number = (versioned & !(0xc000_u128 << 48)) | (0x8000_u128 << 48);
    let hex = format!("{number:032x}");
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    Ok(groups
        .map(|range| hex.get(range).unwrap_or_default())
        .join("-"))
}
