"""An event hook over HTTPS, whose certificate a company's own authority has given."""

import http.server
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import certificate
from .orchestrator import REGISTRATION
from .program import Program
from .report import Report
from .server import Server, program_path, serving, variables

SECRET = "the-hook-and-nobody-else"


class Receiver(http.server.ThreadingHTTPServer):
    """Meets the challenge and keeps what it is told."""

    def __init__(self, shown: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(shown, shown.with_suffix(".key"))
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.challenges = 0
        self.secrets: set[str | None] = set()
        self.events: list[dict[str, Any]] = []

    def handle_error(self, *_: object) -> None:
        """A client that does not trust the certificate hangs up."""

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server_address[1]}/hooks/prereg"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        self.server.challenges += 1
        challenge = self.headers["X-Okta-Verification-Challenge"]
        self._answer({"verification": challenge})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.secrets.add(self.headers["Authorization"])
        self.server.events += body["data"]["events"]
        self._answer({})

    def _answer(self, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


def run(report: Report, program: Program) -> None:
    authority = certificate.for_localhost(program.scratch)
    with variables(PREREG_HOOKS_SECRET=SECRET):
        _believed(report, program, authority)
        _unknown(report, program, authority)


def _believed(report: Report, program: Program, authority: Path) -> None:
    with report.check("hooks: over HTTPS, by an authority of the system") as check, _receiving(authority) as receiver:
        with variables(SSL_CERT_FILE=str(authority)), _hooked(program, receiver) as server:
            _initiate(server)
            check.holds("told", _soon(lambda: bool(receiver.events)))
        check.equal("challenges", receiver.challenges, 1)
        check.equal("the secret", receiver.secrets, {SECRET})
        told = [event["eventType"] for event in receiver.events]
        check.equal("events", told, ["system.mfa.preregister.initiate"])


def _unknown(report: Report, program: Program, authority: Path) -> None:
    with report.check("hooks: not by an authority that nobody knows") as check, _receiving(authority) as receiver:
        with _hooked(program, receiver) as server:
            _initiate(server)
            log = server.data.parent / f"{server.data.name}.log"
            check.holds("a warning", _soon(lambda: "failed its verification" in log.read_text()))
        check.equal("challenges", receiver.challenges, 0)
        check.equal("events", receiver.events, [])


def _initiate(server: Server) -> None:
    user = server.add_user("hook@example.com")
    product = {"productId": "1", "customizationId": "RXJN83", "inventoryProductId": "106"}
    body = {"userId": user["id"], "fulfillmentProvider": "yubico", "fulfillmentData": [product]}
    answer = server.okta("POST", f"{REGISTRATION}/initiate-fulfillment-request", body)
    assert answer.status == 204, answer.body


def _hooked(program: Program, receiver: Receiver) -> Any:
    return serving(program_path(), program.scratch, f"--set=hooks.urls={receiver.url}")


@contextmanager
def _receiving(shown: Path) -> Iterator[Receiver]:
    with Receiver(shown) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        try:
            yield receiver
        finally:
            receiver.shutdown()


def _soon(holds: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()
