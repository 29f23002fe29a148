//! A mail server (RFC 5321), reached in the clear, by STARTTLS or by TLS.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use relying_party::clock::Clock as _;
use relying_party::mail::{Mail, MailError};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::Sender;
use super::message::Message;
use crate::clock::SystemClock;

/// How a mail server is reached.
#[derive(Clone, Debug)]
pub(crate) struct SmtpSettings {
    /// Its host name, which its certificate must carry.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// Whether the connection is encrypted.
    pub(crate) encryption: Encryption,
    /// PEM certificates of authorities that count beside the system's.
    pub(crate) authorities: Option<Vec<u8>>,
    /// How to log in, where that is asked for.
    pub(crate) login: Option<Login>,
    /// The longest that one recipient may take.
    pub(crate) timeout: Duration,
}

/// Whether a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Not at all.
    None,
    /// After STARTTLS (RFC 3207); without it no mail is sent.
    StartTls,
    /// From the first byte on (RFC 8314).
    Tls,
}

/// A user name and a password.
#[derive(Clone)]
pub(crate) struct Login {
    /// The name.
    pub(crate) username: String,
    /// The password; never printed.
    pub(crate) password: Zeroizing<String>,
}

/// Mail for a mail server.
#[derive(Clone, Debug)]
pub(crate) struct Smtp(Arc<Inner>);

struct Inner {
    settings: SmtpSettings,
    sender: Sender,
    tls: Option<TlsParameters>,
}

fn tls_parameters(settings: &SmtpSettings) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.authorities {
        let found = Certificate::from_pem(pem).map_err(|error| error.to_string())?;
        builder = builder.add_root_certificate(found);
    }
    builder.build().map_err(|error| error.to_string())
}

impl Smtp {
    /// Prepares the way to a mail server; does not connect yet.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub(crate) fn new(settings: SmtpSettings, sender: Sender) -> Result<Self, String> {
        let loopback = ["localhost", "127.0.0.1", "::1"].contains(&settings.host.as_str());
        if settings.login.is_some() && settings.encryption == Encryption::None && !loopback {
            return Err(
                "a password is not sent in the clear: use starttls or tls, or no user name"
                    .to_owned(),
            );
        }
        let tls = match settings.encryption {
            Encryption::None => None,
            Encryption::StartTls | Encryption::Tls => Some(tls_parameters(&settings)?),
        };
        Ok(Self(Arc::new(Inner {
            settings,
            sender,
            tls,
        })))
    }

    /// Writes a mail down.
    ///
    /// # Errors
    /// As [`Mailer::send`](relying_party::mail::Mailer::send).
    pub(crate) fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        Message::write(mail, &self.0.sender, SystemClock.now())
    }

    /// Hands a message over for each recipient that has not `taken` it yet, and
    /// adds those that do. Each has an envelope of its own: the mailbox of
    /// somebody who has not started yet is often refused, and must not keep the
    /// mail from the other one.
    ///
    /// # Errors
    /// [`MailError::Temporary`] where any recipient may take it later,
    /// [`MailError::Permanent`] where none ever will.
    pub(crate) async fn submit(
        &self,
        message: &Message,
        taken: &mut Vec<String>,
    ) -> Result<(), MailError> {
        let (mut later, mut never) = (None, None);
        for recipient in &message.recipients {
            if taken.iter().any(|one| one == recipient.as_ref() as &str) {
                continue;
            }
            match self.submit_to(message, recipient).await {
                Ok(()) => taken.push(recipient.to_string()),
                Err(error @ MailError::Temporary(_)) => later = Some(error),
                Err(error @ MailError::Permanent(_)) => {
                    tracing::warn!(%recipient, %error, "a recipient will not get this mail");
                    never = Some(error);
                }
            }
        }
        match (later, never) {
            (Some(later), _) => Err(later),
            (None, Some(never)) if taken.is_empty() => Err(never),
            _ => Ok(()),
        }
    }

    async fn submit_to(&self, message: &Message, recipient: &Address) -> Result<(), MailError> {
        let limit = self.0.settings.timeout;
        let late = || MailError::Temporary("the mail server takes too long".into());
        let connection = timeout(limit, self.0.connect()).await;
        let mut connection = connection
            .map_err(|_| late())?
            // Whatever keeps us from the server is no fault of this mail: not
            // even a refused password.
            .map_err(|error| MailError::Temporary(words(&error)))?;
        let envelope = Envelope::new(Some(message.sender.clone()), vec![recipient.clone()])
            .map_err(|error| MailError::Permanent(error.to_string()))?;
        let sent = timeout(limit, connection.send(&envelope, &message.bytes)).await;
        sent.map_err(|_| late())?.map_err(|error| sort(&error))?;
        // The mail is taken; how the goodbye goes does not matter.
        drop(timeout(Duration::from_secs(2), connection.quit()).await);
        Ok(())
    }
}

impl Inner {
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let SmtpSettings {
            host,
            port,
            encryption,
            login,
            timeout,
            ..
        } = &self.settings;
        let hello = ClientId::default();
        let at_once = self.tls.clone().filter(|_| *encryption == Encryption::Tls);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(*timeout),
            &hello,
            at_once,
            None,
        )
        .await?;
        if let (Encryption::StartTls, Some(tls)) = (encryption, &self.tls) {
            connection.starttls(tls.clone(), &hello).await?;
        }
        if let Some(login) = login {
            let credentials =
                Credentials::new(login.username.clone(), login.password.as_str().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }
}

/// Whether a mail that was not taken may be taken later (RFC 5321 §4.2.1). A
/// server that wants us to log in or to encrypt first says so with a 5xx too;
/// that is for the operator to mend, and the mail waits.
fn sort(error: &SmtpError) -> MailError {
    const NOT_LOGGED_IN: [u16; 4] = [530, 534, 535, 538];
    let code = error.status().map(u16::from);
    let ours = code.is_some_and(|code| NOT_LOGGED_IN.contains(&code));
    if (error.is_permanent() && !ours) || error.is_client() {
        MailError::Permanent(words(error))
    } else {
        MailError::Temporary(words(error))
    }
}

/// What may be said of an error. A reply's text is left out, since servers
/// quote from the mail they refuse.
fn words(error: &SmtpError) -> String {
    match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_response() => "the mail server does not speak SMTP".to_owned(),
        None => chain(error),
    }
}

/// An error with its causes.
fn chain(error: &dyn core::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = cause.source();
    }
    text
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("settings", &self.settings)
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("username", &self.username)
            .field("password", &"redacted")
            .finish()
    }
}
