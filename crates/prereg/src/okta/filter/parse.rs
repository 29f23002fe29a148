//! Reading filter expressions, bounded in length and depth.

use std::fmt;

use serde_json::Value;

use super::{Filter, Operator, Path};

/// The most characters of an expression.
const MOST_CHARACTERS: usize = 4096;
/// The most nested parentheses.
const MOST_DEPTH: usize = 16;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::okta) struct ParseError {
    /// The character before which it is wrong, from 0.
    position: usize,
    /// What was expected there.
    due: &'static str,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at character {}", self.due, self.position)
    }
}

/// Reads a whole expression.
pub(super) fn filter(text: &str) -> Result<Filter, ParseError> {
    let mut reader = Reader { text, rest: text };
    if text.len() > MOST_CHARACTERS {
        return Err(ParseError {
            position: MOST_CHARACTERS,
            due: "the end of the expression",
        });
    }
    let filter = reader.expression(0)?;
    reader.skip_spaces();
    if reader.rest.is_empty() {
        return Ok(filter);
    }
    Err(reader.expected("\"and\", \"or\" or the end"))
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn expression(&mut self, depth: usize) -> Result<Filter, ParseError> {
        let mut terms = vec![self.term(depth)?];
        while self.keyword("or") {
            terms.push(self.term(depth)?);
        }
        Ok(one_or(terms, Filter::Any))
    }

    fn term(&mut self, depth: usize) -> Result<Filter, ParseError> {
        let mut factors = vec![self.factor(depth)?];
        while self.keyword("and") {
            factors.push(self.factor(depth)?);
        }
        Ok(one_or(factors, Filter::All))
    }

    fn factor(&mut self, depth: usize) -> Result<Filter, ParseError> {
        self.skip_spaces();
        let before = self.rest;
        if self.keyword("not") {
            if self.peek_parenthesis() {
                return Ok(Filter::Not(Box::new(self.factor(depth)?)));
            }
            // An attribute may be called "not".
            self.rest = before;
        }
        if !self.peek_parenthesis() {
            return self.comparison();
        }
        if depth == MOST_DEPTH {
            return Err(self.expected("fewer parentheses"));
        }
        self.advance(1);
        let inner = self.expression(depth + 1)?;
        self.skip_spaces();
        if !self.rest.starts_with(')') {
            return Err(self.expected("\")\""));
        }
        self.advance(1);
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Filter, ParseError> {
        let path = self.path()?;
        self.skip_spaces();
        let before = self.rest;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(operator) = Operator::from_name(word) else {
            self.rest = before;
            return Err(self.expected("an operator: eq, ne, co, sw, ew, gt, ge, lt, le or pr"));
        };
        Ok(Filter::Compare(path, operator, self.value()?))
    }

    fn path(&mut self) -> Result<Path, ParseError> {
        self.skip_spaces();
        let is_of_path = |character: char| {
            character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '$')
        };
        let length = self.rest.find(|character| !is_of_path(character));
        let text = self.take(length.unwrap_or(self.rest.len()));
        if text.is_empty() || text.split('.').any(str::is_empty) {
            return Err(self.expected("an attribute such as target.id"));
        }
        let names = text.split('.').map(str::to_ascii_lowercase);
        Ok(Path(names.collect()))
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        self.skip_spaces();
        let length = if self.rest.starts_with('"') {
            self.quoted_length()
        } else {
            let end = |character: char| character.is_whitespace() || "()\"".contains(character);
            self.rest.find(end).unwrap_or(self.rest.len())
        };
        let value = serde_json::from_str(self.rest.get(..length).unwrap_or_default());
        let value = value.map_err(|_| {
            self.expected("a value: a string in double quotes, a number, true, false or null")
        })?;
        self.advance(length);
        Ok(value)
    }

    /// Bytes up to the closing quote, or all where there is none.
    fn quoted_length(&self) -> usize {
        let mut escaped = false;
        for (index, byte) in self.rest.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return index + 1,
                _ => {}
            }
        }
        self.rest.len()
    }

    /// Takes the word if it comes next, alone.
    fn keyword(&mut self, keyword: &str) -> bool {
        self.skip_spaces();
        let before = self.rest;
        if self.word().eq_ignore_ascii_case(keyword) {
            return true;
        }
        self.rest = before;
        false
    }

    fn word(&mut self) -> &'a str {
        let end = |character: char| !character.is_ascii_alphanumeric();
        self.take(self.rest.find(end).unwrap_or(self.rest.len()))
    }

    fn peek_parenthesis(&mut self) -> bool {
        self.skip_spaces();
        self.rest.starts_with('(')
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn advance(&mut self, bytes: usize) {
        self.take(bytes);
    }

    fn expected(&self, due: &'static str) -> ParseError {
        let read = self.text.len() - self.rest.len();
        let position = self
            .text
            .get(..read)
            .map_or(read, |text| text.chars().count());
        ParseError { position, due }
    }
}

fn one_or(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, error) in [
            ("", "expected an attribute such as target.id at character 0"),
            (
                "a",
                "expected an operator: eq, ne, co, sw, ew, gt, ge, lt, le or pr at character 1",
            ),
            (
                "a is 3",
                "expected an operator: eq, ne, co, sw, ew, gt, ge, lt, le or pr at character 2",
            ),
            (
                "a eq b",
                "expected a value: a string in double quotes, a number, true, false or null at character 5",
            ),
            (
                r#"ä eq "b""#,
                "expected an attribute such as target.id at character 0",
            ),
            (
                r#"a eq "ä" x"#,
                r#"expected "and", "or" or the end at character 9"#,
            ),
            (r#"(a eq "b""#, r#"expected ")" at character 9"#),
            (
                r#"a eq "b"#,
                "expected a value: a string in double quotes, a number, true, false or null at character 5",
            ),
            (
                r#"a..b eq "b""#,
                "expected an attribute such as target.id at character 4",
            ),
        ] {
            assert_eq!(filter(text).unwrap_err().to_string(), error, "{text}");
        }
    }

    #[test]
    fn length_and_depth_are_bounded() {
        let deep = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
        assert!(filter(&deep(16)).is_ok());
        assert!(filter(&deep(17)).is_err());
        assert!(filter(&"(".repeat(4000)).is_err());
        assert!(filter(&format!("a eq \"{}\"", "x".repeat(5000))).is_err());
        assert!(filter(&"not".repeat(1000)).is_err());
        assert!(filter(&"not ".repeat(1000)).is_err());
    }

    #[test]
    fn attributes_may_be_named_like_keywords() {
        assert!(filter("not pr and or pr").is_ok());
    }
}
