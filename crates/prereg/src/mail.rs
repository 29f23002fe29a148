//! Mail: what a message looks like, where it is handed over, and the worker
//! that empties the outbox.

mod folder;
mod html;
mod message;
mod smtp;
mod worker;

use relying_party::mail::{Mail, MailError, Mailer};

pub(crate) use folder::Folder;
pub(crate) use message::Sender;
pub(crate) use smtp::{Encryption, Login, Smtp, SmtpSettings};
pub(crate) use worker::Worker;

use message::Message;

/// Where mail goes.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// Into a folder, one `.eml` file a mail.
    Folder(Folder),
    /// To a mail server.
    Smtp(Smtp),
}

/// A mail that is written and waits for the last look before it is handed over.
pub(crate) enum Ready<'a> {
    /// A draft that nobody reads yet.
    Draft(folder::Draft),
    /// A message for a mail server.
    Message(&'a Smtp, Message),
}

impl Route {
    /// Does all that can be done before the mail is handed over.
    ///
    /// # Errors
    /// As [`Mailer::send`].
    pub(crate) async fn prepare(&self, mail: &Mail) -> Result<Ready<'_>, MailError> {
        match self {
            Self::Folder(folder) => Ok(Ready::Draft(folder.draft(mail).await?)),
            Self::Smtp(smtp) => Ok(Ready::Message(smtp, smtp.message(mail)?)),
        }
    }
}

impl Mailer for Route {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        match self {
            Self::Folder(folder) => folder.send(mail).await,
            Self::Smtp(smtp) => smtp.send(mail).await,
        }
    }
}

impl Mailer for Folder {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.draft(mail).await?.show()?.keep().await
    }
}

impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.submit(&self.message(mail)?, &mut Vec::new()).await
    }
}

#[cfg(test)]
mod tests;
