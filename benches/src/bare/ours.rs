//! The engine.

use std::cell::RefCell;
use std::rc::Rc;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng as _;
use p384_engine::ecdsa::{self, SigningKey, VerifyItem};
use p384_engine::{Backend, PreparedKey, PublicKey, SecretScalar, Window, ecdh};

use super::Rival;
use super::pool::{self, Pool, Public, Secret};
use crate::interleave::Side;
use crate::workload::{CHECKED, MESSAGES, generator, numbers, turn};

/// The engine with the pool's keys.
pub(super) struct Ours {
    pool: Rc<Pool>,
    backend: Backend,
    keys: Vec<Key>,
    rng: RefCell<ChaCha20Rng>,
}

struct Key {
    secret: SecretScalar,
    signing: SigningKey,
    public: PublicKey,
    prepared: Vec<PreparedKey>,
}

impl Ours {
    pub(super) fn new(pool: &Rc<Pool>, windows: &[Window], backend: Backend) -> Rc<Self> {
        let key = |key| Key::new(key, windows, backend);
        Rc::new(Self {
            pool: Rc::clone(pool),
            backend,
            keys: pool.keys.iter().map(key).collect(),
            rng: RefCell::new(generator()),
        })
    }

    /// Every table accepts every signature, and no other; signatures are those of
    /// RFC 6979; sender and recipient agree.
    pub(super) fn check(&self) {
        for index in 0..MESSAGES {
            let (key, digest) = (turn(&self.keys, index), self.pool.digest(index));
            let signature = self.pool.signature(index);
            assert_eq!(key.signing.sign(digest), *signature, "RFC 6979");
            let other = self.pool.digest(index + 1);
            for prepared in &key.prepared {
                assert!(ecdsa::verify_vartime(prepared, digest, signature).is_ok());
                assert!(ecdsa::verify_vartime(prepared, other, signature).is_err());
                let sent = ecdh::send(prepared, &self.draw());
                let agreed = ecdh::agree(&key.secret, &sent.ephemeral, self.backend);
                assert_eq!(sent.shared.expose(), agreed.expose());
            }
        }
    }

    /// Each side accepts the other's signatures, and both agree.
    pub(super) fn check_rival(&self, rival: &dyn Rival) {
        let name = rival.name();
        for index in 0..CHECKED {
            assert!(rival.verify(index), "{name} verifies");
            assert!(rival.verify_unknown(index), "{name} verifies");
            let (key, digest) = (turn(&self.keys, index), self.pool.digest(index));
            let theirs = rival.sign(index);
            let verified =
                ecdsa::verify_unprepared_vartime(&key.public, self.backend, digest, &theirs);
            assert!(verified.is_ok(), "we verify {name}'s");
            for (ephemeral, shared) in [rival.send(index), rival.send_unknown(index)] {
                let agreed = ecdh::agree(&key.secret, &parse(&ephemeral), self.backend);
                assert_eq!(*agreed.expose(), shared, "we agree with {name}");
            }
            if let Some(shared) = rival.agree(index) {
                let peer = parse(self.pool.peer(index));
                let agreed = ecdh::agree(&key.secret, &peer, self.backend);
                assert_eq!(*agreed.expose(), shared, "we agree with {name}");
            }
        }
    }

