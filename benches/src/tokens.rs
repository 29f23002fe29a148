//! Complete tokens with 256 bytes inside: JWS by ES384, JWE by ECDH-ES and
//! A256GCM, from the text of a token to its content and back.
//!
//! Every library has its key parsed, and made ready as far as it offers that,
//! before the clock starts.

mod jose4rs;
mod jose_rs;
mod josekit;
mod jsonwebtoken;
mod ours;
mod pool;

use std::rc::Rc;

use jose_core::Backend;

use crate::interleave::{Contest, Entry, Side};
use ours::Ours;
use pool::Pool;

/// How many keys take turns in the rows that say so.
const MANY: usize = 32;
/// What is read or written goes into a buffer that the caller keeps.
const INTO: &str = "into a buffer";

/// Verification, signing, encryption, decryption; ours also in batches.
///
/// # Panics
/// Where a library does not read what another has made.
pub fn contests(backend: Backend) -> Vec<Contest> {
    let tokens = Tokens::new(backend);
    vec![
        tokens.verify(),
        tokens.sign(),
        tokens.encrypt(),
        tokens.decrypt(),
    ]
}

/// What a JOSE library does. Message and token are those of the pool that has
/// its turn; none where the library does not offer it.
trait Rival {
    fn name(&self) -> &'static str;
    /// Whether the JWS is valid and has the message that belongs to it.
    fn verify(&self, token: &str) -> Option<Vec<u8>>;
    fn sign(&self, index: usize) -> Option<String>;
    fn encrypt(&self, index: usize) -> Option<String>;
    fn decrypt(&self, token: &str) -> Option<Vec<u8>>;
}

struct Tokens {
    pool: Rc<Pool>,
    /// With one key.
    ours: Rc<Ours>,
    /// With [`MANY`] keys.
    many: Rc<Ours>,
    rivals: Vec<Rc<dyn Rival>>,
}

impl Tokens {
    fn new(backend: Backend) -> Self {
        let pool = Rc::new(Pool::new(1));
        let rivals: Vec<Rc<dyn Rival>> = vec![
            Rc::new(jose4rs::Jose4rs::new(&pool)),
            Rc::new(jsonwebtoken::Jsonwebtoken::new(&pool)),
            Rc::new(josekit::Josekit::new(&pool)),
            Rc::new(jose_rs::JoseRs::new(&pool)),
        ];
        let this = Self {
            ours: Ours::new(&pool, backend),
            many: Ours::new(&Rc::new(Pool::new(MANY)), backend),
            rivals,
            pool,
        };
        for rival in &this.rivals {
            this.ours.check_rival(&**rival);
        }
        this
    }

    fn verify(&self) -> Contest {
        let forms = vec![
            Entry::new("", self.ours.verify()),
            Entry::new(INTO, self.ours.verify_into()),
            Entry::new("batch of 32", self.ours.verify_batch(32)),
            Entry::new(format!("{MANY} keys"), self.many.verify()),
            Entry::new(
                format!("{MANY} keys, batch of 32"),
                self.many.verify_batch(32),
            ),
        ];
        self.contest("JWS verify 256 B", forms, |rival, pool, i| {
            rival.verify(pool.jws(i))
        })
    }

    fn sign(&self) -> Contest {
        let forms = vec![
            Entry::new("", self.ours.sign()),
            Entry::new(INTO, self.ours.sign_into()),
            Entry::new("batch of 8", self.ours.sign_batch(8)),
        ];
        self.contest("JWS sign 256 B", forms, |rival, _, i| rival.sign(i))
    }

    fn encrypt(&self) -> Contest {
        let forms = vec![
            Entry::new("", self.ours.encrypt()),
            Entry::new(INTO, self.ours.encrypt_into()),
            Entry::new("batch of 16", self.ours.encrypt_batch(16)),
        ];
        self.contest("JWE encrypt 256 B", forms, |rival, _, i| rival.encrypt(i))
    }

    fn decrypt(&self) -> Contest {
        let forms = vec![
            Entry::new("", self.ours.decrypt()),
            Entry::new(INTO, self.ours.decrypt_into()),
            Entry::new("batch of 8", self.ours.decrypt_batch(8)),
        ];
        self.contest("JWE decrypt 256 B", forms, |rival, pool, i| {
            rival.decrypt(pool.jwe(i))
        })
    }

    /// Against those who offer the operation.
    fn contest<T: 'static>(
        &self,
        operation: &'static str,
        forms: Vec<Entry>,
        theirs: fn(&dyn Rival, &Pool, usize) -> Option<T>,
    ) -> Contest {
        let offers = |rival: &&Rc<dyn Rival>| theirs(&***rival, &self.pool, 0).is_some();
        let entry = |rival: &Rc<dyn Rival>| {
            let (name, rival, pool) = (rival.name(), Rc::clone(rival), Rc::clone(&self.pool));
            let side = Side::single(move |index| theirs(&*rival, &pool, index).expect("done"));
            Entry::new(name, side)
        };
        let rivals = self.rivals.iter().filter(offers).map(entry);
        Contest::new(operation, forms, rivals.collect())
    }
}
