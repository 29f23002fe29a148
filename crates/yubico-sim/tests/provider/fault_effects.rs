//! A fault changes what it says, and nothing else: two runs of one seed, one
//! honest and one at fault, are taken apart and compared.

use jose_core::jwk::{JwkSet, PublicJwk};
use pollster::block_on;
use prereg_types::shipment::{ProductData, ShipmentState};
use yubico_sim::{Fault, Seed};

use crate::enroll_call::EnrollCall;
use crate::observation::Observation;
use crate::{NOW, TestProvider, provider};

const RP_IDS: [&str; 2] = ["acme.example", "acme.test"];

/// One key of a new provider of one seed.
fn run(fault: Option<Fault>, rp_ids: &[&str]) -> (TestProvider, EnrollCall, ProductData) {
    let provider = provider("effects");
    let mut call = EnrollCall::new("effects", rp_ids);
    let body = call.shipment(&provider.transport_jwks());
    let mut rng = Seed::from_text("effects").stream("shipment", 0);
    let created = block_on(provider.create_shipment_under(fault, &body, NOW, &mut rng)).unwrap();
    let id = created.shipment_id;
    block_on(provider.divert(&id, ShipmentState::SHIPPED, NOW)).unwrap();
    let mut shipment = block_on(provider.shipment(&id)).unwrap();
    let product = shipment.shipment_items.remove(0).product_data.remove(0);
    (provider, call, product)
}

fn observe(fault: Option<Fault>, rp_ids: &[&str]) -> (Observation, JwkSet<PublicJwk>) {
    let (provider, call, product) = run(fault, rp_ids);
    let honest = provider.signing_jwks();
    let published = provider.signing_jwks_under(fault);
    (Observation::of(&product, &call, &honest), published)
}

/// Where each fault shows. A path stands for all below it. `*` is the first
/// credential response, for faults of the key each of them; `@` is the
/// attestation object, `$` what repeats its authenticator data.
fn effects(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::WrongRecipientKey | Fault::TamperedTag | Fault::TamperedCiphertext => &["*.inside"],
        Fault::InvalidEphemeralKey => &["*.header.epk.y", "*.inside"],
        Fault::UnknownResponseKid => &["*.header.kid"],
        Fault::UnsignedResponse => &["*.header.cty", "*.inside.jws"],
        Fault::WrongSigningKey | Fault::TamperedSignature => &["*.inside.jws.verified"],
        Fault::UnknownSigningKid => &["*.inside.jws.kid", "*.inside.jws.verified"],
        Fault::UnpinnedSigningKey => &[
            "pin.inside.jws.kid",
            "pin.inside.jws.verified",
            "0.inside.jws.kid",
            "0.inside.jws.verified",
            "1.inside.jws.kid",
            "1.inside.jws.verified",
        ],
        Fault::TypConfusion => &["*.inside.jws.typ"],
        Fault::WrongIssuer => &["*.inside.claims.iss"],
        Fault::WrongAudience => &["*.inside.claims.aud"],
        Fault::ExpiredResponse => &["*.inside.claims.exp", "*.inside.claims.iat"],
        Fault::OtherRequest => &["*.inside.claims.in_reply_to"],
        Fault::OtherSet => &["*.inside.claims.set"],
        Fault::WrongEnrollment => &["*.inside.claims.enrollment"],
        Fault::OtherRecipient => &["*.inside.claims.response_jkt"],
        Fault::SerialsDisagree => &["*.inside.claims.serial"],
        Fault::SerialMismatch => &["serial"],
        Fault::VersionMismatch => &["version"],
        Fault::PinTooShort => &["pin.inside.claims.pin", "pin.inside.claims.pad"],
        Fault::SwappedResponses => &["0", "1"],
        Fault::MissingResponse => &["count", "1"],
        Fault::StaleChallenge => &["*.clientDataJSON.challenge", "*.@.sig"],
        Fault::WrongOrigin => &["*.clientDataJSON.origin", "*.@.sig"],
        Fault::WrongClientDataType => &["*.clientDataJSON.type", "*.@.sig"],
        Fault::RedundantMemberMismatch => &["*.$"],
        Fault::WrongRpIdHash => &["*.@.data.rp", "*.@.sig", "*.$"],
        Fault::UpUnset | Fault::UvUnset => &["*.@.data.flags", "*.@.sig", "*.$"],
        Fault::BackupStateInvalid | Fault::AttestedDataMissing | Fault::TrailingBytes => {
            &["*.@.data", "*.@.sig", "*.$"]
        }
        Fault::CredentialKeyOffCurve => &["*.@.data.key", "*.@.sig", "*.$"],
        // Another id leaves the generator elsewhere, so the key is another one.
        Fault::CredentialIdTooLong | Fault::DuplicateCredentialId => &[
            "*.@.data",
            "*.@.sig",
            "*.$",
            "*.id",
            "*.rawId",
            "*.publicKey",
        ],
        Fault::MalformedCbor => &["*.@"],
        Fault::NoneAttestation => &["*.@.fmt", "*.@.alg", "*.@.sig", "*.@.x5c"],
        Fault::SelfAttestation => &["*.@.sig", "*.@.x5c"],
        Fault::AttestationAlgorithmMismatch => &["*.@.alg"],
        Fault::AttestationSignatureInvalid => &["*.@.sig"],
        Fault::AaguidMismatch
        | Fault::AaguidCritical
        | Fault::WrongCertificateUnit
        | Fault::CaLeaf
        | Fault::ExpiredChain => &["*.@.x5c.0"],
        // The foreign vendor's keys are drawn first, so the batch's is another.
        Fault::ForeignChain => &["*.@.x5c.0", "*.@.x5c.1", "*.@.sig"],
        Fault::WrongChainOrder => &["*.@.x5c.0", "*.@.x5c.1"],
        Fault::Replay => &[],
        other => panic!("{other} has no row"),
    }
}

