//! The admin port: health, metrics, and a page to look at.
