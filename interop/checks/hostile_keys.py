"""Key files that the specifications reject: no token may pass with them."""

import base64
import secrets
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from . import hostile_json
from .forge import (
    CURVE,
    B,
    Jwe,
    N,
    P,
    PrivateKey,
    coordinate,
    encode,
    private_members,
    public_members,
    text,
)
from .forge import jws as sign
from .program import Program
from .report import Check, Report

Files = dict[str, bytes]

# What each command does with a right key, and the metadata of such a key.
USES = {
    "decrypt": {"alg": "ECDH-ES", "use": "enc"},
    "sign": {"alg": "ES384", "use": "sig"},
    "encrypt": {"alg": "ECDH-ES", "use": "enc"},
    "verify": {"alg": "ES384", "use": "sig"},
}


def run(report: Report, program: Program) -> None:
    key = _zero_led_key()
    items = {
        "decrypt": Jwe(key).token().encode(),
        "verify": sign(key).encode(),
        "sign": b"data",
        "encrypt": b"data",
    }
    for command, metadata in USES.items():
        private = command in ("decrypt", "sign")
        members = metadata | (private_members(key) if private else public_members(key))
        item = items[command]
        with report.check(f"hostile: keys to {command} with, right ones serve") as check:
            _try(check, program, command, item, _lawful(members, key, private), serves=True)
        groups = {
            "JSON": hostile_json.broken_json(members) | hostile_json.duplicate_members(members),
            "members": _members(members),
            "coordinates": _coordinates(members, key),
            "metadata": _metadata(members, command),
            "sets": _sets(members),
            "PEM": _private_pems(key) if private else _public_pems(key),
        }
        if private:
            groups["private values"] = _private_values(members, key)
        for subject, files in groups.items():
            with report.check(f"hostile: keys to {command} with, {subject}") as check:
                _try(check, program, command, item, files, serves=False)


def _try(
    check: Check, program: Program, command: str, item: bytes, files: Files, *, serves: bool
) -> None:
    for name, file in files.items():
        with check.case(name):
            for answer in program.lines(command, file, [item, item]):
                assert answer["ok"] == serves, f"{answer} with {file[:200]!r}"


def _lawful(members: dict[str, Any], key: PrivateKey, private: bool) -> Files:
    bare: dict[str, Any] = {
        name: members[name] for name in ("kty", "crv", "x", "y", "d") if name in members
    }
    other = public_members(ec.generate_private_key(CURVE)) | {"kid": "other", "use": members["use"]}
    strange = {"kty": "EC", "crv": "P-1024", "x": "AA", "y": "AA"}
    ops = {"ES384": ["sign", "verify"], "ECDH-ES": ["deriveKey", "deriveBits"]}[members["alg"]]
    files = {
        "whole": text(members),
        "bare": text(bare),
        "kid": text(members | {"kid": "anything"}),
        "key_ops": text(members | {"key_ops": ops}),
        "unknown members": text(members | {"n": {"a": [1]}, "x5c": ["AA=="], "iat": 1}),
        "set of one": text({"keys": [members]}),
        "set with keys of other kinds": text(
            {"keys": [{"kty": "OKP", "crv": "X448", "x": "AA"}, strange, members]}
        ),
        "blanks": b"\n " + text(members) + b"\n\n",
    }
    if private:
        form = serialization.PrivateFormat.PKCS8
        files["PEM"] = key.private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        )
    else:
        files["PEM"] = _spki(key.public_key())
        files["PEM, CR LF"] = _spki(key.public_key()).replace(b"\n", b"\r\n")
        files["set of one and one of another use"] = text(
            {"keys": [members, other | {"use": "sig" if members["use"] == "enc" else "enc"}]}
        )
    return files


