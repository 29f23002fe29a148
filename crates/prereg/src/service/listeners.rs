//! The three sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use super::{Running, ServiceError};
use crate::config;

/// The three sockets, bound.
pub(super) struct Listeners {
    pub(super) okta: TcpListener,
    pub(super) yubico: TcpListener,
    pub(super) admin: TcpListener,
}

impl Listeners {
    /// Binds all three, so that a port in use shows before anything is done.
    ///
    /// # Errors
    /// [`ServiceError::Listen`], with the setting at fault.
    pub(super) async fn bind(server: &config::Server) -> Result<Self, ServiceError> {
        Ok(Self {
            okta: bind("server.okta_listen", server.okta_listen).await?,
            yubico: bind("server.yubico_listen", server.yubico_listen).await?,
            admin: bind("server.admin_listen", server.admin_listen).await?,
        })
    }

    /// Where they are.
    ///
    /// # Errors
    /// The system does not know.
    pub(super) fn running(&self) -> io::Result<Running> {
        Ok(Running {
            okta_url: url(&self.okta)?,
            yubico_url: url(&self.yubico)?,
            admin_url: url(&self.admin)?,
            pid: std::process::id(),
        })
    }
}

async fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, ServiceError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| ServiceError::Listen {
        setting,
        address,
        error,
    })
}

/// The address of a listener as somebody on this machine calls it.
fn url(listener: &TcpListener) -> io::Result<String> {
    let mut address = listener.local_addr()?;
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(format!("http://{address}"))
}
