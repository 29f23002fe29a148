"""WebAuthn, judged by python-fido2: attestation with its chain, and assertions.

The example `attest` of crates/authenticator plays a simulated key and a client;
python-fido2 is the relying party. Altered responses must fail there, so that a
judge who accepts everything is noticed.
"""

import base64
import datetime
import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key
from fido2.attestation import AttestationResult, AttestationVerifier, PackedAttestation
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)

from .forge import encode
from .program import Program
from .report import Check, Report

Ceremonies = dict[str, Any]

ALGORITHMS = {"ES256": -7, "ES384": -35}
OID_AAGUID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
OID_FIRMWARE = x509.ObjectIdentifier("1.3.6.1.4.1.41482.13.1")


def run(report: Report, _program: Program) -> None:
    for algorithm in ALGORITHMS:
        played = _play(algorithm)
        with report.check(f"webauthn: python-fido2 registers and trusts, {algorithm}") as check:
            with check.case("registration with attestation"):
                _register(played)
            with check.case("packed statement and trust path"):
                _verify_packed(played)
            with check.case("credential"):
                _check_credential(played, algorithm)
        with report.check(f"webauthn: the attestation certificate, {algorithm}") as check:
            _check_certificates(check, played)
        with report.check(f"webauthn: python-fido2 authenticates, {algorithm}") as check:
            for number in range(len(played["authentications"])):
                with check.case(f"assertion {number}"):
                    _authenticate(played, _register(played), number)
            check.holds("the counter moves", _counters_rise(played))
        with report.check(f"webauthn: python-fido2 refuses what was altered, {algorithm}") as check:
            for name, fails in _altered(played, _play(algorithm)).items():
                check.holds(name, _raises(fails), "accepted")


class SimulatedRoot(AttestationVerifier):
    """Trusts one root: the one that the simulated vendor publishes."""

    def __init__(self, root: bytes) -> None:
        super().__init__([PackedAttestation()])
        self._root = root

    def ca_lookup(
        self, attestation_result: AttestationResult, auth_data: AuthenticatorData
    ) -> bytes | None:
        return self._root if attestation_result.trust_path else None


def _play(algorithm: str) -> Ceremonies:
    done = subprocess.run(
        [os.environ["ATTEST_BIN"], algorithm], capture_output=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def _server(played: Ceremonies) -> Fido2Server:
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=played["rpId"], name="Example"),
        attestation="direct",
        verify_attestation=SimulatedRoot(_decode(played["trustAnchor"])),
    )


def _state(challenge: str) -> dict[str, Any]:
    """What `register_begin` and `authenticate_begin` would have kept."""
    return {"challenge": challenge, "user_verification": UserVerificationRequirement.REQUIRED}


def _register(played: Ceremonies) -> AuthenticatorData:
    state = _state(played["creationChallenge"])
    return _server(played).register_complete(state, played["registration"])


def _verify_packed(played: Ceremonies) -> None:
    response = RegistrationResponse.from_dict(played["registration"]).response
    attested = response.attestation_object
    assert attested.fmt == "packed", attested.fmt
    result = PackedAttestation().verify(
        attested.att_stmt, attested.auth_data, response.client_data.hash
    )
    assert result.attestation_type.name == "BASIC", result.attestation_type
    assert len(result.trust_path) == 2, "leaf and intermediate"


def _check_credential(played: Ceremonies, algorithm: str) -> None:
    data = _register(played)
    credential = data.credential_data
    assert credential is not None
    identifier = ALGORITHMS[algorithm]
    response = played["registration"]["response"]
    assert credential.public_key[3] == identifier
    assert response["publicKeyAlgorithm"] == identifier
    assert str(credential.aaguid) == played["aaguid"], credential.aaguid
    assert encode(credential.credential_id) == played["registration"]["id"]
    assert encode(bytes(data)) == response["authenticatorData"]
    assert data.is_user_verified()
    named = load_der_public_key(_decode(response["publicKey"]))
    assert type(credential.public_key).from_cryptography_key(named) == credential.public_key


