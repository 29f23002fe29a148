//! Faults in what the provider says: claims, PIN and product data.

use jose_core::jwk::PrivateJwk;
use prereg_types::payload::Pin;
use prereg_types::payload::ResponseClaims;
use prereg_types::shipment::ProductData;
use prereg_types::{EnrollmentId, FirmwareVersion, Jti, Serial, SetId, Timestamp};
use zeroize::Zeroizing;

use super::{Fault, Place};
use crate::Stream;

const DAY: u64 = 86_400;

/// Breaks the claims of one response.
pub(crate) fn alter(
    fault: Option<Fault>,
    place: Place,
    claims: &mut ResponseClaims,
    rng: &mut Stream,
) -> Result<(), jose_core::Error> {
    if !place.is_struck() {
        return Ok(());
    }
    match fault {
        Some(Fault::WrongIssuer) => claims.iss = String::from("somebody-else"),
        Some(Fault::WrongAudience) => claims.aud = String::from("https://other.example"),
        Some(Fault::ExpiredResponse) => {
            // Made and ended in the past, as a response is that was held back.
            claims.exp = earlier(claims.iat, DAY);
            claims.iat = earlier(claims.iat, 2 * DAY);
        }
        Some(Fault::OtherRequest) => claims.in_reply_to = Jti::generate(rng)?,
        Some(Fault::OtherSet) => claims.set = SetId::generate(rng)?,
        Some(Fault::OtherRecipient) => {
            let other = PrivateJwk::generate(rng)?;
            claims.response_jkt = other.public().thumbprint().to_base64url();
        }
        Some(Fault::SerialsDisagree) => claims.serial = other_serial(&claims.serial),
        _ => {}
    }
    Ok(())
}

/// Breaks the enrollment that a credential response names.
pub(crate) fn alter_enrollment(
    fault: Option<Fault>,
    place: Place,
    enrollment: &mut EnrollmentId,
    rng: &mut Stream,
) -> Result<(), jose_core::Error> {
    if fault == Some(Fault::WrongEnrollment) && place.is_struck() {
        *enrollment = EnrollmentId::generate(rng)?;
    }
    Ok(())
}

/// Breaks the PIN in the claims of a PIN response. Done on the text, since no
/// [`Pin`] of three characters exists; the padding takes the character's place.
pub(crate) fn alter_pin(
    fault: Option<Fault>,
    pin: &Pin,
    text: Zeroizing<String>,
) -> Zeroizing<String> {
    if fault != Some(Fault::PinTooShort) {
        return text;
    }
    let mut shorter = pin.expose().chars();
    shorter.next_back();
    // PINs of every alphabet are written without escapes.
    let from = Zeroizing::new(format!(r#""pin":"{}","pad":""#, pin.expose()));
    let to = Zeroizing::new(format!(r#""pin":"{}","pad":"0"#, shorter.as_str()));
    Zeroizing::new(text.replacen(from.as_str(), &to, 1))
}

/// Breaks what the shipment reports about one key.
pub(crate) fn alter_product(fault: Option<Fault>, product: &mut ProductData) {
    match fault {
        Some(Fault::SerialMismatch) => {
            product.serial_number = other_serial(&product.serial_number);
        }
        Some(Fault::VersionMismatch) => {
            let [major, minor, patch] = product.firmware_version.to_bytes();
            product.firmware_version = FirmwareVersion::new(major, minor, patch ^ 1);
        }
        Some(Fault::SwappedResponses) => {
            if let [first, second, ..] = product.fido_credential_responses.as_mut_slice() {
                core::mem::swap(first, second);
            }
        }
        Some(Fault::MissingResponse) if product.fido_credential_responses.len() > 1 => {
            product.fido_credential_responses.pop();
        }
        _ => {}
    }
}

fn earlier(moment: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::from_seconds(moment.seconds().saturating_sub(seconds))
}

/// The serial number with another last digit.
fn other_serial(serial: &Serial) -> Serial {
    let mut text = serial.as_str().to_owned();
    let last = if text.pop() == Some('0') { '1' } else { '0' };
    text.push(last);
    Serial::parse(&text).unwrap_or_else(|_| serial.clone())
}
