//! Private keys that live elsewhere: in this test, in another process, which
//! answers digests with r ‖ s and points with Z over pipes, and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use getrandom::SysRng;
use jose_core::Error;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::base64url::{decode, encode};
use jose_core::curve::Point;
use jose_core::es384::{DigestSigner, MessageDigest, Signature, SigningKey};
use jose_core::jwe::{DecryptionKey, EncryptHeader, KeyAgreement, begin_decrypt};
use jose_core::jwk::{KeyUse, PrivateJwk, PublicJwk};
use jose_core::jws::{SignHeader, Signer, SigningInput};
use jose_core::nested;
use jose_core::secret::SharedSecret;

use super::fixture::{any_jwe, any_jws, bytes48, recipient, verifier};
use crate::BACKEND;

/// Marks the environment of the process that holds the keys.
const MARK: &str = "JOSE_CORE_TEST_HOLDS_THE_KEYS";

/// What every answer begins with, to tell it from the test harness's own words.
const ANSWER: &str = "answer:";

/// The other side. As a test of its own it has nothing to do.
#[test]
fn the_process_that_holds_the_keys() {
    if std::env::var_os(MARK).is_none() {
        return;
    }
    let signing = PrivateJwk::generate(&mut SysRng)
        .unwrap()
        .with_kid("hsm-sig")
        .with_use(KeyUse::Sig);
    let agreeing = PrivateJwk::generate(&mut SysRng)
        .unwrap()
        .with_kid("hsm-enc")
        .with_use(KeyUse::Enc);
    let signer = SigningKey::prepare(signing.scalar(), BACKEND);
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[..] {
            ["public", "sig"] => signing.public().to_json(),
            ["public", "enc"] => agreeing.public().to_json(),
            ["sign", digest] => encode(signer.sign_digest(&bytes48(digest)).as_bytes()),
            ["agree", x, y] => {
                let peer = Point::from_coordinates(&bytes48(x), &bytes48(y)).unwrap();
                encode(agreeing.scalar().agree(&peer).unwrap().expose())
            }
            _ => return,
        };
        writeln!(std::io::stdout(), "\n{ANSWER}{answer}").unwrap();
    }
}

/// A line to the other process; its only interface.
struct Remote(Mutex<(Child, ChildStdin, BufReader<ChildStdout>)>);

