//! `GET /api/v1/logs`: the system log.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prereg_types::Timestamp;
use serde_json::Value;

use super::Okta;
use super::admission::{Authorized, ReadLogs};
use super::error::Failure;
use super::filter::Filter;
use super::page::{Listing, wrong};
use crate::store::{LogQuery, StoredEvent};

/// Okta's default and most of `limit`.
const DEFAULT: usize = 100;
const MOST: usize = 1000;
/// Entries looked at for one page. A page may come out short, or empty, and
/// still have a next one.
const MOST_LOOKED_AT: usize = 10_000;
/// Okta's bounds of `q`: keywords, and characters of each.
const MOST_KEYWORDS: usize = 10;
const MOST_CHARACTERS: usize = 40;

/// Entries in the order of the log, or the latest first.
///
/// A query with `since` and without `until`, oldest first, is a polling one:
/// each page has a next one, which is empty until something happens. Any other
/// query ends with a page that has no next one.
pub(super) async fn list(
    State(okta): State<Okta>,
    _: Authorized<ReadLogs>,
    listing: Listing,
) -> Result<Response, Failure> {
    let query = Query::read(&listing)?;
    let page = query.run(&okta).await?;
    let next = page.next.map(|seq| seq.to_string());
    let body = format!("[{}]", page.events.join(","));
    let links = listing.links(next.as_deref());
    Ok((links, [(CONTENT_TYPE, "application/json")], body).into_response())
}

struct Query {
    /// What the database looks up.
    indexed: LogQuery,
    /// What is left to be decided entry by entry.
    filter: Option<Filter>,
    keywords: Vec<String>,
    polling: bool,
}

#[derive(Default)]
struct Page {
    events: Vec<String>,
    next: Option<u64>,
}

impl Query {
    fn read(listing: &Listing) -> Result<Self, Failure> {
        let since = listing.read("since", moment)?;
        let until = listing.read("until", moment)?;
        let filter = listing.read("filter", |text| {
            Filter::parse(text).map_err(|error| error.to_string())
        })?;
        let descending = match listing.text("sortOrder")? {
            None | Some("ASCENDING") => false,
            Some("DESCENDING") => true,
            Some(_) => return Err(wrong("sortOrder", "must be ASCENDING or DESCENDING")),
        };
        let required = |attribute: &str| {
            let text = filter
                .as_ref()
                .and_then(|filter| filter.required(attribute));
            text.map(str::to_owned)
        };
        let indexed = LogQuery {
            since,
            until,
            after_seq: listing.read("after", cursor)?,
            limit: listing.limit(DEFAULT, MOST)?,
            descending,
            // Types are lower case, and filters do not look at case.
            event_type: required("eventtype").map(|text| text.to_ascii_lowercase()),
            actor: required("actor.id"),
            target: required("target.id"),
            uuid: required("uuid"),
        };
        Ok(Self {
            indexed,
            keywords: keywords(listing.text("q")?.unwrap_or_default())?,
            filter,
            polling: since.is_some() && until.is_none() && !descending,
        })
    }

    async fn run(&self, okta: &Okta) -> Result<Page, Failure> {
        let mut page = Page::default();
        let (mut after, mut looked_at) = (self.indexed.after_seq, 0);
        while looked_at < MOST_LOOKED_AT {
            // One more than can be shown tells whether there is more.
            let size = self.indexed.limit - page.events.len() + 1;
            let chunk = LogQuery {
                after_seq: after,
                limit: size,
                ..self.indexed.clone()
            };
            let events = okta.db.log_events(&chunk).await?;
            let last = events.len() < size;
            for event in events {
                if page.events.len() == self.indexed.limit {
                    page.next = after;
                    return Ok(page);
                }
                looked_at += 1;
                after = Some(event.seq);
                if self.admits(&event) {
                    page.events.push(event.json);
                }
            }
            if last {
                page.next = self.polling.then_some(after.unwrap_or(0));
                return Ok(page);
            }
        }
        page.next = after;
        Ok(page)
    }

    fn admits(&self, event: &StoredEvent) -> bool {
        if self.filter.is_none() && self.keywords.is_empty() {
            return true;
        }
        let Ok(object) = serde_json::from_str(&event.json) else {
            return false;
        };
        self.filter
            .as_ref()
            .is_none_or(|filter| filter.holds(&object))
            && self
                .keywords
                .iter()
                .all(|keyword| mentions(&object, keyword))
    }
}

/// A moment of ISO 8601, or a day, which begins at midnight UTC. Moments before
/// 1970 are its beginning: nothing was logged then.
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || {
        let day: Date = text.parse().ok()?;
        Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let moment = text.parse::<jiff::Timestamp>().ok().or_else(day);
    let moment = moment.ok_or("must be a moment such as 2026-03-01T12:30:45.000Z")?;
    let millis = u64::try_from(moment.as_millisecond()).unwrap_or(0);
    Ok(Timestamp::from_millis(millis))
}

fn cursor(text: &str) -> Result<u64, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or_else(|| "must be the cursor of a next link".to_owned())
}

fn keywords(text: &str) -> Result<Vec<String>, Failure> {
    let keywords: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let long = |word: &&str| word.chars().count() > MOST_CHARACTERS;
    if keywords.len() > MOST_KEYWORDS || keywords.iter().any(long) {
        let rule = "must have at most 10 keywords of at most 40 characters";
        return Err(wrong("q", rule));
    }
    Ok(keywords.into_iter().map(str::to_lowercase).collect())
}

/// Whether a text of the entry holds the keyword, in whatever case.
fn mentions(value: &Value, keyword: &str) -> bool {
    match value {
        Value::String(text) => text.to_lowercase().contains(keyword),
        Value::Array(elements) => elements.iter().any(|value| mentions(value, keyword)),
        Value::Object(members) => members.values().any(|value| mentions(value, keyword)),
        _ => false,
    }
}
