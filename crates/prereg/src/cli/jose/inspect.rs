//! `prereg jose inspect`

use std::fmt::Write as _;

use jose_core::base64url;
use jose_core::error::{Error, JsonFault, Malformed};
use jose_core::json::{self, Value};
use serde_json::json;

use super::Stream;
use super::answer::{Answer, Item, LIMITS};
use crate::cli::Outcome;

/// Show a token's header and sizes. Needs no key, and proves nothing.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use sig > key.jwk
  $ printf hello | prereg jose sign --key key.jwk > token.jws
  $ prereg jose inspect token.jws")]
pub(crate) struct Args {
    /// Taken, as the other commands take them, and not looked at.
    #[arg(long, hide = true)]
    key: Option<std::path::PathBuf>,
    /// As above.
    #[arg(long, hide = true)]
    alg: Vec<String>,
    /// As above.
    #[arg(long, hide = true)]
    enc: Vec<String>,
    #[command(flatten)]
    pub(crate) stream: Stream,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        self.stream.answer(Item::Token, inspect)
    }
}

const JWS_SEGMENTS: [&str; 3] = ["header", "payload", "signature"];
const JWE_SEGMENTS: [&str; 5] = ["header", "encrypted_key", "iv", "ciphertext", "tag"];

fn inspect(token: &[u8]) -> Result<Answer, Error> {
    if token.len() > LIMITS.token_bytes {
        return Err(jose_core::error::NotAllowed::TokenTooLong.into());
    }
    let segments: Vec<&[u8]> = token.splitn(6, |&byte| byte == b'.').collect();
    let (kind, names) = match segments.len() {
        3 => ("JWS", &JWS_SEGMENTS[..]),
        5 => ("JWE", &JWE_SEGMENTS[..]),
        _ => return Err(Malformed::Segments.into()),
    };
    let mut decoded = Vec::with_capacity(segments.len());
    for segment in &segments {
        decoded.push(base64url::decode(segment)?);
    }
    let header = decoded.first().map(Vec::as_slice).unwrap_or_default();
    let Value::Object(object) = json::parse(header)? else {
        return Err(JsonFault::NotAnObject.into());
    };
    let header_text = printable(&String::from_utf8_lossy(header));
    let mut text = format!(
        "{kind}, {} characters, not verified\nheader   {header_text}",
        token.len()
    );
    let mut sizes = serde_json::Map::new();
    for (name, bytes) in names.iter().zip(&decoded) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{name:<13} {:>6} bytes", bytes.len());
        sizes.insert((*name).to_owned(), bytes.len().into());
    }
    let header = to_serde(&Value::Object(object));
    let json =
        json!({"ok": true, "kind": kind, "header": header, "bytes": sizes, "verified": false});
    Ok(Answer::Report { text, json })
}

/// A text that cannot steer a terminal: control characters and those that turn
/// the direction of writing are escaped as JSON escapes them.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if turns || character.is_control() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// A strictly read value in the form that `serde_json` writes.
fn to_serde(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Unsigned(number) => (*number).into(),
        Value::Negative(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::String(text) => text.as_ref().into(),
        Value::Array(elements) => elements.iter().map(to_serde).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (name.to_owned(), to_serde(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
