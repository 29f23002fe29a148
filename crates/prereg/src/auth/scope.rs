//! What a token may do.

use std::fmt;

use crate::store::TokenKind;

/// One permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// Every operation on users and their keys; implies [`Self::UsersRead`].
    UsersManage,
    /// Reading users and their keys.
    UsersRead,
    /// Reading the system log.
    LogsRead,
    /// Every operation on shipments; implies [`Self::ShipmentsRead`].
    ShipmentsManage,
    /// Reading shipments.
    ShipmentsRead,
    /// What the page of the admin port can do.
    Admin,
}

/// A set of permissions, written as OAuth does: names with spaces between
/// (RFC 6749 §3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes(u8);

/// A name that is no scope of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownScope(String);

impl Scope {
    /// Every scope.
    pub(crate) const ALL: [Self; 6] = [
        Self::UsersManage,
        Self::UsersRead,
        Self::LogsRead,
        Self::ShipmentsManage,
        Self::ShipmentsRead,
        Self::Admin,
    ];

    /// The name on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::UsersManage => "okta.users.manage",
            Self::UsersRead => "okta.users.read",
            Self::LogsRead => "okta.logs.read",
            Self::ShipmentsManage => "yubico.shipments.manage",
            Self::ShipmentsRead => "yubico.shipments.read",
            Self::Admin => "prereg.admin",
        }
    }

    /// The scope of that name; names are case-sensitive (RFC 6749 §3.3).
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The stronger scope that includes this one, where there is one.
    const fn implied_by(self) -> Option<Self> {
        match self {
            Self::UsersRead => Some(Self::UsersManage),
            Self::ShipmentsRead => Some(Self::ShipmentsManage),
            _ => None,
        }
    }
}

impl Scopes {
    /// A set of these.
    pub(crate) fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// Reads a list with spaces between the names.
    pub(crate) fn parse(text: &str) -> Result<Self, UnknownScope> {
        text.split_ascii_whitespace()
            .try_fold(Self::default(), |scopes, name| {
                let scope = Scope::from_name(name).ok_or_else(|| UnknownScope::of(name))?;
                Ok(Self(scopes.0 | scope.bit()))
            })
    }

    /// A set of these names; one that is unknown permits nothing.
    pub(crate) fn of_names(names: &[String]) -> Self {
        let known = names.iter().filter_map(|name| Scope::from_name(name));
        Self(known.fold(0, |bits, scope| bits | scope.bit()))
    }

    /// Every scope that makes sense for a token of that kind.
    pub(crate) fn all_of(kind: TokenKind) -> Self {
        match kind {
            TokenKind::Okta => Self::of(&[Scope::UsersManage, Scope::UsersRead, Scope::LogsRead]),
            TokenKind::Yubico => Self::of(&[Scope::ShipmentsManage, Scope::ShipmentsRead]),
            TokenKind::Admin => Self::of(&[Scope::Admin]),
        }
    }

    /// The names of its members.
    pub(crate) fn names(self) -> Vec<String> {
        self.iter().map(|scope| scope.to_string()).collect()
    }

    /// Whether it permits this, by itself or by a scope that implies it.
    pub(crate) fn grants(self, scope: Scope) -> bool {
        let has = |scope: Scope| self.0 & scope.bit() != 0;
        has(scope) || scope.implied_by().is_some_and(has)
    }

    /// Whether it permits all of these.
    pub(crate) fn grants_all(self, asked: Self) -> bool {
        asked.iter().all(|scope| self.grants(scope))
    }

    /// Whether it is empty.
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members, in the order of [`Scope::ALL`].
    pub(crate) fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.0 & scope.bit() != 0)
    }
}

impl UnknownScope {
    fn of(name: &str) -> Self {
        Self(name.escape_debug().take(60).collect())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{scope}")?;
        }
        Ok(())
    }
}

impl fmt::Display for UnknownScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown scope \"{}\"; there are", self.0)?;
        for (index, scope) in Scope::ALL.into_iter().enumerate() {
            let comma = if index == 0 { " " } else { ", " };
            write!(f, "{comma}{scope}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownScope {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manage_implies_read_and_nothing_else_does() {
        let manage = Scopes::of(&[Scope::UsersManage]);
        assert!(manage.grants(Scope::UsersRead));
        assert!(!manage.grants(Scope::LogsRead));
        assert!(!manage.grants(Scope::ShipmentsRead));
        let read = Scopes::of(&[Scope::UsersRead]);
        assert!(read.grants(Scope::UsersRead));
        assert!(!read.grants(Scope::UsersManage));
        let shipments = Scopes::of(&[Scope::ShipmentsManage]);
        assert!(shipments.grants(Scope::ShipmentsRead));
        assert!(!shipments.grants(Scope::Admin));
    }

    #[test]
    fn every_set_survives_its_text() {
        for bits in 0..64 {
            let scopes = Scopes(bits);
            assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
            assert_eq!(Scopes::of_names(&scopes.names()), scopes);
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        for wrong in [
            "okta.users",
            "OKTA.USERS.READ",
            "okta.users.read,okta.logs.read",
        ] {
            assert!(Scopes::parse(wrong).is_err(), "{wrong}");
        }
    }
}
