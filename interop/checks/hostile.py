"""What the specifications reject must be refused: one line a subject.

Every group is fed to `prereg jose … --lines` between two right tokens, so that
a program that refuses everything, or loses its place, fails as well. The note
counts the hostile tokens of a group that a library accepts: they are no
inventions.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec

from . import hostile_jwe, hostile_jws, hostile_keys, jws
from .forge import CURVE, Jwe, PrivateKey, private_members, public_members
from .forge import jws as sign
from .program import Jwk, Program, opened
from .report import Check, Report

Open = Callable[[jws.Library, str], bytes]


def run(report: Report, program: Program) -> None:
    _encrypted(report, program, ec.generate_private_key(CURVE))
    _signed(report, program, ec.generate_private_key(CURVE))
    hostile_keys.run(report, program)


def _encrypted(report: Report, program: Program, key: PrivateKey) -> None:
    jwk = private_members(key) | {"kid": "recipient", "use": "enc"}
    control = Jwe(key).token().encode()

    def accepts(library: jws.Library, token: str) -> bytes:
        return library.decrypt(token, private_members(key))

    with report.check("hostile: unusual but right JWE are opened") as check:
        _lawful(check, program, "decrypt", jwk, hostile_jwe.lawful(key))
    for subject, tokens in hostile_jwe.groups(key).items():
        with report.check(f"hostile: JWE, {subject}") as check:
            _refuses(check, program, "decrypt", jwk, control, tokens)
            check.note = _accepted(tokens, accepts)


def _signed(report: Report, program: Program, key: PrivateKey) -> None:
    jwk = public_members(key) | {"kid": "signer", "use": "sig"}
    control = sign(key).encode()

    def accepts(library: jws.Library, token: str) -> bytes:
        return library.verify(token, public_members(key))

    with report.check("hostile: unusual but right JWS are verified") as check:
        _lawful(check, program, "verify", jwk, hostile_jws.lawful(key))
    with report.check("hostile: lines that are JSON strings, or nearly") as check:
        _quoted_lines(check, program, jwk, control)
    for subject, tokens in hostile_jws.groups(key).items():
        with report.check(f"hostile: JWS, {subject}") as check:
            _refuses(check, program, "verify", jwk, control, tokens)
            check.note = _accepted(tokens, accepts)


def _lawful(
    check: Check, program: Program, command: str, key: Jwk, tokens: dict[str, bytes]
) -> None:
    answers = program.lines(command, key, list(tokens.values()))
    for name, answer in zip(tokens, answers, strict=True):
        check.holds(name, answer["ok"], f"refused: {answer}")


def _quoted_lines(check: Check, program: Program, key: Jwk, token: bytes) -> None:
    """A line that begins with a quote is one JSON string; all others stand as they are."""
    escaped = b"".join(b"\\u%04x" % byte for byte in token)
    right = {
        "plain": token,
        "string": b'"' + token + b'"',
        "escaped string": b'"' + escaped + b'"',
        "string, blank after": b'"' + token + b'" ',
    }
    wrong = {
        "empty": b"",
        "one quote": b'"',
        "empty string": b'""',
        "no closing quote": b'"' + token,
        "closing quote only": token + b'"',
        "two strings": b'"' + token + b'" "' + token + b'"',
        "single quotes": b"'" + token + b"'",
        "blank before a string": b' "' + token + b'"',
        "array": b'["' + token + b'"]',
        "newline in the string": b'"' + token + b'\\n"',
        "NUL in the string": b'"' + token + b'\\u0000"',
        "lone surrogate in the string": b'"' + token + b'\\ud800"',
        "invalid UTF-8 in the string": b'"' + token + b'\xff"',
        "string in a string": b'"\\"' + token + b'\\""',
        "CR": token + b"\r",
    }
    lines = b"\n".join([*right.values(), *wrong.values(), token])
    answers = program.raw_lines("verify", key, lines)
    for name, answer in zip([*right, *wrong, "last, no newline"], answers, strict=True):
        check.equal(name, answer["ok"], name not in wrong)


def _refuses(
    check: Check,
    program: Program,
    command: str,
    key: Jwk,
    control: bytes,
    tokens: dict[str, bytes],
) -> None:
    answers = program.lines(command, key, [control, *tokens.values(), control])
    if opened(answers[0]) is None or opened(answers[-1]) is None:
        raise AssertionError(f"the right tokens are refused: {answers[0]} {answers[-1]}")
    for (name, token), answer in zip(tokens.items(), answers[1:-1], strict=True):
        check.holds(name, opened(answer) is None, f"accepted: {token[:200]!r}")


def _accepted(tokens: dict[str, bytes], accepts: Open) -> str:
    """How many a library takes, of those short enough to be worth its time."""
    counts = []
    for library in jws.LIBRARIES:
        count = sum(_takes(library, token, accepts) for token in tokens.values())
        if count:
            counts.append(f"{library.name} takes {count}")
    return ", ".join(counts)


def _takes(library: jws.Library, token: bytes, accepts: Open) -> bool:
    if len(token) > 200_000:
        return False
    try:
        accepts(library, token.decode())
    except Exception:  # noqa: BLE001 - each library has its own
        return False
    return True
