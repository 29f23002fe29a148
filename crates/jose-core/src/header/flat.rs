//! The headers that everybody writes, read without building a tree.
//!
//! A flat header is an object without white space whose names and values are
//! strings of printable ASCII without escapes, but for `epk`, an object of such
//! strings that is a key of the right kind and size. It is a subset of what
//! [`crate::json`] reads, and means the same there.
//! Anything else, right or wrong, is for the strict reader to judge.

use core::ops::ControlFlow;

/// The members of an `epk` without metadata (RFC 7518 §6.2.1).
const EPK: [&str; 4] = ["kty", "crv", "x", "y"];

/// Members with distinct names out of `N` expected ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flat<'a, const N: usize> {
    names: [&'static str; N],
    values: [Option<&'a str>; N],
}

/// A header's members, and those of its `epk`.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlatHeader<'a> {
    members: Flat<'a, 7>,
    epk: Option<Flat<'a, 4>>,
}

impl<'a> FlatHeader<'a> {
    /// Reads a flat header whose members are all among the expected ones; none
    /// where the text is not flat, a name repeats, or there is anything else.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let mut header = Self {
            members: Flat::new(["alg", "enc", "kid", "typ", "cty", "apu", "apv"]),
            epk: None,
        };
        let mut reader = Reader(text);
        reader.object(|name, reader| {
            if name == "epk" && header.epk.is_none() {
                let mut epk = Flat::new(EPK);
                reader.object(|name, reader| epk.set(name, reader.string()?))?;
                header.epk = Some(epk);
                return is_p384(&epk).then_some(());
            }
            header.members.set(name, reader.string()?)
        })?;
        reader.0.is_empty().then_some(header)
    }

    /// The value of a member other than `epk`.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.members.get(name)
    }

    /// The ephemeral key's members.
    pub(super) const fn epk(&self) -> Option<&Flat<'a, 4>> {
        self.epk.as_ref()
    }
}

/// Whether these are the members of a key of this curve, with coordinates of 48
/// bytes, if they decode.
fn is_p384(epk: &Flat<'_, 4>) -> bool {
    let coordinate = |name| epk.get(name).is_some_and(|text| text.len() == 64);
    epk.get("kty") == Some("EC")
        && epk.get("crv") == Some("P-384")
        && coordinate("x")
        && coordinate("y")
}

impl<'a, const N: usize> Flat<'a, N> {
    const fn new(names: [&'static str; N]) -> Self {
        Self {
            names,
            values: [None; N],
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let mut members = self.names.iter().zip(&self.values);
        members.find_map(|(known, value)| value.filter(|_| *known == name))
    }

    /// Takes a member; none for a name that is unexpected or was there.
    fn set(&mut self, name: &str, value: &'a str) -> Option<()> {
        let place = self.names.iter().position(|known| *known == name)?;
        let place = self.values.get_mut(place)?;
        place.is_none().then(|| *place = Some(value))
    }
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self, due: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        (*first == due).then(|| self.0 = rest)
    }

    /// A string of printable ASCII without quotes and escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.byte(b'"')?;
        let plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\');
        let length = self.0.iter().try_fold(0, |length, byte| {
            if plain(byte) {
                ControlFlow::Continue(length + 1)
            } else {
                ControlFlow::Break(length)
            }
        });
        let (text, rest) = self.0.split_at(length.break_value()?);
        self.0 = rest;
        self.byte(b'"')?;
        core::str::from_utf8(text).ok()
    }

