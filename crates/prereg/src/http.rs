//! What every listener shares: the server, request ids, limits.
//!
//! A facade builds its router and hands it to [`guarded`], which adds what
//! holds for every request; [`serve`] then answers a socket with it. Tests call
//! the guarded router without a socket.

pub(crate) mod body;
mod connections;
pub(crate) mod cpu;
mod guard;
mod request_id;
mod server;
mod stall;
mod to_the_end;

use std::net::SocketAddr;
use std::time::Duration;

#[allow(unused_imports, reason = "being put together")]
pub(crate) use {
    cpu::CpuPool,
    guard::{Listener, Refused, guarded},
    request_id::{REQUEST_ID, RequestId},
    server::{Drained, serve},
};

/// What a listener holds its clients to.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// How long a request's head may take to arrive; also how long a connection
    /// is kept that asks nothing.
    pub(crate) header_read: Duration,
    /// How long a request may take once its head is there, its body included.
    pub(crate) request: Duration,
    /// How long a client may take no byte of its response.
    pub(crate) write_stall: Duration,
    /// How long requests may go on when the server stops.
    pub(crate) drain: Duration,
    /// The most bytes of a request's body.
    pub(crate) body_bytes: usize,
    /// The most bytes of a request's head.
    pub(crate) header_bytes: usize,
    /// The most connections at a time. One more makes the server hang up on the
    /// one that has been silent for longest.
    pub(crate) connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(10),
            request: Duration::from_secs(30),
            write_stall: Duration::from_secs(20),
            drain: Duration::from_secs(10),
            body_bytes: 1024 * 1024,
            header_bytes: 64 * 1024,
            connections: 512,
        }
    }
}

/// Where a request came from; absent where it came over no socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);
