//! From settings to the parts of a server.

use std::sync::Arc;
use std::time::Duration;

use relying_party::TrustPolicy;
use relying_party::attestation::TrustAnchors;
use zeroize::Zeroizing;

use super::ServiceError;
use crate::auth::rate_limit::Allowance;
use crate::config::{self, MailOutlet, SmtpTls, TrustedKeys};
use crate::mail::{Encryption, Folder, Login, Route, Smtp, SmtpSettings};
use crate::trust::Source;
use crate::yubico::Simulator;

/// How long one recipient may take at the mail server.
const MAIL_PATIENCE: Duration = Duration::from_mins(1);

/// Where the provider's signing keys are.
pub(super) fn trust_source(keys: &TrustedKeys, provider: &Arc<Simulator>) -> Source {
    match keys {
        TrustedKeys::Local => {
            let provider = Arc::clone(provider);
            // What was pinned is what the provider publishes when all is well.
            Source::Local(Box::new(move || provider.signing_jwks_under(None)))
        }
        TrustedKeys::File(path) => Source::File(path.clone()),
        TrustedKeys::Url {
            url,
            refresh_cooldown,
        } => Source::Url {
            url: url.clone(),
            cooldown: *refresh_cooldown,
        },
        TrustedKeys::AcceptAny => Source::AcceptAny,
    }
}

/// What the relying party asks for; whom it trusts is set later.
pub(super) fn policy(
    settings: &config::Policy,
    issuer: &str,
    roots: TrustAnchors,
) -> relying_party::Policy {
    let trust = TrustPolicy::AcceptAnySigningKey;
    let mut policy = relying_party::Policy::new(issuer, trust, roots);
    if let Some(name) = &settings.rp_name {
        policy.rp_name.clone_from(name);
    }
    policy.challenge_lifetime = settings.challenge_lifetime.as_secs();
    policy.authentication_lifetime = settings.authentication_lifetime.as_secs();
    policy.clock_skew = settings.clock_skew.as_secs();
    policy.pin = settings.pin;
    policy.pending_status = settings.pending_status;
    policy.key_management.clone_from(&settings.key_management);
    policy
}

/// Where mail goes.
///
/// # Errors
/// [`ServiceError::Mail`].
pub(super) fn mail_route(mail: &config::Mail) -> Result<Route, ServiceError> {
    let sender = mail.from.clone();
    match &mail.outlet {
        MailOutlet::Folder(path) => {
            let folder = Folder::open(path, sender);
            let folder = folder.map_err(|error| {
                let path = path.display();
                ServiceError::Mail(format!("mail.folder {path}: {error}"))
            })?;
            Ok(Route::Folder(folder))
        }
        MailOutlet::Smtp(smtp) => {
            let smtp = Smtp::new(smtp_settings(smtp)?, sender).map_err(ServiceError::Mail)?;
            Ok(Route::Smtp(smtp))
        }
    }
}

fn smtp_settings(smtp: &config::Smtp) -> Result<SmtpSettings, ServiceError> {
    let (encryption, usual_port) = match smtp.tls {
        SmtpTls::StartTls => (Encryption::StartTls, 587),
        SmtpTls::Tls => (Encryption::Tls, 465),
        SmtpTls::None => (Encryption::None, 25),
    };
    let authorities = smtp.ca_file.as_ref().map(|path| {
        let wrong = |error| {
            let path = path.display();
            ServiceError::Mail(format!("mail.smtp.ca_file {path}: {error}"))
        };
        std::fs::read(path).map_err(wrong)
    });
    Ok(SmtpSettings {
        host: smtp.host.clone(),
        port: smtp.port.unwrap_or(usual_port),
        encryption,
        authorities: authorities.transpose()?,
        login: smtp.login.as_ref().map(|login| Login {
            username: login.username.clone(),
            password: Zeroizing::new(login.password.expose().to_owned()),
        }),
        timeout: MAIL_PATIENCE,
    })
}

/// How often somebody may call.
pub(super) fn allowance(settings: &config::RateLimit) -> Allowance {
    Allowance {
        per_minute: settings.per_minute,
        endpoints: settings.endpoints.clone(),
    }
}
