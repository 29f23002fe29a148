//! The operations on the curve alone: digests in, r ‖ s out; points and shared
//! secrets as bytes.
//!
//! Keys that an operation meets again are parsed, ours also prepared, before the
//! clock starts; where a key or a point is new each time, parsing and checking it
//! count on every side. Scalars are drawn while the clock runs. Who signs and
//! verifies messages only (ring, graviola) hashes one of 32 bytes, one block.
//! Nonces are random with AWS-LC, ring and OpenSSL, and of RFC 6979 with the
//! others.

mod aws_lc;
mod graviola;
mod openssl;
mod ours;
mod p384;
mod pool;
mod ring;

use std::rc::Rc;

use p384_engine::{Backend, Window};

use crate::interleave::{Contest, Entry, Side};
use ours::Ours;
use pool::{Pool, Public, Secret, Signature};

/// How many keys take turns in the rows that say so.
const MANY: usize = 32;

/// The windows of the single forms.
const WINDOWS: [Window; 4] = [Window::W4, Window::W5, Window::W6, Window::W8];
/// The batches of a curve; its first point is the single form.
const CURVE: [u32; 6] = [2, 4, 8, 16, 32, 64];

/// Every operation against every rival; `curve` asks for all the sizes of batches
/// that a curve is drawn of.
///
/// # Panics
/// Where ours and a rival's results differ: a wrong answer has no speed.
pub fn contests(backend: Backend, curve: bool) -> Vec<Contest> {
    let bare = Bare::new(backend, curve);
    vec![
        bare.verify(),
        bare.verify_unknown(),
        bare.send(),
        bare.send_unknown(),
        bare.agree(),
        bare.sign(),
        bare.generate(),
        bare.prepare(),
    ]
}

/// What a library does with P-384. Message, signature and peer are those of the
/// pool that has its turn.
trait Rival {
    fn name(&self) -> &'static str;
    /// By a key that is known.
    fn verify(&self, index: usize) -> bool;
    /// By a key that comes as bytes.
    fn verify_unknown(&self, index: usize) -> bool;
    fn sign(&self, index: usize) -> Signature;
    fn generate(&self) -> Public;
    /// The sender's side of ECDH-ES, to a key that is known.
    fn send(&self, index: usize) -> (Public, Secret);
    /// The same, to a key that comes as bytes.
    fn send_unknown(&self, index: usize) -> (Public, Secret);
    /// The recipient's side, with a point that comes as bytes; none where the
    /// library agrees with ephemeral keys only.
    fn agree(&self, index: usize) -> Option<Secret>;
}

struct Bare {
    /// With one key.
    ours: Rc<Ours>,
    /// With [`MANY`] keys.
    many: Rc<Ours>,
    rivals: Vec<Rc<dyn Rival>>,
    curve: bool,
}

impl Bare {
    fn new(backend: Backend, curve: bool) -> Self {
        let pool = Rc::new(Pool::new(1));
        let rivals: Vec<Rc<dyn Rival>> = vec![
            Rc::new(aws_lc::AwsLc::new(&pool)),
            Rc::new(graviola::Graviola::new(&pool)),
            Rc::new(openssl::OpenSsl::new(&pool)),
            Rc::new(ring::Ring::new(&pool)),
            Rc::new(p384::P384::new(&pool)),
        ];
        let this = Self {
            ours: Ours::new(&pool, &WINDOWS, backend),
            many: Ours::new(&Rc::new(Pool::new(MANY)), &[Window::W6], backend),
            rivals,
            curve,
        };
        this.ours.check();
        this.many.check();
        for rival in &this.rivals {
            this.ours.check_rival(&**rival);
        }
        this
    }

