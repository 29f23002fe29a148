//! Shipments: opening the requests inside, and what makes a set acceptable.

use authenticator::Model;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::jwe::{DecryptPolicy, Decrypted, begin_decrypt};
use jose_core::jwk::KeyUse;
use prereg_types::payload::{CredentialRequest, PinRequest, REQUEST_CTY, RequestClaims};
use prereg_types::shipment::{CreateShipment, ProductCustomization};
use prereg_types::webauthn::CoseAlgorithm;
use prereg_types::{RpId, Timestamp};

use crate::program::KeyOrder;
use crate::{Error, RequestRefusal, Settings, TransportKeys};

/// Opens all requests of a shipment and checks each key's: one order per key,
/// sorted by shipment item.
pub(crate) fn open(
    transport: &TransportKeys,
    body: &CreateShipment,
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<Vec<KeyOrder>>, Error> {
    let opening = Opening {
        transport,
        settings,
        now,
        policy: policy(),
    };
    let mut items = Vec::with_capacity(body.shipment_items.len());
    for (item_index, item) in body.shipment_items.iter().enumerate() {
        let path = format!("shipment_items[{item_index}]");
        let found = settings
            .models
            .iter()
            .find(|model| model.product_id == item.product_id);
        let model = *found.ok_or_else(|| {
            let path = format!("{path}.product_id");
            refused(path, RequestRefusal::Product)
        })?;
        let mut orders = Vec::with_capacity(item.product_customizations.len());
        for (index, customization) in item.product_customizations.iter().enumerate() {
            let path = format!("{path}.product_customizations[{index}]");
            orders.push(opening.order(customization, model, &path)?);
        }
        items.push(orders);
    }
    Ok(items)
}

/// What a request must look like outside: direct ECDH-ES with A256GCM, a `kid`,
/// and claims that are not signed inside.
fn policy() -> DecryptPolicy {
    DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm])
        .with_cty(&[REQUEST_CTY])
        .require_kid()
}

struct Opening<'a> {
    transport: &'a TransportKeys,
    settings: &'a Settings,
    now: Timestamp,
    policy: DecryptPolicy,
}

impl Opening<'_> {
    /// The order for one key.
    fn order(
        &self,
        customization: &ProductCustomization,
        model: Model,
        path: &str,
    ) -> Result<KeyOrder, Error> {
        let pin_path = || format!("{path}.fido_pin_request");
        let pin = self
            .pin_request(&customization.fido_pin_request, &model)
            .map_err(|refusal| refused(pin_path(), refusal))?;
        // From here on the order wipes what it holds, however this ends.
        let mut order = KeyOrder {
            model,
            pin,
            credentials: Vec::with_capacity(customization.fido_credential_requests.len()),
        };
        for (index, token) in customization.fido_credential_requests.iter().enumerate() {
            let request = self.credential_request(token, &order).map_err(|refusal| {
                refused(format!("{path}.fido_credential_requests[{index}]"), refusal)
            })?;
            order.credentials.push(request);
        }
        complete(&order).map_err(|refusal| refused(path.to_owned(), refusal))?;
        Ok(order)
    }

    fn pin_request(&self, token: &str, model: &Model) -> Result<PinRequest, RequestRefusal> {
        let request = PinRequest::from_json(self.decrypt(token)?.plaintext())?;
        self.check_claims(&request.claims)?;
        if request.pin_request.length() < model.min_pin_length {
            return Err(RequestRefusal::PinLength);
        }
        Ok(request)
    }

    fn credential_request(
        &self,
        token: &str,
        order: &KeyOrder,
    ) -> Result<CredentialRequest, RequestRefusal> {
        let request = CredentialRequest::from_json(self.decrypt(token)?.plaintext())?;
        self.check_claims(&request.claims)?;
        check_options(&request, &order.model)?;
        fits_with(&request, order)?;
        Ok(request)
    }

    fn decrypt(&self, token: &str) -> Result<Decrypted, RequestRefusal> {
        let pending = begin_decrypt(token.as_bytes(), &self.policy)?;
        Ok(self.transport.decrypt(pending)?)
    }

    fn check_claims(&self, claims: &RequestClaims) -> Result<(), RequestRefusal> {
        let settings = self.settings;
        if claims.exp <= self.now {
            return Err(RequestRefusal::Expired);
        }
        if claims.iat > self.now.plus_seconds(settings.clock_skew) || claims.iat > claims.exp {
            return Err(RequestRefusal::NotYetValid);
        }
        if claims.exp > self.now.plus_seconds(settings.longest_request) {
            return Err(RequestRefusal::LifetimeTooLong);
        }
        let key = claims.response_key.clone().for_use(KeyUse::Enc);
        key.map(drop).map_err(|_| RequestRefusal::ResponseKey)
    }
}

