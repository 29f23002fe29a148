//! Filter expressions of Okta's API, a subset of SCIM's (RFC 7644 §3.4.2.2).
//!
//! ```text
//! expression = term *( " or " term )
//! term       = factor *( " and " factor )
//! factor     = "not" "(" expression ")" / "(" expression ")" / comparison
//! comparison = attribute " pr" / attribute " " operator " " value
//! operator   = "eq" / "ne" / "co" / "sw" / "ew" / "gt" / "ge" / "lt" / "le"
//! attribute  = a path such as `target.id` or `profile.login`
//! value      = a JSON string, number, true, false or null
//! ```
//!
//! Left out are value paths in brackets, and schema URNs before attributes.

mod parse;

use std::cmp::Ordering;

use serde_json::Value;

pub(super) use parse::ParseError;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// Every one of these holds.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// The attribute is there and not empty (`pr`).
    Present(Path),
    /// The attribute compares so.
    Compare(Path, Operator, Value),
}

/// An attribute by its names, such as `actor.id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<String>);

/// How an attribute compares to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// Whether upper and lower case differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Exact,
    Ignored,
}

impl Filter {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<Self, ParseError> {
        parse::filter(text)
    }

    /// Whether it holds for an object. Names of members and text are compared
    /// without regard to ASCII case, but for ids, which differ by it. An
    /// attribute on the way of which there is an array stands for that of any
    /// element.
    pub(super) fn holds(&self, object: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(object)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(object)),
            Self::Not(part) => !part.holds(object),
            Self::Present(path) => path.any(object, &is_present),
            // "None of them equals", as opposed to "one of them differs".
            Self::Compare(path, Operator::NotEqual, value) => {
                let case = path.case();
                !path.any(object, &|found| Operator::Equal.holds(found, value, case))
            }
            Self::Compare(path, operator, value) => {
                let case = path.case();
                path.any(object, &|found| operator.holds(found, value, case))
            }
        }
    }

    /// The text that an attribute must equal for the whole expression to hold,
    /// where there is one: what an index can look up. The attribute is given in
    /// lower case.
    pub(super) fn required(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.required(attribute)),
            Self::Compare(path, Operator::Equal, Value::String(text)) => {
                path.is(attribute).then_some(text)
            }
            _ => None,
        }
    }
}

impl Path {
    fn is(&self, attribute: &str) -> bool {
        self.0.iter().map(String::as_str).eq(attribute.split('.'))
    }

    fn case(&self) -> Case {
        match self.0.last().map(String::as_str) {
            Some("id" | "uuid") => Case::Exact,
            _ => Case::Ignored,
        }
    }

    /// Whether the condition holds for a value that the path leads to.
    fn any(&self, object: &Value, condition: &dyn Fn(&Value) -> bool) -> bool {
        any_at(&self.0, object, condition)
    }
}

fn any_at(names: &[String], value: &Value, condition: &dyn Fn(&Value) -> bool) -> bool {
    match (names, value) {
        (_, Value::Array(elements)) => elements
            .iter()
            .any(|element| any_at(names, element, condition)),
        ([], value) => condition(value),
        ([name, rest @ ..], Value::Object(members)) => members
            .iter()
            .filter(|(member, _)| member.eq_ignore_ascii_case(name))
            .any(|(_, value)| any_at(rest, value, condition)),
        _ => false,
    }
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

impl Operator {
    /// Every operator with its name.
    const ALL: [(&'static str, Self); 9] = [
        ("eq", Self::Equal),
        ("ne", Self::NotEqual),
        ("co", Self::Contains),
        ("sw", Self::StartsWith),
        ("ew", Self::EndsWith),
        ("gt", Self::Greater),
        ("ge", Self::GreaterOrEqual),
        ("lt", Self::Less),
        ("le", Self::LessOrEqual),
    ];

    fn from_name(name: &str) -> Option<Self> {
        let known = Self::ALL
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, operator)| *operator)
    }

    fn holds(self, found: &Value, value: &Value, case: Case) -> bool {
        let (Value::String(found), Value::String(value)) = (found, value) else {
            return match self {
                Self::Equal => found == value,
                _ => order(found, value).is_some_and(|order| self.admits(order)),
            };
        };
        match case {
            Case::Exact => self.holds_of_text(found, value),
            Case::Ignored => {
                self.holds_of_text(&found.to_ascii_lowercase(), &value.to_ascii_lowercase())
            }
        }
    }

    fn holds_of_text(self, found: &str, value: &str) -> bool {
        match self {
            Self::Contains => found.contains(value),
            Self::StartsWith => found.starts_with(value),
            Self::EndsWith => found.ends_with(value),
            _ => self.admits(order_of_text(found, value)),
        }
    }

    const fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Contains | Self::StartsWith | Self::EndsWith => false,
        }
    }
}

