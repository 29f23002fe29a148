//! Mail on its way out: an outbox folder or SMTP.
