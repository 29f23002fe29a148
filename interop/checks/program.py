"""The prereg program, called as a user calls it."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

# Whatever takes longer hangs.
TIMEOUT_SECONDS = 120

Jwk = dict[str, Any]


class Refused(Exception):
    """The program refused: exit 1."""


class Program:
    def __init__(self, path: Path, scratch: Path) -> None:
        self._path = path
        self.scratch = scratch
        self._files = 0

    def key_file(self, key: Jwk | str | bytes) -> Path:
        """Writes a JWK or the text of a key file."""
        if isinstance(key, dict):
            key = json.dumps(key)
        if isinstance(key, str):
            key = key.encode()
        self._files += 1
        path = self.scratch / f"key-{self._files}"
        path.write_bytes(key)
        return path

    def generate(self, use: str, kid: str | None = None) -> Jwk:
        named = ["--kid", kid] if kid else []
        return json.loads(self.run("jwk", "generate", "--use", use, *named))

    def public(self, key: Jwk | str | bytes) -> Jwk:
        return json.loads(self.run("jwk", "public", "--key", str(self.key_file(key))))

    def thumbprint(self, key: Jwk | str | bytes) -> str:
        output = self.run("jwk", "thumbprint", "--key", str(self.key_file(key)))
        return output.decode().strip()

    def jose(self, command: str, key: Jwk | str | bytes, data: bytes, *options: str) -> bytes:
        """`prereg jose COMMAND` on one item; raises Refused."""
        return self.run("jose", command, "--key", str(self.key_file(key)), *options, data=data)

    def token(self, command: str, key: Jwk | str | bytes, data: bytes, *options: str) -> str:
        return self.jose(command, key, data, *options).decode().removesuffix("\n")

    def lines(
        self, command: str, key: Jwk | str | bytes, items: list[bytes]
    ) -> list[dict[str, Any]]:
        """`prereg jose COMMAND --lines`: the answers, one an item."""
        return self.raw_lines(command, key, b"".join(_line(item) + b"\n" for item in items))

    def raw_lines(self, command: str, key: Jwk | str | bytes, data: bytes) -> list[dict[str, Any]]:
        """The same on lines as they stand; the last may lack its newline."""
        arguments = ["jose", command, "--lines", "--key", str(self.key_file(key))]
        answers = [json.loads(line) for line in self.run(*arguments, data=data).splitlines()]
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        if len(answers) != lines:
            raise AssertionError(f"{len(answers)} answers to {lines} lines")
        return answers

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        done = subprocess.run(
            [str(self._path), *arguments],
            input=data,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        said = done.stderr.decode(errors="replace").strip()
        if b"panicked" in done.stderr:
            raise AssertionError(f"panic: {said}")
        if done.returncode == 1:
            raise Refused(said)
        if done.returncode != 0:
            raise AssertionError(f"exit {done.returncode}: {arguments}: {said}")
        return done.stdout


def opened(answer: dict[str, Any]) -> bytes | None:
    """The payload of an answer, or None where the token was refused."""
    if not answer["ok"]:
        return None
    text = answer["payload"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _line(item: bytes) -> bytes:
    """An item as it stands, or as a JSON string where a line cannot hold it."""
    if b"\n" not in item and not item.startswith(b'"'):
        return item
    return json.dumps(item.decode()).encode()
