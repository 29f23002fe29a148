//! The user directory, as far as the flows around pre-registration use it.

mod create;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use getrandom::SysRng;
use prereg_types::UserId;
use prereg_types::api::{User, UserStatus};
use relying_party::store::Store as _;
use serde::Serialize;
use serde_json::Value;

use self::create::CreateUser;
use super::Okta;
use super::admission::{Authorized, ManageUsers, ReadUsers};
use super::body::JsonBody;
use super::error::{Failure, Operation};
use super::filter::Filter;
use super::page::{Base, Listing, wrong};
use super::path::{self, NameInPath};
use crate::store::Inserted;

/// Users of a page, unless the caller asks for fewer: Okta's most.
const MOST: usize = 200;
/// Users looked at for one page. A page may come out short, or empty, and still
/// have a next one.
const MOST_LOOKED_AT: usize = 2000;

/// A user on the wire.
#[derive(Serialize)]
struct UserOnTheWire {
    #[serde(flatten)]
    user: User,
    #[serde(rename = "_links")]
    links: Links,
}

#[derive(Serialize)]
struct Links {
    #[serde(rename = "self")]
    this: Address,
}

#[derive(Serialize)]
struct Address {
    href: String,
}

impl UserOnTheWire {
    fn new(user: User, base: &Base) -> Self {
        let href = base.join(&format!("{}/{}", path::USERS, user.id));
        Self {
            user,
            links: Links {
                this: Address { href },
            },
        }
    }
}

/// `GET /api/v1/users/{idOrLogin}`.
pub(super) async fn find(
    State(okta): State<Okta>,
    _: Authorized<ReadUsers>,
    NameInPath(name): NameInPath,
    base: Base,
) -> Result<Response, Failure> {
    let user = okta.party().find_user(&name).await?;
    let user = user.ok_or(Failure::NotFound {
        id: name,
        kind: "User",
    })?;
    Ok(Json(UserOnTheWire::new(user, &base)).into_response())
}

/// `POST /api/v1/users?activate=true|false`: ACTIVE or STAGED.
pub(super) async fn create(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    listing: Listing,
    base: Base,
    JsonBody(body): JsonBody,
) -> Result<Response, Failure> {
    let status = match listing.text("activate")? {
        None | Some("true") => UserStatus::Active,
        Some("false") => UserStatus::Staged,
        Some(_) => return Err(wrong("activate", "must be true or false")),
    };
    let body = CreateUser::from_json(&body)
        .map_err(|error| Failure::Invalid(Operation::CreateUser, error))?;
    let id = UserId::generate(&mut SysRng).map_err(|_| Failure::Broken("no randomness"))?;
    let user = User {
        id,
        status,
        profile: body.profile,
    };
    let deed = by.deed("createUser", user.id.as_str());
    okta.audited(deed, async {
        match okta.db.insert_user(&user).await? {
            Inserted::Yes => Ok(()),
            Inserted::LoginTaken => Err(Failure::LoginTaken),
            Inserted::IdTaken => Err(Failure::Broken("a new id was taken")),
        }
    })
    .await?;
    Ok(Json(UserOnTheWire::new(user, &base)).into_response())
}

/// `GET /api/v1/users`, in the order of ids.
pub(super) async fn list(
    State(okta): State<Okta>,
    _: Authorized<ReadUsers>,
    listing: Listing,
) -> Result<Response, Failure> {
    let query = Query::read(&listing)?;
    let page = query.run(&okta).await?;
    let base = listing.base();
    let users = page
        .users
        .into_iter()
        .map(|user| UserOnTheWire::new(user, base));
    let users: Vec<UserOnTheWire> = users.collect();
    let links = listing.links(page.next.as_ref().map(UserId::as_str));
    Ok((links, Json(users)).into_response())
}

struct Query {
    after: Option<UserId>,
    limit: usize,
    /// What a login, an address or a name begins with.
    prefix: Option<String>,
    filter: Option<Filter>,
}

