"""Tokens whose characters or segments are not those of RFC 7515 §2 and §7.1."""

import string
from collections.abc import Callable

DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def _unused_bits(segment: str) -> str:
    """Sets bits of the last character that carry nothing."""
    spare = {0: 0, 2: 15, 3: 3}[len(segment) % 4]
    if not spare or not segment:
        return segment
    return segment[:-1] + DIGITS[DIGITS.index(segment[-1]) | spare]


def _middle(inserted: str) -> Callable[[str], str]:
    return lambda segment: segment[: len(segment) // 2] + inserted + segment[len(segment) // 2 :]


# Ways to write the same bytes that RFC 4648 §3 and §5, as RFC 7515 §2 narrows
# it, do not allow. A change that leaves the segment as it was does not apply.
ALPHABET: dict[str, Callable[[str], str]] = {
    "unused bits set": _unused_bits,
    "padded": lambda segment: segment + "=" * (-len(segment) % 4),
    "one =": lambda segment: segment + "=",
    "two =": lambda segment: segment + "==",
    "standard alphabet": lambda segment: segment.replace("-", "+").replace("_", "/"),
    "blank after": lambda segment: segment + " ",
    "blank before": lambda segment: " " + segment,
    "blank inside": _middle(" "),
    "newline after": lambda segment: segment + "\n",
    "newline inside": _middle("\n"),
    "CR LF inside": _middle("\r\n"),
    "tab inside": _middle("\t"),
    "NUL inside": _middle("\0"),
    "NUL after": lambda segment: segment + "\0",
    "= inside": _middle("="),
    "invalid character inside": _middle("!"),
    "asterisk inside": _middle("*"),
    "no-break space inside": _middle("\u00a0"),
    "zero-width space inside": _middle("\u200b"),
    "full-width character after": lambda segment: segment + "\uff21",
    "percent-encoded =": lambda segment: segment + "%3D",
    "one character more": lambda segment: segment + "A" * (1 if len(segment) % 4 == 0 else 0),
}


def reshaped(segments: list[str]) -> dict[str, bytes]:
    """Other numbers of segments, and things around a token."""
    token = ".".join(segments)
    tokens = {
        f"{count} segments": ".".join((segments * 3)[:count])
        for count in range(1, 9)
        if count != len(segments)
    }
    for index in range(len(segments)):
        # The encrypted key of direct agreement is empty anyway.
        if segments[index]:
            emptied = [*segments[:index], "", *segments[index + 1 :]]
            tokens[f"segment {index} empty"] = ".".join(emptied)
    tokens |= {
        "empty": "",
        "one dot": ".",
        "only dots": "." * (len(segments) - 1),
        "dot before": "." + token,
        "dot after": token + ".",
        "two dots": token.replace(".", "..", 1),
        "blank before": " " + token,
        "blank after": token + " ",
        "newline after": token + "\n",
        "newline before": "\n" + token,
        "CR after": token + "\r",
        "NUL after": token + "\0",
        "byte order mark": "\ufeff" + token,
        "comma for dot": token.replace(".", ","),
        "full-width dots": token.replace(".", "\uff0e"),
        "Bearer": "Bearer " + token,
        "quoted": '"' + token + '"',
        "twice": token + token,
        "100,000 dots": "." * 100_000,
        "10 MB of dots": "." * 10_000_000,
        "10 MB of A": "A" * 10_000_000,
        "header of 5 MB": "A" * 5_000_000 + "." + ".".join(segments[1:]),
        "last segment of 5 MB": token + "A" * 5_000_000,
    }
    return {name: text.encode() for name, text in tokens.items()} | {
        "invalid UTF-8": token.encode() + b"\xff",
        "Latin-1": token.encode() + "é".encode("latin-1"),
    }