def _members(members: dict[str, Any]) -> Files:
    files = {}
    for name in ("kty", "crv", "x", "y"):
        files[f"{name} missing"] = text({n: v for n, v in members.items() if n != name})
        for wrong in (None, 1, True, "", [], {}, [members[name]]):
            files[f"{name} is {wrong!r}"[:40]] = text(members | {name: wrong})
    for name in ("kid", "use", "alg"):
        for wrong in (None, 1, [], {}, ["enc"]):
            files[f"{name} is {wrong!r}"] = text(members | {name: wrong})
    for kty in ("ec", "OKP", "oct", "RSA"):
        files[f"kty {kty}"] = text(members | {"kty": kty})
    for crv in ("P-256", "P-521", "p-384", "secp384r1", "secp256k1", "Ed448"):
        files[f"crv {crv}"] = text(members | {"crv": crv})
    files["oct with k"] = text({"kty": "oct", "k": encode(bytes(48)), "alg": members["alg"]})
    if "d" not in members:
        for name in ("d", "p", "q", "dp", "dq", "qi", "k"):
            files[f"private member {name}"] = text(members | {name: coordinate(7)})
        files["d empty"] = text(members | {"d": ""})
        files["d null"] = text(members | {"d": None})
    return files


def _coordinates(members: dict[str, Any], key: PrivateKey) -> Files:
    point = key.public_key().public_numbers()
    top = 2**384 - 1

    def at(x: str, y: str) -> bytes:
        return text(members | {"x": x, "y": y})

    x, y = members["x"], members["y"]
    files = {
        "x of 47 bytes": at(coordinate(point.x, 47), y),
        "x of 49 bytes": at(coordinate(point.x, 49), y),
        "y of 49 bytes": at(x, coordinate(point.y, 49)),
        "x of 96 bytes": at(coordinate(point.x, 96), y),
        "y of 96 bytes": at(x, coordinate(point.y, 96)),
        "junk after x": at(encode(point.x.to_bytes(48, "big") + b"\0"), y),
        "SEC 1 point in x": at(encode(b"\4" + _bytes(point.x) + _bytes(point.y)), y),
        "compressed": at(encode(b"\2" + _bytes(point.x)), ""),
        "hexadecimal": at(f"{point.x:096x}", f"{point.y:096x}"),
        "padded": at(x + "=", y),
        "blank": at(x + " ", y),
        "newline": at(x, "\n" + y),
        "standard alphabet": at(x[:-1] + "+", y[:-1] + "/"),
        "swapped": at(y, x),
        "y changed": at(x, coordinate(point.y ^ 1)),
        "x little-endian": at(encode(_bytes(point.x)[::-1]), encode(_bytes(point.y)[::-1])),
    }
    for name, (px, py) in {
        "0, 0": (0, 0), "0, 1": (0, 1), "1, 1": (1, 1), "p, 0": (P, 0), "p, p": (P, P),
        "p + 1, y": (P + 1, point.y), "top, top": (top, top), "x, p": (point.x, P),
        "x, 0": (point.x, 0), "x, top": (point.x, top),
    }.items():  # fmt: skip
        files[name] = at(coordinate(px), coordinate(py))
    small = next(n for n in range(5, 99) if _is_square(n**3 - 3 * n + B))
    root = pow((small**3 - 3 * small + B) % P, (P + 1) // 4, P)
    if "d" not in members:
        files["x + p of a right point"] = at(coordinate(small + P), coordinate(root))
    other = ec.generate_private_key(ec.BrainpoolP384R1()).public_key().public_numbers()
    files["brainpoolP384r1"] = at(coordinate(other.x), coordinate(other.y))
    return files


def _metadata(members: dict[str, Any], command: str) -> Files:
    encrypts = members["use"] == "enc"
    bare = {name: value for name, value in members.items() if name not in ("use", "alg")}
    others = ["sign", "verify"] if encrypts else ["deriveKey"]

    def ops(value: object) -> bytes:
        return text(bare | {"key_ops": value})

    files = {
        "use of the other kind": text(bare | {"use": "sig" if encrypts else "enc"}),
        "use unknown": text(bare | {"use": "tls"}),
        "use in capitals": text(bare | {"use": "ENC" if encrypts else "SIG"}),
        "use empty": text(bare | {"use": ""}),
        "key_ops of the other kind": ops(others),
        "key_ops twice the same": ops(["deriveKey", "deriveKey", "sign", "sign", "verify"]),
        "key_ops contradict use": text(members | {"key_ops": others}),
        "key_ops in part contradict use": text(
            members | {"key_ops": ["sign", "verify", "deriveKey"]}
        ),
        "key_ops text": ops("deriveKey sign verify"),
        "key_ops null": ops(None),
        "key_ops numbers": ops([1]),
        "key_ops in capitals": ops(["Sign", "Verify", "DeriveKey"]),
    }
    if command != "encrypt":
        # Web Cryptography exports public ECDH keys with an empty list.
        files["key_ops empty"] = ops([])
    other_alg = "ES384" if encrypts else "ECDH-ES"
    for alg in ("RSA-OAEP", "HS384", "ES256", "none", "", "A256GCM", "dir", other_alg):
        files[f"alg {alg!r}"] = text(members | {"alg": alg})
    if encrypts:
        files["alg of another key management"] = text(members | {"alg": "ECDH-ES+A256KW"})
    if command == "verify":
        files["only sign allowed"] = ops(["sign"])
    if command == "sign":
        files["only verify allowed"] = ops(["verify"])
    return files


def _sets(members: dict[str, Any]) -> Files:
    named = members | {"kid": "a"}
    off = members | {"kid": "b", "y": coordinate(7)}
    files = {
        "no keys": text({"keys": []}),
        "null": text({"keys": None}),
        "one key, no array": text({"keys": members}),
        "text": text({"keys": text([members]).decode()}),  # type: ignore[arg-type]
        "set in a set": text({"keys": [{"keys": [members]}]}),
        "keys twice": b'{"keys":[],"keys":[' + text(members) + b"]}",
        "keys twice, escaped": b'{"keys":[' + text(members) + b'],"\\u006beys":[]}',
        "same kid twice": text({"keys": [named, named]}),
        "two keys, no kid asked": text({"keys": [named, members | {"kid": "b"}]}),
        "a null": text({"keys": [None, members]}),
        "a text": text({"keys": [text(members).decode()]}),
        "an array": text({"keys": [[members]]}),
        "one off the curve": text({"keys": [named, off]}),
        "one with a member twice": b'{"keys":[' + text(members) + b',{"kty":"oct","kty":"oct"}]}',
        "one without kty": text({"keys": [members, {"crv": "P-384"}]}),
        "bare array": text([members]),  # type: ignore[arg-type]
    }
    if "d" not in members:
        files["one private"] = text({"keys": [named, members | {"kid": "b", "d": coordinate(7)}]})
    return files


def _private_values(members: dict[str, Any], key: PrivateKey) -> Files:
    d = key.private_numbers().private_value
    values = {
        "0": coordinate(0), "1": coordinate(1), "n": coordinate(N), "n - 1": coordinate(N - 1),
        "n + 1": coordinate(N + 1), "n - d": coordinate(N - d), "top": coordinate(2**384 - 1),
        "d + 1": coordinate(d + 1), "47 bytes": coordinate(d, 47), "49 bytes": coordinate(d, 49),
        "32 bytes": encode(bytes(31) + b"\1"), "empty": "", "padded": coordinate(d) + "=",
        "blank": " " + coordinate(d), "hexadecimal": f"{d:096x}",
        "little-endian": encode(_bytes(d)[::-1]), "decimal": str(d),
    }  # fmt: skip
    files = {name: text(members | {"d": value}) for name, value in values.items()}
    for wrong in (None, 1, [], {}, True, [members["d"]]):
        files[f"d is {wrong!r}"[:30]] = text(members | {"d": wrong})
    files["no d"] = text({name: value for name, value in members.items() if name != "d"})
    files["d twice"] = text(members)[:-1] + b',"d":"' + coordinate(d).encode() + b'"}'
    return files


def _private_pems(key: PrivateKey) -> Files:
    files: Files = {}
    d = _bytes(key.private_numbers().private_value)
    public = _bytes(key.public_key().public_numbers().y)
    for form, label in (
        (serialization.PrivateFormat.PKCS8, "PRIVATE KEY"),
        (serialization.PrivateFormat.TraditionalOpenSSL, "EC PRIVATE KEY"),
    ):
        der = key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
        files |= {f"{label}: {name}": file for name, file in _mangled(der, label).items()}
        for name, value in (("0", 0), ("n", N), ("n + 1", N + 1), ("another", 7)):
            files[f"{label}: d is {name}"] = _pem(der.replace(d, _bytes(value)), label)
        files[f"{label}: another public key"] = _pem(der.replace(public, _bytes(7)), label)
    form = serialization.PrivateFormat.PKCS8
    for name, other in _other_private_keys().items():
        files[name] = other.private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        )
    files["encrypted"] = key.private_bytes(
        serialization.Encoding.PEM, form, serialization.BestAvailableEncryption(b"password")
    )
    files["public key"] = _spki(key.public_key())
    return files


