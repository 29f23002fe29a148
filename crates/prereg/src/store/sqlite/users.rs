//! The user directory.

use prereg_types::UserId;
use prereg_types::api::{EmailAddress, User, UserProfile, UserStatus};
use rusqlite::params;

use super::Database;
use super::columns::{Columns, count};
use super::direct::Direct;
use super::failure::{Failed, Failure, breaks_unique};
use super::writer::Scope;
use crate::store::{Inserted, StoreError, UsersRefused};

const INSERT: &str = "INSERT INTO users (id, status, login, email, second_email, first_name, \
     last_name, login_key, email_key, first_name_key, last_name_key) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

pub(super) const BY_ID: &str = "SELECT * FROM users WHERE id = ?1";

pub(super) const BY_LOGIN: &str = "SELECT * FROM users WHERE login_key = ?1";

pub(super) const PAGE: &str = "SELECT * FROM users WHERE id > ?1 ORDER BY id LIMIT ?2";

/// Each part goes through an index of its own; the ids then meet the table.
pub(super) const SEARCH: &str = "SELECT u.* FROM users AS u JOIN (\
     SELECT id FROM users WHERE login_key >= ?3 AND login_key < ?4 UNION \
     SELECT id FROM users WHERE email_key >= ?3 AND email_key < ?4 UNION \
     SELECT id FROM users WHERE first_name_key >= ?3 AND first_name_key < ?4 UNION \
     SELECT id FROM users WHERE last_name_key >= ?3 AND last_name_key < ?4\
     ) AS found ON found.id = u.id WHERE u.id > ?1 ORDER BY u.id LIMIT ?2";

impl Database {
    /// Adds a user.
    pub(crate) async fn insert_user(&self, user: &User) -> Result<Inserted, StoreError> {
        let (id, user) = (user.id.clone(), user.clone());
        self.change(id.as_str(), move |scope| Ok(insert(scope, &user)?))
            .await
    }

    /// Adds users, all or none, in one transaction.
    ///
    /// # Errors
    /// [`UsersRefused`]; then nobody was added.
    pub(crate) async fn insert_users(&self, users: Vec<User>) -> Result<(), UsersRefused> {
        self.change("", move |scope| {
            for (place, user) in users.iter().enumerate() {
                match insert(scope, user)? {
                    Inserted::Yes => {}
                    Inserted::LoginTaken | Inserted::IdTaken => {
                        return Err(Failed::Refused(UsersRefused::Taken(place)));
                    }
                }
            }
            Ok(())
        })
        .await
    }

    /// Gives a user another status; false where there is no such user.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for tests: no operation changes a status yet")
    )]
    pub(crate) async fn update_user_status(
        &self,
        id: &UserId,
        status: UserStatus,
    ) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |scope| {
            let done = scope.execute(
                "UPDATE users SET status = ?2 WHERE id = ?1",
                params![id.as_str(), status.as_str()],
            )?;
            Ok(done > 0)
        })
        .await
    }

    /// Up to `limit` users in the order of their ids, from after the given one.
    /// With `search`, those whose login, address, given or family name begins
    /// with it, in whatever case.
    pub(crate) async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
        search: Option<&str>,
    ) -> Result<Vec<User>, StoreError> {
        let mut connection = self.reader().await?;
        let after = after.map_or("", UserId::as_str);
        let query = match search {
            None => sqlx::query(PAGE).bind(after).bind(count(limit)),
            Some(words) => {
                let from = key(words);
                // Behind everything that begins so.
                let to = format!("{from}\u{10ffff}");
                sqlx::query(SEARCH)
                    .bind(after)
                    .bind(count(limit))
                    .bind(from)
                    .bind(to)
            }
        };
        let rows = query.fetch_all(&mut *connection).await;
        let rows = rows.map_err(Failure::from)?;
        Ok(rows.iter().map(user).collect::<Result<_, _>>()?)
    }
}

/// The user of that id.
pub(super) fn by_id(direct: &Direct, id: &UserId) -> Result<Option<User>, Failure> {
    direct.one(BY_ID, [id.as_str()], |row| user(row))
}

/// The user of that login, in whatever case it is written.
pub(super) fn by_login(direct: &Direct, login: &str) -> Result<Option<User>, Failure> {
    direct.one(BY_LOGIN, [key(login)], |row| user(row))
}

fn insert(scope: &Scope, user: &User) -> Result<Inserted, Failure> {
    let profile = &user.profile;
    let done = scope.execute(
        INSERT,
        params![
            user.id.as_str(),
            user.status.as_str(),
            profile.login,
            profile.email.as_str(),
            profile.second_email.as_ref().map(EmailAddress::as_str),
            profile.first_name,
            profile.last_name,
            key(&profile.login),
            key(profile.email.as_str()),
            key(&profile.first_name),
            key(&profile.last_name),
        ],
    );
    match done {
        Ok(_) => Ok(Inserted::Yes),
        Err(error) if breaks_unique(&error, "users.login_key") => Ok(Inserted::LoginTaken),
        Err(error) if breaks_unique(&error, "users.id") => Ok(Inserted::IdTaken),
        Err(error) => Err(error.into()),
    }
}

impl From<Failure> for UsersRefused {
    fn from(failure: Failure) -> Self {
        Self::Store(failure.into())
    }
}

/// The form in which texts are compared.
fn key(text: &str) -> String {
    text.to_lowercase()
}

fn user<R: Columns>(row: &R) -> Result<User, Failure> {
    Ok(User {
        id: row.parsed("id", UserId::parse)?,
        status: row.named("status", UserStatus::from_name)?,
        profile: UserProfile {
            first_name: row.value("first_name")?,
            last_name: row.value("last_name")?,
            login: row.value("login")?,
            email: row.parsed("email", EmailAddress::parse)?,
            second_email: row.parsed_if_set("second_email", EmailAddress::parse)?,
        },
    })
}
