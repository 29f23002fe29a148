//! The body of the fuzz target `engine`: every operation, on every backend that
//! runs here, against `p384`. The fuzz target includes this file, and the corpus
//! replays as a plain test.

use p384::NistP384;
use p384::ecdh::diffie_hellman;
use p384::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p384::ecdsa::{Signature, SigningKey as OracleKey, VerifyingKey};
use p384::elliptic_curve::PrimeField as _;
use p384::elliptic_curve::sec1::ToSec1Point as _;
use p384::elliptic_curve::{PublicKey as Public, SecretKey};
use p384_engine::ecdsa::{
    SigningKey, VerifyItem, sign_batch, verify_batch_vartime, verify_unprepared_vartime,
    verify_vartime,
};
use p384_engine::{Backend, PreparedKey, PublicKey, SecretScalar, Window, ecdh};

const WINDOWS: [Window; 5] = [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8];

/// A scalar in both libraries, and its point in both.
struct Pair {
    ours: SecretScalar,
    theirs: SecretKey<NistP384>,
    public: PublicKey,
}

/// What is left of the fuzzer's bytes; zeros follow the last.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let (taken, rest) = self.0.split_at(self.0.len().min(N));
        bytes[..taken.len()].copy_from_slice(taken);
        self.0 = rest;
        bytes
    }

    fn below(&mut self, count: usize) -> usize {
        let [byte] = self.take();
        usize::from(byte) % count
    }

    /// A scalar, mostly as the bytes say; where they are none, a small one or one
    /// near to n.
    fn pair(&mut self) -> Pair {
        let bytes = self.take::<48>();
        let mut small = [0; 48];
        small[47] = bytes[47] | 1;
        let negated = |scalar: &[u8; 48]| -> [u8; 48] {
            let key = SecretKey::<NistP384>::from_bytes(&(*scalar).into()).unwrap();
            (-*key.to_nonzero_scalar()).to_repr().into()
        };
        let bytes = match SecretScalar::from_bytes(&bytes) {
            Ok(_) => bytes,
            Err(_) if bytes[0] == 0 => small,
            Err(_) => negated(&small),
        };
        let theirs = SecretKey::from_bytes(&bytes.into()).unwrap();
        Pair {
            ours: SecretScalar::from_bytes(&bytes).unwrap(),
            public: to_ours(&theirs.public_key()),
            theirs,
        }
    }
}

/// Judges one input; a difference panics.
pub(crate) fn differential(data: &[u8]) {
    let mut input = Input(data);
    let window = WINDOWS[input.below(WINDOWS.len())];
    let count = 1 + input.below(10);
    let (change_at, change) = (input.below(96), input.take::<1>()[0]);
    let digest = input.take::<48>();
    let own = input.pair();
    let others: Vec<Pair> = (0..count).map(|_| input.pair()).collect();
    let mut backends = vec![Backend::Serial, Backend::Lanes];
    if !backends.contains(&Backend::detect()) {
        backends.push(Backend::detect());
    }
    for backend in backends {
        let prepared = PreparedKey::prepare(&own.public, window, backend);
        agreements(&own, &others, &prepared, backend);
        let signature = signatures(&own, &others, &digest, backend);
        let mut changed = signature;
        changed[change_at] ^= change;
        verdicts(&own, &prepared, &digest, &[signature, changed], backend);
    }
}

