"""Headless Chromium looks at the admin page: what it renders, and how."""

import re
import struct
import subprocess
import tempfile
from pathlib import Path

from . import orchestrator
from .orchestrator import REGISTRATION
from .program import Program
from .report import Check, Report
from .server import Server, program_path, serving

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def run(report: Report, program: Program) -> None:
    with serving(program_path(), program.scratch) as server:
        pin = _mailed_pin(server)
        with report.check("page: Chromium renders what there is") as check:
            _renders(check, server, pin)
        with report.check("page: it fits a screen and a telephone") as check:
            for name, width in (("desktop", 1280), ("telephone", 390)):
                _screenshot(check, server, program.scratch / f"{name}.png", width)


def _mailed_pin(server: Server) -> str:
    user = server.add_user("page@example.com")
    fulfilled = orchestrator.fulfill(server, user, orchestrator.enrolled(server, user))
    body = orchestrator.activation_body(server, fulfilled)
    assert server.okta("POST", f"{REGISTRATION}/activate", body).status == 200
    pin_request = {
        "userId": user["id"],
        "fulfillmentProvider": "yubico",
        "authenticatorEnrollmentId": fulfilled.enrollment_ids[0],
    }
    assert server.okta("POST", f"{REGISTRATION}/send-pin", pin_request).status == 204
    return orchestrator.pin_of(orchestrator.new_mail(server, 0))


def _renders(check: Check, server: Server, pin: str) -> None:
    document = _chromium("--dump-dom", server.admin_url).decode()
    check.holds("a language", re.search(r'<html[^>]* lang="', document) is not None)
    check.equal("one main landmark", len(re.findall(r"<main\b", document)), 1)
    check.equal("one h1", len(re.findall(r"<h1\b", document)), 1)
    check.holds("the user", "page@example.com" in document)
    check.holds("ACTIVE", "ACTIVE" in document.upper())
    text = re.sub(r"<[^>]*>", " ", document)
    check.holds("no PIN", re.search(rf"(?<!\d){re.escape(pin)}(?!\d)", text) is None)
    addresses = re.findall(r'(?:src|href|action)="(https?://[^"]*)"', document)
    foreign = [url for url in addresses if "127.0.0.1" not in url]
    check.equal("nothing from elsewhere", foreign, [])
    served = server.admin("GET", "/")
    policy = served.headers.get("content-security-policy", "")
    check.holds("a content security policy", "default-src" in policy, policy)


def _screenshot(check: Check, server: Server, path: Path, width: int) -> None:
    _chromium(f"--screenshot={path}", f"--window-size={width},1600", server.admin_url)
    data = path.read_bytes()
    check.equal(f"{path.stem}: width", struct.unpack(">I", data[16:20])[0], width)
    check.holds(f"{path.stem}: not blank", len(data) > 15_000, f"{len(data)} bytes")


def _chromium(*arguments: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="prereg-chromium-") as profile:
        done = subprocess.run(
            ["chromium", *FLAGS, f"--user-data-dir={profile}", *arguments],
            capture_output=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise AssertionError(done.stderr.decode(errors="replace")[-500:])
        return done.stdout