/// The full paths that a short one stands for.
fn expand(fault: Fault, path: &str) -> Vec<String> {
    let short = path
        .replace("*.clientDataJSON", "*.response.clientDataJSON")
        .replace("*.@", "*.response.attestationObject")
        .replace("*.$", "*.response.authenticatorData")
        .replace("*.publicKey", "*.response.publicKey");
    let inside = ["inside", "header"].iter().any(|part| short.contains(part));
    let full = if inside || !short.starts_with('*') {
        short
    } else {
        short.replace("*.", "*.inside.claims.credential.")
    };
    let each = fault.culprit() == yubico_sim::Culprit::Key;
    let places = if each { &["0", "1"][..] } else { &["0"] };
    let mut paths: Vec<String> = places
        .iter()
        .map(|place| full.replace('*', place))
        .collect();
    paths.dedup();
    paths
}

#[test]
fn each_fault_shows_where_it_should_and_nowhere_else() {
    let (honest, keys) = observe(None, &RP_IDS);
    for fault in Fault::ALL.iter().copied() {
        let (faulty, published) = observe(Some(fault), &RP_IDS);
        let differences = honest.differences(&faulty);
        let expected: Vec<String> = effects(fault)
            .iter()
            .flat_map(|p| expand(fault, p))
            .collect();
        let below = |path: &str, top: &str| path == top || path.starts_with(&format!("{top}."));
        for path in &differences {
            let known = expected.iter().any(|top| below(path, top));
            assert!(known, "{fault} also changes {path}");
        }
        for top in &expected {
            let hit = differences.iter().any(|path| below(path, top));
            assert!(hit, "{fault} leaves {top} as it was: {differences:?}");
        }
        let more = usize::from(fault == Fault::UnpinnedSigningKey);
        assert_eq!(published.keys().len(), keys.keys().len() + more, "{fault}");
    }
}

#[test]
fn faults_that_need_two_credentials_do_nothing_to_one() {
    let (honest, _) = observe(None, &RP_IDS[..1]);
    for fault in [Fault::SwappedResponses, Fault::MissingResponse] {
        assert!(fault.needs_two_credentials());
        let (faulty, _) = observe(Some(fault), &RP_IDS[..1]);
        assert!(honest.differences(&faulty).is_empty(), "{fault}");
    }
}

#[test]
fn a_provider_at_fault_commits_it_in_every_shipment() {
    let provider = provider("effects").with_fault(Fault::SerialMismatch);
    assert_eq!(provider.fault(), Some(Fault::SerialMismatch));
    let mut call = EnrollCall::new("effects", &RP_IDS);
    let body = call.shipment(&provider.transport_jwks());
    let mut rng = Seed::from_text("effects").stream("shipment", 0);
    let id = block_on(provider.create_shipment(&body, NOW, &mut rng))
        .unwrap()
        .shipment_id;
    block_on(provider.divert(&id, ShipmentState::SHIPPED, NOW)).unwrap();
    let shipment = block_on(provider.shipment(&id)).unwrap();
    let reported = &shipment.shipment_items[0].product_data[0].serial_number;
    assert_ne!(&block_on(provider.deliver(&id, NOW)).unwrap()[0], reported);
}