def _other_private_keys() -> dict[str, PrivateKeyTypes]:
    return {
        "P-256": ec.generate_private_key(ec.SECP256R1()),
        "P-521": ec.generate_private_key(ec.SECP521R1()),
        "brainpoolP384r1": ec.generate_private_key(ec.BrainpoolP384R1()),
        "RSA": rsa.generate_private_key(65537, 2048),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    }


def _public_pems(key: PrivateKey) -> Files:
    label = "PUBLIC KEY"
    point = key.public_key().public_numbers()
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    x, y = _bytes(point.x), _bytes(point.y)
    files = _mangled(der, label) | {
        "off the curve": _pem(der.replace(y, _bytes(point.y ^ 1)), label),
        "y = 0": _pem(der.replace(y, _bytes(0)), label),
        "y = p": _pem(der.replace(y, _bytes(P)), label),
        "identity": _pem(_spki_der(_named_curve(), b"\0"), label),
        "hybrid": _pem(der.replace(b"\4" + x, bytes([6 + point.y % 2]) + x), label),
        "explicit curve": _pem(_spki_der(_explicit_curve(), b"\4" + x + y), label),
        "no curve": _pem(_spki_der(b"", b"\4" + x + y), label),
        "private key": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        "private key, SEC 1": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
    }  # fmt: skip
    for name, other in _other_private_keys().items():
        files[name] = _spki(other.public_key())
    return files


