//! The page of the admin port: what goes on, and buttons for what a lab does.
//!
//! Written by the server, without anything from elsewhere. A small script keeps
//! the numbers fresh; without it everything works and a link does the same.
//!
//! Who may see it: [`access`]. What keeps other sites from pressing its buttons:
//! [`access`] and [`csrf`]. Every press is audited ([`actions`]).

mod access;
mod actions;
mod assets;
mod csrf;
mod enrollments;
mod failure;
mod keys;
mod layout;
mod log;
mod mails;
mod notes;
mod overview;
mod paging;
mod shipments;
#[cfg(test)]
mod tests;
mod traffic;
mod words;

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use relying_party::RelyingParty;
use yubico_sim::Provider;

use crate::clock::SystemClock;
use crate::next_fault::NextFault;
use crate::store::Database;

pub(crate) use access::{Access, AccessError};
pub(crate) use traffic::Traffic;

use csrf::Csrf;
use notes::Notes;

/// What the page shows and plays with. Clones are handles of the same one.
#[derive(Clone)]
pub(crate) struct Page(Arc<Parts>);

/// The parts of a server that the page shows and plays with.
pub(crate) struct Parts {
    /// The relying party.
    pub(crate) party: Arc<ArcSwap<RelyingParty<Database, SystemClock>>>,
    /// Everything that is kept.
    pub(crate) database: Database,
    /// The fulfillment provider.
    pub(crate) provider: Arc<Provider<Database>>,
    /// The fault that the next shipment commits.
    pub(crate) next_fault: NextFault,
    /// How busy the server is.
    pub(crate) traffic: Traffic,
    /// Whether PINs may be shown.
    pub(crate) lab: bool,
    /// Who may see the page.
    pub(crate) access: Access,
    /// Keys of the forms and messages about what was done; made with the page.
    pub(crate) session: Session,
}

/// What lasts as long as the process.
pub(crate) struct Session {
    csrf: Csrf,
    notes: Notes,
}

impl Session {
    /// A new one.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        Ok(Self {
            csrf: Csrf::generate()?,
            notes: Notes::default(),
        })
    }
}

impl Page {
    /// The page of a server.
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// The page's routes. `/healthz` and its like are not among them: they are for
/// machines, and stand outside of [`access`].
pub(crate) fn router(page: Page) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/enrollments", get(enrollments::show))
        .route("/shipments", get(shipments::show))
        .route("/keys", get(keys::show))
        .route("/keys/{serial}", get(keys::show_one))
        .route("/mail", get(mails::show))
        .route("/log", get(log::show))
        .merge(actions::router())
        .merge(assets::router())
        .fallback(async || failure::Failure::NoSuchPage)
        .layer(from_fn_with_state(page.clone(), access::admit))
        .with_state(page)
}
