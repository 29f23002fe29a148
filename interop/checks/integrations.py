"""The bodies that no-code integrations send, replayed over plain HTTP.

ServiceNow's script passes the text of the JWK Set and a list where one id is
due; a SQL resource passes every member as text; older specifications spell
members differently.
"""

import json
from typing import Any

from . import orchestrator
from .orchestrator import REGISTRATION, Fulfilled
from .program import Program
from .report import Check, Report
from .server import Answer, Server, call, program_path, serving


def run(report: Report, program: Program) -> None:
    with serving(program_path(), program.scratch) as server:
        with report.check("integrations: ServiceNow's guide") as check:
            _service_now(check, server)
        with report.check("integrations: a SQL resource, members as text") as check:
            _sql_resource(check, server)
        with report.check("integrations: spellings of older specifications") as check:
            _older_spellings(check, server)
        with report.check("integrations: Okta Workflows' template") as check:
            _workflows(check, server)
        with report.check("integrations: headers that real clients send") as check:
            _headers(check, server)


def _service_now(check: Check, server: Server) -> None:
    fulfilled = _fulfilled(server, "servicenow@example.com")
    body = orchestrator.activation_body(server, fulfilled)
    jwks = server.yubico("GET", "/.well-known/yubico-sign.jwks").body.decode()
    body["yubicoSigningJwks"] = jwks
    _expect(check, "activate with the JWKS text", _post(server, "activate", body), 200)
    mails = len(server.mails())
    pin_request = {
        "userId": fulfilled.user["id"],
        "fulfillmentProvider": "yubico",
        "authenticatorEnrollmentId": fulfilled.enrollment_ids,
    }
    _expect(check, "send-pin with a list", _post(server, "send-pin", pin_request), 204)
    with check.case("the PIN mail"):
        orchestrator.pin_of(orchestrator.new_mail(server, mails))


def _sql_resource(check: Check, server: Server) -> None:
    user = server.add_user("sql@example.com")
    order = {"productId": "1", "customizationId": "RXJN83", "inventoryProductId": "106"}
    body: dict[str, Any] = {
        "userId": user["id"],
        "fulfillmentProvider": "yubico",
        "fulfillmentData": json.dumps([order]),
    }
    _expect(check, "initiate", _post(server, "initiate-fulfillment-request", body), 204)
    body = orchestrator.enroll_body(server, user["id"], "login.example.com", "vpn.example.com")
    for member in ("enrollmentRpIds", "yubicoTransportKeyJWK"):
        body[member] = json.dumps(body[member])
    requests = _expect(check, "enroll", _post(server, "enroll", body), 200)
    fulfilled = orchestrator.fulfill(server, user, requests)
    body = orchestrator.activation_body(server, fulfilled)
    for member in ("credResponses", "yubicoSigningJwks"):
        body[member] = json.dumps(body[member])
    _expect(check, "activate", _post(server, "activate", body), 200)
    listed = server.okta("GET", f"{REGISTRATION}/users/{user['id']}/enrollments").json()
    columns = {
        "id", "created", "factorType", "fulfillmentProvider", "lastUpdated", "profile",
        "provider", "status", "vendorName",
    }  # fmt: skip
    check.holds("the nine columns of SELECT", columns <= set(listed[0]), str(set(listed[0])))


def _older_spellings(check: Check, server: Server) -> None:
    user = server.add_user("older@example.com")
    order = {"productId": "1", "customizationId": "RXJN83", "inventoryProductId": "106"}
    body: dict[str, Any] = {
        "userId": user["id"],
        "fulfillmentProvider": "yubico",
        "fulfillmentData": order,
    }
    answer = _post(server, "initiate-fulfillment-request", body)
    _expect(check, "fulfillmentData as an object", answer, 204)
    fulfilled = _fulfilled(server, "older2@example.com")
    body = orchestrator.activation_body(server, fulfilled)
    for response in body["credResponses"]:
        response["credResponseJWE"] = response.pop("credResponseJwe")
    body["yubicoSigningJwks"] = {"keys": body["yubicoSigningJwks"]}
    _expect(check, "credResponseJWE and a JWK Set", _post(server, "activate", body), 200)


