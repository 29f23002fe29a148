"""kill -9 at random moments under load, again and again.

Two threads carry keys from enroll to send-pin and first authentication. What
was acknowledged before the kill must be there afterwards; what was not must be
there wholly or not at all; no PIN mail may come after its PIN was wiped.
"""

import os
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from . import orchestrator
from .orchestrator import REGISTRATION
from .program import Program
from .report import Check, Report
from .server import Server, program_path, serving

ROUNDS = int(os.environ.get("PREREG_CRASH_ROUNDS", "100"))
THREADS = 2


@dataclass
class Key:
    """What was acknowledged for one key."""

    user: dict[str, Any]
    enrollment_ids: list[str]
    activating: bool = False
    activated: bool = False
    serial: str = ""
    used: bool = False
    mails: int | None = None


@dataclass
class Known:
    """Everything that was acknowledged so far, under one lock."""

    keys: list[Key] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def run(report: Report, program: Program) -> None:
    known = Known()
    options = (
        "--set=rate_limit.per_minute=1000000",
        "--set=provider.progression=timed",
        "--set=provider.step=0s",
    )
    with serving(program_path(), program.scratch, *options) as server:
        with report.check(f"crash: kill -9, {ROUNDS} times under load") as check:
            for number in range(ROUNDS):
                _load_and_kill(server, known)
                server.restart()
                with check.case(f"round {number}"):
                    _verify(server, known)
            check.equal("audit log", server.command("audit", "verify").get("ok"), True)
            activated = sum(key.activated for key in known.keys)
            used = sum(key.used for key in known.keys)
            check.holds("keys were activated", activated > 0)
            check.holds("keys were used", used > 0)
            check.note = f"{len(known.keys)} keys enrolled, {activated} activated, {used} used"


def _load_and_kill(server: Server, known: Known) -> None:
    stop = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(server, known, stop), daemon=True)
        for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.1, 0.8))
    server.kill()
    stop.set()
    for thread in threads:
        thread.join(60)


def _work(server: Server, known: Known, stop: threading.Event) -> None:
    """Keys from beginning to end, until the server is gone."""
    while not stop.is_set():
        try:
            _one_key(server, known)
        except (AssertionError, OSError, LookupError, ValueError):
            # The server was killed in the middle; what was noted is what it said.
            if stop.is_set() or server.process is None or server.process.poll() is not None:
                return
            time.sleep(0.05)


def _one_key(server: Server, known: Known) -> None:
    user = server.add_user(f"crash-{random.getrandbits(64):x}@example.com")
    with known.lock:
        known.users.append(user)
    requests = orchestrator.enrolled(server, user)
    key = Key(user, [item["authenticatorEnrollmentId"] for item in requests["credRequests"]])
    with known.lock:
        known.keys.append(key)
    created = server.yubico("POST", "/v1/fpr/shipments", orchestrator.shipment_body(requests))
    shipment = f"/v1/fpr/shipments/{created.json()['shipment_id']}"
    product = server.yubico("GET", shipment).json()["shipment_items"][0]["product_data"][0]
    fulfilled = orchestrator.Fulfilled(user, requests, "", product)
    key.activating = True
    body = orchestrator.activation_body(server, fulfilled)
    if server.okta("POST", f"{REGISTRATION}/activate", body).status == 200:
        key.activated = True
    pin_request = {
        "userId": user["id"],
        "fulfillmentProvider": "yubico",
        "authenticatorEnrollmentId": key.enrollment_ids[0],
    }
    key.serial = str(product["serial_number"])
    if server.okta("POST", f"{REGISTRATION}/send-pin", pin_request).status == 204:
        _use(server, key)


def _use(server: Server, key: Key) -> None:
    """The first authentication, which wipes the PIN."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not _mails_of(server, key):
        time.sleep(0.02)
    pin = orchestrator.pin_of(_mails_of(server, key)[0])
    server.command("key", "authenticate", key.serial, data=pin.encode())
    key.used = True


def _mails_of(server: Server, key: Key) -> list[bytes]:
    serial = key.serial.encode()
    texts = (path.read_bytes() for path in server.mails())
    return [text for text in texts if serial in text]


def _verify(server: Server, known: Known) -> None:
    """Every acknowledged thing is there, and nothing is half done."""
    for user in random.sample(known.users, min(20, len(known.users))):
        answer = server.okta("GET", f"/api/v1/users/{user['id']}")
        if answer.status != 200:
            raise AssertionError(f"user {user['id']} is lost: {answer.status}")
    recent, older = known.keys[-6:], known.keys[:-6]
    for key in recent + random.sample(older, min(6, len(older))):
        _verify_key(server, key)


def _verify_key(server: Server, key: Key) -> None:
    path = f"{REGISTRATION}/users/{key.user['id']}/enrollments"
    listed = server.okta("GET", path).json()
    if sorted(item["id"] for item in listed) != sorted(key.enrollment_ids):
        raise AssertionError(f"enrollments of {key.user['id']} are lost: {listed}")
    statuses = {item["status"] for item in listed}
    if len(statuses) != 1:
        raise AssertionError(f"half activated: {statuses}")
    active = statuses == {"ACTIVE"}
    if key.activated and not active:
        raise AssertionError(f"an acknowledged activation of {key.user['id']} is lost")
    if active and not key.activating:
        raise AssertionError("active without an activation")
    key.activated = active
    if not key.used:
        return
    if any(item["profile"]["presetPinAvailable"] for item in listed):
        raise AssertionError(f"the PIN of {key.user['id']} is back after it was wiped")
    mails = len(_mails_of(server, key))
    if key.mails is not None and mails != key.mails:
        raise AssertionError(f"a PIN was mailed after it was wiped: {key.serial}")
    key.mails = mails
