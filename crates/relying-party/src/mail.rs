//! Mail: what is sent, and handing it over at least once.

use core::fmt;
use std::sync::Mutex;

use prereg_types::api::{EmailAddress, User, UserStatus};
use prereg_types::payload::Pin;
use prereg_types::{Serial, SetId};
use zeroize::Zeroizing;

use crate::store::{Store, StoreError};

/// One mail to one user.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Addresses; never empty.
    pub recipients: Vec<EmailAddress>,
    /// How to address the user.
    pub salutation: String,
    /// What it tells.
    pub content: Content,
}

/// What a mail tells.
#[derive(Clone, Debug)]
pub enum Content {
    /// The PIN of a key.
    Pin(PinMail),
    /// An enrollment was deleted.
    EnrollmentDeleted {
        /// The host it was for.
        host: String,
    },
}

/// The PIN of a key. [`Pin`] keeps it out of `Debug`.
#[derive(Clone, Debug)]
pub struct PinMail {
    /// The enroll call that the PIN belongs to.
    pub set: SetId,
    /// Which key.
    pub serial: Serial,
    /// The PIN; in the body, never in the subject.
    pub pin: Pin,
}

/// Hands mail to a mail system.
pub trait Mailer: Send + Sync {
    /// Hands over one mail. The same mail may come twice after a crash.
    ///
    /// # Errors
    /// What to do with a mail that was not taken.
    fn send(&self, mail: &Mail) -> impl Future<Output = Result<(), MailError>> + Send;
}

/// Why a mail was not taken. The text is for the log and must not repeat the
/// mail's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailError {
    /// Try again later.
    Temporary(String),
    /// This mail will never be taken.
    Permanent(String),
}

/// What one round of delivery did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Handed over and removed from the outbox.
    pub sent: usize,
    /// Left in the outbox.
    pub postponed: usize,
    /// Removed from the outbox without having been taken.
    pub dropped: usize,
}

/// One round over the outbox: each mail is offered once, oldest first, until
/// `limit` of them left the outbox. Those postponed do not count, so that they
/// cannot keep later mail from its turn.
///
/// Mail is sent at least once: it leaves the outbox after the mailer took it, so
/// a crash in between, or two rounds at the same time, send it again. Each is
/// loaded when its turn has come; one withdrawn before that is not sent.
///
/// # Errors
/// [`StoreError`]; what was sent so far stays sent.
pub async fn deliver<S: Store, M: Mailer>(
    store: &S,
    mailer: &M,
    limit: usize,
) -> Result<Delivered, StoreError> {
    let mut done = Delivered::default();
    let mut last = None;
    while done.sent + done.dropped < limit {
        let Some(queued) = store.next_mail(last).await? else {
            break;
        };
        last = Some(queued.id);
        match mailer.send(&queued.mail).await {
            Ok(()) => done.sent += 1,
            Err(MailError::Temporary(_)) => {
                done.postponed += 1;
                continue;
            }
            Err(MailError::Permanent(_)) => done.dropped += 1,
        }
        store.remove_mail(queued.id).await?;
    }
    Ok(done)
}

impl Mail {
    /// The PIN for a user: to both addresses of one whose account is not in use
    /// yet, and who may not have the primary mailbox; else to the primary.
    pub fn pin(user: &User, content: PinMail) -> Self {
        let mut recipients = vec![user.profile.email.clone()];
        if user.status == UserStatus::Staged {
            recipients.extend(user.profile.second_email.clone());
        }
        Self {
            recipients,
            salutation: salutation(user),
            content: Content::Pin(content),
        }
    }

    /// Word of a deleted enrollment.
    pub fn enrollment_deleted(user: &User, host: &str) -> Self {
        Self {
            recipients: vec![user.profile.email.clone()],
            salutation: salutation(user),
            content: Content::EnrollmentDeleted {
                host: host.to_owned(),
            },
        }
    }

    /// The subject; holds nothing secret and nothing a user could have typed.
    pub const fn subject(&self) -> &'static str {
        match self.content {
            Content::Pin(_) => "The PIN of your new security key",
            Content::EnrollmentDeleted { .. } => "A security key was removed from your account",
        }
    }

    /// The body as plain text, lines ended by `\n`; wiped when dropped.
    pub fn body(&self) -> Zeroizing<String> {
        // Enough room from the start: a buffer that grows leaves copies behind.
        let mut body = Zeroizing::new(String::with_capacity(1024 + self.salutation.len()));
        body.push_str("Hello ");
        body.push_str(&self.salutation);
        body.push_str(",\n\n");
        match &self.content {
            Content::Pin(content) => pin_text(content, &mut body),
            Content::EnrollmentDeleted { host } => deleted_text(host, &mut body),
        }
        body
    }
}

fn pin_text(content: &PinMail, body: &mut String) {
    body.push_str("a security key with the serial number ");
    body.push_str(content.serial.as_str());
    body.push_str(" is on its way to you.\nIts PIN is\n\n    ");
    body.push_str(content.pin.expose());
    body.push_str(
        "\n\nThe key asks for it when you sign in. Keep it to yourself; nobody of\n\
         your organization will ask you for it.\n",
    );
}

fn deleted_text(host: &str, body: &mut String) {
    body.push_str("the security key that was prepared for ");
    body.push_str(host);
    body.push_str(
        "\ncan no longer be used there. If you did not expect this, tell your\n\
         administrator.\n",
    );
}

/// The name without anything that could break out of a line.
fn salutation(user: &User) -> String {
    let name = format!("{} {}", user.profile.first_name, user.profile.last_name);
    name.chars()
        .filter(|character| !character.is_control())
        .take(100)
        .collect()
}

/// A mailer that keeps what it is given.
#[derive(Debug, Default)]
pub struct MemoryMailer(Mutex<Vec<Mail>>);

impl MemoryMailer {
    /// What was sent so far, in order.
    pub fn sent(&self) -> Vec<Mail> {
        self.0.lock().map(|mails| mails.clone()).unwrap_or_default()
    }
}

impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut mails = self
            .0
            .lock()
            .map_err(|_| MailError::Temporary("poisoned".into()))?;
        mails.push(mail.clone());
        Ok(())
    }
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Temporary(words) => write!(f, "mail postponed: {words}"),
            Self::Permanent(words) => write!(f, "mail refused: {words}"),
        }
    }
}

impl core::error::Error for MailError {}