def _mangled(der: bytes, label: str) -> Files:
    right = _pem(der, label)
    return {
        "cut": _pem(der[:-1], label),
        "cut in half": _pem(der[: len(der) // 2], label),
        "bytes after": _pem(der + b"\0", label),
        "outer length too long": _pem(der[:2] + bytes([der[2] + 1]) + der[3:], label),
        "empty": _pem(b"", label),
        "no end": right[: right.index(b"-----END")],
        "other end": right.replace(b"-----END ", b"-----END X"),
        "label CERTIFICATE": _pem(der, "CERTIFICATE"),
        "label RSA PUBLIC KEY": _pem(der, "RSA PUBLIC KEY"),
        "label ENCRYPTED PRIVATE KEY": _pem(der, "ENCRYPTED PRIVATE KEY"),
        "not base64": right.replace(b"M", b"!", 1),
        "DER": der,
        "invalid UTF-8": right + b"\xff",
    }  # fmt: skip


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _pem(der: bytes, label: str) -> bytes:
    body = base64.b64encode(der).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


def _spki_der(parameters: bytes, point: bytes) -> bytes:
    algorithm = _tlv(0x30, bytes.fromhex("06072a8648ce3d0201") + parameters)
    return _tlv(0x30, algorithm + _tlv(3, b"\0" + point))


def _named_curve() -> bytes:
    return bytes.fromhex("06052b81040022")


def _explicit_curve() -> bytes:
    """P-384 spelled out, which RFC 5480 §2.1.1 forbids (CVE-2020-0601)."""
    generator = ec.derive_private_key(1, CURVE).public_key().public_numbers()
    field = _tlv(0x30, bytes.fromhex("06072a8648ce3d0101") + _integer(P))
    curve = _tlv(0x30, _tlv(4, _bytes(P - 3)) + _tlv(4, _bytes(B)))
    base = _tlv(4, b"\4" + _bytes(generator.x) + _bytes(generator.y))
    return _tlv(0x30, _integer(1) + field + curve + base + _integer(N) + _integer(1))


def _tlv(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 128:
        return bytes([tag, length]) + value
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + value


def _integer(value: int) -> bytes:
    return _tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _bytes(value: int) -> bytes:
    return value.to_bytes(48, "big")


def _is_square(value: int) -> bool:
    return pow(value % P, (P - 1) // 2, P) == 1


def _zero_led_key() -> PrivateKey:
    """A key whose x and d can also be written, wrongly, in 47 bytes."""
    while True:
        key = ec.derive_private_key(1 + secrets.randbits(376), CURVE)
        if key.public_key().public_numbers().x >> 376 == 0:
            return key
