"""JWE (RFC 7516, RFC 7518 §4.6) with jwcrypto and joserfc, both ways."""

import base64
import json
from collections.abc import Iterator
from typing import NamedTuple

from joserfc import jwe as joserfc_jwe
from joserfc.jwk import ECKey
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk

from .program import Jwk, Program
from .report import Report

ALGS = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]
ENCS = ["A128GCM", "A192GCM", "A256GCM"]
PARTIES = [(None, None), ("Alice", "Bob"), ("Alice", None), (None, "Bob")]
PLAINTEXTS = [b"", b"one", bytes(range(256)), "Grüße".encode() * 400]


class Wanted(NamedTuple):
    """What a token shall be."""

    alg: str
    enc: str
    apu: str | None
    apv: str | None

    def header(self, kid: str) -> dict[str, str]:
        header = {"alg": self.alg, "enc": self.enc, "kid": kid}
        for name, value in (("apu", self.apu), ("apv", self.apv)):
            if value is not None:
                header[name] = base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
        return header

    def options(self) -> list[str]:
        options = ["--alg", self.alg, "--enc", self.enc]
        for name, value in (("--apu", self.apu), ("--apv", self.apv)):
            if value is not None:
                options += [name, value]
        return options


class Jwcrypto:
    name = "jwcrypto"
    # jwcrypto takes an empty plaintext for a failed decryption.
    opens_empty = False

    def generate(self) -> Jwk:
        return jwcrypto_jwk.JWK.generate(kty="EC", crv="P-384", kid="theirs").export(
            private_key=True, as_dict=True
        )

    def encrypt(self, header: dict[str, str], plaintext: bytes, public: Jwk) -> str:
        token = jwcrypto_jwe.JWE(
            plaintext, protected=json.dumps(header), recipient=jwcrypto_jwk.JWK(**public)
        )
        return token.serialize(compact=True)

    def decrypt(self, token: str, private: Jwk) -> bytes:
        opened = jwcrypto_jwe.JWE()
        opened.deserialize(token, jwcrypto_jwk.JWK(**private))
        return opened.payload


class Joserfc:
    name = "joserfc"
    opens_empty = True

    def generate(self) -> Jwk:
        return dict(ECKey.generate_key("P-384", {"kid": "theirs"}, private=True).as_dict(True))

    def encrypt(self, header: dict[str, str], plaintext: bytes, public: Jwk) -> str:
        key = ECKey.import_key(public)
        return joserfc_jwe.encrypt_compact(dict(header), plaintext, key, algorithms=ALGS + ENCS)

    def decrypt(self, token: str, private: Jwk) -> bytes:
        key = ECKey.import_key(private)
        return joserfc_jwe.decrypt_compact(token, key, algorithms=ALGS + ENCS).plaintext or b""


LIBRARIES: list[Jwcrypto | Joserfc] = [Jwcrypto(), Joserfc()]


def run(report: Report, program: Program) -> None:
    for library in LIBRARIES:
        owners = [("our", program.generate("enc", "ours")), ("their", library.generate())]
        for alg in ALGS:
            with report.check(f"jwe: {library.name} opens ours, {alg}") as check:
                for case, wanted, plaintext, key in _cases(alg, owners):
                    plaintext = plaintext if library.opens_empty else plaintext or b"0"
                    with check.case(case):
                        public = program.public(key)
                        token = program.token("encrypt", public, plaintext, *wanted.options())
                        assert library.decrypt(token, key) == plaintext, "another plaintext"
            with report.check(f"jwe: we open {library.name}'s, {alg}") as check:
                for case, wanted, plaintext, key in _cases(alg, owners):
                    with check.case(case):
                        header = wanted.header(key["kid"])
                        token = library.encrypt(header, plaintext, program.public(key))
                        assert program.jose("decrypt", key, token.encode()) == plaintext, (
                            "another plaintext"
                        )


def _cases(alg: str, owners: list[tuple[str, Jwk]]) -> Iterator[tuple[str, Wanted, bytes, Jwk]]:
    """Every enc with every party information, under a key of ours and one of theirs."""
    for owner, key in owners:
        for enc in ENCS:
            for (apu, apv), plaintext in zip(PARTIES, PLAINTEXTS, strict=True):
                case = f"{enc}, apu {apu}, apv {apv}, {owner} key"
                yield case, Wanted(alg, enc, apu, apv), plaintext, key
