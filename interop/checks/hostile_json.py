"""Headers that are not what RFC 7515 §4, RFC 7516 §4, RFC 8259 or RFC 7493 allow.

Every text holds all the right members, so that a lax reader finds what it needs.
"""

import json
from typing import Any

from .forge import text


def broken_json(members: dict[str, Any]) -> dict[str, bytes]:
    """Texts that are not one strict JSON object."""
    right = text(members)
    inner = right[1:-1]
    return {
        "byte order mark": b"\xef\xbb\xbf" + right,
        "UTF-16": right.decode().encode("utf-16-le"),
        "trailing comma": b"{" + inner + b",}",
        "leading comma": b"{," + inner + b"}",
        "two commas": b"{" + inner + b',,"n":1}',
        "trailing bytes": right + b"x",
        "trailing object": right + b"{}",
        "trailing brace": right + b"}",
        "trailing NUL": right + b"\0",
        "unclosed": right[:-1],
        "array of names and values": json.dumps(
            [x for pair in members.items() for x in pair]
        ).encode(),
        "array of values": json.dumps(list(members.values())).encode(),
        "array around it": b"[" + right + b"]",
        "string around it": json.dumps(right.decode()).encode(),
        "null": b"null",
        "number": b"1",
        "true": b"true",
        "empty": b"",
        "empty object": b"{}",
        "blank": b" ",
        "single quotes": right.replace(b'"', b"'"),
        "bare names": right.replace(b'"alg"', b"alg"),
        "comment": b"{/**/" + inner + b"}",
        "line comment": b"{//\n" + inner + b"}",
        "NaN": b"{" + inner + b',"n":NaN}',
        "Infinity": b"{" + inner + b',"n":Infinity}',
        "-Infinity": b"{" + inner + b',"n":-Infinity}',
        "leading zero": b"{" + inner + b',"n":01}',
        "leading plus": b"{" + inner + b',"n":+1}',
        "hexadecimal": b"{" + inner + b',"n":0x1}',
        "bare point": b"{" + inner + b',"n":.5}',
        "trailing point": b"{" + inner + b',"n":1.}',
        "True": b"{" + inner + b',"n":True}',
        "undefined": b"{" + inner + b',"n":undefined}',
        "lone high surrogate": b"{" + inner + b',"n":"\\ud800"}',
        "lone low surrogate": b"{" + inner + b',"n":"\\udc00"}',
        "surrogates the wrong way round": b"{" + inner + b',"n":"\\udc00\\ud800"}',
        "lone surrogate in a name": b"{" + inner + b',"\\ud800":1}',
        "short escape": b"{" + inner + b',"n":"\\u00"}',
        "unknown escape": b"{" + inner + b',"n":"\\x41"}',
        "raw newline in a string": b"{" + inner + b',"n":"\n"}',
        "raw NUL in a string": b"{" + inner + b',"n":"\0"}',
        "invalid UTF-8": b"{" + inner + b',"n":"\xff"}',
        "cut UTF-8": b"{" + inner + b',"n":"\xe2\x82"}',
        "overlong UTF-8": b"{" + inner + b',"n":"\xc0\xaf"}',
        "overlong name": right.replace(b'"alg"', b'"\xc1\xa1lg"'),
        "surrogate in UTF-8": b"{" + inner + b',"n":"\xed\xa0\x80"}',
        "no-break space": b"{\xc2\xa0" + inner + b"}",
        "form feed": b"{\x0c" + inner + b"}",
        "deep array": b"{" + inner + b',"n":' + b"[" * 9 + b"]" * 9 + b"}",
        "deep object": b"{" + inner + b',"n":' + b'{"a":' * 9 + b"1" + b"}" * 9 + b"}",
        "very deep array": b"{" + inner + b',"n":' + b"[" * 2500 + b"]" * 2500 + b"}",
        "very deep and unclosed": b"{" + inner + b',"n":' + b"[" * 5000,
    }


