//! Shipments: taking them, showing them, moving them on, forgetting them.

use prereg_types::shipment::{CreateShipment, Shipment, ShipmentCreated, ShipmentState};
use prereg_types::shipment::{ShippedItem, StateBody};
use prereg_types::{Serial, ShipmentId, Timestamp};
use rand_core::TryCryptoRng;

use super::Provider;
use crate::fault::{self, Fault};
use crate::progress::{Progress, next_state};
use crate::store::{KeyRecord, ProviderStore, ShipmentSummary, StoreError, StoredShipment};
use crate::{Error, RequestRefusal, Seed, shipment};

/// What [`Provider::tick`] has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Shipments moved on.
    pub advanced: usize,
    /// Delivered shipments purged of their sealed responses.
    pub purged: usize,
    /// Digests of expired requests forgotten.
    pub forgotten: usize,
}

impl<S: ProviderStore> Provider<S> {
    /// `POST /v1/fpr/shipments`: opens the requests, programs the keys and seals
    /// the responses, which show once the shipment is sent off.
    ///
    /// A customization id `fault:NAME` asks for that [`Fault`] in this shipment;
    /// without one it is the provider's own, if it has one. All randomness comes
    /// from one draw from `rng`.
    ///
    /// # Errors
    /// [`Error::Request`] for the first request that is not acceptable,
    /// [`Error::UnknownFault`], [`Error::TwoFaults`], and the provider's own
    /// failures. Nothing is changed then.
    pub async fn create_shipment<R: TryCryptoRng + Send + ?Sized>(
        &self,
        body: &CreateShipment,
        now: Timestamp,
        rng: &mut R,
    ) -> Result<ShipmentCreated, Error> {
        let fault = fault::of_shipment(body)?.or(self.fault);
        self.create_shipment_under(fault, body, now, rng).await
    }

    /// The same with this fault or none, whatever the customization ids say.
    ///
    /// # Errors
    /// As [`Self::create_shipment`].
    pub async fn create_shipment_under<R: TryCryptoRng + Send + ?Sized>(
        &self,
        fault: Option<Fault>,
        body: &CreateShipment,
        now: Timestamp,
        rng: &mut R,
    ) -> Result<ShipmentCreated, Error> {
        let orders = shipment::open(&self.transport(), body, &self.settings, now)?;
        let seed = Seed::generate(rng)?;
        let progression = self.settings.progression;
        let mut progress = progression.begin(body.initial_state(), now);
        if let Some(step) = progression.step() {
            // Where a step takes no time, the shipment is delivered at once.
            progress = progress.caught_up(step, now);
        }
        // Serial numbers are drawn, and one in some thousand millions is taken.
        for attempt in 0..4 {
            let seed = seed.child("attempt", attempt);
            let id = ShipmentId::generate(&mut seed.stream("shipment", 0))?;
            let new = self.fulfill(&orders, (id.clone(), progress), fault, now, &seed)?;
            match self.store.insert(new).await {
                Ok(()) => {
                    return Ok(ShipmentCreated {
                        shipment_id: id,
                        shipment_state: StateBody::new(progress.state),
                    });
                }
                Err(StoreError::Taken) => {}
                Err(StoreError::RequestSeen) => return Err(replayed()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Taken.into())
    }

    /// `GET /v1/fpr/shipments/{id}`: with product data once it is shipped.
    ///
    /// # Errors
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn shipment(&self, id: &ShipmentId) -> Result<Shipment, Error> {
        let stored = self.stored(id).await?;
        let state = stored.progress.state;
        let items = stored.items.into_iter().map(|keys| ShippedItem {
            product_data: if state.has_product_data() {
                keys
            } else {
                Vec::new()
            },
        });
        Ok(Shipment {
            shipment_id: stored.id,
            shipment_state: StateBody::new(state),
            shipment_items: items.collect(),
        })
    }

    /// What a list says of one shipment, and its keys in the order of the request.
    ///
    /// # Errors
    /// As [`Self::shipment`].
    pub async fn shipment_summary(
        &self,
        id: &ShipmentId,
    ) -> Result<(ShipmentSummary, Vec<KeyRecord>), Error> {
        let stored = self.stored(id).await?;
        let keys = self.store.keys_of(id).await?;
        Ok((stored.summary(keys.len()), keys))
    }

    /// Up to `limit` shipments, the newest first, without the first `offset`
    /// ones; and how many there are in all.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn shipments(
        &self,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<ShipmentSummary>, usize), Error> {
        Ok(self.store.shipments(offset, limit).await?)
    }

    /// Moves a shipment one state on ([`next_state`]) and gives the state it is
    /// in then; a shipment at its end stays there.
    ///
    /// # Errors
    /// [`Error::Paused`], [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn advance(&self, id: &ShipmentId, now: Timestamp) -> Result<ShipmentState, Error> {
        let step = |from: Progress| {
            if from.paused {
                return Err(Error::Paused);
            }
            let next = next_state(from.state);
            Ok(next.map_or(from, |next| from.moved(next, now)))
        };
        Ok(self.progress(id, step).await?.state)
    }