    fn verify(&self) -> Contest {
        let (ours, many) = (&self.ours, &self.many);
        let mut forms = Vec::new();
        for window in WINDOWS {
            forms.push(Entry::new(named(window), ours.verify(window)));
        }
        for window in [Window::W6, Window::W8] {
            for size in self.sizes([8, 32, 64]) {
                let name = format!("{}, batch of {size}", named(window));
                forms.push(Entry::new(name, ours.verify_batch(window, size)));
            }
        }
        let name = format!("w=6, {MANY} keys");
        forms.push(Entry::new(name, many.verify(Window::W6)));
        let name = format!("w=6, {MANY} keys, batch of 32");
        forms.push(Entry::new(name, many.verify_batch(Window::W6, 32)));
        self.contest("P-384 verify", forms, |rival, i| rival.verify(i))
    }

    fn verify_unknown(&self) -> Contest {
        let forms = vec![Entry::new("", self.ours.verify_unknown())];
        self.contest("P-384 verify, unknown key", forms, |rival, i| {
            rival.verify_unknown(i)
        })
    }

    fn send(&self) -> Contest {
        let (ours, many) = (&self.ours, &self.many);
        let mut forms = Vec::new();
        for window in WINDOWS {
            forms.push(Entry::new(named(window), ours.send(window)));
        }
        for size in self.sizes([8, 16, 64]) {
            let name = format!("w=6, batch of {size}");
            forms.push(Entry::new(name, ours.send_batch(Window::W6, size)));
        }
        let name = format!("w=6, {MANY} recipients");
        forms.push(Entry::new(name, many.send(Window::W6)));
        let name = format!("w=6, {MANY} recipients, batch of 16");
        forms.push(Entry::new(name, many.send_batch(Window::W6, 16)));
        self.contest("ECDH-ES sender", forms, |rival, i| rival.send(i))
    }

    fn send_unknown(&self) -> Contest {
        let forms = vec![
            Entry::new("", self.ours.send_unknown()),
            Entry::new("batch of 8", self.ours.send_unknown_batch(8)),
        ];
        self.contest("ECDH-ES sender, unknown recipient", forms, |rival, i| {
            rival.send_unknown(i)
        })
    }

    fn agree(&self) -> Contest {
        let forms = vec![
            Entry::new("", self.ours.agree()),
            Entry::new("batch of 8", self.ours.agree_batch(8)),
        ];
        let mut contest = self.contest("ECDH-ES recipient", forms, |rival, i| rival.agree(i));
        let mut rivals = self.rivals.iter();
        let mut offered = || rivals.next().is_some_and(|rival| rival.agree(0).is_some());
        contest.rivals.retain(|_| offered());
        contest
    }

    fn sign(&self) -> Contest {
        let forms = vec![
            Entry::new("", self.ours.sign()),
            Entry::new("batch of 8", self.ours.sign_batch(8)),
        ];
        self.contest("P-384 sign", forms, |rival, i| rival.sign(i))
    }

    fn generate(&self) -> Contest {
        let forms = vec![
            Entry::new("", self.ours.generate()),
            Entry::new("batch of 8", self.ours.generate_batch(8)),
        ];
        self.contest("P-384 key generation", forms, |rival, _| rival.generate())
    }

    /// Nobody else has tables of a key.
    fn prepare(&self) -> Contest {
        let form = |window| Entry::new(named(window), self.many.prepare(window));
        Contest::new("P-384 prepare", WINDOWS.map(form).into(), Vec::new())
    }

    /// These sizes of a batch, or those of a curve.
    fn sizes(&self, sizes: [u32; 3]) -> Vec<u32> {
        if self.curve {
            CURVE.to_vec()
        } else {
            sizes.to_vec()
        }
    }

    fn contest<T: 'static>(
        &self,
        operation: &'static str,
        forms: Vec<Entry>,
        theirs: fn(&dyn Rival, usize) -> T,
    ) -> Contest {
        let rival = |rival: &Rc<dyn Rival>| {
            let (name, rival) = (rival.name(), Rc::clone(rival));
            Entry::new(name, Side::single(move |index| theirs(&*rival, index)))
        };
        Contest::new(operation, forms, self.rivals.iter().map(rival).collect())
    }
}

fn named(window: Window) -> String {
    format!("w={}", window.bits())
}
