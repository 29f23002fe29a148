//! From input to answer: one item, or one a line.

use std::io::{self, BufWriter, Write};

use jose_core::error::{Error, JsonFault, NotAllowed};
use jose_core::policy::Limits;
use jose_core::{base64url, json};
use serde_json::json;
use zeroize::Zeroizing;

use super::Stream;
use crate::cli::input::{self, Line, MAX_TOKEN_BYTES};
use crate::cli::{ErrorLine, Failure, Outcome};

/// The limits of a program that may be given large files: wider than the
/// library's, for tokens it makes as for those it reads.
pub(super) const LIMITS: Limits = Limits {
    token_bytes: MAX_TOKEN_BYTES,
    header_bytes: 64 << 10,
    party_info_bytes: 16 << 10,
};

/// What an operation gives back.
pub(super) enum Answer {
    /// Decrypted or verified bytes.
    Payload(Zeroizing<Vec<u8>>),
    /// A token made.
    Token(String),
    /// A report for people and one for programs.
    Report {
        text: String,
        json: serde_json::Value,
    },
}

/// Whether an item is a token, of which one trailing newline is not a part, or data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Token,
    Data,
}

impl Stream {
    /// Applies an operation to the input. `place` names the input in errors.
    pub(super) fn answer(
        &self,
        item: Item,
        operation: impl FnMut(&[u8]) -> Result<Answer, Error>,
    ) -> Outcome {
        if self.lines {
            self.answer_lines(operation)
        } else {
            self.answer_one(item, operation)
        }
    }

    /// Answers every line with the same refusal: a key that cannot be used.
    pub(super) fn refuse(&self, error: Error, failure: Failure) -> Outcome {
        if !self.lines {
            return Err(failure);
        }
        failure.report(false);
        self.answer_lines(|_| Err(error))
    }

    fn answer_one(
        &self,
        item: Item,
        mut operation: impl FnMut(&[u8]) -> Result<Answer, Error>,
    ) -> Outcome {
        let (data, place) = match item {
            Item::Token => (input::read_token(self.file.as_ref())?, "token"),
            Item::Data => (input::read_all(self.file.as_ref())?, "input"),
        };
        let answer = operation(&data).map_err(|error| Failure::refused(place, error))?;
        let mut out = io::stdout().lock();
        match (self.json, &answer) {
            (true, _) => writeln!(out, "{}", answer.to_json())?,
            (false, Answer::Payload(payload)) => out.write_all(payload)?,
            (false, Answer::Token(text) | Answer::Report { text, .. }) => writeln!(out, "{text}")?,
        }
        Ok(out.flush()?)
    }

    fn answer_lines(&self, mut operation: impl FnMut(&[u8]) -> Result<Answer, Error>) -> Outcome {
        let mut reader = input::open(self.file.as_ref())?;
        let mut out = BufWriter::new(io::stdout().lock());
        let mut line = Zeroizing::new(Vec::new());
        loop {
            let answer = match input::next_line(&mut reader, &mut line)? {
                Line::End => break,
                Line::TooLong => Err(NotAllowed::TokenTooLong.into()),
                Line::Whole => unquote(&line).and_then(|item| operation(&item)),
            };
            match answer {
                Ok(answer) => writeln!(out, "{}", answer.to_json())?,
                Err(error) => writeln!(out, "{}", ErrorLine::new(error.code(), None))?,
            }
            // Whoever asks line by line waits for this answer.
            if reader.buffer().is_empty() {
                out.flush()?;
            }
        }
        Ok(out.flush()?)
    }
}

impl Answer {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Payload(payload) => {
                json!({"ok": true, "payload": base64url::encode(payload)})
            }
            Self::Token(token) => json!({"ok": true, "token": token}),
            Self::Report { json, .. } => json.clone(),
        }
    }
}

/// A token that was made, unless the program could not read it again.
pub(super) fn within_limits(token: String) -> Result<Answer, Error> {
    let header = token.split('.').next().map_or(0, str::len);
    if token.len() > LIMITS.token_bytes {
        return Err(NotAllowed::TokenTooLong.into());
    }
    if header > LIMITS.header_bytes {
        return Err(NotAllowed::HeaderTooLong.into());
    }
    Ok(Answer::Token(token))
}

/// A line as it stands, or the text of the JSON string that it is.
fn unquote(line: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, Error> {
    if line.first() != Some(&b'"') {
        return Ok(line.into());
    }
    match json::parse(line)? {
        json::Value::String(text) => Ok(text.into_owned().into_bytes().into()),
        _ => Err(JsonFault::Syntax.into()),
    }
}
