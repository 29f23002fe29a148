"""A real SMTP server takes the PIN mails: STARTTLS, a login, and its refusals."""

import ssl
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from aiosmtpd.smtp import SMTP as SmtpServer

from . import certificate, orchestrator
from .orchestrator import REGISTRATION
from .program import Program
from .report import Check, Report
from .server import Server, program_path, serving, variables

USER, PASSWORD = "mailer", "a mail password of the lab"


class Post:
    """What the mail server was told, and how it answers."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.answers: list[str] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, _: SmtpServer, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.encrypted.append(session.ssl is not None)
        self.taken.append(envelope)
        return "250 OK"


def run(report: Report, program: Program) -> None:
    authority = certificate.for_localhost(program.scratch)
    post = Post()
    with _mail_server(post, authority) as controller:
        options = (
            "--set=mail.mode=smtp",
            "--set=mail.smtp.host=localhost",
            f"--set=mail.smtp.port={controller.port}",
            "--set=mail.smtp.tls=starttls",
            f"--set=mail.smtp.ca_file={authority}",
            f"--set=mail.smtp.username={USER}",
            "--set=mail.from=Security keys <keys@acme.example>",
        )
        with (
            variables(PREREG_MAIL_SMTP_PASSWORD=PASSWORD),
            serving(program_path(), program.scratch, *options) as server,
        ):
            with report.check("smtp: PIN mail over STARTTLS with a login") as check:
                _pin_mail(check, server, post)
            with report.check("smtp: hostile names cannot break out") as check:
                _hostile_names(check, server, post)
            with report.check("smtp: a temporary refusal is tried again") as check:
                _temporary(check, server, post)
            with report.check("smtp: no PIN in the log, none in the database") as check:
                _no_trace(check, server, post)


def _pin_mail(check: Check, server: Server, post: Post) -> None:
    """A STAGED user gets it at both addresses."""
    user = server.add_user("staged@example.com", activate=False, secondEmail="staged@home.example")
    _send(server, user)
    envelope, other = _next(post, 0), _next(post, 1)
    recipients = sorted(envelope.rcpt_tos + other.rcpt_tos)
    check.equal("both addresses", recipients, ["staged@example.com", "staged@home.example"])
    check.equal("encrypted", post.encrypted[0], True)
    message = message_from_bytes(envelope.content, policy=policy.default)
    pin = orchestrator.pin_of(envelope.content)
    check.holds("no PIN in the subject", pin not in str(message["subject"]))
    html = message.get_body(("html",))
    check.holds("text and HTML", html is not None and pin in html.get_content())
    for header in ("from", "date", "message-id", "mime-version"):
        check.holds(header, bool(message[header]))
    user = server.add_user("active@example.com", secondEmail="active@home.example")
    _send(server, user)
    check.equal("an ACTIVE user", _next(post, 2).rcpt_tos, ["active@example.com"])


def _hostile_names(check: Check, server: Server, post: Post) -> None:
    before = len(post.taken)
    names = ("Eve\r\nBcc: all@example.com", "<script>alert(1)</script>", "=?utf-8?q?x?=", "\"><img src=x>")
    for number, name in enumerate(names):
        login = f"hostile{number}@example.com"
        profile = {"firstName": name, "lastName": "Ω\u202e", "login": login, "email": login}
        answer = server.okta("POST", "/api/v1/users", {"profile": profile})
        if answer.status != 200:
            check.equal(f"{name!r} is refused clearly", answer.status, 400)
            continue
        _send(server, answer.json())
        envelope = _next(post, before)
        before += 1
        message = message_from_bytes(envelope.content, policy=policy.default)
        check.equal(f"{name!r}: recipients", envelope.rcpt_tos, [login])
        check.holds(f"{name!r}: no Bcc", message["bcc"] is None)
        html = message.get_body(("html",))
        content = html.get_content() if html else ""
        check.holds(f"{name!r}: escaped", "<script>" not in content and "<img" not in content)


def _temporary(check: Check, server: Server, post: Post) -> None:
    before = len(post.taken)
    post.answers = ["451 try again later", "451 try again later"]
    _send(server, server.add_user("later@example.com"))
    check.equal("taken in the end", _next(post, before, 60).rcpt_tos, ["later@example.com"])
    check.equal("once", len(post.taken), before + 1)


def _no_trace(check: Check, server: Server, post: Post) -> None:
    """The PIN of each mail, searched for as a whole word in everything written."""
    pins = [orchestrator.pin_of(envelope.content) for envelope in post.taken]
    check.holds("mails came", len(pins) > 2, str(len(pins)))
    log = (server.data.parent / f"{server.data.name}.log").read_bytes()
    check.holds("the mail password in the log", PASSWORD.encode() not in log)
    for pin in pins:
        word = b"\"" + pin.encode() + b"\""
        check.holds("the log", word not in log and b" " + pin.encode() + b" " not in log)
    check.holds("no mail in the folder", not server.mails())


def _send(server: Server, user: dict[str, Any]) -> None:
    """A key up to its PIN mail."""
    fulfilled = orchestrator.fulfill(server, user, orchestrator.enrolled(server, user))
    body = orchestrator.activation_body(server, fulfilled)
    answer = server.okta("POST", f"{REGISTRATION}/activate", body)
    assert answer.status == 200, answer.body
    pin_request = {
        "userId": user["id"],
        "fulfillmentProvider": "yubico",
        "authenticatorEnrollmentId": fulfilled.enrollment_ids[0],
    }
    answer = server.okta("POST", f"{REGISTRATION}/send-pin", pin_request)
    assert answer.status == 204, answer.body


def _next(post: Post, number: int, seconds: float = 20) -> Envelope:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if len(post.taken) > number:
            return post.taken[number]
        time.sleep(0.05)
    raise AssertionError("no mail came")


def _mail_server(post: Post, shown: Path) -> Controller:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown, shown.with_suffix(".key"))

    def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right)

    class Running(Controller):
        def __enter__(self) -> "Running":
            self.start()
            self.port = self.server.sockets[0].getsockname()[1]
            return self

        def __exit__(self, *_: object) -> None:
            self.stop()

        def _trigger_server(self) -> None:
            """The first connection, with the port that the system chose."""
            self.port = self.server.sockets[0].getsockname()[1]
            super()._trigger_server()

    return Running(
        post,
        hostname="127.0.0.1",
        port=0,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=login,
    )
