//! What is around every page: head, navigation, the note about what was done.

use axum::extract::{FromRequestParts, Query};
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use prereg_types::Timestamp;
use relying_party::clock::Clock as _;
use serde::Deserialize;

use super::access::Visitor;
use super::failure::Failure;
use super::notes::Note;
use super::{Page, assets};
use crate::clock::SystemClock;

/// What a page is written for: one request.
pub(super) struct View {
    pub(super) page: Page,
    pub(super) now: Timestamp,
    /// The code for its forms.
    csrf: String,
    /// Where a form leads back to.
    back: String,
    note: Option<Note>,
}

/// A part of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Enrollments,
    Shipments,
    Keys,
    Mail,
    Log,
}

#[derive(Deserialize)]
struct Noted {
    note: Option<u64>,
}

/// Nothing from elsewhere, no inline script or style; forms go to us alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
                      connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// With `no-referrer` browsers would hide the origin of our own forms.
const REFERRER: &str = "same-origin";

impl FromRequestParts<Page> for View {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, page: &Page) -> Result<Self, Failure> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        let Visitor(visitor) = visitor.ok_or(Failure::TokenWanted)?;
        let note = Query::<Noted>::try_from_uri(&parts.uri);
        let note = note.ok().and_then(|Query(noted)| noted.note);
        Ok(Self {
            now: SystemClock.now(),
            csrf: page.0.session.csrf.code(&visitor),
            back: without_note(parts.uri.path(), parts.uri.query().unwrap_or_default()),
            note: note.and_then(|number| page.0.session.notes.take(number)),
            page: page.clone(),
        })
    }
}

impl View {
    /// A whole page.
    pub(super) fn respond(&self, place: Place, title: &str, content: &Markup) -> Response {
        let relying_party = self.page.0.party.load();
        let issuer = relying_party.policy().issuer.as_str();
        let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · prereg" }
                    link rel="icon" href=(assets::ICON) type="image/svg+xml";
                    link rel="stylesheet" href=(assets::STYLE);
                    script src=(assets::SCRIPT) defer {}
                }
                body {
                    a class="skip" href="#main" { "Skip to the content" }
                    header class="top" {
                        a class="brand" href="/" aria-label="prereg, overview" { (key_sign()) span { "prereg" } }
                        (navigation(place))
                        div class="where" {
                            span class="host" title="The issuer of the relying party" { (host) }
                            @if self.page.0.lab { span class="lab" { "Lab: PINs are shown" } }
                        }
                    }
                    main id="main" tabindex="-1" {
                        @if let Some(note) = &self.note { (told(note)) }
                        div class="title" {
                            h1 { (title) }
                            div class="fresh" {
                                // The script takes the link's place.
                                a href=(self.back) id="refresh" { "Refresh" }
                            }
                        }
                        (content)
                    }
                    footer {
                        p {
                            "prereg " (env!("CARGO_PKG_VERSION")) " · "
                            "simulated keys and parcels · nothing on this page comes from elsewhere"
                        }
                    }
                }
            }
        };
        let headers = [
            (CONTENT_SECURITY_POLICY, POLICY),
            (REFERRER_POLICY, REFERRER),
            (HeaderName::from_static("x-frame-options"), "DENY"),
        ];
        (headers, Html(markup.into_string())).into_response()
    }

    /// A form that does something and leads back here.
    pub(super) fn form(&self, action: &str, class: &str, fields: &Markup) -> Markup {
        html! {
            form method="post" action={ "/actions/" (action) } class=(class) {
                input type="hidden" name="csrf" value=(self.csrf);
                input type="hidden" name="back" value=(self.back);
                (fields)
            }
        }
    }
}

/// A section with its heading; `live` lets the script keep it fresh.
pub(super) fn section(id: &str, heading: &str, more: Option<&str>, content: &Markup) -> Markup {
    html! {
        section id=(id) class="card" aria-labelledby={ (id) "-heading" } data-live {
            div class="heading" {
                h2 id={ (id) "-heading" } { (heading) }
                @if let Some(more) = more {
                    a href=(more) { "All" span class="unseen" { " of " (heading.to_lowercase()) } " →" }
                }
            }
            (content)
        }
    }
}

/// What stands where there is nothing yet.
pub(super) fn nothing(words: &str) -> Markup {
    html! { p class="nothing" { (words) } }
}

fn navigation(place: Place) -> Markup {
    const PLACES: [(Place, &str, &str); 6] = [
        (Place::Overview, "/", "Overview"),
        (Place::Enrollments, "/enrollments", "Enrollments"),
        (Place::Shipments, "/shipments", "Shipments"),
        (Place::Keys, "/keys", "Keys"),
        (Place::Mail, "/mail", "Mail"),
        (Place::Log, "/log", "Log"),
    ];
    html! {
        nav aria-label="Sections" {
            ul {
                @for (its, address, name) in PLACES {
                    li { a href=(address) aria-current=[(its == place).then_some("page")] { (name) } }
                }
            }
        }
    }
}

/// Announced as soon as the page is there, and focused: the next thing a
/// keyboard reaches is what follows it.
fn told(note: &Note) -> Markup {
    let (class, role, sign) = if note.fine {
        ("note good", "status", "✓")
    } else {
        ("note bad", "alert", "✕")
    };
    html! {
        div class=(class) role=(role) tabindex="-1" autofocus {
            span aria-hidden="true" { (sign) } " " (note.text)
        }
    }
}

fn key_sign() -> Markup {
    PreEscaped(assets::SIGN.to_owned())
}

/// This page's own address, so that a form that leads back does not tell its
/// note again.
fn without_note(path: &str, query: &str) -> String {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("note="))
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}
