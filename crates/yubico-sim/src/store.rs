//! What the provider keeps: shipments with their sealed responses, the keys it
//! has made, digests of the requests it has served, and its own keys.
//!
//! No PIN, challenge or credential of a request is ever among it in the clear.
//! [`KeyState`] and [`ProviderState`] are secrets: a store that outlives the
//! process seals them.

mod memory;

use core::fmt;
use core::future::Future;

use prereg_types::shipment::{ProductData, ShipmentState};
use prereg_types::{FirmwareVersion, Jti, Serial, ShipmentId, Timestamp};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use memory::MemoryStore;

use crate::Fault;
use crate::progress::Progress;

/// A shipment as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredShipment {
    /// Its id.
    pub id: ShipmentId,
    /// When it was ordered.
    pub created: Timestamp,
    /// Where it stands.
    pub progress: Progress,
    /// The fault committed in it.
    pub fault: Option<Fault>,
    /// Per shipment item, what came out of programming each of its keys. The
    /// responses are sealed to the relying party.
    pub items: Vec<Vec<ProductData>>,
    /// How often [`ProviderStore::set_progress`] has changed it; 0 at first.
    pub revision: u64,
}

/// A shipment in a list: without what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentSummary {
    /// Its id.
    pub id: ShipmentId,
    /// When it was ordered.
    pub created: Timestamp,
    /// Where it stands.
    pub progress: Progress,
    /// The fault committed in it.
    pub fault: Option<Fault>,
    /// How many keys it has.
    pub keys: usize,
}

/// A shipment that comes to be, with all that must be recorded at once.
#[derive(Clone, Debug)]
pub struct NewShipment {
    /// The shipment, of revision 0.
    pub shipment: StoredShipment,
    /// The requests it has used up.
    pub seen: Vec<SeenRequest>,
    /// The keys that were programmed for it, in the order of the request. Their
    /// serial numbers are used up; a fault may report others.
    pub keys: Vec<NewKey>,
}

/// A request that must not be served again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// SHA-256 of its `jti`.
    pub digest: [u8; 32],
    /// Its `exp`: after that it is refused for its age.
    pub expires: Timestamp,
}

/// A key that was programmed.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its serial number.
    pub serial: Serial,
    /// What it is.
    pub model: KeyModel,
    /// All of it.
    pub state: KeyState,
}

/// What kind of key it is, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyModel {
    /// The vendor's name of the product.
    pub name: String,
    /// The vendor's number of the product.
    pub product_id: u32,
    /// The firmware.
    pub firmware: FirmwareVersion,
}

/// What is known about a key without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its serial number.
    pub serial: Serial,
    /// What it is.
    pub model: KeyModel,
    /// The shipment it was made for.
    pub shipment: ShipmentId,
    /// Which of the shipment's keys it is, from 0.
    pub position: u32,
    /// Where that shipment is by now; once it is delivered, a person has the key.
    pub shipment_state: ShipmentState,
}

/// A key as it is kept.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// What is known without opening it.
    pub record: KeyRecord,
    /// All of it.
    pub state: KeyState,
    /// How often [`ProviderStore::save_key`] has changed it; 0 at first.
    pub revision: u64,
}

/// An exported [`SecurityKey`](authenticator::SecurityKey): private keys, PIN
/// hash and counters. Wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyState(Zeroizing<Vec<u8>>);

/// Exported [`ProviderKeys`](crate::ProviderKeys): all that makes the provider
/// the one it is. Wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderState(Zeroizing<Vec<u8>>);

/// Why the store did not do it. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreError {
    /// One of the requests was seen before.
    RequestSeen,
    /// The shipment id or a serial number is in use.
    Taken,
    /// The store cannot be reached, or what it holds cannot be read. The text is
    /// for the log and holds no secret.
    Unavailable(String),
}

