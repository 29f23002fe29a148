"""JWS (RFC 7515) with ES384, and JWS in JWE, with jwcrypto and joserfc, both ways."""

import json

from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, KeySet
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws

from . import jwe
from .program import Jwk, Program
from .report import Check, Report

PAYLOADS = [b"", b"one", b'{"iss":"yubico","n":1}', bytes(range(256)), b"0" * 5000]


class Jwcrypto(jwe.Jwcrypto):
    def sign(self, header: dict[str, str], payload: bytes, private: Jwk) -> str:
        token = jwcrypto_jws.JWS(payload)
        token.add_signature(jwcrypto_jwk.JWK(**private), protected=json.dumps(header))
        return token.serialize(compact=True)

    def verify(self, token: str, public: Jwk) -> bytes:
        verified = jwcrypto_jws.JWS()
        verified.allowed_algs = ["ES384"]
        verified.deserialize(token, jwcrypto_jwk.JWK(**public))
        return verified.payload

    def verify_with_set(self, token: str, keys: Jwk) -> bytes:
        verified = jwcrypto_jws.JWS()
        verified.allowed_algs = ["ES384"]
        verified.deserialize(token)
        verified.verify(jwcrypto_jwk.JWKSet.from_json(json.dumps(keys)))
        return verified.payload


class Joserfc(jwe.Joserfc):
    def sign(self, header: dict[str, str], payload: bytes, private: Jwk) -> str:
        key = ECKey.import_key(private)
        return joserfc_jws.serialize_compact(dict(header), payload, key, algorithms=["ES384"])

    def verify(self, token: str, public: Jwk) -> bytes:
        key = ECKey.import_key(public)
        return joserfc_jws.deserialize_compact(token, key, algorithms=["ES384"]).payload

    def verify_with_set(self, token: str, keys: Jwk) -> bytes:
        key_set = KeySet.import_key_set(keys)
        return joserfc_jws.deserialize_compact(token, key_set, algorithms=["ES384"]).payload


Library = Jwcrypto | Joserfc
LIBRARIES: list[Library] = [Jwcrypto(), Joserfc()]


def run(report: Report, program: Program) -> None:
    for library in LIBRARIES:
        owners = [("our", program.generate("sig", "ours")), ("their", library.generate())]
        with report.check(f"jws: {library.name} verifies ours") as check:
            for owner, key in owners:
                _they_verify(check, program, library, owner, key)
        with report.check(f"jws: we verify {library.name}'s") as check:
            for owner, key in owners:
                _we_verify(check, program, library, owner, key)
        with report.check(f"nested: {library.name} opens ours") as check:
            for alg in jwe.ALGS:
                with check.case(alg):
                    _they_open(program, library, alg)
        with report.check(f"nested: we open {library.name}'s") as check:
            for alg in jwe.ALGS:
                with check.case(alg):
                    _we_open(program, library, alg)


def _they_verify(check: Check, program: Program, library: Library, owner: str, key: Jwk) -> None:
    public, other = program.public(key), program.public(program.generate("sig", key["kid"]))
    for payload in PAYLOADS:
        with check.case(f"{owner} key, {len(payload)} bytes"):
            token = program.token("sign", key, payload, "--typ", "JWT")
            assert library.verify(token, public) == payload, "another payload"
            assert library.verify_with_set(token, {"keys": [public]}) == payload
            assert program.token("sign", key, payload, "--typ", "JWT") == token, "not RFC 6979"
            assert _refuses(library, token, other), "verified with another key"


def _we_verify(check: Check, program: Program, library: Library, owner: str, key: Jwk) -> None:
    public = program.public(key)
    for payload in PAYLOADS:
        with check.case(f"{owner} key, {len(payload)} bytes"):
            header = {"alg": "ES384", "typ": "JWT", "kid": key["kid"]}
            token = library.sign(header, payload, key).encode()
            assert program.jose("verify", public, token) == payload, "another payload"
            assert program.jose("verify", {"keys": [public]}, token) == payload


def _they_open(program: Program, library: Library, alg: str) -> None:
    signer, recipient = program.generate("sig", "signer"), program.generate("enc", "recipient")
    inner = program.token("sign", signer, b'{"iss":"us"}')
    options = ["--alg", alg, "--cty", "JWT"]
    outer = program.token("encrypt", program.public(recipient), inner.encode(), *options)
    token = library.decrypt(outer, recipient).decode()
    assert library.verify(token, program.public(signer)) == b'{"iss":"us"}'


def _we_open(program: Program, library: Library, alg: str) -> None:
    signer, recipient = library.generate(), program.generate("enc", "recipient")
    inner = library.sign({"alg": "ES384", "kid": signer["kid"]}, b'{"iss":"them"}', signer)
    header = {"alg": alg, "enc": "A256GCM", "cty": "JWT", "kid": "recipient"}
    outer = library.encrypt(header, inner.encode(), program.public(recipient))
    token = program.jose("decrypt", recipient, outer.encode())
    assert program.jose("verify", program.public(signer), token) == b'{"iss":"them"}'


def _refuses(library: Library, token: str, public: Jwk) -> bool:
    try:
        library.verify(token, public)
    except Exception:  # noqa: BLE001 - each library has its own
        return True
    return False
