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
const LINE_WIDTH: usize = 88;

impl Page<io::StdoutLock<'static>> {
    /// A page on standard output.
    pub(crate) fn on_stdout() -> Self {
        let coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
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
        let took = milliseconds(took);
        let width = LINE_WIDTH.saturating_sub(title.len() + took.len());
        let title = self.paint("1", &title);
        let place = self.paint("2", &format!("  {place:<0$}", width.saturating_sub(2)));
        writeln!(self.out, "\n{title}{place}{took}")
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

    /// A header below a token.
    pub(crate) fn header(&mut self, kind: &str, header: &str) -> io::Result<()> {
        let header = self.paint("36", header);
        writeln!(self.out, "       {kind} {header}")
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
        Phase::Fulfil => "Fulfil",
        Phase::Activate => "Activate",
        Phase::Mail => "Mail the PIN",
        Phase::Authenticate => "First authentication",
    }
}

/// A duration in milliseconds with one decimal.
pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}
