"""Ephemeral keys (RFC 7518 §4.6.1.1) that the specifications reject.

Every token is right in all else: where a lax reader would come to a shared
secret, the token is made for that secret.
"""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, x25519

from .forge import (
    CURVE,
    B,
    Jwe,
    P,
    PrivateKey,
    coordinate,
    encode,
    private_members,
    public_members,
    shared_secret,
    text,
)

Tokens = dict[str, bytes]


def members(make: Callable[..., Jwe]) -> Tokens:
    jwe = make()
    right = public_members(jwe.ephemeral)
    whole = text(right).decode()

    def epk(value: Any) -> bytes:
        jwe.header = text(jwe.members() | {"epk": value})
        return jwe.token().encode()

    def raw(value: str) -> bytes:
        jwe.header = f'{{"alg":"ECDH-ES","enc":"A256GCM","epk":{value}}}'.encode()
        return jwe.token().encode()

    tokens = {
        "d": epk(private_members(jwe.ephemeral)),
        "d of another key": epk(right | {"d": coordinate(5)}),
        "d null": epk(right | {"d": None}),
        "d empty": epk(right | {"d": ""}),
        "k": epk(right | {"k": "AAAA"}),
        "array": epk(list(right.values())),
        "array of it": epk([right]),
        "text": epk(whole),
        "use is 1": epk(right | {"use": 1}),
        "twice d, escaped": raw(whole[:-1] + ',"d":"AA","\\u0064":"AA"}'),
    }
    for name in right:
        member = f'"{name}":"{right[name]}"'
        escaped = f'"\\u{ord(name[0]):04x}{name[1:]}":"{right[name]}"'
        tokens[f"{name} twice"] = raw(f"{whole[:-1]},{member}}}")
        tokens[f"{name} twice, escaped"] = raw(f"{whole[:-1]},{escaped}}}")
        tokens[f"{name} missing"] = epk({n: v for n, v in right.items() if n != name})
        for wrong in (None, 1, True, [], {}, [right[name]], ""):
            tokens[f"{name} is {wrong!r}"[:40]] = epk(right | {name: wrong})
    for kty in ("ec", "OKP", "oct", "RSA", "EC2", "EC "):
        tokens[f"kty {kty!r}"] = epk(right | {"kty": kty})
    for crv in ("P-256", "P-521", "p-384", "P384", "secp384r1", "X448", "Ed25519", "P-384 "):
        tokens[f"crv {crv!r}"] = epk(right | {"crv": crv})
    return tokens | _other_curves(epk)


def coordinates(recipient: PrivateKey, make: Callable[..., Jwe]) -> Tokens:
    """Coordinates that are not the one way to write a point of the curve."""
    led = make(ephemeral=zero_led(recipient))
    jwe = make()
    point = jwe.ephemeral.public_key().public_numbers()
    x, y = coordinate(point.x), coordinate(point.y)

    def token(jwe: Jwe, x: str, y: str, **changes: Any) -> bytes:
        for name, value in changes.items():
            setattr(jwe, name, value)
        epk = {"kty": "EC", "crv": "P-384", "x": x, "y": y}
        jwe.header = text(jwe.members() | {"epk": epk})
        return jwe.token().encode()

    led_point = led.ephemeral.public_key().public_numbers()
    tokens = {
        "x of 47 bytes": token(led, coordinate(led_point.x, 47), coordinate(led_point.y)),
        "x of 49 bytes": token(jwe, coordinate(point.x, 49), y),
        "y of 49 bytes": token(jwe, x, coordinate(point.y, 49)),
        "x of 96 bytes": token(jwe, coordinate(point.x, 96), y),
        "both in x": token(
            jwe, encode(point.x.to_bytes(48, "big") + point.y.to_bytes(48, "big")), ""
        ),
        "SEC 1 point in x": token(
            jwe, encode(b"\4" + point.x.to_bytes(48, "big") + point.y.to_bytes(48, "big")), y
        ),
        "compressed": token(jwe, encode(bytes([2 + point.y % 2]) + point.x.to_bytes(48, "big")), y),
        "x of 64 bytes, junk after": token(
            jwe, encode(point.x.to_bytes(48, "big") + b"\0" * 16), y
        ),
        "little-endian": token(
            jwe, encode(point.x.to_bytes(48, "little")), encode(point.y.to_bytes(48, "little"))
        ),
        "hexadecimal": token(jwe, f"{point.x:096x}", f"{point.y:096x}"),
        "padding": token(jwe, x + "==", y),
        "padding =": token(jwe, x + "=", y),
        "newline after": token(jwe, x + "\n", y),
        "blank before": token(jwe, " " + x, y),
        "y changed": token(jwe, x, coordinate(point.y ^ 1)),
        "swapped": token(jwe, y, x),
    }
    # Points whose agreement cannot be computed here: every Z that a lax reader
    # might come to, so that it would open the token.
    for name, (px, py) in _no_points(point.x).items():
        for z_name, z in (("0", 0), ("x", px % P), ("1", 1)):
            z_bytes = z.to_bytes(48, "big")
            bad = make(z=z_bytes)
            tokens[f"{name}, Z = {z_name}"] = token(bad, coordinate(px), coordinate(py))
    return tokens | _unreduced(recipient, token, make)