/// Numbers have an order; nothing else that is no text has.
fn order(found: &Value, value: &Value) -> Option<Ordering> {
    found.as_f64()?.partial_cmp(&value.as_f64()?)
}

/// Moments compare as moments, however they are written; other text by its
/// characters.
fn order_of_text(found: &str, value: &str) -> Ordering {
    match (
        found.parse::<jiff::Timestamp>(),
        value.parse::<jiff::Timestamp>(),
    ) {
        (Ok(found), Ok(value)) => found.cmp(&value),
        _ => found.cmp(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "eventType": "user.mfa.factor.activate",
            "published": "2026-03-01T12:30:45.000Z",
            "actor": {"id": "00TabC", "displayName": "ci \"quoted\""},
            "target": [{"id": "00u1", "type": "User"}, {"id": "fwf2", "type": "AuthenticatorEnrollment"}],
            "count": 3,
            "empty": "",
        })
    }

    fn holds(text: &str) -> bool {
        Filter::parse(text).expect(text).holds(&event())
    }

    #[test]
    fn comparisons_hold_as_scim_says() {
        for text in [
            r#"eventType eq "user.mfa.factor.activate""#,
            r#"EVENTTYPE EQ "USER.mfa.factor.activate""#,
            r#"eventType sw "user.mfa""#,
            r#"eventType ew "activate""#,
            r#"eventType co "factor""#,
            r#"eventType ne "user.lifecycle.create""#,
            r#"target.id eq "fwf2""#,
            r#"target.type eq "User" and target.id eq "fwf2""#,
            r#"actor.displayName eq "ci \"quoted\"""#,
            r#"published gt "2026-03-01T12:30:44Z" and published le "2026-03-01T13:30:45.000+01:00""#,
            "count ge 3 and count lt 3.5",
            "actor.id pr and not(empty pr) and not (nothing pr)",
            r#"(eventType eq "a" or eventType eq "b") or actor.id eq "00TabC""#,
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            r#"eventType eq "user.mfa.factor.deactivate""#,
            r#"target.id ne "fwf2""#,
            r#"target.name eq "fwf2""#,
            r#"target.id eq "FWF2""#,
            r#"published lt "2026-03-01T12:30:45.000Z""#,
            r#"count eq "3""#,
            "empty pr",
            // "and" binds closer than "or".
            r#"eventType eq "a" and count eq 3 or count eq 4"#,
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn only_what_must_hold_is_handed_to_an_index() {
        let required = |text: &str, attribute: &str| {
            let filter = Filter::parse(text).unwrap();
            filter.required(attribute).map(str::to_owned)
        };
        let both = r#"eventType eq "a" and (target.id eq "b" and actor.id pr)"#;
        assert_eq!(required(both, "eventtype").as_deref(), Some("a"));
        assert_eq!(required(both, "target.id").as_deref(), Some("b"));
        assert_eq!(required(both, "actor.id"), None);
        for text in [
            r#"eventType eq "a" or actor.id eq "b""#,
            r#"not (eventType eq "a")"#,
            r#"eventType ne "a""#,
            r#"eventType sw "a""#,
        ] {
            assert_eq!(required(text, "eventtype"), None, "{text}");
        }
    }
}
