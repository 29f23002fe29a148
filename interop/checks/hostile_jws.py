"""JWS that the specifications reject, each wrong in one thing only."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from . import hostile_json
from .forge import CURVE, N, PrivateKey, encode, jws, public_members, signature, text
from .hostile_text import ALPHABET, reshaped

Tokens = dict[str, bytes]
PAYLOAD = b"a payload of some length"
MEMBERS: dict[str, Any] = {"alg": "ES384", "kid": "signer"}


def groups(signer: PrivateKey) -> dict[str, Tokens]:
    """Hostile tokens by subject. The signer's JWK has the kid "signer"."""
    return {
        "header JSON": _with_headers(signer, hostile_json.broken_json(MEMBERS)),
        "duplicate members": _with_headers(signer, hostile_json.duplicate_members(MEMBERS)),
        "wrong members, crit, b64": _with_headers(signer, _wrong_members()),
        "algorithms": _algorithms(signer),
        "keys in the token": _embedded(signer),
        "key id": _key_ids(signer),
        "signature values": _values(signer),
        "signature forms": _forms(signer),
        "what is signed": _signed_text(signer),
        "base64url": _base64url(signer),
        "shape": reshaped(jws(signer, text(MEMBERS)).split(".")) | _serializations(signer),
    }


def lawful(signer: PrivateKey) -> Tokens:
    """Unusual tokens that must be verified all the same."""
    tokens = _with_headers(signer, hostile_json.lawful(MEMBERS))
    head = encode(text(MEMBERS))
    signed = f"{head}.{encode(PAYLOAD)}"
    right = signature(signer, signed.encode())
    r, s = _halves(right)
    # ECDSA accepts both; requiring the low half is a policy (threats.md).
    tokens["n - s"] = f"{signed}.{encode(_raw(r, N - s))}".encode()
    tokens["no kid"] = jws(signer).encode()
    tokens["empty payload"] = jws(signer, text(MEMBERS), b"").encode()
    tokens["100 KB"] = jws(signer, text(MEMBERS), b"0" * 100_000).encode()
    attacker = public_members(ec.generate_private_key(CURVE))
    tokens["jwk of another key, not used"] = jws(signer, text(MEMBERS | {"jwk": attacker})).encode()
    return tokens


def _wrong_members() -> dict[str, bytes]:
    # Without kid a token is for the one key there is, and "" is a kid like others.
    return {
        name: header
        for name, header in hostile_json.wrong_members(MEMBERS).items()
        if name != "kid missing"
    }


def _with_headers(signer: PrivateKey, texts: dict[str, bytes]) -> Tokens:
    return {name: jws(signer, header).encode() for name, header in texts.items()}


def _algorithms(signer: PrivateKey) -> Tokens:
    tokens = {}
    payload = encode(PAYLOAD)
    right = signature(signer, f"{encode(text(MEMBERS))}.{payload}".encode())
    for alg in ("none", "None", "NONE", "nOnE", "none ", "", "null"):
        head = encode(text(MEMBERS | {"alg": alg}))
        for name, last in (
            ("no signature", b""), ("zeros", bytes(96)), ("one byte", b"\0"), ("ES384's", right),
        ):  # fmt: skip
            tokens[f"alg {alg!r}, {name}"] = f"{head}.{payload}.{encode(last)}".encode()
    for alg in (
        "es384", "ES384 ", " ES384", "ES384\0", "ES256", "ES512", "ES256K", "EdDSA", "Ed25519",
        "PS384", "RS384", "HS384", "ESP384", "ECDH-ES", "SHA384withECDSA",
    ):  # fmt: skip
        tokens[f"alg {alg!r}, right signature"] = jws(signer, text(MEMBERS | {"alg": alg})).encode()
    return tokens | _macs(signer) | _other_signatures()


def _macs(signer: PrivateKey) -> Tokens:
    """HMAC under what an attacker knows of the key (CVE-2015-9235)."""
    key = signer.public_key()
    point = key.public_numbers()
    subject = serialization.PublicFormat.SubjectPublicKeyInfo
    known = {
        "PEM": key.public_bytes(serialization.Encoding.PEM, subject),
        "PEM without newline": key.public_bytes(serialization.Encoding.PEM, subject).strip(),
        "DER": key.public_bytes(serialization.Encoding.DER, subject),
        "JWK": text(public_members(signer)),
        "JWK with kid": json.dumps(public_members(signer) | {"kid": "signer"}).encode(),
        "x": point.x.to_bytes(48, "big"),
        "SEC 1 point": key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        ),
        "nothing": b"",
    }
    tokens = {}
    for alg, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        for name, secret in known.items():
            signed = f"{encode(text(MEMBERS | {'alg': alg}))}.{encode(PAYLOAD)}"
            mac = hmac.new(secret, signed.encode(), digest).digest()
            tokens[f"{alg} with {name}"] = f"{signed}.{encode(mac)}".encode()
    return tokens


