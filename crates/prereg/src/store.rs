//! The database: what both ends, the API and the page keep.
