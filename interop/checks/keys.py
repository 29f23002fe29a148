"""Keys: JWK (RFC 7517, 7518 §6.2), JWK Set, PEM, thumbprints (RFC 7638), key ids."""

import json
from collections.abc import Callable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, KeySet
from jwcrypto import jwk as jwcrypto_jwk

from . import jws
from .forge import encode
from .program import Jwk, Program, Refused
from .report import Report

GENERATED = 12


def run(report: Report, program: Program) -> None:
    with report.check("keys: thumbprints agree with jwcrypto and joserfc") as check:
        for key in _many_keys(program):
            with check.case(key["x"]):
                ours = program.thumbprint(key)
                assert ours == program.thumbprint(program.public(key))
                assert ours == jwcrypto_jwk.JWK(**key).thumbprint(), "jwcrypto"
                assert ours == ECKey.import_key(key).thumbprint(), "joserfc"
    with report.check("keys: x, y or d that begins with zero bytes") as check:
        for name in ("x", "y", "d"):
            with check.case(name):
                _use(program, _jwk(_key_with_leading_zero(name)))
    for name, encode_private in _private_pems().items():
        with report.check(f"keys: private PEM, {name}") as check:
            for _ in range(3):
                pair = ec.generate_private_key(ec.SECP384R1())
                with check.case("decrypts and signs"):
                    _use_pem(program, pair, encode_private(pair))
    with report.check("keys: public PEM by cryptography, jwcrypto and joserfc") as check:
        pair = ec.generate_private_key(ec.SECP384R1())
        for name, pem in _public_pems(pair).items():
            with check.case(name):
                token = program.token("encrypt", pem, b"secret")
                assert program.jose("decrypt", _jwk(pair), token.encode()) == b"secret"
                assert program.thumbprint(pem) == jwcrypto_jwk.JWK(**_jwk(pair)).thumbprint()
    _key_sets(report, program)


def _key_sets(report: Report, program: Program) -> None:
    keys = [program.generate("sig", f"key-{number}") for number in range(3)]
    public = program.public({"keys": keys})
    with report.check("keys: our JWK Set imports into jwcrypto and joserfc") as check:
        check.equal("kids", [key["kid"] for key in public["keys"]], ["key-0", "key-1", "key-2"])
        check.holds("public", all("d" not in key for key in public["keys"]))
        with check.case("jwcrypto"):
            assert len(jwcrypto_jwk.JWKSet.from_json(json.dumps(public))["keys"]) == 3
        with check.case("joserfc"):
            assert len(KeySet.import_key_set(public).keys) == 3
    recipients = [program.generate("enc", f"key-{number}") for number in range(3)]
    for library in jws.LIBRARIES:
        with report.check(f"keys: kid chooses from a private JWK Set, {library.name}") as check:
            for number, kid, opens in (
                (0, "key-0", True),
                (2, "key-2", True),
                (0, "key-1", False),
                (0, "key-9", False),
                (0, None, False),
            ):
                header = {"alg": "ECDH-ES", "enc": "A256GCM"} | ({"kid": kid} if kid else {})
                token = library.encrypt(header, b"secret", program.public(recipients[number]))
                refused = _refuses(program, "decrypt", {"keys": recipients}, token.encode())
                check.equal(f"key {number}, kid {kid}", refused, not opens)
        with report.check(f"keys: kid chooses from a JWK Set, {library.name}") as check:
            for key in keys:
                with check.case(key["kid"]):
                    ours = program.token("sign", {"keys": keys}, b"p", "--kid", key["kid"])
                    assert library.verify_with_set(ours, public) == b"p"
                    theirs = library.sign({"alg": "ES384", "kid": key["kid"]}, b"p", key)
                    assert program.jose("verify", public, theirs.encode()) == b"p"
            for name, header in (
                ("another key's kid", {"alg": "ES384", "kid": "key-1"}),
                ("an unknown kid", {"alg": "ES384", "kid": "key-9"}),
            ):
                token = library.sign(header, b"p", keys[0]).encode()
                check.holds(name, _refuses(program, "verify", public, token), "accepted")


