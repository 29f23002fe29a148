//! The endpoints that can have rate limits of their own, by `operationId`.

/// Name and path of each.
pub(super) const ALL: &[(&str, &str)] = &[
    (
        "generateFulfillmentRequest",
        "/webauthn-registration/api/v1/initiate-fulfillment-request",
    ),
    (
        "enrollPreregistrationEnrollment",
        "/webauthn-registration/api/v1/enroll",
    ),
    (
        "activatePreregistrationEnrollment",
        "/webauthn-registration/api/v1/activate",
    ),
    ("sendPin", "/webauthn-registration/api/v1/send-pin"),
    (
        "listWebAuthnPreregistrationFactors",
        "/webauthn-registration/api/v1/users/{userId}/enrollments",
    ),
    (
        "deleteWebAuthnPreregistrationFactor",
        "/webauthn-registration/api/v1/users/{userId}/enrollments/{authenticatorEnrollmentId}",
    ),
    (
        "assignFulfillmentErrorWebAuthnPreregistrationFactor",
        "/webauthn-registration/api/v1/users/{userId}/enrollments/{authenticatorEnrollmentId}/mark-error",
    ),
    // Two operations of one path share its limit.
    ("listUsers", "/api/v1/users"),
    ("createUser", "/api/v1/users"),
    ("getUser", "/api/v1/users/{idOrLogin}"),
    (
        "verifyFactor",
        "/api/v1/users/{userId}/factors/{factorId}/verify",
    ),
    ("listLogEvents", "/api/v1/logs"),
    (
        "getOpenIdConfiguration",
        "/.well-known/openid-configuration",
    ),
    ("getOpenApi", "/openapi.json"),
    ("getDocumentation", "/docs"),
    ("getAccessToken", "/oauth2/v1/token"),
    ("listKeys", "/oauth2/v1/keys"),
];

/// The path of an operation.
pub(super) fn path(name: &str) -> Option<&'static str> {
    let found = ALL.iter().find(|(known, _)| *known == name);
    found.map(|(_, path)| *path)
}
