//! Values in columns: how each type is written, and reading it back.

use jose_core::jwk::PrivateJwk;
use prereg_types::Timestamp;
use rusqlite::types::ValueRef;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Sqlite, Type};
use zeroize::Zeroizing;

use super::failure::Failure;
use crate::seal::{DataKey, Keyring, Place};

/// Milliseconds; a moment beyond the last one that fits is the last one.
pub(super) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.millis()).unwrap_or(i64::MAX)
}

/// A number of rows to ask for.
pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A counter. None of them comes near the end of its range.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Texts as one JSON array.
pub(super) fn json_array<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    serde_json::Value::from(texts).to_string()
}

/// What a column can be read as, from a row of sqlx or of rusqlite.
pub(super) trait Value<'r>: Decode<'r, Sqlite> + Type<Sqlite> {
    /// The value, if it is one of that type.
    fn of(value: ValueRef<'r>) -> Option<Self>;
}

impl Value<'_> for i64 {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok()
    }
}

impl Value<'_> for bool {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        i64::of(value).map(|number| number != 0)
    }
}

impl<'r> Value<'r> for &'r str {
    fn of(value: ValueRef<'r>) -> Option<Self> {
        value.as_str().ok()
    }
}

impl Value<'_> for String {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        <&str>::of(value).map(str::to_owned)
    }
}

impl<'r> Value<'r> for &'r [u8] {
    fn of(value: ValueRef<'r>) -> Option<Self> {
        value.as_blob().ok()
    }
}

impl Value<'_> for Vec<u8> {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        <&[u8]>::of(value).map(<[u8]>::to_vec)
    }
}

impl<'r, T: Value<'r>> Value<'r> for Option<T> {
    fn of(value: ValueRef<'r>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

/// Reading columns of a row by name.
pub(super) trait Columns {
    /// The value.
    fn value<'r, T: Value<'r>>(&'r self, column: &'static str) -> Result<T, Failure>;

    /// A text, as something that is parsed from it.
    fn parsed<T, E>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Failure> {
        parse(self.value(column)?).map_err(|_| Failure::Damaged(column))
    }

    /// As [`Self::parsed`], where the column may be empty.
    fn parsed_if_set<T, E>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Failure> {
        let text: Option<&str> = self.value(column)?;
        text.map(parse)
            .transpose()
            .map_err(|_| Failure::Damaged(column))
    }

    /// A text, as one of the names of an enumeration.
    fn named<T>(
        &self,
        column: &'static str,
        from_name: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        self.parsed(column, |name| from_name(name).ok_or(()))
    }

    /// A moment.
    fn moment(&self, column: &'static str) -> Result<Timestamp, Failure> {
        self.unsigned(column).map(Timestamp::from_millis)
    }

    /// A moment that may be absent.
    fn moment_if_set(&self, column: &'static str) -> Result<Option<Timestamp>, Failure> {
        let millis: Option<i64> = self.value(column)?;
        millis
            .map(|millis| u64::try_from(millis).map(Timestamp::from_millis))
            .transpose()
            .map_err(|_| Failure::Damaged(column))
    }

    /// A number that is not negative.
    fn unsigned<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, Failure> {
        let number: i64 = self.value(column)?;
        T::try_from(number).map_err(|_| Failure::Damaged(column))
    }

    /// Bytes of a fixed length.
    fn bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], Failure> {
        let bytes: &[u8] = self.value(column)?;
        bytes.try_into().map_err(|_| Failure::Damaged(column))
    }

    /// Texts from a JSON array.
    fn texts(&self, column: &'static str) -> Result<Vec<String>, Failure> {
        self.parsed(column, |text| serde_json::from_str(text))
    }

    /// The data key of the row, whose columns have these names.
    fn data_key(
        &self,
        keyring: &Keyring,
        kek: &'static str,
        data_key: &'static str,
    ) -> Result<DataKey, Failure> {
        let kek = keyring.key(self.value(kek)?)?;
        Ok(DataKey::unwrap(&kek, self.value(data_key)?)?)
    }
}

impl Columns for SqliteRow {
    fn value<'r, T: Value<'r>>(&'r self, column: &'static str) -> Result<T, Failure> {
        self.try_get(column).map_err(|error| match error {
            sqlx::Error::ColumnDecode { .. } => Failure::Damaged(column),
            other => other.into(),
        })
    }
}

/// Opens a sealed private key.
pub(super) fn open_key(
    data_key: &DataKey,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<PrivateJwk, Failure> {
    let text = data_key.open(place, sealed)?;
    PrivateJwk::from_json(&text).map_err(|_| Failure::Damaged("response_key"))
}

/// Opens a sealed text.
pub(super) fn open_text(
    data_key: &DataKey,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = data_key.open(place, sealed)?;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(Failure::Damaged(place.column))
        }
    }
}