def duplicate_members(members: dict[str, Any]) -> dict[str, bytes]:
    """Texts that name a member twice: with the same value, another, escaped, far down."""
    right = text(members)
    inner = right[1:-1]
    texts = {}
    for name, value in members.items():
        same = json.dumps({name: value}).encode()[1:-1]
        escaped = same.replace(f'"{name}"'.encode(), f'"\\u{ord(name[0]):04x}{name[1:]}"'.encode())
        texts[f"{name} twice"] = b"{" + same + b"," + inner + b"}"
        texts[f"{name} twice, escaped first"] = b"{" + escaped + b"," + inner + b"}"
        texts[f"{name} twice, escaped last"] = b"{" + inner + b"," + escaped + b"}"
        texts[f"{name} null first"] = f'{{"{name}":null,'.encode() + inner + b"}"
        texts[f"{name} another first"] = f'{{"{name}":"none",'.encode() + inner + b"}"
        texts[f"{name} another last"] = b"{" + inner + f',"{name}":"none"}}'.encode()
    texts |= {
        "unknown name twice": b"{" + inner + b',"n":1,"n":1}',
        "empty name twice": b"{" + inner + b',"":1,"":2}',
        "twice in an object": b"{" + inner + b',"n":{"a":1,"a":2}}',
        "twice in an object in an array": b"{" + inner + b',"n":[0,{"a":1,"\\u0061":2}]}',
        "twice beyond the basic plane": b"{" + inner + b',"\\ud83d\\ude00":1,"\xf0\x9f\x98\x80":2}',
    }
    return texts


def wrong_members(members: dict[str, Any]) -> dict[str, bytes]:
    """Members of a wrong type, or that no reader may let pass."""
    texts = {}
    for name in members:
        texts[f"{name} missing"] = text({n: v for n, v in members.items() if n != name})
        for wrong in (None, 1, True, "", [], {}, [members[name]], {"": members[name]}):
            texts[f"{name} is {json.dumps(wrong)[:20]}"] = text(members | {name: wrong})
    for name in ("kid", "typ", "cty"):
        for wrong in (None, 1, False, [], ["a"], {}):
            texts[f"{name} is {json.dumps(wrong)}"] = text(members | {name: wrong})
    for name, wrong in (
        ("jwk", "a"), ("jwk", []), ("x5c", "a"), ("x5c", [1]), ("jku", 1), ("x5u", []),
    ):  # fmt: skip
        texts[f"{name} is {json.dumps(wrong)}"] = text(members | {name: wrong})
    return texts | _critical(members)


def _critical(members: dict[str, Any]) -> dict[str, bytes]:
    """`crit` (RFC 7515 §4.1.11) and `b64` (RFC 7797)."""
    cases: dict[str, dict[str, Any]] = {
        "unknown": {"crit": ["exp"], "exp": 1},
        "unknown and absent": {"crit": ["exp"]},
        "empty": {"crit": []},
        "null": {"crit": None},
        "text": {"crit": "exp", "exp": 1},
        "object": {"crit": {"exp": 1}, "exp": 1},
        "number inside": {"crit": [1]},
        "null inside": {"crit": [None]},
        "twice the same": {"crit": ["exp", "exp"], "exp": 1},
        "registered name": {"crit": ["alg"]},
        "kid": {"crit": ["kid"], "kid": "a"},
        "itself": {"crit": ["crit"]},
        "empty name": {"crit": [""], "": 1},
        "URI": {"crit": ["http://example.com/x"], "http://example.com/x": True},
        "b64 true": {"crit": ["b64"], "b64": True},
        "b64 text": {"crit": ["b64"], "b64": "false"},
        "b64 absent": {"crit": ["b64"]},
        "zip": {"crit": ["zip"], "zip": "DEF"},
    }
    texts = {f"crit: {name}": text(members | more) for name, more in cases.items()}
    texts["b64 false without crit"] = text(members | {"b64": False})
    texts["b64 true without crit"] = text(members | {"b64": True})
    return texts


def lawful(members: dict[str, Any]) -> dict[str, bytes]:
    """Unusual texts that must be read all the same."""
    right = text(members)
    inner = right[1:-1]
    return {
        "blanks": json.dumps(members, indent=3).encode(),
        "blanks around": b" \t\r\n" + right + b"\n ",
        "other order": text(dict(reversed(members.items()))),
        "escaped name": right.replace(b'"alg"', b'"\\u0061l\\u0067"'),
        "escaped value": right.replace(b'"E', b'"\\u0045'),
        "unknown members": text(members | {"n": [1, -1.5e3, {"a": [True, None, "é"]}], "": ""}),
        "surrogate pair": b"{" + inner + b',"n":"\\ud83d\\ude00"}',
        "two names that differ in case": text(members | {"ALG": "none", "Alg": "HS256"}),
        "same name at two depths": text(members | {"n": {"alg": "none", "n": 1}}),
        "typ and cty": text(members | {"typ": "JOSE", "cty": "text/plain"}),
        "URLs that nobody fetches": text(
            members | {"jku": "https://example.com/k", "x5u": "https://example.com/c"}
        ),
    }
