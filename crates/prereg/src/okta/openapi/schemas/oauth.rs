//! The token endpoint, and who this is.

use serde_json::{Value, json};

/// The token endpoint and its keys.
pub(super) fn token() -> Value {
    let text = json!({"type": "string"});
    json!({
        "TokenRequest": {
            "type": "object",
            "required": ["grant_type", "client_assertion_type", "client_assertion"],
            "properties": {
                "grant_type": {"type": "string", "enum": ["client_credentials"]},
                "client_assertion_type": {
                    "type": "string",
                    "enum": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
                },
                "client_assertion": {"type": "string", "description": "A JWT by ES384, ES256 or RS256 (RFC 7523 §3)."},
                "client_id": {"type": "string", "description": "Must be the assertion's issuer."},
                "scope": {"type": "string", "description": "Scopes with spaces between; all that are granted, where absent."},
            },
        },
        "TokenResponse": {
            "type": "object",
            "required": ["token_type", "expires_in", "access_token", "scope"],
            "properties": {
                "token_type": {"type": "string", "const": "Bearer"},
                "expires_in": {"type": "integer", "minimum": 1, "description": "In seconds."},
                "access_token": text,
                "scope": text,
            },
        },
        "TokenError": {
            "type": "object",
            "description": "RFC 6749 §5.2.",
            "required": ["error", "error_description"],
            "properties": {
                "error": {
                    "type": "string",
                    "enum": ["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope", "server_error"],
                },
                "error_description": text,
            },
        },
        "JwkSet": {
            "type": "object",
            "description": "RFC 7517 §5.",
            "required": ["keys"],
            "properties": {"keys": {"type": "array", "items": {"type": "object", "required": ["kty"], "properties": {"kty": text}}}},
        },
    })
}

/// The discovery document.
pub(super) fn configuration() -> Value {
    let text = json!({"type": "string"});
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "OpenIdConfiguration": {
            "type": "object",
            "required": ["issuer", "token_endpoint", "jwks_uri"],
            "properties": {
                "issuer": {"type": "string", "description": "Without `https://`, the RP ID that orchestrators enroll for."},
                "token_endpoint": text,
                "jwks_uri": text,
                "response_types_supported": texts,
                "subject_types_supported": texts,
                "id_token_signing_alg_values_supported": texts,
                "grant_types_supported": texts,
                "token_endpoint_auth_methods_supported": texts,
                "token_endpoint_auth_signing_alg_values_supported": texts,
                "scopes_supported": texts,
            },
        },
    })
}