def _many_keys(program: Program) -> list[Jwk]:
    ours = [program.generate("enc") for _ in range(GENERATED)]
    theirs = [library.generate() for library in jws.LIBRARIES for _ in range(GENERATED)]
    return ours + theirs + [_jwk(_key_with_leading_zero(name)) for name in ("x", "y", "d")]


def _use(program: Program, key: Jwk) -> None:
    public = program.public(key)
    assert all(public[name] == key[name] for name in ("x", "y")), "coordinates have changed"
    for library in jws.LIBRARIES:
        token = program.token("encrypt", public, b"secret", "--alg", "ECDH-ES+A256KW")
        assert library.decrypt(token, key) == b"secret"
        token = library.encrypt({"alg": "ECDH-ES", "enc": "A256GCM"}, b"secret", public)
        assert program.jose("decrypt", key, token.encode()) == b"secret"
        assert library.verify(program.token("sign", key, b"payload"), public) == b"payload"
        token = library.sign({"alg": "ES384"}, b"payload", key)
        assert program.jose("verify", public, token.encode()) == b"payload"


def _use_pem(program: Program, key: ec.EllipticCurvePrivateKey, pem: bytes) -> None:
    jwk = _jwk(key)
    assert program.thumbprint(pem) == ECKey.import_key(jwk).thumbprint()
    public = program.public(pem)
    assert (public["x"], public["y"]) == (jwk["x"], jwk["y"])
    for library in jws.LIBRARIES:
        token = library.encrypt({"alg": "ECDH-ES", "enc": "A128GCM"}, b"secret", public)
        assert program.jose("decrypt", pem, token.encode()) == b"secret"
        assert library.verify(program.token("sign", pem, b"payload"), public) == b"payload"


def _private_pems() -> dict[str, Callable[[ec.EllipticCurvePrivateKey], bytes]]:
    def by_cryptography(
        form: serialization.PrivateFormat,
    ) -> Callable[[ec.EllipticCurvePrivateKey], bytes]:
        return lambda key: key.private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        )

    return {
        "PKCS#8 by cryptography": by_cryptography(serialization.PrivateFormat.PKCS8),
        "SEC 1 by cryptography": by_cryptography(serialization.PrivateFormat.TraditionalOpenSSL),
        "by jwcrypto": lambda key: jwcrypto_jwk.JWK(**_jwk(key)).export_to_pem(
            private_key=True, password=None
        ),
        "by joserfc": lambda key: ECKey.import_key(_jwk(key)).as_pem(private=True),
    }


def _public_pems(key: ec.EllipticCurvePrivateKey) -> dict[str, bytes]:
    return {
        "cryptography": key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        "jwcrypto": jwcrypto_jwk.JWK(**_jwk(key)).export_to_pem(),
        "joserfc": ECKey.import_key(_jwk(key)).as_pem(private=False),
    }


def _jwk(key: ec.EllipticCurvePrivateKey) -> Jwk:
    """RFC 7518 §6.2: every member 48 bytes, whatever it begins with."""
    numbers = key.private_numbers()
    point = numbers.public_numbers
    values = {"x": point.x, "y": point.y, "d": numbers.private_value}
    members = {name: encode(value.to_bytes(48, "big")) for name, value in values.items()}
    return {"kty": "EC", "crv": "P-384", **members}


def _key_with_leading_zero(name: str) -> ec.EllipticCurvePrivateKey:
    if name == "d":
        return ec.derive_private_key(int.from_bytes(b"\x5a" * 46, "big"), ec.SECP384R1())
    while True:
        key = ec.generate_private_key(ec.SECP384R1())
        if getattr(key.public_key().public_numbers(), name) >> 376 == 0:
            return key


def _refuses(program: Program, command: str, key: Jwk, token: bytes) -> bool:
    try:
        program.jose(command, key, token)
    except Refused:
        return True
    return False
