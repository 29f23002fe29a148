"""The unmodified okta Python SDK drives every operation over HTTP.

Its check for https is turned off by its documented environment variable. It
sends `SSWStoken` without a space, and body-less calls as octet streams.
"""

import asyncio
import json
import os
import urllib.parse
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

# Read when a client is made; must be there before.
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from okta.client import Client
from okta.errors.okta_api_error import OktaAPIError
from okta.models.create_user_request import CreateUserRequest
from okta.models.ec_key_jwk import ECKeyJWK
from okta.models.enrollment_activation_request import EnrollmentActivationRequest
from okta.models.enrollment_initialization_request import EnrollmentInitializationRequest
from okta.models.fulfillment_data_order_details import FulfillmentDataOrderDetails
from okta.models.fulfillment_request import FulfillmentRequest
from okta.models.pin_request import PinRequest
from okta.models.user_profile import UserProfile
from okta.models.web_authn_cred_response import WebAuthnCredResponse

from . import orchestrator
from .program import Program
from .report import Check, Report
from .server import Answer, Server, call, program_path, serving

UNKNOWN_USER = "00uUnknownUserId0000"
UNKNOWN_ENROLLMENT = "fwfUnknownEnroll0000"


def run(report: Report, program: Program) -> None:
    with serving(program_path(), program.scratch) as server:
        with report.check("okta-python: one key, every operation") as check:
            asyncio.run(_journey(check, server))
        with report.check("okta-python: users and paging") as check:
            asyncio.run(_users(check, server))
        with report.check("okta-python: the system log, filtered and paged") as check:
            asyncio.run(_logs(check, server))
        with report.check("okta-python: its error classes") as check:
            asyncio.run(_errors(check, server))
        with report.check("okta-python: private_key_jwt by ES256 and ES384, as PyJWT signs") as check:
            _elliptic_clients(check, server)
        with report.check("okta-python: OAuth 2 by private_key_jwt, RS256") as check:
            asyncio.run(_oauth(check, server))
    with serving(program_path(), program.scratch, "--set=rate_limit.per_minute=5") as server:
        with report.check("okta-python: waits out a 429 and comes back") as check:
            asyncio.run(_rate_limit(check, server))


def client(server: Server, **changes: Any) -> Client:
    settings = {"orgUrl": server.okta_url, "token": server.okta_token, **changes}
    return Client(settings)


async def _journey(check: Check, server: Server) -> None:
    okta = client(server)
    user = await _created(check, okta, "ada@example.com")
    order = FulfillmentDataOrderDetails(
        product_id="1", customization_id="RXJN83", inventory_product_id="106"
    )
    named = {"user_id": user.id, "fulfillment_provider": "yubico"}
    _, answer, error = await okta.generate_fulfillment_request(
        FulfillmentRequest(**named, fulfillment_data=[order])
    )
    check.equal("initiate-fulfillment-request", (answer and answer.status_code, error), (204, None))
    key = ECKeyJWK.from_dict(orchestrator.transport_key(server))
    requests, _, error = await okta.enroll_preregistration_enrollment(
        EnrollmentInitializationRequest(
            **named,
            enrollment_rp_ids=["login.example.com", "vpn.example.com"],
            yubico_transport_key_jwk=key,
        )
    )
    check.equal("enroll", error, None)
    check.equal("credential requests", len(requests.cred_requests), 2)
    fulfilled = orchestrator.fulfill(server, {"id": user.id}, requests.to_dict())
    first, second = fulfilled.enrollment_ids
    factors, _, error = await okta.list_web_authn_preregistration_factors(user.id)
    check.equal("list", (error, {factor.status for factor in factors}), (None, {"PENDING_ACTIVATION"}))
    body = orchestrator.activation_body(server, fulfilled)
    activated, _, error = await okta.activate_preregistration_enrollment(_activation(body))
    check.equal("activate", error, None)
    check.equal("activated", set(activated.authenticator_enrollment_ids), {first, second})
    factors, _, _ = await okta.list_web_authn_preregistration_factors(user.id)
    check.equal("status", {factor.status for factor in factors}, {"ACTIVE"})
    check.equal("PIN", {f.profile["presetPinAvailable"] for f in factors}, {True})
    _, _, error = await okta.activate_preregistration_enrollment(_activation(body))
    check.equal("a second activation", (error.status, error.error_code), (403, "E0000038"))
    mails = len(server.mails())
    _, answer, error = await okta.send_pin(
        PinRequest(**named, authenticator_enrollment_id=first)
    )
    check.equal("send-pin", (answer and answer.status_code, error), (204, None))
    pin = orchestrator.pin_of(orchestrator.new_mail(server, mails))
    check.holds("the PIN has the length asked for", len(pin) >= 4, pin)
    _, answer, error = await okta.delete_web_authn_preregistration_factor(user.id, second)
    check.equal("delete", (answer and answer.status_code, error), (204, None))
    factors, _, _ = await okta.list_web_authn_preregistration_factors(user.id)
    check.equal("left", [factor.id for factor in factors], [first])
    await _mark_error(check, okta, server)


