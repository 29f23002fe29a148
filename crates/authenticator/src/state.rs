//! Exported states: what a key, an issuer or a batch needs to be itself again
//! after a restart, as bytes.
//!
//! A state holds private keys. It is self-contained, names its kind and version,
//! and comes as a buffer that is wiped when dropped; sealing it is for whoever
//! keeps it. Reading one is strict: whatever is not exactly what was written by
//! a version that is known is refused.
//!
//! ```
//! use authenticator::state::{StateError, StateReader, StateWriter};
//!
//! let mut writer = StateWriter::new(*b"demo", 1);
//! writer.u8(7);
//! writer.text("seven");
//! let state = writer.finish();
//!
//! let mut reader = StateReader::open(&state, *b"demo", 1)?;
//! assert_eq!((reader.u8()?, reader.text()?), (7, "seven"));
//! reader.end()?;
//! assert_eq!(StateReader::open(&state, *b"demo", 2).err(), Some(StateError::Version));
//! # Ok::<(), StateError>(())
//! ```

use core::fmt;

use zeroize::Zeroizing;

/// Why a state was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StateError {
    /// It is the state of something else.
    Kind,
    /// It was written by a version that is not known.
    Version,
    /// It ends too early.
    Truncated,
    /// Bytes follow it.
    TrailingBytes,
    /// The named part does not hold what it should.
    Part(&'static str),
    /// The named public half does not belong to the private key.
    PairMismatch(&'static str),
    /// No [`model`](crate::model) has this name, firmware and AAGUID.
    UnknownModel,
    /// There is no [`Quirk`](crate::Quirk) of this name.
    UnknownQuirk,
}

/// Writes a state. Numbers are big-endian; what has a length says it first.
pub struct StateWriter(Zeroizing<Vec<u8>>);

/// Reads a state; see the [module](self).
pub struct StateReader<'a>(&'a [u8]);

impl StateWriter {
    /// Begins a state of this kind and version.
    pub fn new(kind: [u8; 4], version: u8) -> Self {
        let mut writer = Self(Zeroizing::new(Vec::with_capacity(1024)));
        writer.raw(&kind);
        writer.u8(version);
        writer
    }

    /// One byte.
    pub fn u8(&mut self, number: u8) {
        self.raw(&[number]);
    }

    /// A yes or no.
    pub fn bool(&mut self, answer: bool) {
        self.u8(answer.into());
    }

    /// A number of 32 bits.
    pub fn u32(&mut self, number: u32) {
        self.raw(&number.to_be_bytes());
    }

    /// A number of 64 bits.
    pub fn u64(&mut self, number: u64) {
        self.raw(&number.to_be_bytes());
    }

    /// How many elements follow.
    pub fn count(&mut self, count: usize) {
        // Nothing that is kept has four thousand million elements.
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Bytes whose number the reader does not know.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Bytes whose number the reader knows.
    pub fn raw(&mut self, bytes: &[u8]) {
        let needed = self.0.len().saturating_add(bytes.len());
        if needed > self.0.capacity() {
            // A vector that grows by itself leaves a copy behind.
            let room = needed.saturating_mul(2);
            let mut larger = Zeroizing::new(Vec::with_capacity(room));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }

    /// The state.
    pub fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl<'a> StateReader<'a> {
    /// Begins to read a state of this kind and version.
    ///
    /// # Errors
    /// [`StateError::Kind`], [`StateError::Version`], [`StateError::Truncated`].
    pub fn open(state: &'a [u8], kind: [u8; 4], version: u8) -> Result<Self, StateError> {
        let mut reader = Self(state);
        if reader.array()? != kind {
            return Err(StateError::Kind);
        }
        if reader.u8()? != version {
            return Err(StateError::Version);
        }
        Ok(reader)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`StateError::Truncated`].
    pub fn u8(&mut self) -> Result<u8, StateError> {
        self.array().map(|[byte]| byte)
    }

    /// A yes or no.
    ///
    /// # Errors
    /// [`StateError::Part`] for any other byte, [`StateError::Truncated`].
    pub fn bool(&mut self) -> Result<bool, StateError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(StateError::Part("yes or no")),
        }
    }

    /// A number of 32 bits.
    ///
    /// # Errors
    /// [`StateError::Truncated`].
    pub fn u32(&mut self) -> Result<u32, StateError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A number of 64 bits.
    ///
    /// # Errors
    /// [`StateError::Truncated`].
    pub fn u64(&mut self) -> Result<u64, StateError> {
        self.array().map(u64::from_be_bytes)
    }

    /// How many elements follow. Each has a byte at least, so the state is at
    /// least that long: nobody can make the reader set aside more.
    ///
    /// # Errors
    /// [`StateError::Truncated`].
    pub fn count(&mut self) -> Result<usize, StateError> {
        let count = usize::try_from(self.u32()?).map_err(|_| StateError::Truncated)?;
        if count > self.0.len() {
            return Err(StateError::Truncated);
        }
        Ok(count)
    }

    /// Bytes whose number stands before them.
    ///
    /// # Errors
    /// [`StateError::Truncated`].
    pub fn bytes(&mut self) -> Result<&'a [u8], StateError> {
        let length = self.count()?;
        self.take(length)
    }

    /// A text.
    ///
    /// # Errors
    /// [`StateError::Part`] unless it is UTF-8, [`StateError::Truncated`].
    pub fn text(&mut self) -> Result<&'a str, StateError> {
        core::str::from_utf8(self.bytes()?).map_err(|_| StateError::Part("text"))
    }

    /// Bytes whose number is known.
    ///
    /// # Errors
    /// [`StateError::Truncated`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], StateError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| StateError::Truncated)
    }

    /// Secret bytes whose number is known.
    ///
    /// # Errors
    /// [`StateError::Truncated`].
    pub fn secret<const N: usize>(&mut self) -> Result<Zeroizing<[u8; N]>, StateError> {
        let mut secret = Zeroizing::new([0; N]);
        secret.copy_from_slice(self.take(N)?);
        Ok(secret)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`StateError::TrailingBytes`].
    pub const fn end(self) -> Result<(), StateError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(StateError::TrailingBytes)
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], StateError> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(StateError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }
}

impl fmt::Debug for StateWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateWriter(redacted)")
    }
}

impl fmt::Debug for StateReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateReader(redacted)")
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => f.write_str("the state is that of something else"),
            Self::Version => f.write_str("the state was written by a version that is not known"),
            Self::Truncated => f.write_str("the state ends too early"),
            Self::TrailingBytes => f.write_str("bytes follow the state"),
            Self::Part(part) => write!(f, "the state holds no valid {part}"),
            Self::PairMismatch(part) => {
                write!(f, "the {part} of the state is not that of its private key")
            }
            Self::UnknownModel => f.write_str("the state names an unknown model"),
            Self::UnknownQuirk => f.write_str("the state names an unknown quirk"),
        }
    }
}

impl core::error::Error for StateError {}
