//! Bodies of the seven operations.

use serde_json::{Value, json};

use super::{jwe, moment, or_text, reference};

/// initiate-fulfillment-request and send-pin.
pub(super) fn order() -> Value {
    json!({
        "FulfillmentRequest": {
            "type": "object",
            "required": ["userId", "fulfillmentProvider", "fulfillmentData"],
            "properties": {
                "userId": reference("UserId"),
                "fulfillmentProvider": reference("FulfillmentProvider"),
                "fulfillmentData": or_text(&json!({"anyOf": [
                    {"type": "array", "minItems": 1, "maxItems": 100, "items": reference("FulfillmentDataOrderDetails")},
                    reference("FulfillmentDataOrderDetails"),
                ]}), "^[\\[{]"),
            },
        },
        "FulfillmentDataOrderDetails": {
            "type": "object",
            "description": "One product to order.",
            "required": ["productId", "inventoryProductId"],
            "properties": {
                "productId": short_text("The product.", "1"),
                "inventoryProductId": short_text("The inventory.", "106"),
                "customizationId": or_null(&short_text("The customization; products without one exist.", "RXJN83")),
            },
        },
        "PinRequest": {
            "type": "object",
            "required": ["userId", "fulfillmentProvider", "authenticatorEnrollmentId"],
            "properties": {
                "userId": reference("UserId"),
                "fulfillmentProvider": reference("FulfillmentProvider"),
                "authenticatorEnrollmentId": {"anyOf": [
                    reference("EnrollmentId"),
                    {"type": "array", "minItems": 1, "maxItems": 1, "items": reference("EnrollmentId")},
                ]},
            },
        },
    })
}

/// enroll.
pub(super) fn enroll() -> Value {
    json!({
        "EnrollmentInitializationRequest": {
            "type": "object",
            "required": ["userId", "fulfillmentProvider", "enrollmentRpIds", "yubicoTransportKeyJWK"],
            "properties": {
                "userId": reference("UserId"),
                "fulfillmentProvider": reference("FulfillmentProvider"),
                "enrollmentRpIds": or_text(&json!({
                    "type": "array",
                    "description": "The host names to register on the key.",
                    "minItems": 1, "maxItems": 100, "uniqueItems": true,
                    "items": reference("RpId"),
                }), "^\\["),
                "yubicoTransportKeyJWK": or_text(&reference("TransportKey"), "^\\{"),
            },
        },
        "EnrollmentInitializationResponse": {
            "type": "object",
            "required": ["userId", "fulfillmentProvider", "pinRequestJwe", "credRequests"],
            "properties": {
                "userId": reference("UserId"),
                "fulfillmentProvider": reference("FulfillmentProvider"),
                "pinRequestJwe": jwe("The encrypted request to set a PIN."),
                "credRequests": {"type": "array", "items": reference("WebAuthnCredRequest")},
            },
        },
        "WebAuthnCredRequest": {
            "type": "object",
            "required": ["authenticatorEnrollmentId", "credRequestJwe", "keyId"],
            "properties": {
                "authenticatorEnrollmentId": reference("EnrollmentId"),
                "credRequestJwe": jwe("The encrypted request to make one credential."),
                "keyId": {"type": "string", "pattern": "^[0-9a-z]{20}$"},
            },
        },
    })
}

/// activate.
pub(super) fn activate() -> Value {
    json!({
        "EnrollmentActivationRequest": {
            "type": "object",
            "required": [
                "userId", "fulfillmentProvider", "serial", "version", "pinResponseJwe",
                "credResponses", "yubicoSigningJwks",
            ],
            "properties": {
                "userId": reference("UserId"),
                "fulfillmentProvider": reference("FulfillmentProvider"),
                "serial": {"type": "string", "pattern": "^[0-9]{1,10}$", "examples": ["3632071"]},
                "version": {
                    "type": "string",
                    "description": "The firmware; no number is above 255.",
                    "pattern": "^(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\\.(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])){2}$",
                    "examples": ["5.4.3"],
                },
                "pinResponseJwe": jwe("The signed and encrypted PIN."),
                "credResponses": or_text(&json!({
                    "type": "array", "minItems": 1, "maxItems": 100,
                    "description": "One response for each enrollment of one enroll call.",
                    "items": reference("WebAuthnCredResponse"),
                }), "^\\["),
                "yubicoSigningJwks": or_text(&json!({"anyOf": [
                    {"type": "array", "minItems": 1, "maxItems": 100, "items": reference("SigningKey")},
                    {"type": "object", "required": ["keys"], "properties": {
                        "keys": {"type": "array", "minItems": 1, "maxItems": 100, "items": reference("SigningKey")},
                    }},
                ]}), "^[\\[{]"),
            },
        },
        "WebAuthnCredResponse": {
            "type": "object",
            "required": ["authenticatorEnrollmentId"],
            "properties": {
                "authenticatorEnrollmentId": reference("EnrollmentId"),
                "credResponseJwe": jwe("The signed and encrypted credential."),
                "credResponseJWE": jwe("The former spelling of `credResponseJwe`."),
            },
            "oneOf": [{"required": ["credResponseJwe"]}, {"required": ["credResponseJWE"]}],
        },
        "EnrollmentActivationResponse": {
            "type": "object",
            "required": ["userId", "fulfillmentProvider", "authenticatorEnrollmentIds"],
            "properties": {
                "userId": reference("UserId"),
                "fulfillmentProvider": reference("FulfillmentProvider"),
                "authenticatorEnrollmentIds": {"type": "array", "items": reference("EnrollmentId")},
            },
        },
    })
}

/// list.
pub(super) fn factor() -> Value {
    json!({
        "WebAuthnPreregistrationFactor": {
            "type": "object",
            "required": [
                "id", "created", "factorType", "fulfillmentProvider", "lastUpdated", "profile",
                "provider", "status", "vendorName", "_links",
            ],
            "properties": {
                "id": reference("EnrollmentId"),
                "created": moment("When it was enrolled."),
                "lastUpdated": moment("When it last changed."),
                "factorType": {"type": "string", "const": "webauthn"},
                "provider": {"type": "string", "const": "FIDO"},
                "vendorName": {"type": "string", "const": "FIDO"},
                "fulfillmentProvider": reference("FulfillmentProvider"),
                "status": {
                    "type": "string",
                    "enum": ["PENDING_ACTIVATION", "FULFILLMENT_PENDING", "FULFILLMENT_ERRORED", "ACTIVE", "EXPIRED"],
                },
                "profile": {
                    "type": "object",
                    "required": ["authenticatorName", "presetPinAvailable"],
                    "properties": {
                        "credentialId": {"type": "string", "description": "In base64url, once there is one."},
                        "authenticatorName": {"type": "string", "examples": ["YubiKey 5 NFC"]},
                        "presetPinAvailable": {
                            "type": "boolean",
                            "description": "Whether the PIN can still be sent to the user.",
                        },
                    },
                },
                "_links": {
                    "type": "object",
                    "required": ["self"],
                    "properties": {"self": {
                        "type": "object",
                        "required": ["href", "hints"],
                        "properties": {
                            "href": {"type": "string", "format": "uri"},
                            "hints": {"type": "object", "required": ["allow"], "properties": {
                                "allow": {"type": "array", "items": {"type": "string"}},
                            }},
                        },
                    }},
                },
            },
        },
    })
}

fn short_text(description: &str, example: &str) -> Value {
    json!({
        "type": "string",
        "description": description,
        "minLength": 1, "maxLength": 64,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
        "examples": [example],
    })
}

fn or_null(schema: &Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}
