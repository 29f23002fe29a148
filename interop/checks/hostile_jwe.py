"""JWE that the specifications reject, each wrong in one thing only."""

import base64
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac, keywrap
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.padding import PKCS7

from . import hostile_epk, hostile_json
from .forge import (
    KEY_BYTES,
    Jwe,
    P,
    PrivateKey,
    coordinate,
    derive,
    encode,
    public_members,
    shared_secret,
    text,
)
from .hostile_epk import zero_led
from .hostile_text import ALPHABET, reshaped

Tokens = dict[str, bytes]


def groups(recipient: PrivateKey) -> dict[str, Tokens]:
    """Hostile tokens by subject. The recipient's JWK has the kid "recipient"."""
    make = partial(Jwe, recipient)
    return {
        "header JSON": _with_headers(make, hostile_json.broken_json),
        "duplicate members": _with_headers(make, hostile_json.duplicate_members),
        "wrong members, crit, b64": _with_headers(make, hostile_json.wrong_members),
        "algorithms": _algorithms(make),
        "compression": _compression(make),
        "epk: members": hostile_epk.members(make),
        "epk: coordinates": hostile_epk.coordinates(recipient, make),
        "encrypted key": _encrypted_keys(recipient, make),
        "IV and tag lengths": _lengths(make),
        "key derivation": _derivations(recipient, make),
        "apu and apv": _party_information(make),
        "key id": _key_ids(make),
        "base64url": _base64url(make),
        "shape": reshaped(make().segments()) | _serializations(make),
        "changed bytes": _changed(make),
    }


def lawful(recipient: PrivateKey) -> Tokens:
    """Unusual tokens that must be opened all the same."""
    make = partial(Jwe, recipient)
    tokens = _with_headers(make, hostile_json.lawful)
    jwe = make()
    epk = jwe.members()["epk"] | {"use": "enc", "kid": "e", "alg": "ECDH-ES", "n": [1]}
    jwe.header = text(jwe.members() | {"epk": epk})
    tokens["epk with more members"] = jwe.token().encode()
    tokens["kid of the key"] = _with(make, {"kid": "recipient"})
    tokens["empty apu and apv"] = _with(make, {"apu": "", "apv": ""})
    tokens["empty plaintext"] = make(plaintext=b"").token().encode()
    tokens["100 KB"] = make(plaintext=b"0" * 100_000).token().encode()
    led = make(ephemeral=zero_led(recipient, agreed=True))
    tokens["Z that begins with 00"] = led.token().encode()
    tokens["epk x that begins with 00"] = make(ephemeral=zero_led(recipient)).token().encode()
    negative = P - jwe.ephemeral.public_key().public_numbers().y
    epk = public_members(jwe.ephemeral) | {"y": coordinate(negative)}
    jwe.header = text(jwe.members() | {"epk": epk})
    tokens["epk negated: another point, the same Z"] = jwe.token().encode()
    for alg in ("ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"):
        parties = {"apu": "QWxpY2U", "apv": "Qm9i"}
        tokens[alg] = _with(make, parties, alg=alg, apu=b"Alice", apv=b"Bob")
    return tokens


def _with_headers(
    make: Callable[..., Jwe], texts: Callable[[dict[str, Any]], dict[str, bytes]]
) -> Tokens:
    jwe = make()
    tokens = {}
    for name, header in texts(jwe.members()).items():
        jwe.header = header
        tokens[name] = jwe.token().encode()
    return tokens


def _with(make: Callable[..., Jwe], members: dict[str, Any], **changes: Any) -> bytes:
    jwe = make(**changes)
    jwe.header = text(jwe.members() | members)
    return jwe.token().encode()


