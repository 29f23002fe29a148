//! Event hooks: events on their way out.
