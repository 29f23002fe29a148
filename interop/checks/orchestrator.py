"""The orchestrator's way of one key, over plain HTTP: what every integration does."""

import random
import re
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

from .server import Server

REGISTRATION = "/webauthn-registration/api/v1"
PIN = re.compile(r"^ {4}(\S+)$", re.MULTILINE)


@dataclass
class Fulfilled:
    """What the provider's shipment brought for one key."""

    user: dict[str, Any]
    requests: dict[str, Any]
    shipment_id: str
    product: dict[str, Any]

    @property
    def enrollment_ids(self) -> list[str]:
        return [request["authenticatorEnrollmentId"] for request in self.requests["credRequests"]]


def transport_key(server: Server) -> dict[str, Any]:
    """One of the published transport keys, at random, as orchestrators pick."""
    keys = server.yubico("GET", "/.well-known/yubico-transport-keys.jwks").json()["keys"]
    names = ("kty", "crv", "use", "kid", "x", "y")
    key = random.choice(keys)
    return {name: key[name] for name in names}


def signing_keys(server: Server) -> list[dict[str, Any]]:
    return server.yubico("GET", "/.well-known/yubico-sign.jwks").json()["keys"]


def enroll_body(server: Server, user_id: str, *rp_ids: str) -> dict[str, Any]:
    return {
        "userId": user_id,
        "fulfillmentProvider": "yubico",
        "enrollmentRpIds": list(rp_ids or ("login.example.com",)),
        "yubicoTransportKeyJWK": transport_key(server),
    }


def shipment_body(requests: dict[str, Any]) -> dict[str, Any]:
    return {
        "delivery_type": 1,
        "recipient": {
            "recipient_company": "Acme",
            "recipient_email": "ada@example.com",
            "recipient_firstname": "Ada",
            "recipient_lastname": "Lovelace",
            "recipient_telephone": "5550100",
        },
        "mailing_address": {
            "street_line1": "12 St James's Square",
            "street_line2": "",
            "city": "London",
            "region": "London",
            "postal_code": "SW1Y 4JH",
            "country_code_2": "GB",
        },
        "shipment_items": [
            {
                "product_id": 1,
                "inventory_product_id": 106,
                "product_quantity": 1,
                "customization_id": "RXJN83",
                "product_customizations": [
                    {
                        "fido_pin_request": requests["pinRequestJwe"],
                        "fido_credential_requests": [
                            request["credRequestJwe"] for request in requests["credRequests"]
                        ],
                    }
                ],
            }
        ],
    }


def fulfill(server: Server, user: dict[str, Any], requests: dict[str, Any]) -> Fulfilled:
    """Posts the shipment and sees it shipped."""
    created = server.yubico("POST", "/v1/fpr/shipments", shipment_body(requests))
    if created.status not in (200, 201):
        raise AssertionError(f"POST shipments: {created.status} {created.body!r}")
    shipment_id = str(created.json()["shipment_id"])
    for _ in range(20):
        shipment = server.yubico("GET", f"/v1/fpr/shipments/{shipment_id}").json()
        if shipment["shipment_state"]["shipment_state_id"] in (103, 104):
            product = shipment["shipment_items"][0]["product_data"][0]
            return Fulfilled(user, requests, shipment_id, product)
        server.command("shipment", "advance", shipment_id)
    raise AssertionError("the shipment never ships")


def activation_body(server: Server, fulfilled: Fulfilled) -> dict[str, Any]:
    """Responses belong to enrollments by position."""
    product = fulfilled.product
    responses = zip(
        fulfilled.enrollment_ids, product["fido_credential_responses"], strict=True
    )
    return {
        "userId": fulfilled.user["id"],
        "fulfillmentProvider": "yubico",
        "serial": product["serial_number"],
        "version": product["firmware_version"],
        "pinResponseJwe": product["fido_pin_response"],
        "credResponses": [
            {"authenticatorEnrollmentId": enrollment, "credResponseJwe": response}
            for enrollment, response in responses
        ],
        "yubicoSigningJwks": signing_keys(server),
    }


def enrolled(server: Server, user: dict[str, Any], *rp_ids: str) -> dict[str, Any]:
    answer = server.okta(
        "POST", f"{REGISTRATION}/enroll", enroll_body(server, user["id"], *rp_ids)
    )
    if answer.status != 200:
        raise AssertionError(f"enroll: {answer.status} {answer.body!r}")
    return answer.json()


def new_mail(server: Server, before: int, seconds: float = 20) -> bytes:
    """The first mail that comes after so many."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        mails = server.mails()
        if len(mails) > before:
            return mails[before].read_bytes()
        time.sleep(0.1)
    raise AssertionError("no mail came")


def pin_of(mail: bytes) -> str:
    """The PIN of a mail's text part."""
    text = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    assert text is not None
    found = PIN.search(text.get_content().replace("\r\n", "\n"))
    if not found:
        raise AssertionError("the mail holds no PIN")
    return found.group(1)