def _algorithms(make: Callable[..., Jwe]) -> Tokens:
    tokens = {}
    for alg in (
        "none", "None", "dir", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "A256KW",
        "A256GCMKW", "PBES2-HS256+A128KW", "PBES2-HS512+A256KW", "ECDH-1PU", "ECDH-ES+A256GCMKW",
        "ECDH-SS", "HPKE-0", "ES384", "ecdh-es", "ECDH-ES ", " ECDH-ES", "ECDH-ES\0", "ECDH-ES+",
        "ECDH-ES+A128KW,ECDH-ES", "ECDH‑ES", "ECDH-ES+C20PKW",
    ):  # fmt: skip
        more = {"alg": alg, "p2c": 2**31 - 1, "p2s": "AAAAAAAAAAA"}
        tokens[f"alg {alg!r}"] = _with(make, more)
    for enc in (
        "none", "A128CBC-HS256", "A256CBC-HS512", "A128GCMSIV", "C20P", "XC20P", "a256gcm",
        "A256GCM ", "A256GCM\0", "A-256-GCM", "A512GCM", "ECDH-ES",
    ):  # fmt: skip
        tokens[f"enc {enc!r}"] = _with(make, {"enc": enc})
    tokens["enc A128GCM, key of A256GCM"] = _with(make, {"enc": "A128GCM"})
    tokens["enc A256GCM, key of A128GCM"] = _with(make, {"enc": "A256GCM"}, enc="A128GCM")
    tokens["alg of another wrap"] = _with(make, {"alg": "ECDH-ES+A256KW"}, alg="ECDH-ES+A128KW")
    tokens["A256CBC-HS512 that fits"] = _cbc(make)
    return tokens


def _cbc(make: Callable[..., Jwe]) -> bytes:
    """A right token of an algorithm that is not offered (RFC 7518 §5.2.5)."""
    jwe = make()
    z = shared_secret(jwe.ephemeral, jwe.recipient.public_key())
    key = derive(z, "A256CBC-HS512", 64)
    header = encode(text(jwe.members() | {"enc": "A256CBC-HS512"}))
    padder = PKCS7(128).padder()
    iv = b"\1" * 16
    encryptor = Cipher(algorithms.AES(key[32:]), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padder.update(jwe.plaintext) + padder.finalize())
    mac = hmac.HMAC(key[:32], hashes.SHA512())
    mac.update(header.encode() + iv + ciphertext + (len(header) * 8).to_bytes(8, "big"))
    rest = [b"", iv, ciphertext, mac.finalize()[:32]]
    return ".".join([header, *map(encode, rest)]).encode()


def _compression(make: Callable[..., Jwe]) -> Tokens:
    def deflated(data: bytes) -> bytes:
        return zlib.compress(data, 9)[2:-4]

    tokens = {
        "DEF": _with(make, {"zip": "DEF"}, plaintext=deflated(b"secret" * 9)),
        "DEF, 100 MB": _with(make, {"zip": "DEF"}, plaintext=deflated(b"0" * 100_000_000)),
    }
    for value in ("", "def", "GZIP", "none", None, False, [], ["DEF"]):
        tokens[f"zip {value!r}"] = _with(make, {"zip": value})
    return tokens


