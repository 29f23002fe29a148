//! Hooks against a receiver on loopback.

mod client;
mod receiver;
mod worker;

use super::{Hook, HookError};

const SECRET: &str = "shared-secret";

#[test]
fn a_hook_is_an_http_address_and_a_secret_that_a_header_can_carry() {
    for url in ["https://hooks.acme.example/okta?x=1", "http://127.0.0.1:81"] {
        assert!(Hook::new(url, SECRET).is_ok(), "{url}");
    }
    for url in [
        "",
        "hooks.acme.example",
        "ftp://hooks.acme.example",
        "file:///etc/passwd",
        "https://",
        "https://user:password@hooks.acme.example",
        "https://hooks.acme.example/\r\nX: y",
    ] {
        assert_eq!(Hook::new(url, SECRET).err(), Some(HookError::Url), "{url}");
    }
    for secret in ["", "a\r\nX-Other: b", "\u{7f}"] {
        let refused = Hook::new("http://127.0.0.1", secret).err();
        assert_eq!(refused, Some(HookError::Secret));
    }
}

#[test]
fn ids_stay_the_same_and_debug_shows_neither_path_nor_secret() {
    let hook = Hook::new("https://hooks.acme.example/T00/token", SECRET).unwrap();
    let again = Hook::new("https://hooks.acme.example/T00/token", "other").unwrap();
    let other = Hook::new("https://hooks.acme.example/T01/token", SECRET).unwrap();
    assert_eq!(hook.id(), again.id());
    assert_ne!(hook.id(), other.id());
    assert!(hook.id().starts_with("who") && hook.id().len() == 20);
    let debug = format!("{hook:?}");
    assert!(debug.contains("https://hooks.acme.example"), "{debug}");
    assert!(!debug.contains("T00") && !debug.contains(SECRET), "{debug}");
}
