//! PIN generation: which PINs a key may leave the provider with.
//!
//! CTAP 2.1 §6.5.1 asks for at least four code points and at most 63 bytes.
//! The vendor's sample refuses PINs of one repeated digit and a list of common
//! ones. Beyond that sample, runs such as `456789`, `987654` and `890123` are
//! refused here: they are what people try next.

use jose_core::Error;
use prereg_types::payload::Pin;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

/// The PINs that the vendor's sample refuses, besides those of one repeated
/// character.
pub const TRIVIAL_PINS: [&str; 9] = [
    "123456", "123123", "654321", "123321", "112233", "121212", "520520", "123654", "159753",
];

/// What PINs are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PinAlphabet {
    /// `0` to `9`.
    #[default]
    Digits,
    /// Capital letters and digits without those that look alike: `0 O 1 I`.
    LettersAndDigits,
}

/// How PINs are drawn: every character uniform and independent, and a PIN that
/// is trivial drawn again as a whole, so that all the others stay equally likely.
///
/// ```
/// use yubico_sim::{PinPolicy, Seed};
/// let pin = PinPolicy::default().draw(8, &mut Seed::from_text("demo").stream("pin", 0))?;
/// assert_eq!(pin.code_points(), 8);
/// # Ok::<(), jose_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinPolicy {
    alphabet: PinAlphabet,
}

impl PinAlphabet {
    /// The characters, all of them ASCII.
    pub const fn characters(self) -> &'static [u8] {
        match self {
            Self::Digits => b"0123456789",
            Self::LettersAndDigits => b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ",
        }
    }
}

impl PinPolicy {
    /// PINs of these characters.
    pub const fn new(alphabet: PinAlphabet) -> Self {
        Self { alphabet }
    }

    /// Draws a PIN of `length` characters.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`] where the generator fails, or gives nothing
    /// but trivial PINs; also for a length that no PIN has (4 to 63), which a
    /// request that was read cannot ask for.
    pub fn draw<R: TryCryptoRng + ?Sized>(self, length: u8, rng: &mut R) -> Result<Pin, Error> {
        // One in a thousand is trivial at length four: 32 in a row never happen.
        for _ in 0..32 {
            let text = self.characters(usize::from(length), rng)?;
            if !is_trivial(&text) {
                return Pin::new(&text).map_err(|_| Error::RandomnessFailed);
            }
        }
        Err(Error::RandomnessFailed)
    }

    /// Uniform characters: bytes beyond a multiple of the alphabet are dropped.
    fn characters<R: TryCryptoRng + ?Sized>(
        self,
        length: usize,
        rng: &mut R,
    ) -> Result<Zeroizing<String>, Error> {
        let alphabet = self.alphabet.characters();
        let limit = 256 - 256 % alphabet.len();
        // Enough room from the start: a buffer that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(length));
        let mut bytes = Zeroizing::new([0u8; 64]);
        for _ in 0..32 {
            rng.try_fill_bytes(&mut *bytes)
                .map_err(|_| Error::RandomnessFailed)?;
            let kept = bytes.iter().map(|byte| usize::from(*byte));
            let characters = kept
                .filter(|byte| *byte < limit)
                .filter_map(|byte| alphabet.get(byte % alphabet.len()));
            let missing = length - text.len();
            text.extend(characters.map(|byte| char::from(*byte)).take(missing));
            if text.len() == length {
                return Ok(text);
            }
        }
        Err(Error::RandomnessFailed)
    }
}

/// Whether a PIN is one that anybody would try first: one repeated character,
/// one of [`TRIVIAL_PINS`], or digits that go up or down by one throughout,
/// with `0` following `9`.
///
/// ```
/// use yubico_sim::pin_policy::is_trivial;
/// for trivial in ["0000", "123654", "3456", "890123", "9876", "10987"] {
///     assert!(is_trivial(trivial), "{trivial}");
/// }
/// for other in ["1357", "004917", "123457", "ABCD7"] {
///     assert!(!is_trivial(other), "{other}");
/// }
/// ```
pub fn is_trivial(pin: &str) -> bool {
    TRIVIAL_PINS.contains(&pin) || [0, 1, 9].iter().any(|step| climbs_by(pin, *step))
}

/// Whether each character is the one before plus `step`, digits modulo ten.
/// Other characters can only repeat.
fn climbs_by(pin: &str, step: u32) -> bool {
    pin.chars().zip(pin.chars().skip(1)).all(|(one, next)| {
        match (one.to_digit(10), next.to_digit(10)) {
            (Some(one), Some(next)) => (one + step) % 10 == next,
            _ => step == 0 && one == next,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use std::collections::HashSet;

    /// Gives the same byte for ever.
    struct Stuck(u8);

    impl rand_core::TryRng for Stuck {
        type Error = core::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(u32::from_be_bytes([self.0; 4]))
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(u64::from_be_bytes([self.0; 8]))
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    impl TryCryptoRng for Stuck {}

    #[test]
    fn every_length_is_drawn_in_digits() {
        let mut rng = Seed::from_text("lengths").stream("pin", 0);
        for length in 4..=63 {
            let pin = PinPolicy::default().draw(length, &mut rng).unwrap();
            assert_eq!(pin.expose().len(), usize::from(length));
            assert!(pin.expose().bytes().all(|byte| byte.is_ascii_digit()));
            assert!(!is_trivial(pin.expose()));
        }
        for length in [0, 3, 64, 255] {
            assert!(PinPolicy::default().draw(length, &mut rng).is_err());
        }
    }

    /// 20,000 PINs of length four: every digit at every place 2,000 times, give
    /// or take; five standard deviations are 212.
    #[test]
    fn digits_are_uniform() {
        let mut rng = Seed::from_text("uniform").stream("pin", 0);
        let mut counts = [[0u32; 10]; 4];
        for _ in 0..20_000 {
            let pin = PinPolicy::default().draw(4, &mut rng).unwrap();
            for (place, digit) in pin.expose().bytes().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
        }
        assert!(
            counts
                .iter()
                .flatten()
                .all(|count| count.abs_diff(2000) < 212)
        );
    }

    /// What is drawn and what is refused are together all there is.
    #[test]
    fn only_trivial_pins_are_never_drawn() {
        let trivial = (0..10_000)
            .filter(|n| is_trivial(&format!("{n:04}")))
            .count();
        assert_eq!(trivial, 30, "ten repeated, ten up, ten down");
        let mut rng = Seed::from_text("all").stream("pin", 0);
        let drawn: HashSet<String> = (0..150_000)
            .map(|_| PinPolicy::default().draw(4, &mut rng).unwrap())
            .map(|pin| pin.expose().to_owned())
            .collect();
        assert_eq!(drawn.len(), 10_000 - trivial);
    }

    #[test]
    fn a_stuck_generator_is_an_error() {
        for byte in [0, 7, 255] {
            let drawn = PinPolicy::default().draw(6, &mut Stuck(byte));
            assert_eq!(drawn.unwrap_err(), Error::RandomnessFailed, "{byte}");
        }
    }

    #[test]
    fn letters_that_look_alike_are_not_used() {
        let policy = PinPolicy::new(PinAlphabet::LettersAndDigits);
        let mut rng = Seed::from_text("letters").stream("pin", 0);
        let pins: String = (0..200)
            .map(|_| policy.draw(63, &mut rng).unwrap().expose().to_owned())
            .collect();
        assert!(!pins.contains(['0', 'O', '1', 'I']));
        assert_eq!(pins.bytes().collect::<HashSet<_>>().len(), 32);
    }
}
