//! Bodies as real callers send them.

use serde_json::{Value, json};

const USER: &str = "00u15s1KDETTQMQYABRL";
const ENROLLMENT: &str = "fwf15s1KDETTQMQYABRL";
const JWE: &str = "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9..0Q.0Q.0Q";

/// initiate-fulfillment-request.
pub(super) fn initiate() -> Value {
    json!({
        "userId": USER,
        "fulfillmentProvider": "yubico",
        "fulfillmentData": [{"productId": "1", "inventoryProductId": "106", "customizationId": "RXJN83"}],
    })
}

/// enroll.
pub(super) fn enroll() -> Value {
    json!({
        "userId": USER,
        "fulfillmentProvider": "yubico",
        "enrollmentRpIds": ["acme.okta.example"],
        "yubicoTransportKeyJWK": {
            "kty": "EC",
            "crv": "P-384",
            "use": "enc",
            "kid": "APCS-Ttrans-C19881-I009",
            "x": "s-g0gqhql9jpt_rf7O56q9PFcMmb3uPErhUFcsR_RNBLwZVamQk8m2B-lT0Kj8TV",
            "y": "9MGZNqGm1Rg_JlMIYdDzuXcP_AhQzF0TNpCCUkn-9wzDADBm-8ApQo51nfBUfx9Z",
        },
    })
}

/// activate.
pub(super) fn activate() -> Value {
    json!({
        "userId": USER,
        "fulfillmentProvider": "yubico",
        "serial": "3632071",
        "version": "5.4.3",
        "pinResponseJwe": JWE,
        "credResponses": [{"authenticatorEnrollmentId": ENROLLMENT, "credResponseJwe": JWE}],
        "yubicoSigningJwks": [{
            "kty": "EC",
            "crv": "P-384",
            "use": "sig",
            "kid": "APCS-Tsgnkey-C19881-H0027616953",
            "x": "si4GIzfboXE5YUMR7MXp0cLF-GlZjVGlEbELJuEj7itHB66fHek3wtkf5sm36CTO",
            "y": "PaQaJnwKfYfBfZBbh867Vjh8mJfowR63-3091eoLu4OpCSAB9PhwCstQorlA8Lcp",
        }],
    })
}

/// send-pin.
pub(super) fn send_pin() -> Value {
    json!({
        "userId": USER,
        "fulfillmentProvider": "yubico",
        "authenticatorEnrollmentId": ENROLLMENT,
    })
}

/// A user to create.
pub(super) fn user() -> Value {
    json!({"profile": {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "login": "ada.lovelace@acme.example",
        "email": "ada.lovelace@acme.example",
        "secondEmail": "ada@home.example",
    }})
}