    /// An object of at least one member; `member` reads each value.
    fn object(&mut self, mut member: impl FnMut(&'a str, &mut Self) -> Option<()>) -> Option<()> {
        self.byte(b'{')?;
        loop {
            let name = self.string()?;
            self.byte(b':')?;
            member(name, self)?;
            if self.byte(b',').is_none() {
                return self.byte(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use proptest::prelude::*;

    use super::*;
    use crate::json;

    /// What is flat is what the strict reader says, member by member.
    fn agrees(text: &[u8]) -> bool {
        let Some(flat) = FlatHeader::read(text) else {
            return false;
        };
        let object = json::parse_object(text).unwrap();
        let mut members = 0;
        for (name, value) in object.iter() {
            members += 1;
            if name == "epk" {
                let epk = flat.epk().unwrap();
                let object = value.as_object().unwrap();
                assert_eq!(object.iter().count(), epk.values.iter().flatten().count());
                for (name, value) in object.iter() {
                    assert_eq!(epk.get(name), value.as_str());
                }
            } else {
                assert_eq!(flat.get(name), value.as_str());
            }
        }
        let found = flat.members.values.iter().flatten().count();
        assert_eq!(found + usize::from(flat.epk.is_some()), members);
        true
    }

    fn jwe() -> String {
        let coordinate = "A".repeat(64);
        alloc::format!(
            r#"{{"epk":{{"kty":"EC","crv":"P-384","x":"{coordinate}","y":"{coordinate}"}},"alg":"ECDH-ES","kid":"k"}}"#
        )
    }

    #[test]
    fn ordinary_headers_are_flat() {
        for text in [
            r#"{"alg":"ES384"}"#,
            r#"{"alg":"ES384","kid":"a key","typ":"receipt+jwt","cty":"/"}"#,
        ] {
            assert!(agrees(text.as_bytes()), "{text}");
        }
        assert!(agrees(jwe().as_bytes()));
    }

    /// Each of these is refused by one policy or another, or means something else
    /// than it seems: the strict reader judges.
    #[test]
    fn everything_else_is_left_to_the_strict_reader() {
        for text in [
            "",
            "{}",
            "{",
            r#"{"alg"}"#,
            r#"{"alg":"ES384""#,
            r#"{"alg":"ES384",}"#,
            r#"{"alg":"ES384"} "#,
            r#"{"alg":"ES384"}{}"#,
            r#"{"alg": "ES384"}"#,
            r#"{"alg":"ES384","alg":"ES384"}"#,
            r#"{"alg":"ES384","\u0061lg":"none"}"#,
            r#"{"alg":"\u0045S384"}"#,
            r#"{"alg":"é"}"#,
            "{\"alg\":\"a\u{7f}\"}",
            r#"{"alg":"ES384","crit":["b64"]}"#,
            r#"{"alg":"ES384","b64":"x"}"#,
            r#"{"alg":"ES384","zip":"DEF"}"#,
            r#"{"alg":"ES384","jwk":"x"}"#,
            r#"{"alg":"ES384","unknown":"x"}"#,
            r#"{"alg":null}"#,
            r#"{"alg":["ES384"]}"#,
            r#"{"epk":"x"}"#,
            r#"{"epk":{}}"#,
            r#"{"epk":{"kty":"EC"},"epk":{"kty":"EC"}}"#,
            &jwe().replace(r#","alg""#, r#","epk":"x","alg""#),
            &jwe().replace(r#"{"epk""#, r#"{"epk":"x","epk""#),
            r#"{"epk":{"kty":"EC","kty":"EC"}}"#,
            r#"{"epk":{"kty":"EC","d":"x"}}"#,
            r#"{"epk":{"kty":{"kty":"EC"}}}"#,
            r#"["alg","ES384"]"#,
        ] {
            assert!(FlatHeader::read(text.as_bytes()).is_none(), "{text}");
        }
    }

    proptest! {
        /// Texts that are nearly headers, with one byte changed, one left out or
        /// one doubled.
        #[test]
        fn changed_headers_mean_the_same_to_both(at in 0..256_usize, byte: u8, kind in 0..4) {
            let mut bytes = jwe().into_bytes();
            let at = at % bytes.len();
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, bytes[at]),
                _ => bytes.insert(at, byte),
            }
            agrees(&bytes);
        }

        #[test]
        fn members_in_any_order(names in proptest::collection::vec("alg|enc|kid|epk|crit|\"|", 0..6)) {
            let members: alloc::vec::Vec<String> = names.iter().map(|name| alloc::format!("\"{name}\":\"v\"")).collect();
            agrees(alloc::format!("{{{}}}", members.join(",")).as_bytes());
        }
    }
}
