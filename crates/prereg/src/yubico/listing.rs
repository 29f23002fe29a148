//! `limit` and `offset` of a list, as the vendor's other lists have them: at most
//! 100 records a call, and `total_count` to go on by.

use axum::extract::Query;
use axum::http::Uri;

use super::error::Failure;

/// The most records of one answer, and as many as come unasked.
const MOST: usize = 100;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) offset: usize,
    pub(super) limit: usize,
}

impl Listing {
    /// Reads the query. Other parameters are passed over.
    ///
    /// # Errors
    /// [`Failure::Parameter`].
    pub(super) fn of(uri: &Uri) -> Result<Self, Failure> {
        let Query(parameters) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Failure::Parameter("query", "must be name=value pairs"))?;
        let number = |name: &'static str| -> Result<Option<usize>, Failure> {
            let mut values = parameters.iter().filter(|(known, _)| known == name);
            let Some((_, text)) = values.next() else {
                return Ok(None);
            };
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || values.next().is_some() {
                return Err(Failure::Parameter(name, "must be one whole number"));
            }
            Ok(Some(text.parse().unwrap_or(usize::MAX)))
        };
        let limit = number("limit")?.unwrap_or(MOST);
        if !(1..=MOST).contains(&limit) {
            return Err(Failure::Parameter(
                "limit",
                "must be a number from 1 to 100",
            ));
        }
        Ok(Self {
            offset: number("offset")?.unwrap_or_default(),
            limit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_vendor() {
        let of = |query: &str| {
            let uri: Uri = format!("/v1/fpr/shipments{query}").parse().unwrap();
            Listing::of(&uri).map(|listing| (listing.offset, listing.limit))
        };
        assert_eq!(of("").unwrap(), (0, 100));
        assert_eq!(of("?limit=1&offset=250&sort=id").unwrap(), (250, 1));
        for wrong in [
            "?limit=0",
            "?limit=101",
            "?limit=-1",
            "?limit=+1",
            "?limit=",
            "?offset=ten",
            "?limit=1&limit=2",
            "?limit=99999999999999999999999",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        // A page far behind the end is empty; nothing else is wrong with it.
        assert!(of("?offset=99999999999999999999999").is_ok());
    }
}