impl Remote {
    fn start() -> Arc<Self> {
        // The path of the test within its binary, which is not its crate's.
        let path = concat!(module_path!(), "::the_process_that_holds_the_keys");
        let (_, name) = path.split_once("::").unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(MARK, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Arc::new(Self(Mutex::new((child, stdin, BufReader::new(stdout)))))
    }

    fn ask(&self, question: &str) -> Result<String, Error> {
        let mut line = self.0.lock().unwrap();
        writeln!(line.1, "{question}").map_err(|_| Error::KeyOperationFailed)?;
        loop {
            let mut answer = String::new();
            let read = line.2.read_line(&mut answer);
            if read.map_err(|_| Error::KeyOperationFailed)? == 0 {
                return Err(Error::KeyOperationFailed);
            }
            if let Some(answer) = answer.trim_end().strip_prefix(ANSWER) {
                return Ok(answer.to_string());
            }
        }
    }

    fn public(&self, which: &str) -> PublicJwk {
        let text = self.ask(&format!("public {which}")).unwrap();
        PublicJwk::from_json(text.as_bytes()).unwrap()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let line = self.0.get_mut().unwrap();
        let _ = line.0.kill();
        let _ = line.0.wait();
    }
}

impl DigestSigner for Remote {
    fn sign_digest(&self, digest: &MessageDigest) -> Result<Signature, Error> {
        let answer = self.ask(&format!("sign {}", encode(digest)))?;
        Signature::from_bytes(&decode(answer.as_bytes())?)
    }
}

impl KeyAgreement for Remote {
    fn agree(&self, peer: &Point) -> Result<SharedSecret, Error> {
        let (x, y) = peer.coordinates();
        let answer = self.ask(&format!("agree {} {}", encode(&x), encode(&y)))?;
        Ok(SharedSecret::from_bytes(bytes48(&answer)))
    }
}

fn token(to: &PublicJwk, alg: KeyManagement) -> String {
    let header = EncryptHeader::new(alg, ContentEncryption::A256Gcm);
    recipient(to)
        .encrypt(b"to the other process", &header, &mut SysRng)
        .unwrap()
}

/// The handles of keys held elsewhere behave as those in memory.
#[test]
fn external_handles_sign_and_decrypt() {
    let remote = Remote::start();
    let (sig, enc) = (remote.public("sig"), remote.public("enc"));
    let signer = Signer::external(&sig, remote.clone()).unwrap();
    let signed = signer
        .sign(b"payload", &SignHeader::new().with_typ("t"))
        .unwrap();
    let verified = verifier(&sig)
        .verify(signed.as_bytes(), &any_jws().require_kid())
        .unwrap();
    assert_eq!(verified.header().kid(), Some("hsm-sig"));

    let key = DecryptionKey::external(&enc, remote.clone()).unwrap();
    assert_eq!(key.kid(), Some("hsm-enc"));
    for alg in KeyManagement::ALL {
        let opened = key
            .decrypt(token(&enc, alg).as_bytes(), &any_jwe())
            .unwrap();
        assert_eq!(opened.plaintext(), b"to the other process");
    }
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let sealed = nested::seal(
        b"{}",
        &signer,
        &SignHeader::new(),
        &recipient(&enc),
        &header,
        &mut SysRng,
    );
    let set = jose_core::jwk::JwkSet::new(vec![sig]).unwrap();
    let set = jose_core::jws::VerifierSet::prepare(&set, jose_core::Level::OneShot, BACKEND);
    let policy = nested::Policy {
        jwe: any_jwe(),
        jws: any_jws(),
    };
    let opened = nested::open(sealed.unwrap().as_bytes(), &key, &set.unwrap(), &policy).unwrap();
    assert_eq!(opened.kid(), Some("hsm-sig"));
}

/// The split forms: the library never calls out, the caller carries digest and
/// point to wherever the key is and comes back later.
#[test]
fn split_forms_sign_and_decrypt() {
    let remote = Remote::start();
    let (sig, enc) = (remote.public("sig"), remote.public("enc"));
    let input = SigningInput::new(b"payload", &SignHeader::new(), sig.kid());
    let signature = remote.sign_digest(&input.digest()).unwrap();
    let signed = input.attach(&signature);
    let verified = verifier(&sig)
        .verify(signed.as_bytes(), &any_jws())
        .unwrap();
    assert_eq!(verified.payload(), b"payload");

    for alg in KeyManagement::ALL {
        let token = token(&enc, alg);
        let pending = begin_decrypt(token.as_bytes(), &any_jwe().require_kid()).unwrap();
        assert_eq!(pending.header().kid(), Some("hsm-enc"));
        let z = remote.agree(pending.ephemeral()).unwrap();
        let opened = pending.clone().finish(&z).unwrap();
        assert_eq!(opened.plaintext(), b"to the other process");
        // Any other Z is the one opaque failure.
        let wrong = SharedSecret::from_bytes([7; 48]);
        assert_eq!(pending.finish(&wrong).unwrap_err(), Error::DecryptFailed);
    }
}

/// A process that is gone is an error of its own, and no panic.
#[test]
fn a_lost_process_is_reported() {
    let remote = Remote::start();
    let (sig, enc) = (remote.public("sig"), remote.public("enc"));
    let token = token(&enc, KeyManagement::EcdhEs);
    let _ = remote.ask("end");
    let signer = Signer::external(&sig, remote.clone()).unwrap();
    assert_eq!(
        signer.sign(b"x", &SignHeader::new()),
        Err(Error::KeyOperationFailed)
    );
    let key = DecryptionKey::external(&enc, remote.clone()).unwrap();
    let lost = key.decrypt(token.as_bytes(), &any_jwe());
    assert_eq!(lost.unwrap_err(), Error::KeyOperationFailed);
}

/// The metadata of the public half limits an external key too.
#[test]
fn external_keys_keep_their_use() {
    struct Absent;
    impl DigestSigner for Absent {
        fn sign_digest(&self, _: &MessageDigest) -> Result<Signature, Error> {
            Err(Error::KeyOperationFailed)
        }
    }
    impl KeyAgreement for Absent {
        fn agree(&self, _: &Point) -> Result<SharedSecret, Error> {
            Err(Error::KeyOperationFailed)
        }
    }
    let enc = super::fixture::RECIPIENT.public();
    let sig = super::fixture::SIGNER.public();
    assert!(Signer::external(enc, Arc::new(Absent)).is_err());
    assert!(DecryptionKey::external(sig, Arc::new(Absent)).is_err());
}