def _encrypted_keys(recipient: PrivateKey, make: Callable[..., Jwe]) -> Tokens:
    tokens = {
        f"direct, encrypted key of {length}": make(wrapped=b"\0" * length).token().encode()
        for length in (1, 8, 16, 24, 32, 40)
    }
    for alg in ("ECDH-ES+A128KW", "ECDH-ES+A256KW"):
        for length in (0, 8, 16, 24, 32, 39, 41, 48, 4096):
            token = make(alg=alg, wrapped=b"\0" * length).token().encode()
            tokens[f"{alg}, encrypted key of {length}"] = token
        jwe = make(alg=alg)
        z = shared_secret(jwe.ephemeral, recipient.public_key())
        kek = derive(z, alg, KEY_BYTES[alg.partition("+")[2]])
        for length in (16, 24, 40, 48, 64):
            jwe.wrapped = keywrap.aes_key_wrap(kek, b"\7" * length)
            jwe.cek = b"\7" * min(length, 32)
            tokens[f"{alg}, {length}-byte key for A256GCM"] = jwe.token().encode()
        jwe.cek = b"\7" * 32
        jwe.wrapped = keywrap.aes_key_wrap_with_padding(kek, jwe.cek)
        tokens[f"{alg}, wrapped with padding (RFC 5649)"] = jwe.token().encode()
        jwe.wrapped = jwe.cek
        tokens[f"{alg}, not wrapped"] = jwe.token().encode()
        jwe.wrapped = keywrap.aes_key_wrap(kek, jwe.cek)
        jwe.wrapped = jwe.wrapped[:-1] + bytes([jwe.wrapped[-1] ^ 1])
        tokens[f"{alg}, wrapped key changed"] = jwe.token().encode()
        jwe.cek, jwe.wrapped = kek.ljust(32, b"\0"), b""
        tokens[f"{alg}, derived key used directly"] = jwe.token().encode()
    return tokens


def _lengths(make: Callable[..., Jwe]) -> Tokens:
    tokens = {
        f"IV of {length}": make(iv=b"\3" * length).token().encode()
        for length in (8, 11, 13, 15, 16, 24, 32, 64, 128)
    }
    tokens |= {
        f"tag of {length}": make(tag_bytes=length).token().encode()
        for length in (0, 1, 4, 8, 12, 13, 14, 15)
    }
    head, key, iv, ciphertext, tag = make().segments()
    tokens["no IV"] = f"{head}.{key}..{ciphertext}.{tag}".encode()
    tokens["tag of 17"] = f"{head}.{key}.{iv}.{ciphertext}.{encode(_decode(tag) + b'0')}".encode()
    tokens["tag twice"] = f"{head}.{key}.{iv}.{ciphertext}.{encode(_decode(tag) * 2)}".encode()
    joined = encode(_decode(ciphertext) + _decode(tag))
    tokens["tag in the ciphertext"] = f"{head}.{key}.{iv}.{joined}.".encode()
    tokens["tag also in the ciphertext"] = f"{head}.{key}.{iv}.{joined}.{tag}".encode()
    return tokens


def _derivations(recipient: PrivateKey, make: Callable[..., Jwe]) -> Tokens:
    """Keys derived in ways that RFC 7518 §4.6.2 does not give."""
    led = make(ephemeral=zero_led(recipient, agreed=True))
    led.z = shared_secret(led.ephemeral, recipient.public_key()).lstrip(b"\0")
    tokens = {
        "Z without its leading zero": led.token().encode(),
        "AlgorithmID is alg": make(kdf_name="ECDH-ES").token().encode(),
        "AlgorithmID empty": make(kdf_name="").token().encode(),
        "AlgorithmID is enc, with wrap": make(alg="ECDH-ES+A128KW", kdf_name="A256GCM")
        .token()
        .encode(),
        "AlgorithmID is the wrap": make(alg="ECDH-ES+A128KW", kdf_name="A128KW").token().encode(),
        "apu derived but not named": make(apu=b"Alice").token().encode(),
        "apv named but not derived": _with(make, {"apv": "Qm9i"}),
        "apu and apv swapped": _with(
            make, {"apu": "Qm9i", "apv": "QWxpY2U"}, apu=b"Alice", apv=b"Bob"
        ),
        "apu derived as its base64url": _with(make, {"apu": "QWxpY2U"}, apu=b"QWxpY2U"),
    }
    jwe = make()
    z = shared_secret(jwe.ephemeral, recipient.public_key())
    keys = {
        "Z itself": z[:32],
        "SHA-256 of Z": _hash(z),
        "SHA-384 in the KDF": ConcatKDFHash(hashes.SHA384(), 32, b"").derive(z),
        "no OtherInfo": ConcatKDFHash(hashes.SHA256(), 32, b"").derive(z),
        "SuppPubInfo in bytes": _supp_in_bytes(z),
        "key of zeros": b"\0" * 32,
    }
    for name, key in keys.items():
        jwe.cek = key
        tokens[name] = jwe.token().encode()
    return tokens