def _workflows(check: Check, server: Server) -> None:
    """The template reads the user by login, and takes the issuer as RP ID."""
    server.add_user("workflows@example.com")
    found = server.okta("GET", "/api/v1/users/workflows%40example.com").json()
    check.equal("the user", found["profile"]["login"], "workflows@example.com")
    answer = call(server.okta_url, "GET", "/.well-known/openid-configuration", None, {})
    check.equal("the issuer", (answer.status, "issuer" in answer.json()), (200, True))
    requests = orchestrator.enrolled(server, found)
    enrollment = requests["credRequests"][0]["authenticatorEnrollmentId"]
    path = f"{REGISTRATION}/users/{found['id']}/enrollments/{enrollment}/mark-error"
    created = server.yubico("POST", "/v1/fpr/shipments", orchestrator.shipment_body(requests)).json()
    server.command("shipment", "fail", str(created["shipment_id"]))
    _expect(check, "mark-error", server.okta("POST", path), 204)
    for _ in range(20):
        state = server.command("shipment", "advance", str(created["shipment_id"]))
        if state["state"] in (103, 104):
            break
    shipped = server.yubico("GET", f"/v1/fpr/shipments/{created['shipment_id']}").json()
    product = shipped["shipment_items"][0]["product_data"][0]
    fulfilled = Fulfilled(found, requests, str(created["shipment_id"]), product)
    body = orchestrator.activation_body(server, fulfilled)
    _expect(check, "an errored enrollment activates", _post(server, "activate", body), 200)


def _headers(check: Check, server: Server) -> None:
    user = server.add_user("headers@example.com")
    path = f"{REGISTRATION}/users/{user['id']}/enrollments"
    token = server.okta_token
    for value in (f"SSWS {token}", f"SSWS{token}", f"ssws {token}"):
        answer = call(server.okta_url, "GET", path, None, {"Authorization": value})
        check.equal(f"Authorization {value[:6]!r}", answer.status, 200)
    answer = server.okta("GET", path, Accept="application/json, */*;q=0.8")
    check.equal("Accept of the Node SDK", answer.status, 200)
    requests = orchestrator.enrolled(server, user)
    enrollment = requests["credRequests"][0]["authenticatorEnrollmentId"]
    answer = server.okta(
        "POST", f"{path}/{enrollment}/mark-error", b"", Content_Type="application/octet-stream"
    )
    check.equal("a body-less call as octet stream", answer.status, 204)
    answer = server.okta("POST", f"{REGISTRATION}/enroll", b"{", Content_Type="application/json")
    check.equal("malformed JSON", (answer.status, answer.json()["errorCode"]), (400, "E0000003"))
    answer = server.okta("POST", f"{REGISTRATION}/enroll", b"")
    check.equal("no body where one is due", answer.status, 400)
    answer = server.okta("PUT", f"{REGISTRATION}/enroll", {})
    check.equal("method", (answer.status, answer.json()["errorCode"]), (405, "E0000022"))
    answer = server.okta("GET", "/api/v1/nowhere")
    check.equal("path", (answer.status, answer.json()["errorCode"]), (404, "E0000008"))
    for name in ("x-okta-request-id", "x-rate-limit-limit", "x-rate-limit-reset"):
        check.holds(name, name in answer.headers, str(answer.headers))


def _fulfilled(server: Server, login: str) -> Fulfilled:
    user = server.add_user(login)
    return orchestrator.fulfill(server, user, orchestrator.enrolled(server, user))


def _post(server: Server, operation: str, body: Any) -> Answer:
    return server.okta("POST", f"{REGISTRATION}/{operation}", body)


def _expect(check: Check, case: str, answer: Answer, status: int) -> Any:
    check.holds(case, answer.status == status, f"{answer.status} {answer.body[:200]!r}")
    return answer.json() if answer.body else None