def _other_signatures() -> Tokens:
    """Right signatures of another key or algorithm."""
    rsa_key = rsa.generate_private_key(65537, 2048)
    head = encode(text(MEMBERS | {"alg": "RS384"}))
    signed = f"{head}.{encode(PAYLOAD)}"
    by_rsa = rsa_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA384())
    tokens = {"RS384 of another key": f"{signed}.{encode(by_rsa)}".encode()}
    for alg, curve, length, digest in (
        ("ES256", ec.SECP256R1(), 32, hashes.SHA256()),
        ("ES512", ec.SECP521R1(), 66, hashes.SHA512()),
        ("ES384", ec.SECP256R1(), 48, hashes.SHA384()),
        ("ES384", ec.BrainpoolP384R1(), 48, hashes.SHA384()),
        ("ES384", CURVE, 48, hashes.SHA384()),
    ):
        signed = f"{encode(text(MEMBERS | {'alg': alg}))}.{encode(PAYLOAD)}"
        der = ec.generate_private_key(curve).sign(signed.encode(), ec.ECDSA(digest))
        r, s = decode_dss_signature(der)
        raw = r.to_bytes(length, "big") + s.to_bytes(length, "big")
        tokens[f"{alg} by another key on {curve.name}"] = f"{signed}.{encode(raw)}".encode()
    return tokens


def _embedded(signer: PrivateKey) -> Tokens:
    """The attacker's own key in the header (CVE-2018-0114)."""
    attacker = ec.generate_private_key(CURVE)
    jwk = public_members(attacker)
    der = attacker.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    cases: dict[str, dict[str, Any]] = {
        "jwk": {"jwk": jwk},
        "jwk with the kid": {"jwk": jwk | {"kid": "signer"}},
        "jwk set": {"jwk": {"keys": [jwk]}},
        "jku": {"jku": "http://127.0.0.1:1/keys"},
        "jku of a file": {"jku": "file:///etc/passwd"},
        "x5u": {"x5u": "http://127.0.0.1:1/certificate"},
        "x5c": {"x5c": [base64.b64encode(der).decode()]},
    }
    tokens = {}
    for name, more in cases.items():
        tokens[name] = jws(attacker, text(MEMBERS | more)).encode()
        without = {"alg": "ES384"} | more
        tokens[f"{name}, no kid"] = jws(attacker, text(without)).encode()
    return tokens


def _key_ids(signer: PrivateKey) -> Tokens:
    return {
        repr(kid): jws(signer, text({"alg": "ES384", "kid": kid})).encode()
        for kid in ("another", "Signer", "signer ", "signer\0", "*", "../signer")
    }


