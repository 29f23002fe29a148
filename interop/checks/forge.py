"""Makes JWE and JWS by hand, so that one thing at a time can be wrong with them.

What is made here is right in all but the parts that a caller replaces: a token
with two `alg` members still has a tag that fits it, and only a reader that
looks for the fault will refuse it.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

CURVE = ec.SECP384R1()
P = 2**384 - 2**128 - 2**96 + 2**32 - 1
B = int(
    "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe814112"
    "0314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    16,
)
N = int(
    "ffffffffffffffffffffffffffffffffffffffffffffffff"
    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    16,
)
KEY_BYTES = {"A128GCM": 16, "A192GCM": 24, "A256GCM": 32, "A128KW": 16, "A192KW": 24, "A256KW": 32}

PrivateKey = ec.EllipticCurvePrivateKey


def encode(data: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def coordinate(value: int, length: int = 48) -> str:
    return encode(value.to_bytes(length, "big"))


def public_members(key: PrivateKey) -> dict[str, str]:
    point = key.public_key().public_numbers()
    return {"kty": "EC", "crv": "P-384", "x": coordinate(point.x), "y": coordinate(point.y)}


def private_members(key: PrivateKey) -> dict[str, str]:
    return public_members(key) | {"d": coordinate(key.private_numbers().private_value)}


def shared_secret(own: PrivateKey, peer: ec.EllipticCurvePublicKey) -> bytes:
    return own.exchange(ec.ECDH(), peer)


def derive(z: bytes, name: str, length: int, apu: bytes = b"", apv: bytes = b"") -> bytes:
    """Concat KDF with SHA-256 (RFC 7518 §4.6.2); `length` in bytes."""

    def counted(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    info = counted(name.encode()) + counted(apu) + counted(apv) + (length * 8).to_bytes(4, "big")
    return ConcatKDFHash(hashes.SHA256(), length, info).derive(z)


def seal(key: bytes, iv: bytes, aad: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
    """AES-GCM with an IV of any length; ciphertext and whole tag."""
    encryptor = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()
    encryptor.authenticate_additional_data(aad)
    ciphertext = encryptor.update(plaintext) + encryptor.finalize()
    return ciphertext, encryptor.tag


@dataclass
class Jwe:
    """A JWE under construction; `None` stands for what is right."""

    recipient: PrivateKey
    alg: str = "ECDH-ES"
    enc: str = "A256GCM"
    ephemeral: PrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    # The header's text, its members being `members()` otherwise.
    header: bytes | None = None
    # The header segment, where it is not simply the base64url of the header.
    header_segment: str | None = None
    # What agreement gives, and what is derived from it.
    z: bytes | None = None
    kdf_name: str | None = None
    cek: bytes | None = None
    wrapped: bytes | None = None
    apu: bytes = b""
    apv: bytes = b""
    plaintext: bytes = b"a secret of some length"
    iv: bytes = field(default_factory=lambda: os.urandom(12))
    tag_bytes: int = 16

    def members(self) -> dict[str, Any]:
        return {"alg": self.alg, "enc": self.enc, "epk": public_members(self.ephemeral)}

    def segments(self) -> list[str]:
        header = self.header if self.header is not None else text(self.members())
        first = self.header_segment if self.header_segment is not None else encode(header)
        cek, wrapped = self._keys()
        ciphertext, tag = seal(cek, self.iv, first.encode(), self.plaintext)
        rest = [wrapped, self.iv, ciphertext, tag[: self.tag_bytes]]
        return [first, *map(encode, rest)]

    def token(self) -> str:
        return ".".join(self.segments())

    def _keys(self) -> tuple[bytes, bytes]:
        z = self.z
        if z is None:
            z = shared_secret(self.ephemeral, self.recipient.public_key())
        _, _, wrap = self.alg.partition("+")
        name = self.kdf_name
        if name is None:
            name = self.alg if wrap else self.enc
        derived = derive(z, name, KEY_BYTES[wrap or self.enc], self.apu, self.apv)
        if not wrap:
            return self.cek or derived, self.wrapped or b""
        cek = self.cek or os.urandom(KEY_BYTES[self.enc])
        if self.wrapped is not None:
            return cek, self.wrapped
        return cek, keywrap.aes_key_wrap(derived, cek)


def text(members: Mapping[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def signature(key: PrivateKey, message: bytes, digest: hashes.HashAlgorithm | None = None) -> bytes:
    """r ‖ s, each 48 bytes (RFC 7518 §3.4)."""
    der = key.sign(message, ec.ECDSA(digest or hashes.SHA384()))
    r, s = decode_dss_signature(der)
    return r.to_bytes(48, "big") + s.to_bytes(48, "big")


def jws(
    key: PrivateKey,
    header: bytes = b'{"alg":"ES384"}',
    payload: bytes = b"a payload of some length",
    header_segment: str | None = None,
    payload_segment: str | None = None,
) -> str:
    """A JWS whose signature fits whatever its first segments are."""
    first = header_segment if header_segment is not None else encode(header)
    second = payload_segment if payload_segment is not None else encode(payload)
    signed = f"{first}.{second}"
    return f"{signed}.{encode(signature(key, signed.encode()))}"
