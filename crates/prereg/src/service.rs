//! The server, put together and taken down.
