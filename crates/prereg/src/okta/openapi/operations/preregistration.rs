//! The seven operations.

use super::{Entry, Operation, array_of, enrollment_id, reference, user_id};
use crate::auth::Scope;
use crate::okta::openapi::examples;
use crate::okta::path;

/// All of them.
pub(super) fn all() -> Vec<Entry> {
    let operation = |id, scope, summary| Operation::new("Pre-registration", id, scope, summary);
    let (manage, read) = (Scope::UsersManage, Scope::UsersRead);
    vec![
        (
            path::INITIATE,
            "post",
            operation("generateFulfillmentRequest", manage, "Ask for a key")
                .described("Logs `system.mfa.preregister.initiate`, which starts an orchestrator.")
                .with_body("FulfillmentRequest", &examples::initiate()),
        ),
        (
            path::ENROLL,
            "post",
            operation("enrollPreregistrationEnrollment", manage, "Enroll")
                .described(
                    "Makes one enrollment for each RP ID, and the requests that the fulfillment \
                    provider programs a key by, encrypted to its transport key.",
                )
                .with_body("EnrollmentInitializationRequest", &examples::enroll())
                .answering(
                    "The encrypted requests.",
                    reference("EnrollmentInitializationResponse"),
                ),
        ),
        (
            path::ACTIVATE,
            "post",
            operation("activatePreregistrationEnrollment", manage, "Activate")
                .described(
                    "Takes the responses of one key: all enrollments of one enroll call, or \
                    none. A second activation is refused.",
                )
                .with_body("EnrollmentActivationRequest", &examples::activate())
                .answering("Active.", reference("EnrollmentActivationResponse")),
        ),
        (
            path::SEND_PIN,
            "post",
            operation("sendPin", manage, "Mail the PIN")
                .described(
                    "Mails the PIN to the user; may be called again until the user has signed \
                    in with the key for the first time.",
                )
                .with_body("PinRequest", &examples::send_pin()),
        ),
        (
            path::ENROLLMENTS,
            "get",
            operation(
                "listWebAuthnPreregistrationFactors",
                read,
                "List enrollments",
            )
            .taking(vec![user_id()])
            .answering(
                "The user's enrollments, oldest first.",
                array_of("WebAuthnPreregistrationFactor"),
            ),
        ),
        (
            path::ENROLLMENT,
            "delete",
            operation(
                "deleteWebAuthnPreregistrationFactor",
                manage,
                "Delete an enrollment",
            )
            .described("In whatever state. It is logged, and mailed to the user.")
            .taking(vec![user_id(), enrollment_id("authenticatorEnrollmentId")]),
        ),
        (
            path::MARK_ERROR,
            "post",
            operation(
                "assignFulfillmentErrorWebAuthnPreregistrationFactor",
                manage,
                "Mark the fulfillment as errored",
            )
            .described("The enrollment can still be activated. To mark it again changes nothing.")
            .taking(vec![user_id(), enrollment_id("authenticatorEnrollmentId")]),
        ),
    ]
}
