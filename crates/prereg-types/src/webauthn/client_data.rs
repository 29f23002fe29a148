//! `CollectedClientData` (WebAuthn L3 §5.8.1) and its serialization.

use jose_core::base64url;
use jose_core::json;

use crate::read::{self, Invalid};

/// What the client says about a ceremony; its hash is what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectedClientData {
    /// `type`: [`Self::CREATE`] or [`Self::GET`].
    pub kind: String,
    /// The challenge given.
    pub challenge: Vec<u8>,
    /// The origin of the ceremony.
    pub origin: String,
    /// Whether an ancestor frame has another origin.
    pub cross_origin: bool,
    /// The origin of the top frame; only where `cross_origin`.
    pub top_origin: Option<String>,
}

impl CollectedClientData {
    /// `type` of a registration.
    pub const CREATE: &str = "webauthn.create";
    /// `type` of an authentication.
    pub const GET: &str = "webauthn.get";

    /// The data of a ceremony in a top-level frame.
    pub fn new(kind: &str, challenge: &[u8], origin: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            challenge: challenge.to_vec(),
            origin: origin.to_owned(),
            cross_origin: false,
            top_origin: None,
        }
    }

    /// The exact bytes of §5.8.1.1, which the limited verification algorithm
    /// (§5.8.1.2) relies on: fixed order, no white space.
    ///
    /// ```
    /// use prereg_types::webauthn::CollectedClientData;
    /// let data = CollectedClientData::new(CollectedClientData::CREATE, &[0; 3], "https://a.example");
    /// assert_eq!(
    ///     data.to_json(),
    ///     r#"{"type":"webauthn.create","challenge":"AAAA","origin":"https://a.example","crossOrigin":false}"#,
    /// );
    /// ```
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        json::write_member("type", &self.kind, &mut out);
        json::write_member("challenge", &base64url::encode(&self.challenge), &mut out);
        json::write_member("origin", &self.origin, &mut out);
        json::write_name("crossOrigin", &mut out);
        out.push_str(if self.cross_origin { "true" } else { "false" });
        if let Some(origin) = &self.top_origin {
            json::write_member("topOrigin", origin, &mut out);
        }
        out.push('}');
        out
    }

    /// Reads the JSON of a client. Members not known are ignored, as §5.8.1
    /// asks, so that clients may add some.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        read::body(text, |body| {
            Ok(Self {
                kind: read::required(body, "type", read::owned)?,
                challenge: read::required(body, "challenge", read::bytes)?,
                origin: read::required(body, "origin", read::owned)?,
                cross_origin: read::optional(body, "crossOrigin", read::boolean)?.unwrap_or(false),
                top_origin: read::optional(body, "topOrigin", read::owned)?,
            })
        })
    }
}