def _supp_in_bytes(z: bytes) -> bytes:
    info = b"\0\0\0\7A256GCM" + b"\0" * 8 + (32).to_bytes(4, "big")
    return ConcatKDFHash(hashes.SHA256(), 32, info).derive(z)


def _hash(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


def _party_information(make: Callable[..., Jwe]) -> Tokens:
    tokens = {}
    for name in ("apu", "apv"):
        party = {name: b"Bo"}
        for value in ("Qm8=", "Qm9", "Qm8 ", "Qm8\n", "Qm\n8", "+/8", "Q", "Qm8A!", "Qm8%3D"):
            tokens[f"{name} {value!r}"] = _with(make, {name: value}, **party)
        for value in (None, 1, [], ["Qm8"], {}, False):
            tokens[f"{name} is {value!r}"] = _with(make, {name: value})
    return tokens


def _key_ids(make: Callable[..., Jwe]) -> Tokens:
    return {
        repr(kid): _with(make, {"kid": kid})
        for kid in ("another", "", "Recipient", "recipient ", "recipient\0", "../recipient", "*")
    }


def _base64url(make: Callable[..., Jwe]) -> Tokens:
    """Segments that decode to the right bytes in a lax reader."""
    tokens = {}
    for index, name in enumerate(("header", "encrypted key", "IV", "ciphertext", "tag")):
        for way, change in ALPHABET.items():
            token = _written(make, index, change)
            if token:
                tokens[f"{name}: {way}"] = token.encode()
    return tokens


def _written(make: Callable[..., Jwe], index: int, change: Callable[[str], str]) -> str | None:
    """Writes one segment in another way; some ways need a - or _ in it."""
    for _ in range(64):
        jwe = make(alg="ECDH-ES+A128KW", plaintext=b"0123456789")
        if index == 0:
            # The tag covers the header segment as it stands, so it fits.
            jwe.header_segment = change(encode(text(jwe.members())))
        segments = jwe.segments()
        right = encode(text(jwe.members())) if index == 0 else segments[index]
        if change(right) != right:
            segments[index] = change(right)
            return ".".join(segments)
    return None


def _serializations(make: Callable[..., Jwe]) -> Tokens:
    names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    members: dict[str, Any] = dict(zip(names, make().segments(), strict=True))
    flat = {name: value for name, value in members.items() if value}
    shared = {name: members[name] for name in ("protected", "iv", "ciphertext", "tag")}
    return {
        "flattened JSON": text(flat),
        "general JSON": text(shared | {"recipients": [{}]}),
        "JSON array": text(list(members.values())),  # type: ignore[arg-type]
    }


def _changed(make: Callable[..., Jwe]) -> Tokens:
    tokens = {}
    for alg in ("ECDH-ES", "ECDH-ES+A256KW"):
        segments = make(alg=alg).segments()
        for index, name in enumerate(("header", "encrypted key", "IV", "ciphertext", "tag")):
            for position in (0, len(segments[index]) // 2) if segments[index] else ():
                old = segments[index]
                new = "A" if old[position] != "A" else "B"
                changed = [*segments]
                changed[index] = old[:position] + new + old[position + 1 :]
                tokens[f"{alg}, {name} at {position}"] = ".".join(changed).encode()
    one, other = make().segments(), make().segments()
    for index in (0, 2, 3, 4):
        tokens[f"segment {index} of another token"] = ".".join(
            [*one[:index], other[index], *one[index + 1 :]]
        ).encode()
    blank = encode(_decode(one[0]).replace(b"{", b"{ ", 1))
    tokens["header written otherwise"] = ".".join([blank, *one[1:]]).encode()
    return tokens


def _decode(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
