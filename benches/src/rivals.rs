//! Who is measured beside us, and in which version.

/// AWS-LC through aws-lc-rs.
pub const AWS_LC: &str = "aws-lc-rs";
/// graviola.
pub const GRAVIOLA: &str = "graviola";
/// OpenSSL through the openssl crate.
pub const OPENSSL: &str = "openssl";
/// ring.
pub const RING: &str = "ring";
/// The `RustCrypto` curve, the engine's oracle.
pub const P384: &str = "p384";
/// jose4rs on AWS-LC.
pub const JOSE4RS: &str = "jose4rs";
/// jsonwebtoken on AWS-LC; JWS only.
pub const JSONWEBTOKEN: &str = "jsonwebtoken";
/// josekit on OpenSSL.
pub const JOSEKIT: &str = "josekit";
/// jose-rs on `RustCrypto`.
pub const JOSE_RS: &str = "jose-rs";

const ALL: [&str; 9] = [
    AWS_LC,
    GRAVIOLA,
    OPENSSL,
    RING,
    P384,
    JOSE4RS,
    JSONWEBTOKEN,
    JOSEKIT,
    JOSE_RS,
];

/// All of them with their versions, for the top of a table.
pub fn versions() -> String {
    let library = openssl::version::version();
    let mut library = library.split(' ');
    let library = library.nth(1).unwrap_or("?");
    let versions = ALL.map(|name| match name {
        OPENSSL => format!("{name} {} with libssl {library}", version(name)),
        _ => format!("{name} {}", version(name)),
    });
    versions.join(", ")
}

/// The version in the lock file that this was built by.
fn version(name: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let package = format!("name = \"{name}\"\nversion = \"");
    let found = lock.split_once(&package).map(|(_, rest)| rest);
    let version = found.and_then(|rest| rest.split('"').next());
    version.unwrap_or("?")
}
