//! Who may see the page and press its buttons.
//!
//! On a loopback address: whoever is on this machine. Other sites in their
//! browser are kept out: by the `Host` header (a name of theirs that suddenly
//! means this machine, DNS rebinding), by `Origin` and `Sec-Fetch-Site` (forms
//! of theirs), and by the code in every form. On any other address an admin
//! token is asked for as well, as the password of HTTP Basic or as Bearer token.

use core::fmt;
use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use base64ct::{Base64, Encoding as _};
use prereg_types::Timestamp;
use relying_party::clock::Clock as _;
use relying_party::store::StoreError;

use super::Page;
use super::failure::Failure;
use crate::auth::{Guard, audit};
use crate::clock::SystemClock;
use crate::store::{Database, TokenKind};

/// Who may see the page.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// Whoever is on this machine.
    ThisMachine,
    /// Whoever has an admin token.
    Token(Guard),
}

/// Why there can be no page.
#[derive(Debug)]
pub(crate) enum AccessError {
    /// The address is open to others and no token keeps them out.
    Open(SocketAddr),
    /// The database did not say which tokens there are.
    Store(StoreError),
}

/// Who asks: the actor of the audit log.
#[derive(Clone, Debug)]
pub(super) struct Visitor(pub(super) String);

impl Access {
    /// Who may see a page at that address.
    ///
    /// # Errors
    /// [`AccessError::Open`] where the address is not of this machine alone and
    /// there is no admin token.
    pub(crate) async fn at(
        address: SocketAddr,
        database: &Database,
        now: Timestamp,
    ) -> Result<Self, AccessError> {
        if address.ip().is_loopback() {
            return Ok(Self::ThisMachine);
        }
        let tokens = database.tokens().await.map_err(AccessError::Store)?;
        let counts = |token: &crate::store::StoredToken| {
            token.token.kind == TokenKind::Admin && token.is_valid(now)
        };
        if tokens.iter().any(counts) {
            Ok(Self::Token(Guard::new(database.clone(), TokenKind::Admin)))
        } else {
            Err(AccessError::Open(address))
        }
    }

    async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Failure> {
        match self {
            Self::ThisMachine if is_this_machine(headers) => Ok(Visitor(audit::PAGE.to_owned())),
            Self::ThisMachine => Err(Failure::OtherHost),
            Self::Token(guard) => {
                let headers = bearer(headers).ok_or(Failure::TokenWanted)?;
                let caller = guard.authenticate(&headers, SystemClock.now()).await;
                let caller = caller.map_err(|_| Failure::TokenWanted)?;
                Ok(Visitor(caller.id().to_owned()))
            }
        }
    }
}

/// Lets somebody in, or not.
pub(super) async fn admit(
    State(page): State<Page>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let headers = request.headers();
    let visitor = page.0.access.visitor(headers).await?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) && !is_own_form(headers) {
        return Err(Failure::OtherSite);
    }
    request.extensions_mut().insert(visitor);
    Ok(next.run(request).await)
}

/// Whether the browser believes to talk to this machine, under a name that
/// nobody else can give it.
fn is_this_machine(headers: &HeaderMap) -> bool {
    const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
    let host = one(headers, &HOST).and_then(|host| host.parse::<Authority>().ok());
    host.is_some_and(|host| NAMES.contains(&host.host()) && !host.as_str().contains('@'))
}

/// Whether a form was sent by a page of ours, as far as the browser says where
/// it comes from. Programs do not; the code in the form holds for them too.
fn is_own_form(headers: &HeaderMap) -> bool {
    const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let same_site = headers
        .get(&SEC_FETCH_SITE)
        .is_none_or(|site| site == "same-origin");
    let same_origin = headers.get(ORIGIN).is_none_or(|origin| {
        let authority = origin.to_str().ok().and_then(|origin| {
            let rest = origin.strip_prefix("http://");
            rest.or_else(|| origin.strip_prefix("https://"))
        });
        authority.is_some() && authority == one(headers, &HOST)
    });
    same_site && same_origin
}

/// The one header of that name.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// The password of HTTP Basic (RFC 7617) as a Bearer token: what browsers can
/// ask a person for.
fn bearer(headers: &HeaderMap) -> Option<HeaderMap> {
    let credentials = one(headers, &AUTHORIZATION)?;
    let token = match credentials.split_once(' ')? {
        (scheme, basic) if scheme.eq_ignore_ascii_case("basic") => {
            let decoded = Base64::decode_vec(basic.trim()).ok()?;
            let text = String::from_utf8(decoded).ok()?;
            text.split_once(':')?.1.to_owned()
        }
        (_, token) => token.to_owned(),
    };
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(address) => write!(
                f,
                "server.admin_listen {address} is open to other machines, and its page has \
                 buttons: make an admin token first (prereg token create), or listen on 127.0.0.1"
            ),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for AccessError {}