def _values(signer: PrivateKey) -> Tokens:
    """r and s out of range or related to the right ones (CVE-2022-21449)."""
    signed = f"{encode(text(MEMBERS))}.{encode(PAYLOAD)}"
    r, s = _halves(signature(signer, signed.encode()))
    top = 2**384 - 1
    digest = int.from_bytes(hashlib.sha384(signed.encode()).digest(), "big")
    pairs = {
        "0, 0": (0, 0), "0, s": (0, s), "r, 0": (r, 0), "0, 1": (0, 1), "1, 0": (1, 0),
        "1, 1": (1, 1), "n, n": (N, N), "n, s": (N, s), "r, n": (r, N), "0, n": (0, N),
        "n, 0": (N, 0), "n, 1": (N, 1), "n + 1, 1": (N + 1, 1), "1, n + 1": (1, N + 1),
        "n - 1, n - 1": (N - 1, N - 1), "top, top": (top, top), "top, s": (top, s),
        "r, top": (r, top), "s, r": (s, r), "r, r": (r, r), "s, s": (s, s),
        "n - r, s": (N - r, s), "n - r, n - s": (N - r, N - s), "r + 1, s": (r + 1, s),
        "r, s + 1": (r, s + 1), "r, s / 2": (r, s // 2), "x of G, digest": (_gx(), digest % N),
        "digest, digest": (digest % N, digest % N),
    }  # fmt: skip
    return {name: f"{signed}.{encode(_raw(*pair))}".encode() for name, pair in pairs.items()}


def _forms(signer: PrivateKey) -> Tokens:
    signed = f"{encode(text(MEMBERS))}.{encode(PAYLOAD)}"
    raw = signature(signer, signed.encode())
    r, s = _halves(raw)
    der = encode_dss_signature(r, s)
    forms = {
        "DER": der,
        "DER padded to 96": der.ljust(96, b"\0")[:96],
        "96 bytes of DER": der[:96],
        "DER and raw": der + raw,
        "95 bytes, front": raw[:95],
        "95 bytes, back": raw[1:],
        "97 bytes, 00 before": b"\0" + raw,
        "97 bytes, 00 after": raw + b"\0",
        "r and s of 49 bytes": r.to_bytes(49, "big") + s.to_bytes(49, "big"),
        "r and s of 66 bytes": r.to_bytes(66, "big") + s.to_bytes(66, "big"),
        "r only": raw[:48],
        "s only": raw[48:],
        "twice": raw * 2,
        "little-endian": raw[:48][::-1] + raw[48:][::-1],
        "64 bytes": raw[:64],
        "hexadecimal": raw.hex().encode(),
        "one bit changed": raw[:-1] + bytes([raw[-1] ^ 1]),
        "first bit changed": bytes([raw[0] ^ 128]) + raw[1:],
        "zeros, 64": bytes(64),
        "zeros, 96": bytes(96),
        "zeros, 132": bytes(132),
    }
    return {name: f"{signed}.{encode(form)}".encode() for name, form in forms.items()}


def _signed_text(signer: PrivateKey) -> Tokens:
    """A right signature of something that is not the signing input."""
    head, body = encode(text(MEMBERS)), encode(PAYLOAD)

    def over(message: bytes, digest: hashes.HashAlgorithm | None = None) -> bytes:
        return f"{head}.{body}.{encode(signature(signer, message, digest))}".encode()

    signed = f"{head}.{body}".encode()
    crit = encode(text(MEMBERS | {"b64": False, "crit": ["b64"]}))
    unencoded = signature(signer, f"{crit}.".encode() + b"hello")
    tokens = {
        "payload alone": over(PAYLOAD),
        "payload segment alone": over(body.encode()),
        "decoded texts": over(text(MEMBERS) + b"." + PAYLOAD),
        "no dot": over(f"{head}{body}".encode()),
        "dot after": over(signed + b"."),
        "SHA-256": over(signed, hashes.SHA256()),
        "SHA-512": over(signed, hashes.SHA512()),
        "SHA3-384": over(signed, hashes.SHA3_384()),
        "hash hashed": over(hashlib.sha384(signed).digest()),
        "hash as hexadecimal": over(hashlib.sha384(signed).hexdigest().encode()),
        "empty": over(b""),
        "detached payload (RFC 7515 appendix F)": b".".join(
            [head.encode(), b"", over(signed).split(b".")[2]]
        ),
        "unencoded payload (RFC 7797)": f"{crit}.hello.{encode(unencoded)}".encode(),
        "unencoded and detached": f"{crit}..{encode(unencoded)}".encode(),
        "payload changed": f"{head}.{encode(PAYLOAD + b'!')}.".encode()
        + over(signed).split(b".")[2],
    }
    other = encode(text(MEMBERS | {"typ": "JWT"}))
    last = over(signed).split(b".")[2].decode()
    tokens["header changed"] = f"{other}.{body}.{last}".encode()
    tokens["segments exchanged"] = f"{body}.{head}.{last}".encode()
    return tokens


def _base64url(signer: PrivateKey) -> Tokens:
    """Segments that decode to the right bytes in a lax reader; the signature fits."""
    tokens = {}
    # 25 bytes of header and 16 of payload leave unused bits in their last characters.
    header, payload = b'{"alg":"ES384","n":12345}', b"0123456789abcdef"
    for way, change in ALPHABET.items():
        head, body = encode(header), encode(payload)
        if change(head) != head:
            tokens[f"header: {way}"] = jws(
                signer, payload=payload, header_segment=change(head)
            ).encode()
        if change(body) != body:
            tokens[f"payload: {way}"] = jws(signer, header, payload_segment=change(body)).encode()
        token = _signed_until(signer, header, payload, change)
        if token:
            tokens[f"signature: {way}"] = token
    return tokens


def _signed_until(signer: PrivateKey, header: bytes, payload: bytes, change: Any) -> bytes | None:
    """Signs until the change applies; some need a - or _ in the signature."""
    for _ in range(64):
        first, second, last = jws(signer, header, payload).split(".")
        if change(last) != last:
            return f"{first}.{second}.{change(last)}".encode()
    return None


def _serializations(signer: PrivateKey) -> Tokens:
    head, body, last = jws(signer, text(MEMBERS)).split(".")
    flat = {"protected": head, "payload": body, "signature": last}
    general = {"payload": body, "signatures": [{"protected": head, "signature": last}]}
    return {
        "flattened JSON": text(flat),
        "general JSON": text(general),
        "JSON array": json.dumps([head, body, last]).encode(),
        "JWS in the payload": jws(
            ec.generate_private_key(CURVE), payload=f"{head}.{body}.{last}".encode()
        ).encode(),
    }


def _raw(r: int, s: int) -> bytes:
    return r.to_bytes(48, "big") + s.to_bytes(48, "big")


def _halves(raw: bytes) -> tuple[int, int]:
    return int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big")


def _gx() -> int:
    return ec.derive_private_key(1, CURVE).public_key().public_numbers().x