#[derive(Default)]
struct Page {
    users: Vec<User>,
    next: Option<UserId>,
}

impl Query {
    fn read(listing: &Listing) -> Result<Self, Failure> {
        let read = |name| listing.read(name, |text| Filter::parse(text).map_err(|e| e.to_string()));
        let filter = match (read("filter")?, read("search")?) {
            (Some(filter), Some(search)) => Some(Filter::All(vec![filter, search])),
            (filter, search) => filter.or(search),
        };
        let q = listing.text("q")?.filter(|text| !text.is_empty());
        Ok(Self {
            after: listing.read("after", |text| {
                UserId::parse(text).map_err(|error| error.to_string())
            })?,
            limit: listing.limit(MOST, MOST)?,
            prefix: q.map(str::to_owned),
            filter,
        })
    }

    async fn run(&self, okta: &Okta) -> Result<Page, Failure> {
        if let Some(candidate) = self.the_only_one(okta).await? {
            let users = candidate.into_iter().filter(|user| self.admits(user));
            return Ok(Page {
                users: users.collect(),
                next: None,
            });
        }
        let mut page = Page::default();
        let (mut after, mut looked_at) = (self.after.clone(), 0);
        while looked_at < MOST_LOOKED_AT {
            // One more than can be shown tells whether there is more.
            let size = self.limit - page.users.len() + 1;
            let users = okta.db.users(after.as_ref(), size, self.prefix()).await?;
            let last = users.len() < size;
            for user in users {
                if page.users.len() == self.limit {
                    page.next = after;
                    return Ok(page);
                }
                looked_at += 1;
                after = Some(user.id.clone());
                if self.admits(&user) {
                    page.users.push(user);
                }
            }
            if last {
                return Ok(page);
            }
        }
        page.next = after;
        Ok(page)
    }

    /// Where the filter names a login or an id, that user, if there is one.
    async fn the_only_one(&self, okta: &Okta) -> Result<Option<Option<User>>, Failure> {
        let Some(filter) = &self.filter else {
            return Ok(None);
        };
        if let Some(login) = filter.required("profile.login") {
            return Ok(Some(okta.db.user_by_login(login).await?));
        }
        let Some(id) = filter.required("id") else {
            return Ok(None);
        };
        match UserId::parse(id) {
            Ok(id) => Ok(Some(okta.db.user(&id).await?)),
            Err(_) => Ok(Some(None)),
        }
    }

    /// What the database can look up: an attribute that the filter wants to be
    /// equal also begins with that.
    fn prefix(&self) -> Option<&str> {
        let of_filter = |filter| {
            ["profile.email", "profile.lastname", "profile.firstname"]
                .into_iter()
                .find_map(|attribute| Filter::required(filter, attribute))
                .filter(|text| !text.is_empty())
        };
        self.prefix
            .as_deref()
            .or_else(|| self.filter.as_ref().and_then(of_filter))
    }

    fn admits(&self, user: &User) -> bool {
        match &self.filter {
            Some(filter) => {
                filter.holds(&serde_json::to_value(user).unwrap_or(Value::Null))
                    && self.follows(user)
                    && self.begins(user)
            }
            // As at Okta, those who left are listed only when asked for.
            None => user.status != UserStatus::Deprovisioned,
        }
    }

    fn follows(&self, user: &User) -> bool {
        self.after.as_ref().is_none_or(|after| user.id > *after)
    }

    /// `q`, where it was not the database that looked it up.
    fn begins(&self, user: &User) -> bool {
        let Some(prefix) = &self.prefix else {
            return true;
        };
        let prefix = prefix.to_lowercase();
        let profile = &user.profile;
        [
            profile.login.as_str(),
            profile.email.as_str(),
            &profile.first_name,
            &profile.last_name,
        ]
        .into_iter()
        .any(|text| text.to_lowercase().starts_with(&prefix))
    }
}