async def _mark_error(check: Check, okta: Client, server: Server) -> None:
    """The SDK's enum lacks FULFILLMENT_ERRORED, so the list is read without it."""
    user = await _created(check, okta, "errored@example.com")
    requests = orchestrator.enrolled(server, {"id": user.id})
    enrollment = requests["credRequests"][0]["authenticatorEnrollmentId"]
    for time in ("first", "second"):
        _, answer, error = (
            await okta.assign_fulfillment_error_web_authn_preregistration_factor(
                user.id, enrollment
            )
        )
        check.equal(f"mark-error, {time}", (answer and answer.status_code, error), (204, None))
    listed = server.okta("GET", f"{orchestrator.REGISTRATION}/users/{user.id}/enrollments").json()
    check.equal("status", listed[0]["status"], "FULFILLMENT_ERRORED")


async def _users(check: Check, server: Server) -> None:
    okta = client(server)
    for number in range(5):
        await _created(check, okta, f"page{number}@example.com")
    user, _, error = await okta.get_user("page3@example.com")
    check.equal("by login", (error, user.profile.login), (None, "page3@example.com"))
    again, _, error = await okta.get_user(user.id)
    check.equal("by id", (error, again.id), (None, user.id))
    seen, after = [], None
    for _ in range(50):
        page, answer, error = await okta.list_users(limit=2, after=after)
        check.equal("a page", error, None)
        seen += [found.profile.login for found in page]
        after = _cursor(answer.headers)
        if not after:
            break
    check.equal("each user once", len(seen), len(set(seen)))
    check.holds("all users", {f"page{n}@example.com" for n in range(5)} <= set(seen), str(seen))


async def _logs(check: Check, server: Server) -> None:
    okta = client(server)
    events, _, error = await okta.list_log_events(
        filter='eventType eq "system.mfa.preregister.initiate"'
    )
    check.equal("filter", (error, len(events)), (None, 1))
    detail = events[0].target[0].detail_entry
    check.equal("detail", detail["fulfillmentProvider"], "yubico")
    check.equal("detail", detail["yubicoCustomizationId"], "RXJN83")
    events, _, error = await okta.list_log_events(
        filter='eventType eq "user.mfa.factor.activate"', limit=1
    )
    check.equal("limit", (error, len(events)), (None, 1))
    soon = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    events, _, error = await okta.list_log_events(since=soon)
    check.equal("since", (error, events), (None, []))


async def _errors(check: Check, server: Server) -> None:
    okta = client(server)
    _, _, error = await okta.list_web_authn_preregistration_factors(UNKNOWN_USER)
    _is_error(check, "unknown user", error, 404, "E0000007")
    user = await _created(check, okta, "errors@example.com")
    error = _error(await okta.delete_web_authn_preregistration_factor(user.id, UNKNOWN_ENROLLMENT))
    _is_error(check, "unknown enrollment", error, 404, "E0000007")
    _, _, error = await okta.enroll_preregistration_enrollment(
        EnrollmentInitializationRequest(user_id=user.id, fulfillment_provider="yubico")
    )
    _is_error(check, "enroll without a key", error, 400, "E0000001")
    named = {"user_id": user.id, "fulfillment_provider": "yubico"}
    requests = orchestrator.enrolled(server, {"id": user.id})
    enrollment = requests["credRequests"][0]["authenticatorEnrollmentId"]
    error = _error(await okta.send_pin(PinRequest(**named, authenticator_enrollment_id=enrollment)))
    _is_error(check, "no PIN yet", error, 403, "E0000038")
    _, _, error = await client(server, token="00wrong").get_user(user.id)
    _is_error(check, "wrong token", error, 401, "E0000011")
    created = server.command("token", "create", "--name", "reader", "--scope", "okta.users.read")
    reader = client(server, token=created["token"])
    pin_request = PinRequest(**named, authenticator_enrollment_id=enrollment)
    error = _error(await reader.send_pin(pin_request))
    _is_error(check, "a token that only reads", error, 403, "E0000006")


async def _oauth(check: Check, server: Server) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    numbers = private.public_key().public_numbers()
    jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "sdk", "e": "AQAB", "n": _b64(numbers.n)}
    jwks = server.data.parent / "client.jwks"
    jwks.write_text(json.dumps({"keys": [jwk]}))
    registered = server.command(
        "client", "create", "--name", "sdk", "--jwks", str(jwks), "--scope", "okta.users.read"
    )
    settings = {
        "orgUrl": server.okta_url,
        "authorizationMode": "PrivateKey",
        "clientId": registered["client_id"],
        "privateKey": pem,
        "kid": "sdk",
        "scopes": ["okta.users.read"],
    }
    okta = Client(settings)
    users, _, error = await okta.list_users(limit=1)
    check.equal("a call with the access token", (error, len(users)), (None, 1))
    error = _error(await okta.delete_web_authn_preregistration_factor(UNKNOWN_USER, UNKNOWN_ENROLLMENT))
    _is_error(check, "a scope it does not hold", error, 403, "E0000006")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    _, _, error = await Client({**settings, "privateKey": other}).list_users(limit=1)
    check.holds("another key is refused", isinstance(error, OktaAPIError), repr(error))


