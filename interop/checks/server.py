"""A running `prereg serve`, started and stopped as an operator does it."""

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Shipments stand still until a check moves them, unless it says otherwise.
MANUAL = ("--set=provider.progression=manual",)
START_SECONDS = 60
STOP_SECONDS = 30
CALL_SECONDS = 60


@dataclass
class Answer:
    """What an HTTP call was answered with."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """One data directory, and the process that serves it."""

    def __init__(self, program: Path, data: Path) -> None:
        self.program = program
        self.data = data
        self.process: subprocess.Popen[bytes] | None = None
        self.okta_url = self.yubico_url = self.admin_url = ""
        self.okta_token = self.yubico_token = ""
        self.options: tuple[str, ...] = ()

    def start(self, *options: str) -> "Server":
        self.options = options
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        listen = [f"--{name}-listen=127.0.0.1:0" for name in ("okta", "yubico", "admin")]
        self.process = subprocess.Popen(
            [str(self.program), "serve", "--json", "--data", str(self.data), *MANUAL, *listen, *options],
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(),
        )
        ready = json.loads(self._first_line())
        if "okta_url" not in ready:
            raise AssertionError(f"prereg serve: {ready}")
        self.okta_url, self.yubico_url = ready["okta_url"], ready["yubico_url"]
        self.admin_url = ready["admin_url"]
        self.okta_token = ready.get("api_token") or self.okta_token
        self.yubico_token = ready.get("yubico_token") or self.yubico_token
        return self

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """kill -9."""
        assert self.process
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def restart(self) -> "Server":
        return self.start(*self.options)

    def command(self, *arguments: str, data: bytes = b"") -> Any:
        """A command on the same data directory; what it says in JSON."""
        done = subprocess.run(
            [str(self.program), *arguments, "--data", str(self.data), "--json"],
            input=data,
            capture_output=True,
            timeout=CALL_SECONDS,
            check=False,
            env=_environment(),
        )
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise AssertionError(f"exit {done.returncode}: {arguments}: {said}")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return lines[0] if len(lines) == 1 else lines

    def okta(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A call to the relying party; a body is JSON, or bytes as they are."""
        headers = {"Authorization": f"SSWS {self.okta_token}", **_named(headers)}
        return call(self.okta_url, method, path, body, headers)

    def yubico(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        headers = {"Authorization": f"Bearer {self.yubico_token}", **_named(headers)}
        return call(self.yubico_url, method, path, body, headers)

    def admin(self, method: str, path: str) -> Answer:
        return call(self.admin_url, method, path, None, {})

    def add_user(self, login: str, activate: bool = True, **profile: str) -> dict[str, Any]:
        names = {"firstName": "Ada", "lastName": "Lovelace", "login": login, "email": login}
        answer = self.okta(
            "POST",
            f"/api/v1/users?activate={str(activate).lower()}",
            {"profile": {**names, **profile}},
        )
        if answer.status != 200:
            raise AssertionError(f"POST users: {answer.status} {answer.body!r}")
        return answer.json()

    def mails(self) -> list[Path]:
        return sorted((self.data / "mail").glob("*.eml"))

    def _first_line(self) -> bytes:
        assert self.process and self.process.stdout
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                line = self.process.stdout.readline()
                if line:
                    return line
            if self.process.poll() is not None:
                break
        log = (self.data.parent / f"{self.data.name}.log").read_text(errors="replace")
        raise AssertionError(f"prereg serve is not ready: {log[-1000:]}")


@contextlib.contextmanager
def serving(program: Path, scratch: Path, *options: str) -> Iterator[Server]:
    """A server on a new data directory, stopped at the end."""
    data = scratch / f"data-{len(list(scratch.iterdir()))}"
    server = Server(program, data).start(*options)
    try:
        yield server
    finally:
        if server.process and server.process.poll() is None:
            server.stop()


@contextlib.contextmanager
def variables(**values: str) -> Iterator[None]:
    """Variables of the environment, for the servers that are started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def call(base: str, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
    """One call on a connection of its own."""
    split = urllib.parse.urlsplit(base)
    assert split.hostname
    connection = http.client.HTTPConnection(split.hostname, split.port, timeout=CALL_SECONDS)
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
    try:
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


def _environment() -> dict[str, str]:
    """The variables of this script are no settings of the program."""
    ours = {"PREREG_BIN", "PREREG_CRASH_ROUNDS"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def program_path() -> Path:
    return Path(os.environ["PREREG_BIN"])


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
