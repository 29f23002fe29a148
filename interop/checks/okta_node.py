"""The unmodified okta SDK for Node.js drives every operation over HTTP."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from . import orchestrator
from .forge import encode
from .okta_python import UNKNOWN_ENROLLMENT, UNKNOWN_USER
from .program import Program
from .report import Check, Report
from .server import Server, program_path, serving

SCRIPT = Path(__file__).resolve().parent.parent / "node" / "okta.js"
PREREGISTRATION = "webAuthnPreregistrationApi"


class Sdk:
    """One client of the SDK, in a Node process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def call(self, api: str, method: str, **argument: Any) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        line = json.dumps({"api": api, "method": method, "argument": argument})
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise AssertionError(f"the SDK ended in {method}")
        return json.loads(answer)

    def preregistration(self, method: str, **argument: Any) -> dict[str, Any]:
        return self.call(PREREGISTRATION, method, **argument)


def run(report: Report, program: Program) -> None:
    with serving(program_path(), program.scratch) as server:
        with report.check("okta-node: one key, every operation") as check:
            with _sdk(orgUrl=server.okta_url, token=server.okta_token) as sdk:
                _journey(check, server, sdk)
        with report.check("okta-node: its error class") as check:
            with _sdk(orgUrl=server.okta_url, token=server.okta_token) as sdk:
                _errors(check, sdk)
        with report.check("okta-node: OAuth 2 by private_key_jwt, RS256") as check:
            _oauth(check, server)


@contextlib.contextmanager
def _sdk(**settings: Any) -> Iterator[Sdk]:
    process = subprocess.Popen(
        ["node", str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OKTA_CLIENT": json.dumps(settings)},
    )
    try:
        yield Sdk(process)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(30)


def _journey(check: Check, server: Server, sdk: Sdk) -> None:
    profile = {
        "firstName": "Grace", "lastName": "Hopper",
        "login": "grace@example.com", "email": "grace@example.com",
    }  # fmt: skip
    user = _ok(check, sdk.call("userApi", "createUser", body={"profile": profile}, activate=False))
    check.equal("STAGED", user["status"], "STAGED")
    found = _ok(check, sdk.call("userApi", "getUser", userId="grace@example.com"))
    check.equal("by login", found["id"], user["id"])
    named = {"userId": user["id"], "fulfillmentProvider": "yubico"}
    order = {"productId": "1", "customizationId": "RXJN83", "inventoryProductId": "106"}
    body: dict[str, Any] = {**named, "fulfillmentData": [order]}
    _ok(check, sdk.preregistration("generateFulfillmentRequest", body=body))
    body = orchestrator.enroll_body(server, user["id"], "login.example.com", "vpn.example.com")
    requests = _ok(check, sdk.preregistration("enrollPreregistrationEnrollment", body=body))
    fulfilled = orchestrator.fulfill(server, user, requests)
    first, second = fulfilled.enrollment_ids
    body = orchestrator.activation_body(server, fulfilled)
    activated = _ok(check, sdk.preregistration("activatePreregistrationEnrollment", body=body))
    check.equal("activated", set(activated["authenticatorEnrollmentIds"]), {first, second})
    mails = len(server.mails())
    body = {**named, "authenticatorEnrollmentId": first}
    _ok(check, sdk.preregistration("sendPin", body=body))
    with check.case("the PIN mail"):
        orchestrator.pin_of(orchestrator.new_mail(server, mails))
    factors = _ok(check, sdk.preregistration("listWebAuthnPreregistrationFactors", userId=user["id"]))
    check.equal("list", {factor["status"] for factor in factors}, {"ACTIVE"})
    gone = {"userId": user["id"], "authenticatorEnrollmentId": second}
    _ok(check, sdk.preregistration("deleteWebAuthnPreregistrationFactor", **gone))
    requests = orchestrator.enrolled(server, user)
    errored = requests["credRequests"][0]["authenticatorEnrollmentId"]
    named = {"userId": user["id"], "authenticatorEnrollmentId": errored}
    method = "assignFulfillmentErrorWebAuthnPreregistrationFactor"
    _ok(check, sdk.preregistration(method, **named))
    listed = _ok(check, sdk.preregistration("listWebAuthnPreregistrationFactors", userId=user["id"]))
    check.equal("after delete and mark-error", {item["id"] for item in listed}, {first, errored})
    events = _ok(check, sdk.call("systemLogApi", "listLogEvents", filter='eventType eq "user.mfa.factor.activate"'))
    check.holds("the system log", len(events) >= 1, str(events))


def _errors(check: Check, sdk: Sdk) -> None:
    answer = sdk.preregistration("listWebAuthnPreregistrationFactors", userId=UNKNOWN_USER)
    _is_error(check, "unknown user", answer, 404, "E0000007")
    gone = {"userId": UNKNOWN_USER, "authenticatorEnrollmentId": UNKNOWN_ENROLLMENT}
    answer = sdk.preregistration("deleteWebAuthnPreregistrationFactor", **gone)
    _is_error(check, "unknown enrollment", answer, 404, "E0000007")
    answer = sdk.preregistration("enrollPreregistrationEnrollment", body={"fulfillmentProvider": "yubico"})
    _is_error(check, "enroll without a user", answer, 400, "E0000001")


def _oauth(check: Check, server: Server) -> None:
    """The SDK signs a DPoP proof beside each request for a token, always by RS256."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = private.private_numbers()
    public = {"kty": "RSA", "alg": "RS256", "kid": "node", **_members(numbers.public_numbers, "ne")}
    path = server.data.parent / "node.jwks"
    path.write_text(json.dumps({"keys": [public]}))
    registered = server.command(
        "client", "create", "--name", "node", "--jwks", str(path), "--scope", "okta.users.read"
    )
    primes = {"dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    secret = {**_members(numbers, "dpq"), **{name: _encoded(n) for name, n in primes.items()}}
    settings = {
        "orgUrl": server.okta_url,
        "authorizationMode": "PrivateKey",
        "clientId": registered["client_id"],
        "scopes": ["okta.users.read"],
        "privateKey": {**public, **secret},
        "keyId": "node",
    }
    with _sdk(**settings) as sdk:
        users = _ok(check, sdk.call("userApi", "listUsers", limit=1))
        check.holds("a call with the access token", bool(users), str(users))


def _members(numbers: Any, names: str) -> dict[str, str]:
    return {name: _encoded(getattr(numbers, name)) for name in names}


def _encoded(number: int) -> str:
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _ok(check: Check, answer: dict[str, Any]) -> Any:
    check.holds("the call", "ok" in answer, str(answer)[:250])
    return answer.get("ok")


def _is_error(check: Check, case: str, answer: dict[str, Any], status: int, code: str) -> None:
    error = answer.get("error", {})
    check.equal(f"{case}: class", error.get("name"), "OktaApiError")
    check.equal(case, (error.get("status"), error.get("errorCode")), (status, code))
    check.equal(f"{case}: errorLink", error.get("errorLink"), code)
    check.holds(f"{case}: errorCauses", isinstance(error.get("errorCauses"), list), str(error))