def _check_certificates(check: Check, played: Ceremonies) -> None:
    """What python-fido2 leaves out: validity, the CAs' constraints, our extensions."""
    response = RegistrationResponse.from_dict(played["registration"]).response
    x5c = response.attestation_object.att_stmt["x5c"]
    chain = [*map(x509.load_der_x509_certificate, x5c)]
    chain.append(x509.load_der_x509_certificate(_decode(played["trustAnchor"])))
    now = datetime.datetime.now(datetime.timezone.utc)
    for depth, certificate in enumerate(chain):
        issuer = chain[min(depth + 1, len(chain) - 1)]
        with check.case(f"certificate {depth}: issued by the next"):
            certificate.verify_directly_issued_by(issuer)
        check.holds(
            f"certificate {depth}: valid today",
            certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc,
        )
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        check.equal(f"certificate {depth}: CA", constraints.value.ca, depth > 0)
        named = certificate.subject.rfc4514_string()
        check.holds(f"certificate {depth}: says SIMULATED", "SIMULATED" in named, named)
    aaguid = _extension(chain[0], OID_AAGUID)
    check.equal("AAGUID", aaguid.hex(), "0410" + played["aaguid"].replace("-", ""))
    firmware = bytes(map(int, played["firmware"].split(".")))
    check.equal("firmware", _extension(chain[0], OID_FIRMWARE).hex(), "0403" + firmware.hex())


def _extension(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> bytes:
    extension = certificate.extensions.get_extension_for_oid(oid)
    assert not extension.critical
    assert isinstance(extension.value, x509.UnrecognizedExtension)
    return extension.value.value


def _authenticate(played: Ceremonies, data: AuthenticatorData, number: int) -> None:
    credential = data.credential_data
    assert credential is not None
    _server(played).authenticate_complete(
        _state(played["requestChallenges"][number]),
        [AttestedCredentialData(credential)],
        played["authentications"][number],
    )
    handle = played["authentications"][number]["response"]["userHandle"]
    assert _decode(handle) == b"00uhhl5DL2P7uYPJ0h7X"


def _counters_rise(played: Ceremonies) -> bool:
    counters = [_register(played).counter]
    for response in played["authentications"]:
        parsed = AuthenticationResponse.from_dict(response)
        counters.append(parsed.response.authenticator_data.counter)
    return counters == sorted(set(counters))


def _altered(played: Ceremonies, other: Ceremonies) -> dict[str, Callable[[], object]]:
    """Ceremonies that must fail; `other` is one of another key and root."""
    data = _register(played)

    def register(**changes: object) -> Callable[[], object]:
        return lambda: _register(played | changes)

    def authenticate(**changes: object) -> Callable[[], object]:
        return lambda: _authenticate(played | changes, data, 0)

    attestation = played["registration"]["response"]["attestationObject"]
    return {
        "another root": register(trustAnchor=other["trustAnchor"]),
        "another challenge": register(creationChallenge=other["creationChallenge"]),
        "another RP ID": register(rpId="example.org"),
        "attestation object changed": register(
            registration=_with(played["registration"], attestationObject=_changed(attestation))
        ),
        "client data of another key": register(
            creationChallenge=other["creationChallenge"],
            registration=_with(
                played["registration"],
                clientDataJSON=other["registration"]["response"]["clientDataJSON"],
            ),
        ),
        "assertion of another key": authenticate(
            requestChallenges=other["requestChallenges"], authentications=other["authentications"]
        ),
        "assertion for another challenge": authenticate(
            requestChallenges=played["requestChallenges"][::-1]
        ),
        "signature of another assertion": authenticate(
            authentications=[
                _with(
                    played["authentications"][0],
                    signature=played["authentications"][1]["response"]["signature"],
                )
            ]
        ),
    }


def _with(credential: dict[str, Any], **members: str) -> dict[str, Any]:
    return credential | {"response": credential["response"] | members}


def _changed(text: str) -> str:
    """Changes the last byte: of the credential's public key, in an attestation object."""
    data = _decode(text)
    return encode(data[:-1] + bytes([data[-1] ^ 1]))


def _raises(fails: Callable[[], object]) -> bool:
    try:
        fails()
    except Exception:  # noqa: BLE001 - whatever python-fido2 raises is its verdict
        return True
    return False


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