    pub(super) fn verify(self: &Rc<Self>, window: Window) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| {
            let (digest, signature) = (this.pool.digest(i), this.pool.signature(i));
            ecdsa::verify_vartime(this.prepared(i, window), digest, signature).expect("valid");
        })
    }

    pub(super) fn verify_batch(self: &Rc<Self>, window: Window, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| VerifyItem {
                    key: this.prepared(i, window),
                    digest: this.pool.digest(i),
                    signature: this.pool.signature(i),
                })
                .collect();
            let verified = ecdsa::verify_batch_vartime(&items);
            assert!(verified.iter().all(Result::is_ok));
        })
    }

    pub(super) fn verify_unknown(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| {
            let (digest, signature) = (this.pool.digest(i), this.pool.signature(i));
            let key = parse(this.public(i));
            ecdsa::verify_unprepared_vartime(&key, this.backend, digest, signature).expect("valid");
        })
    }

    pub(super) fn send(self: &Rc<Self>, window: Window) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| sent(&ecdh::send(this.prepared(i, window), &this.draw())))
    }

    pub(super) fn send_batch(self: &Rc<Self>, window: Window, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |call| {
            let scalars = this.draws(size);
            let keys = numbers(call, size).map(|i| this.prepared(i, window));
            let items: Vec<_> = keys.zip(&scalars).collect();
            ecdh::send_batch(&items)
                .iter()
                .map(sent)
                .collect::<Vec<_>>()
        })
    }

    pub(super) fn send_unknown(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| {
            let key = parse(this.public(i));
            sent(&ecdh::send_unprepared(&key, &this.draw(), this.backend))
        })
    }

    pub(super) fn send_unknown_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |call| {
            let scalars = this.draws(size);
            let keys: Vec<_> = numbers(call, size).map(|i| parse(this.public(i))).collect();
            let items: Vec<_> = keys.iter().zip(&scalars).collect();
            let all = ecdh::send_unprepared_batch(&items, this.backend);
            all.iter().map(sent).collect::<Vec<_>>()
        })
    }

    pub(super) fn agree(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| {
            let peer = parse(this.pool.peer(i));
            ecdh::agree(&turn(&this.keys, i).secret, &peer, this.backend)
        })
    }

    pub(super) fn agree_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |call| {
            let peers = numbers(call, size).map(|i| parse(this.pool.peer(i)));
            let peers: Vec<_> = peers.collect();
            let secrets = numbers(call, size).map(|i| &turn(&this.keys, i).secret);
            let items: Vec<_> = secrets.zip(&peers).collect();
            ecdh::agree_batch(&items, this.backend)
        })
    }

    pub(super) fn sign(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| turn(&this.keys, i).signing.sign(this.pool.digest(i)))
    }

    pub(super) fn sign_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| (&turn(&this.keys, i).signing, this.pool.digest(i)))
                .collect();
            ecdsa::sign_batch(&items)
        })
    }

    pub(super) fn generate(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |_| {
            let secret = this.draw();
            (
                uncompressed(&ecdh::public_key(&secret, this.backend)),
                secret,
            )
        })
    }

    pub(super) fn generate_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |_| {
            let secrets = this.draws(size);
            let publics = ecdh::public_keys(&secrets.iter().collect::<Vec<_>>(), this.backend);
            let publics: Vec<_> = publics.iter().map(uncompressed).collect();
            (publics, secrets)
        })
    }

    pub(super) fn prepare(self: &Rc<Self>, window: Window) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| {
            PreparedKey::prepare(&turn(&this.keys, i).public, window, this.backend)
        })
    }

    fn prepared(&self, index: usize, window: Window) -> &PreparedKey {
        let mut prepared = turn(&self.keys, index).prepared.iter();
        let found = prepared.find(|key| key.window() == window);
        found.expect("a window of these keys")
    }

    fn public(&self, index: usize) -> &Public {
        &turn(&self.pool.keys, index).public
    }

    fn draw(&self) -> SecretScalar {
        let mut bytes = [0; 48];
        self.rng.borrow_mut().fill_bytes(&mut bytes);
        // Out of range once in 2^190.
        SecretScalar::from_bytes(&bytes).expect("in range")
    }

    /// In bulk.
    fn draws(&self, count: u32) -> Vec<SecretScalar> {
        let mut bytes = vec![0; 48 * count as usize];
        self.rng.borrow_mut().fill_bytes(&mut bytes);
        let (scalars, _) = bytes.as_chunks();
        scalars
            .iter()
            .map(|bytes| SecretScalar::from_bytes(bytes).expect("in range"))
            .collect()
    }
}

impl Key {
    fn new(key: &pool::Key, windows: &[Window], backend: Backend) -> Self {
        let secret = SecretScalar::from_bytes(&key.secret).expect("in range");
        let public = parse(&key.public);
        let prepare = |window: &Window| PreparedKey::prepare(&public, *window, backend);
        Self {
            signing: SigningKey::new(secret.clone(), backend),
            prepared: windows.iter().map(prepare).collect(),
            secret,
            public,
        }
    }
}

/// Checks that it is a point of the curve.
fn parse(point: &Public) -> PublicKey {
    let (coordinates, _) = point[1..].as_chunks();
    PublicKey::from_coordinates(&coordinates[0], &coordinates[1]).expect("on the curve")
}

fn uncompressed(key: &PublicKey) -> Public {
    let mut bytes = [4; 97];
    bytes[1..49].copy_from_slice(&key.x());
    bytes[49..].copy_from_slice(&key.y());
    bytes
}

fn sent(sent: &ecdh::Sent) -> (Public, Secret) {
    (uncompressed(&sent.ephemeral), *sent.shared.expose())
}
