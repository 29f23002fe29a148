//! A client that can also behave badly: HTTP/1.1 written by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

const PATIENCE: Duration = Duration::from_mins(1);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1);
        let mut pairs = lines.filter_map(|line| line.split_once(": "));
        let found = pairs.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }
}

/// A connection to a base URL.
pub(crate) fn connect(base: &str) -> TcpStream {
    try_connect(base).unwrap()
}

pub(crate) fn try_connect(base: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(base.strip_prefix("http://").unwrap())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// One request as bytes. `Null` is no body.
pub(crate) fn request(method: &str, path: &str, authorization: &str, body: &Value) -> Vec<u8> {
    request_with(method, path, &[("authorization", authorization)], body)
}

/// The same with other headers. An empty value is no header.
pub(crate) fn request_with(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Vec<u8> {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let lines = headers
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .flat_map(|(name, value)| [*name, ": ", *value, "\r\n"]);
    let headers: String = lines.collect();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One call on a connection of its own.
pub(crate) fn call(
    base: &str,
    method: &str,
    path: &str,
    authorization: &str,
    body: &Value,
) -> Answer {
    let sent = request(method, path, authorization, body);
    try_send(base, &sent).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
}

/// Sends bytes and reads an answer up to the end of the connection.
pub(crate) fn try_send(base: &str, bytes: &[u8]) -> std::io::Result<Answer> {
    let mut stream = try_connect(base)?;
    stream.write_all(bytes)?;
    read(&mut stream)
}

/// Reads an answer up to the end of the connection.
pub(crate) fn read(stream: &mut TcpStream) -> std::io::Result<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let body = bytes[end + 4..].to_vec();
    let body = if head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
    {
        dechunk(&body)
    } else {
        body
    };
    Ok(Answer {
        status: status.ok_or(std::io::ErrorKind::InvalidData)?,
        head,
        body,
    })
}

fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    body
}