def _elliptic_clients(check: Check, server: Server) -> None:
    """Clients with keys on curves, which the SDK itself cannot use."""
    for algorithm, curve in (("ES256", ec.SECP256R1()), ("ES384", ec.SECP384R1())):
        private = ec.generate_private_key(curve)
        public = json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key()))
        jwks = server.data.parent / f"{algorithm}.jwks"
        jwks.write_text(json.dumps({"keys": [{**public, "kid": algorithm, "alg": algorithm}]}))
        registered = server.command(
            "client", "create", "--name", algorithm, "--jwks", str(jwks), "--scope", "okta.users.read"
        )
        assertion = _assertion(server, registered["client_id"], private, algorithm)
        answer = _token(server, assertion)
        check.holds(algorithm, answer.status == 200, f"{answer.status} {answer.body!r}")
        bearer = f"Bearer {answer.json().get('access_token')}"
        listed = server.okta("GET", "/api/v1/users?limit=1", Authorization=bearer)
        check.equal(f"{algorithm}: a call", listed.status, 200)
        again = _token(server, assertion)
        check.holds(f"{algorithm}: once", again.status in (400, 401), f"{again.status}")


def _assertion(server: Server, client_id: str, key: Any, algorithm: str) -> str:
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": client_id, "sub": client_id, "aud": f"{server.okta_url}/oauth2/v1/token",
        "iat": now, "exp": now + 300, "jti": str(uuid.uuid4()),
    }  # fmt: skip
    return jwt.encode(claims, key, algorithm, {"kid": algorithm})


def _token(server: Server, assertion: str) -> Answer:
    form = {
        "grant_type": "client_credentials",
        "scope": "okta.users.read",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urllib.parse.urlencode(form).encode()
    return call(server.okta_url, "POST", "/oauth2/v1/token", body, kind)


async def _rate_limit(check: Check, server: Server) -> None:
    """More calls than a window allows: the SDK reads Date and X-Rate-Limit-Reset."""
    user = server.add_user("limited@example.com")
    for _ in range(5):
        answer = server.okta("GET", f"/api/v1/users/{user['id']}")
        if answer.status == 429:
            break
    else:
        answer = server.okta("GET", f"/api/v1/users/{user['id']}")
    check.equal("429", (answer.status, answer.json()["errorCode"]), (429, "E0000047"))
    for name in ("date", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"):
        check.holds(name, name in answer.headers, str(answer.headers))
    found, _, error = await client(server).get_user(user["id"])
    check.equal("after the wait", (error, found and found.id), (None, user["id"]))


def _error(result: tuple[Any, ...]) -> object:
    """Of calls without an answer the SDK gives two things, or three."""
    return result[-1]


async def _created(check: Check, okta: Client, login: str) -> Any:
    profile = UserProfile(first_name="Ada", last_name="Lovelace", email=login, login=login)
    user, _, error = await okta.create_user(CreateUserRequest(profile=profile), activate=True)
    check.equal(f"user {login}", error, None)
    return user


def _activation(body: dict[str, Any]) -> EnrollmentActivationRequest:
    return EnrollmentActivationRequest(
        user_id=body["userId"],
        fulfillment_provider="yubico",
        serial=body["serial"],
        version=body["version"],
        pin_response_jwe=body["pinResponseJwe"],
        cred_responses=[WebAuthnCredResponse.from_dict(item) for item in body["credResponses"]],
        yubico_signing_jwks=[ECKeyJWK.from_dict(key) for key in body["yubicoSigningJwks"]],
    )


def _is_error(check: Check, case: str, error: object, status: int, code: str) -> None:
    """An OktaAPIError with every member of the documented body."""
    check.holds(f"{case}: class", isinstance(error, OktaAPIError), repr(error))
    if isinstance(error, OktaAPIError):
        check.equal(case, (error.status, error.error_code), (status, code))
        check.equal(f"{case}: errorLink", error.error_link, code)
        check.holds(f"{case}: errorId", error.error_id.startswith("oae"), error.error_id)
        check.holds(f"{case}: errorCauses", isinstance(error.error_causes, list))


def _cursor(headers: Any) -> str | None:
    from okta.pagination import PaginationHelper

    return PaginationHelper.extract_next_cursor(headers)


def _b64(number: int) -> str:
    import base64

    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
