//! Reading the few rows that a request needs, on the thread that asks.
//!
//! A row that is found by its key takes microseconds; a call to the thread of a
//! connection of sqlx and back takes longer than that. What may be long (pages,
//! walks over a table) goes by sqlx, so that it keeps no thread of the runtime.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Params, Row, Statement};

use super::columns::{Columns, Value};
use super::failure::Failure;
use super::file;

/// Connections that read, as many as are used at the same time.
#[derive(Debug)]
pub(super) struct Direct {
    path: PathBuf,
    /// None once closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

/// A row that was found.
pub(super) struct Found<'r> {
    row: &'r Row<'r>,
    names: Vec<&'r str>,
}

impl Direct {
    /// Connections to that file.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            idle: Mutex::new(Some(Vec::new())),
        }
    }

    /// As [`each`], on one of the connections.
    pub(super) fn each(
        &self,
        statement: &str,
        parameters: impl Params,
        read: impl FnMut(&Found<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let connection = self.take()?;
        let done = each(&connection, statement, parameters, read);
        self.give_back(connection);
        done
    }

    /// As [`one`], on one of the connections.
    pub(super) fn one<T>(
        &self,
        statement: &str,
        parameters: impl Params,
        read: impl Fn(&Found<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let connection = self.take()?;
        let found = one(&connection, statement, parameters, read);
        self.give_back(connection);
        found
    }

    /// Closes the connections; no others are opened.
    pub(super) fn close(&self) {
        self.idle().take();
    }

    fn take(&self) -> Result<Connection, Failure> {
        match self.idle().as_mut().map(Vec::pop) {
            None => Err(Failure::Closed),
            Some(Some(connection)) => Ok(connection),
            Some(None) => {
                let connection = file::connect(&self.path)?;
                connection.pragma_update(None, "query_only", "ON")?;
                Ok(connection)
            }
        }
    }

    fn give_back(&self, connection: Connection) {
        if let Some(idle) = self.idle().as_mut() {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a statement and hands each row that it finds to `read`.
fn each(
    connection: &Connection,
    statement: &str,
    parameters: impl Params,
    mut read: impl FnMut(&Found<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(statement)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let statement: &Statement<'_> = row.as_ref();
        let names = statement.column_names();
        read(&Found { row, names })?;
    }
    Ok(())
}

/// The one row that a statement finds, read by `read`.
pub(super) fn one<T>(
    connection: &Connection,
    statement: &str,
    parameters: impl Params,
    read: impl Fn(&Found<'_>) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    let mut found = None;
    each(connection, statement, parameters, |row| {
        found = Some(read(row)?);
        Ok(())
    })?;
    Ok(found)
}

impl Columns for Found<'_> {
    fn value<'r, T: Value<'r>>(&'r self, column: &'static str) -> Result<T, Failure> {
        let position = self.names.iter().position(|name| *name == column);
        let position = position.ok_or(Failure::Damaged(column))?;
        let value = self.row.get_ref(position)?;
        T::of(value).ok_or(Failure::Damaged(column))
    }
}
