//! Where each element of a JSON text begins and ends, and on which line: what a
//! parser of values has forgotten when it finds a value wrong.

use super::Problem;
use super::lines::Lines;

/// The elements of an array, or the values that stand one after another, each
/// with its line. What an element holds is not looked at, only where it ends.
pub(super) fn elements(text: &str) -> Result<Vec<(u64, &str)>, Problem> {
    let mut scan = Scan {
        text,
        at: 0,
        lines: Lines::of(text),
    };
    let in_array = scan.next_visible() == Some('[');
    if in_array {
        scan.step();
    }
    let mut found = Vec::new();
    loop {
        match scan.next_visible() {
            None if in_array => return Err(scan.problem("the array has no end")),
            None => return Ok(found),
            Some(']') if in_array && found.is_empty() => break,
            Some(_) => found.push(scan.element()?),
        }
        match scan.next_visible() {
            Some(']') if in_array => break,
            Some(',') if in_array => scan.step(),
            _ if in_array => return Err(scan.problem("a comma or the end of the array is due")),
            _ => {}
        }
    }
    scan.step();
    match scan.next_visible() {
        None => Ok(found),
        Some(_) => Err(scan.problem("something follows the array")),
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    lines: Lines<'a>,
}

impl<'a> Scan<'a> {
    /// The next character that is no white space, and stops there.
    fn next_visible(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.rest().chars().next()
    }

    /// Goes past one character.
    fn step(&mut self) {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    /// Goes past one object.
    fn element(&mut self) -> Result<(u64, &'a str), Problem> {
        let (start, line) = (self.at, self.line());
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        for (offset, byte) in self.rest().bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && !in_string {
                self.at = start + offset + 1;
                let element = self.text.get(start..self.at).unwrap_or_default();
                if element.starts_with('{') {
                    return Ok((line, element));
                }
                break;
            }
        }
        self.at = start;
        Err(self.problem("an object with its closing brace is due"))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn line(&mut self) -> u64 {
        self.lines.of_byte(self.at)
    }

    fn problem(&mut self, what: &str) -> Problem {
        Problem::new(self.line(), what)
    }
}