/// Where the provider keeps its records. Each method is one transaction, and
/// what it has answered survives the process.
pub trait ProviderStore: Send + Sync {
    /// Adds a shipment, its seen requests and its keys: all or none.
    ///
    /// # Errors
    /// [`StoreError::RequestSeen`] also where two requests of the shipment are
    /// the same one, [`StoreError::Taken`], [`StoreError::Unavailable`].
    fn insert(&self, new: NewShipment) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A shipment.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn shipment(
        &self,
        id: &ShipmentId,
    ) -> impl Future<Output = Result<Option<StoredShipment>, StoreError>> + Send;

    /// Up to `limit` shipments, the newest (the last inserted) first, without
    /// the first `offset` ones in that order; and how many there are in all.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn shipments(
        &self,
        offset: usize,
        limit: usize,
    ) -> impl Future<Output = Result<(Vec<ShipmentSummary>, usize), StoreError>> + Send;

    /// Moves a shipment on, if it still has this revision, and counts the
    /// revision up. Gives whether it moved.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn set_progress(
        &self,
        id: &ShipmentId,
        revision: u64,
        progress: Progress,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Up to `limit` shipments that are not paused, in one of
    /// [`TIMED_STATES`](crate::progress::TIMED_STATES), and that since `before`
    /// or earlier; the earliest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn due(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<ShipmentId>, StoreError>> + Send;

    /// Empties a shipment of its product data; all else about it stays, and so
    /// do its seen requests and keys. Gives whether there is such a shipment.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn purge(&self, id: &ShipmentId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Purges the shipments that were delivered (state 104) at `before` or
    /// earlier and are not empty yet. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn purge_delivered(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Forgets seen requests that have expired by `now`. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn forget_expired(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// A key, to use it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn key(
        &self,
        serial: &Serial,
    ) -> impl Future<Output = Result<Option<StoredKey>, StoreError>> + Send;

    /// Up to `limit` keys, the newest (the last inserted) first: those that come
    /// after the given one in that order, or the first ones. None after a key
    /// that is not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn keys(
        &self,
        after: Option<&Serial>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<KeyRecord>, StoreError>> + Send;

    /// The keys of one shipment, in the order of the request.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn keys_of(
        &self,
        shipment: &ShipmentId,
    ) -> impl Future<Output = Result<Vec<KeyRecord>, StoreError>> + Send;

    /// Keeps a key's new state, if the key still has this revision, and counts
    /// the revision up. Gives whether it did. PIN tries hang on this: two uses
    /// that began with the same state must not both end well.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn save_key(
        &self,
        serial: &Serial,
        revision: u64,
        state: KeyState,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The provider's own keys with their revision; none before the first
    /// [`Self::save_provider`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn provider(
        &self,
    ) -> impl Future<Output = Result<Option<(ProviderState, u64)>, StoreError>> + Send;

    /// Keeps the provider's own keys, if they still have this revision (none:
    /// if there are none yet). They have the next revision then, the first being
    /// 0. Gives whether it did.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn save_provider(
        &self,
        revision: Option<u64>,
        state: ProviderState,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

impl SeenRequest {
    /// The record of a request.
    pub fn new(jti: &Jti, expires: Timestamp) -> Self {
        Self {
            digest: Sha256::digest(jti.as_str().as_bytes()).into(),
            expires,
        }
    }
}

impl KeyRecord {
    /// Whether a person has the key.
    pub fn is_delivered(&self) -> bool {
        self.shipment_state == ShipmentState::DELIVERED
    }
}

impl StoredShipment {
    /// What a list says of it.
    pub fn summary(&self, keys: usize) -> ShipmentSummary {
        ShipmentSummary {
            id: self.id.clone(),
            created: self.created,
            progress: self.progress,
            fault: self.fault,
            keys,
        }
    }
}

macro_rules! secret_state {
    ($name:ident) => {
        impl $name {
            /// Bytes that were exported, or kept.
            pub const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
                Self(bytes)
            }

            /// The bytes, to be sealed and kept.
            pub fn expose(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

secret_state!(KeyState);
secret_state!(ProviderState);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestSeen => f.write_str("a request was seen before"),
            Self::Taken => f.write_str("a shipment id or serial number is in use"),
            Self::Unavailable(detail) => {
                write!(f, "the provider's store does not answer: {detail}")
            }
        }
    }
}

impl core::error::Error for StoreError {}