/// What a browser and the key would refuse.
fn check_options(request: &CredentialRequest, model: &Model) -> Result<(), RequestRefusal> {
    let options = &request.public_key;
    if !is_origin_of(&request.origin, &options.rp.id) {
        return Err(RequestRefusal::Origin);
    }
    let supported = |id| {
        CoseAlgorithm::from_id(id).is_some_and(|algorithm| model.algorithms.contains(&algorithm))
    };
    if options.pub_key_cred_params.iter().any(|p| supported(p.alg)) {
        Ok(())
    } else {
        Err(RequestRefusal::Algorithm)
    }
}

/// Whether a request belongs with those that came before it: one enroll call,
/// of one issuer, and nothing asked for twice.
fn fits_with(request: &CredentialRequest, order: &KeyOrder) -> Result<(), RequestRefusal> {
    let (claims, first) = (&request.claims, &order.pin.claims);
    if claims.set != first.set || claims.iss != first.iss {
        return Err(RequestRefusal::MixedSet);
    }
    let same_response_key = |other: &RequestClaims| {
        other.response_key.kid() == claims.response_key.kid()
            || other.response_key.jwk().point() == claims.response_key.jwk().point()
    };
    let repeated = order.credentials.iter().any(|other| {
        other.enrollment == request.enrollment
            || other.public_key.rp.id == request.public_key.rp.id
            || same_response_key(&other.claims)
    });
    if repeated || same_response_key(first) {
        return Err(RequestRefusal::Repeated);
    }
    Ok(())
}

fn complete(order: &KeyOrder) -> Result<(), RequestRefusal> {
    if order.credentials.len() > order.model.resident_capacity {
        return Err(RequestRefusal::TooManyCredentials);
    }
    if usize::try_from(order.pin.claims.set.size) == Ok(order.credentials.len() + 1) {
        Ok(())
    } else {
        Err(RequestRefusal::IncompleteSet)
    }
}

/// Whether the origin is one that may use the RP ID: `https`, with the RP ID
/// itself or a host below it, and perhaps a port (WebAuthn §5.1.3 step 8).
fn is_origin_of(origin: &str, rp_id: &RpId) -> bool {
    let Some(authority) = origin.strip_prefix("https://") else {
        return false;
    };
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let below = host
        .strip_suffix(rp_id.as_str())
        .is_some_and(|prefix| prefix.ends_with('.'));
    (host == rp_id.as_str() || below) && RpId::parse(host).is_ok() && port.parse::<u16>().is_ok()
}

fn refused(path: String, refusal: RequestRefusal) -> Error {
    Error::Request { path, refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_at_the_rp_id_or_below_it() {
        let rp_id = RpId::parse("acme.example").unwrap();
        for right in [
            "https://acme.example",
            "https://acme.example:8443",
            "https://login.acme.example",
        ] {
            assert!(is_origin_of(right, &rp_id), "{right}");
        }
        for wrong in [
            "http://acme.example",
            "https://evilacme.example",
            "https://acme.example.evil",
            "https://example",
            "https://acme.example/",
            "https://user@acme.example",
            "https://evil/.acme.example",
            "https://acme.example:port",
            "acme.example",
        ] {
            assert!(!is_origin_of(wrong, &rp_id), "{wrong}");
        }
    }
}