    /// Puts a shipment into any state, such as one that calls mark-error; one
    /// that is paused stays so.
    ///
    /// # Errors
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn divert(
        &self,
        id: &ShipmentId,
        state: ShipmentState,
        now: Timestamp,
    ) -> Result<(), Error> {
        let change = |from: Progress| Ok(from.moved(state, now));
        self.progress(id, change).await.map(drop)
    }

    /// Lets something go wrong that can be put right: state 8, processing error,
    /// in which an orchestrator calls mark-error and goes on polling.
    /// [`Self::advance`] puts it right; [`Self::divert`] knows worse.
    ///
    /// # Errors
    /// As [`Self::divert`].
    pub async fn fail(&self, id: &ShipmentId, now: Timestamp) -> Result<(), Error> {
        self.divert(id, ShipmentState::PROCESSING_ERROR, now).await
    }

    /// Holds a shipment: neither the clock nor [`Self::advance`] moves it on.
    ///
    /// # Errors
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn pause(&self, id: &ShipmentId, now: Timestamp) -> Result<(), Error> {
        self.hold(id, true, now).await
    }

    /// Lets a shipment go again; where the clock moves it on, it begins its step
    /// anew.
    ///
    /// # Errors
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn resume(&self, id: &ShipmentId, now: Timestamp) -> Result<(), Error> {
        self.hold(id, false, now).await
    }

    /// Takes all the steps that the clock has made due, each at its time, and
    /// gives how many shipments have moved.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn advance_due(&self, now: Timestamp) -> Result<usize, Error> {
        const AT_ONCE: usize = 100;
        let Some(step) = self.settings.progression.step() else {
            return Ok(0);
        };
        let before = earlier(now, step.into());
        let mut moved = 0;
        loop {
            let due = self.store.due(before, AT_ONCE).await?;
            for id in &due {
                // Whoever was faster has moved it, or holds it.
                let change = |from: Progress| Ok(from.caught_up(step, now));
                self.progress(id, change).await?;
            }
            moved += due.len();
            if due.len() < AT_ONCE {
                return Ok(moved);
            }
        }
    }

    /// What is to be done from time to time: [`Self::advance_due`], then purging
    /// what was delivered long ago ([`Settings::keep_responses`]), then
    /// [`Self::forget_expired`].
    ///
    /// [`Settings::keep_responses`]: super::Settings::keep_responses
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn tick(&self, now: Timestamp) -> Result<Ticked, Error> {
        let before = earlier(now, self.settings.keep_responses);
        Ok(Ticked {
            advanced: self.advance_due(now).await?,
            purged: self.store.purge_delivered(before).await?,
            forgotten: self.store.forget_expired(now).await?,
        })
    }

    /// Hands the parcel over, if that has not happened yet, and gives the serial
    /// numbers of its keys in the order of the request.
    ///
    /// # Errors
    /// [`Error::State`] before the shipment is sent off, [`Error::Paused`],
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn deliver(&self, id: &ShipmentId, now: Timestamp) -> Result<Vec<Serial>, Error> {
        let state = self.stored(id).await?.progress.state;
        if !state.has_product_data() {
            return Err(Error::State(state));
        }
        if state != ShipmentState::DELIVERED {
            self.advance(id, now).await?;
        }
        let keys = self.store.keys_of(id).await?;
        Ok(keys.into_iter().map(|key| key.serial).collect())
    }

    /// Forgets the sealed responses, after the orchestrator has fetched them.
    /// The shipment's state stays, and the digests of its requests stay until
    /// these expire, so that none can be served again. The keys stay: they are
    /// somebody's.
    ///
    /// # Errors
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn purge(&self, id: &ShipmentId) -> Result<(), Error> {
        if self.store.purge(id).await? {
            Ok(())
        } else {
            Err(Error::UnknownShipment)
        }
    }

    /// Forgets the digests of requests that have expired; gives how many.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn forget_expired(&self, now: Timestamp) -> Result<usize, Error> {
        Ok(self.store.forget_expired(now).await?)
    }

    async fn hold(&self, id: &ShipmentId, paused: bool, now: Timestamp) -> Result<(), Error> {
        let change = |from: Progress| {
            Ok(if from.paused == paused {
                from
            } else {
                from.held(paused, now)
            })
        };
        self.progress(id, change).await.map(drop)
    }

    /// Changes how a shipment stands and gives how it stands then. If somebody
    /// else was faster, it looks again.
    async fn progress(
        &self,
        id: &ShipmentId,
        change: impl Fn(Progress) -> Result<Progress, Error> + Send,
    ) -> Result<Progress, Error> {
        loop {
            let stored = self.stored(id).await?;
            let next = change(stored.progress)?;
            let done = next == stored.progress
                || self.store.set_progress(id, stored.revision, next).await?;
            if done {
                return Ok(next);
            }
        }
    }

    async fn stored(&self, id: &ShipmentId) -> Result<StoredShipment, Error> {
        self.store.shipment(id).await?.ok_or(Error::UnknownShipment)
    }
}

fn earlier(now: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::from_millis(now.millis().saturating_sub(seconds.saturating_mul(1000)))
}

fn replayed() -> Error {
    Error::Request {
        path: "shipment_items".to_owned(),
        refusal: RequestRefusal::Replayed,
    }
}
