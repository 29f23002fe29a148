//! How the story is written: headings, fields and headers on a terminal.

use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use super::timing::Phase;

/// Writes headings, fields and headers; in colour where a person reads along.
pub(crate) struct Page<W> {
    out: W,
    coloured: bool,
    steps: usize,
}

const NAME_WIDTH: usize = 20;
const LINE_WIDTH: usize = 92;
const HEADER_INDENT: usize = 11;

impl Page<io::StdoutLock<'static>> {
    /// A page on standard output.
    pub(crate) fn on_stdout() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let plain = set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb");
        let coloured = io::stdout().is_terminal() && !plain;
        Self {
            out: io::stdout().lock(),
            coloured,
            steps: 0,
        }
    }
}

impl<W: Write> Page<W> {
    /// A line of its own.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// The heading of the next step: what happens, where, and how long it took.
    pub(crate) fn step(&mut self, phase: Phase, place: &str, took: Duration) -> io::Result<()> {
        self.steps += 1;
        let title = format!("{}  {}", self.steps, heading(phase));
        let took = readable(took);
        let text = title.chars().count() + place.chars().count();
        let gap = LINE_WIDTH.saturating_sub(text);
        let title = self.paint("1", &title);
        let place = self.paint("2", place);
        writeln!(
            self.out,
            "\n{title} · {place}{took:>width$}",
            width = gap.saturating_sub(3)
        )
    }

    /// A sentence below a heading.
    pub(crate) fn say(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "   {text}")
    }

    /// A name and a value below a heading.
    pub(crate) fn field(&mut self, name: &str, value: &str) -> io::Result<()> {
        writeln!(self.out, "     {name:<NAME_WIDTH$}{value}")
    }

    /// A token: its size, and its header as it is on the wire.
    pub(crate) fn token(&mut self, name: &str, characters: usize, header: &str) -> io::Result<()> {
        self.field(name, &format!("{characters} characters"))?;
        self.header("JWE", header)
    }

    /// A header below a token, on as many lines as it needs.
    pub(crate) fn header(&mut self, kind: &str, header: &str) -> io::Result<()> {
        for (index, piece) in pieces(header, LINE_WIDTH - HEADER_INDENT)
            .iter()
            .enumerate()
        {
            let kind = if index == 0 { kind } else { "" };
            let piece = self.paint("36", piece);
            writeln!(
                self.out,
                "{kind:>width$} {piece}",
                width = HEADER_INDENT - 1
            )?;
        }
        Ok(())
    }

    /// The last line: good news or bad.
    pub(crate) fn ending(&mut self, good: bool, text: &str) -> io::Result<()> {
        let text = self.paint(if good { "1;32" } else { "1;31" }, text);
        writeln!(self.out, "\n{text}")
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.coloured {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

const fn heading(phase: Phase) -> &'static str {
    match phase {
        Phase::Enroll => "Enroll",
        Phase::Fulfill => "Fulfill",
        Phase::Activate => "Activate",
        Phase::Mail => "Mail the PIN",
        Phase::Authenticate => "First authentication",
    }
}

/// A text cut behind commas into pieces of at most `width` characters, where
/// there are commas to cut at.
fn pieces(text: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for part in text.split_inclusive(',') {
        match pieces.last_mut() {
            Some(line) if line.is_empty() || line.len() + part.len() <= width => {
                line.push_str(part);
            }
            _ => pieces.push(part.to_owned()),
        }
    }
    pieces
}

/// A duration with three digits or so: in milliseconds, or in microseconds.
pub(crate) fn readable(duration: Duration) -> String {
    let microseconds = duration.as_micros();
    if microseconds < 1000 {
        return format!("{microseconds} µs");
    }
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_cut_behind_commas_and_lose_nothing() {
        let text = "{\"a\":1,\"bbbbbbbbbb\":2,\"c\":3}";
        let cut = pieces(text, 12);
        assert_eq!(cut, ["{\"a\":1,", "\"bbbbbbbbbb\":2,", "\"c\":3}"]);
        assert_eq!(cut.concat(), text);
        assert_eq!(pieces(text, 100), [text]);
    }

    #[test]
    fn durations_are_readable() {
        assert_eq!(readable(Duration::from_nanos(41_900)), "41 µs");
        assert_eq!(readable(Duration::from_micros(5432)), "5.4 ms");
    }
}
