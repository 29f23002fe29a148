//! Using the keys that were delivered, as the person does who has one.
//!
//! A key is loaded, used and kept again before the caller hears how it went. A
//! PIN try is used up in the store before the PIN is compared, so neither a
//! crash nor a second use at the same time gives it back.

use authenticator::{Assertion, GetAssertion, Pin, SecurityKey, Status};
use prereg_types::webauthn::{
    AuthenticationResponseJson, AuthenticatorAssertionResponseJson, CollectedClientData,
};
use prereg_types::{RpId, Serial};
use sha2::{Digest, Sha256};

use super::Provider;
use crate::Error;
use crate::store::{KeyRecord, KeyState, ProviderStore, StoredKey};

/// What a person does to sign in.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// The RP ID of the site.
    pub rp_id: &'a RpId,
    /// The origin that the browser shows.
    pub origin: &'a str,
    /// The challenge of the site.
    pub challenge: &'a [u8],
    /// Credential ids to choose from; empty to discover one on the key.
    pub allow_list: &'a [&'a [u8]],
    /// The PIN as typed; without it the user is present, but not verified.
    pub pin: Option<&'a Pin>,
}

/// Whether a use of a key takes a PIN.
#[derive(Clone, Copy)]
enum Takes {
    Pin,
    Nothing,
}

impl<S: ProviderStore> Provider<S> {
    /// Up to `limit` keys, the newest first; the page after the one that ends
    /// with `after`.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] where `after` is none, [`Error::Store`].
    pub async fn keys(
        &self,
        after: Option<&Serial>,
        limit: usize,
    ) -> Result<Vec<KeyRecord>, Error> {
        if let Some(after) = after {
            self.stored_key(after).await?;
        }
        Ok(self.store.keys(after, limit).await?)
    }

    /// A key for looking at, wherever it is: what is done to this copy is not
    /// kept.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], [`Error::Kept`], [`Error::Store`].
    pub async fn inspect_key(&self, serial: &Serial) -> Result<(KeyRecord, SecurityKey), Error> {
        let stored = self.stored_key(serial).await?;
        let key = SecurityKey::import(stored.state.expose())?;
        Ok((stored.record, key))
    }

    /// Signs in with a key in a browser: `get()` of WebAuthn §5.1.4.
    ///
    /// # Errors
    /// As [`Self::get_assertion`].
    pub async fn authenticate(
        &self,
        serial: &Serial,
        sign_in: &SignIn<'_>,
    ) -> Result<AuthenticationResponseJson, Error> {
        let data =
            CollectedClientData::new(CollectedClientData::GET, sign_in.challenge, sign_in.origin);
        let client_data_json = data.to_json().into_bytes();
        let request = GetAssertion {
            client_data_hash: &Sha256::digest(&client_data_json).into(),
            rp_id: sign_in.rp_id.as_str(),
            allow_list: sign_in.allow_list,
            pin: sign_in.pin,
        };
        let made = self.get_assertion(serial, &request).await?;
        Ok(AuthenticationResponseJson {
            id: made.credential_id,
            authenticator_attachment: Some("cross-platform".to_owned()),
            response: AuthenticatorAssertionResponseJson {
                client_data_json,
                authenticator_data: made.authenticator_data,
                signature: made.signature,
                user_handle: Some(made.user_id),
            },
        })
    }

    /// `authenticatorGetAssertion` on a key that was delivered.
    ///
    /// # Errors
    /// [`Error::KeyRefused`] with what the key says, such as a wrong PIN,
    /// [`Error::UnknownKey`], [`Error::NotDelivered`], [`Error::KeyBusy`],
    /// [`Error::Kept`], [`Error::Store`].
    pub async fn get_assertion(
        &self,
        serial: &Serial,
        request: &GetAssertion<'_>,
    ) -> Result<Assertion, Error> {
        let takes = request.pin.map_or(Takes::Nothing, |_| Takes::Pin);
        self.use_key(serial, takes, |key| key.get_assertion(request))
            .await
    }

    /// Changes the PIN of a key that was delivered.
    ///
    /// # Errors
    /// As [`Self::get_assertion`].
    pub async fn change_pin(&self, serial: &Serial, current: &Pin, new: &Pin) -> Result<(), Error> {
        self.use_key(serial, Takes::Pin, |key| key.change_pin(current, new))
            .await
    }

    /// Unplugs a delivered key and plugs it in again: three wrong PINs in a row
    /// no longer block it, but no try comes back.
    ///
    /// # Errors
    /// As [`Self::get_assertion`].
    pub async fn power_cycle(&self, serial: &Serial) -> Result<(), Error> {
        let cycle = |key: &mut SecurityKey| {
            key.power_cycle();
            Ok(())
        };
        self.use_key(serial, Takes::Nothing, cycle).await
    }

    /// Resets a delivered key: PIN and credentials are gone.
    ///
    /// # Errors
    /// As [`Self::get_assertion`].
    pub async fn reset_key(&self, serial: &Serial) -> Result<(), Error> {
        let reset = |key: &mut SecurityKey| {
            key.reset();
            Ok(())
        };
        self.use_key(serial, Takes::Nothing, reset).await
    }

    /// Loads, uses, keeps. What the key refuses has changed it too.
    async fn use_key<T>(
        &self,
        serial: &Serial,
        takes: Takes,
        operation: impl FnOnce(&mut SecurityKey) -> Result<T, Status> + Send,
    ) -> Result<T, Error> {
        let _turn = self.turns.take(serial).await;
        let mut stored = self.stored_key(serial).await?;
        if !stored.record.is_delivered() {
            return Err(Error::NotDelivered(stored.record.shipment_state));
        }
        let mut key = SecurityKey::import(stored.state.expose())?;
        if matches!(takes, Takes::Pin) {
            key.begin_pin_try().map_err(Error::KeyRefused)?;
            self.keep(&mut stored, &key).await?;
        }
        let outcome = operation(&mut key);
        self.keep(&mut stored, &key).await?;
        outcome.map_err(Error::KeyRefused)
    }

    async fn keep(&self, stored: &mut StoredKey, key: &SecurityKey) -> Result<(), Error> {
        let state = KeyState::new(key.export());
        if state == stored.state {
            return Ok(());
        }
        let (serial, revision) = (&stored.record.serial, stored.revision);
        if !self.store.save_key(serial, revision, state.clone()).await? {
            return Err(Error::KeyBusy);
        }
        stored.state = state;
        stored.revision += 1;
        Ok(())
    }

    async fn stored_key(&self, serial: &Serial) -> Result<StoredKey, Error> {
        self.store.key(serial).await?.ok_or(Error::UnknownKey)
    }
}
