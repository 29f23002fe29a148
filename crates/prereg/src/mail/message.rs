//! The message (RFC 5322): its headers and its two alternatives.

use core::fmt;
use core::str::FromStr;
use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MessageId,
};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use prereg_types::Timestamp;
use prereg_types::api::EmailAddress;
use relying_party::mail::{Mail, MailError};
use zeroize::Zeroizing;

use super::html;

/// Who mail comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sender(Mailbox);

/// A sender that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderError;

/// A message in the form of the wire, lines ended by CRLF. Wiped when dropped.
pub(crate) struct Message {
    /// The whole message.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// The address of the sender.
    pub(crate) sender: Address,
    /// Whom it is for.
    pub(crate) recipients: Vec<Address>,
}

impl Sender {
    fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// Reads `Security keys <keys@acme.example>`, or the bare address.
impl FromStr for Sender {
    type Err = SenderError;

    fn from_str(text: &str) -> Result<Self, SenderError> {
        text.parse::<Mailbox>().map_err(|_| SenderError)?.try_into()
    }
}

impl TryFrom<Mailbox> for Sender {
    type Error = SenderError;

    fn try_from(mailbox: Mailbox) -> Result<Self, SenderError> {
        // A line end would begin another header, and the domain becomes part of
        // the Message-ID.
        let name = mailbox.name.iter().flat_map(|name| name.chars());
        let address = EmailAddress::parse(mailbox.email.as_ref());
        if address.is_err() || name.into_iter().any(char::is_control) {
            return Err(SenderError);
        }
        Ok(Self(mailbox))
    }
}

impl Message {
    /// Writes a mail down.
    ///
    /// # Errors
    /// [`MailError::Permanent`] where an address is none that mail could be sent
    /// to, [`MailError::Temporary`] without random numbers.
    pub(crate) fn write(mail: &Mail, sender: &Sender, now: Timestamp) -> Result<Self, MailError> {
        let recipients = addresses(mail)?;
        let sent = SystemTime::UNIX_EPOCH + Duration::from_millis(now.millis());
        let mut builder = lettre::Message::builder()
            .from(sender.0.clone())
            .subject(mail.subject())
            .date(sent)
            .header(MessageId::from(message_id(sender)?))
            .raw_header(automatic());
        for recipient in &recipients {
            builder = builder.to(Mailbox::new(None, recipient.clone()));
        }
        let body = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, mail.body().as_str()))
            .singlepart(part(ContentType::TEXT_HTML, html::page(mail).as_str()));
        // It can only fail without a sender or without a recipient.
        let built = builder
            .multipart(body)
            .map_err(|error| MailError::Permanent(error.to_string()))?;
        Ok(Self {
            bytes: Zeroizing::new(built.formatted()),
            sender: sender.0.email.clone(),
            recipients,
        })
    }
}

fn addresses(mail: &Mail) -> Result<Vec<Address>, MailError> {
    let parse = |address: &EmailAddress| address.as_str().parse::<Address>();
    let parsed: Result<Vec<Address>, _> = mail.recipients.iter().map(parse).collect();
    parsed.map_err(|_| MailError::Permanent("no mail can be sent to this address".into()))
}

fn message_id(sender: &Sender) -> Result<String, MailError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| MailError::Temporary("no random number for the Message-ID".into()))?;
    let number = u128::from_be_bytes(bytes);
    Ok(format!("<{number:032x}@{}>", sender.domain()))
}

/// Tells vacation responders not to answer (RFC 3834 §5).
fn automatic() -> HeaderValue {
    HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".into(),
    )
}

/// One alternative: as it is, where every mail system takes that, else as
/// quoted-printable, which people can still read, and not as base64.
fn part(kind: ContentType, text: &str) -> SinglePart {
    let encodings = [
        ContentTransferEncoding::SevenBit,
        ContentTransferEncoding::QuotedPrintable,
    ];
    let mut bodies = encodings
        .into_iter()
        .filter_map(|encoding| Body::new_with_encoding(text.to_owned(), encoding).ok());
    let body = bodies.next().unwrap_or_else(|| Body::new(text.to_owned()));
    SinglePart::builder().header(kind).body(body)
}

impl fmt::Display for SenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be an address, or a name with one: Security keys <keys@acme.example>")
    }
}

impl core::error::Error for SenderError {}