/// Key generation, and both sides of an agreement.
fn agreements(own: &Pair, others: &[Pair], prepared: &PreparedKey, backend: Backend) {
    let scalars: Vec<&SecretScalar> = others.iter().map(|other| &other.ours).collect();
    let publics: Vec<PublicKey> = others.iter().map(|other| other.public).collect();
    assert_eq!(ecdh::public_keys(&scalars, backend), publics);
    assert_eq!(ecdh::public_key(&own.ours, backend), own.public);

    let agreed: Vec<[u8; 48]> = others.iter().map(|other| agree(own, other)).collect();
    let to_one: Vec<_> = scalars.iter().map(|scalar| (prepared, *scalar)).collect();
    let to_fresh: Vec<_> = scalars
        .iter()
        .map(|scalar| (&own.public, *scalar))
        .collect();
    for sent in [
        ecdh::send_batch(&to_one),
        ecdh::send_unprepared_batch(&to_fresh, backend),
    ] {
        let ephemerals: Vec<PublicKey> = sent.iter().map(|sent| sent.ephemeral).collect();
        let shared: Vec<[u8; 48]> = sent.iter().map(|sent| *sent.shared.expose()).collect();
        assert_eq!((ephemerals, shared), (publics.clone(), agreed.clone()));
    }
    let received: Vec<_> = publics.iter().map(|public| (&own.ours, public)).collect();
    let received = ecdh::agree_batch(&received, backend);
    assert!(received.iter().map(ecdh::SharedSecret::expose).eq(&agreed));

    let (other, due) = (&others[0], agreed[0]);
    for sent in [
        ecdh::send(prepared, &other.ours),
        ecdh::send_unprepared(&own.public, &other.ours, backend),
    ] {
        assert_eq!((sent.ephemeral, *sent.shared.expose()), (other.public, due));
    }
    assert_eq!(
        *ecdh::agree(&own.ours, &other.public, backend).expose(),
        due
    );
}

/// The signatures of all keys over a digest; returns the first key's.
fn signatures(own: &Pair, others: &[Pair], digest: &[u8; 48], backend: Backend) -> [u8; 96] {
    let pairs: Vec<&Pair> = std::iter::once(own).chain(others).collect();
    let keys: Vec<SigningKey> = pairs
        .iter()
        .map(|pair| SigningKey::new(pair.ours.clone(), backend))
        .collect();
    let due = pairs.iter().map(|pair| -> [u8; 96] {
        let key = OracleKey::from(pair.theirs.clone());
        let signature: Signature = key.sign_prehash(digest).unwrap();
        signature.to_bytes().into()
    });
    let due: Vec<[u8; 96]> = due.collect();
    let items: Vec<_> = keys.iter().map(|key| (key, digest)).collect();
    assert_eq!(sign_batch(&items), due);
    assert_eq!(keys[0].sign(digest), due[0]);
    due[0]
}

/// A right signature and a changed one, which may be right as well.
fn verdicts(
    own: &Pair,
    prepared: &PreparedKey,
    digest: &[u8; 48],
    signatures: &[[u8; 96]; 2],
    backend: Backend,
) {
    let oracle = VerifyingKey::from(own.theirs.public_key());
    let due = signatures.map(|signature| {
        let signature = Signature::from_slice(&signature);
        signature.is_ok_and(|signature| oracle.verify_prehash(digest, &signature).is_ok())
    });
    assert!(due[0]);
    for (signature, due) in signatures.iter().zip(due) {
        assert_eq!(verify_vartime(prepared, digest, signature).is_ok(), due);
        let verdict = verify_unprepared_vartime(&own.public, backend, digest, signature);
        assert_eq!(verdict.is_ok(), due);
    }
    // The changed one among nine right ones.
    let items = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0].map(|which: usize| VerifyItem {
        key: prepared,
        digest,
        signature: &signatures[which],
    });
    for (place, verdict) in verify_batch_vartime(&items).iter().enumerate() {
        assert_eq!(verdict.is_ok(), due[usize::from(place == 3)], "{place}");
    }
}

fn agree(own: &Pair, other: &Pair) -> [u8; 48] {
    let peer = other.theirs.public_key();
    let agreed = diffie_hellman(own.theirs.to_nonzero_scalar(), peer.as_affine());
    (*agreed.raw_secret_bytes()).into()
}

fn to_ours(public: &Public<NistP384>) -> PublicKey {
    let encoded = public.to_sec1_point(false);
    let (x, y) = (encoded.x().unwrap(), encoded.y().unwrap());
    PublicKey::from_coordinates(&(*x).into(), &(*y).into()).unwrap()
}