def zero_led(recipient: PrivateKey, *, agreed: bool = False) -> PrivateKey:
    """An ephemeral key whose x, or whose agreed Z, begins with a zero byte."""
    while True:
        key = ec.generate_private_key(CURVE)
        if agreed:
            if shared_secret(key, recipient.public_key())[0] == 0:
                return key
        elif key.public_key().public_numbers().x >> 376 == 0:
            return key


def _other_curves(epk: Callable[[Any], bytes]) -> Tokens:
    def point(curve: ec.EllipticCurve, crv: str, length: int) -> dict[str, str]:
        numbers = ec.generate_private_key(curve).public_key().public_numbers()
        members = {"x": coordinate(numbers.x, length), "y": coordinate(numbers.y, length)}
        return {"kty": "EC", "crv": crv} | members

    okp = encode(x25519.X25519PrivateKey.generate().public_key().public_bytes_raw())
    return {
        "P-256": epk(point(ec.SECP256R1(), "P-256", 32)),
        "P-256 that says P-384": epk(point(ec.SECP256R1(), "P-384", 32)),
        "P-256 that says P-384, 48 bytes": epk(point(ec.SECP256R1(), "P-384", 48)),
        "P-521": epk(point(ec.SECP521R1(), "P-521", 66)),
        "P-521 that says P-384": epk(point(ec.SECP521R1(), "P-384", 66)),
        "brainpoolP384r1 that says P-384": epk(point(ec.BrainpoolP384R1(), "P-384", 48)),
        "X25519": epk({"kty": "OKP", "crv": "X25519", "x": okp}),
    }


def _no_points(x: int) -> dict[str, tuple[int, int]]:
    top = 2**384 - 1
    return {
        "0, 0": (0, 0),
        "0, 1": (0, 1),
        "1, 1": (1, 1),
        "p, p": (P, P),
        "p, 0": (P, 0),
        "p + 1, p + 1": (P + 1, P + 1),
        "p - 1, p - 1": (P - 1, P - 1),
        "top, top": (top, top),
        "top, 0": (top, 0),
        "on the twist": (next(n for n in range(2, 99) if not _root(n)), 7),
        "off the curve": (x, 7),
        "on the curve with another b": (2, _sqrt((2**3 - 3 * 2 + 2) % P) or 2),
        "0, sqrt(b) + 1": (0, (_root(0) or 1) + 1),
    }


def _unreduced(
    recipient: PrivateKey, token: Callable[..., bytes], make: Callable[..., Jwe]
) -> Tokens:
    """A right point, its x or y written as value + p; both still fit 48 bytes."""
    x = next(n for n in range(5, 99) if _root(n))
    y = _root(x)
    assert y is not None
    peer = ec.EllipticCurvePublicNumbers(x, y, CURVE).public_key()
    z = shared_secret(recipient, peer)
    return {
        "x + p": token(make(z=z), coordinate(x + P), coordinate(y)),
        "x + p, p - y": token(make(z=z), coordinate(x + P), coordinate(P - y)),
    }


def _root(x: int) -> int | None:
    return _sqrt((x**3 - 3 * x + B) % P)


def _sqrt(square: int) -> int | None:
    root = pow(square, (P + 1) // 4, P)
    return root if root * root % P == square else None
