//! Users from CSV (RFC 4180).

use csv::{ReaderBuilder, StringRecord, Trim};

use super::fields::{Fields, REQUIRED};
use super::lines::Lines;
use super::{Entry, Problem, Problems};

/// The members of each row, and the columns that were ignored.
pub(super) fn entries(text: &str) -> Result<(Vec<Entry>, Vec<String>), Problems> {
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| problem(&error))?.clone();
    let (columns, ignored) = columns(&headings)?;
    let mut entries = Vec::new();
    let mut lines = Lines::of(text);
    for row in reader.records() {
        let row = row.map_err(|error| problem(&error))?;
        let line = lines.of_byte(start(text, &row));
        let mut fields = Fields::default();
        for (column, value) in columns.iter().zip(&row) {
            if let Some(name) = column {
                fields.set(name, value);
            }
        }
        entries.push(Entry { line, fields });
    }
    Ok((entries, ignored))
}

/// Where a comma is the decimal sign, spreadsheets write semicolons.
fn delimiter(text: &str) -> u8 {
    let headings = text.lines().next().unwrap_or_default();
    let count = |delimiter| headings.matches(delimiter).count();
    if count(';') > count(',') { b';' } else { b',' }
}

/// What each column means, and the headings that mean nothing here.
fn columns(headings: &StringRecord) -> Result<(Vec<Option<&'static str>>, Vec<String>), Problems> {
    let columns: Vec<_> = headings.iter().map(Fields::name_of).collect();
    let times = |name| {
        columns
            .iter()
            .filter(|column| **column == Some(name))
            .count()
    };
    let mut problems = Vec::new();
    for name in REQUIRED.iter().filter(|name| times(**name) == 0) {
        let what = format!("column {name} is missing; the first line names the columns");
        problems.push(Problem::new(1, what));
    }
    let mut named: Vec<_> = columns.iter().flatten().copied().collect();
    named.dedup();
    for name in named.into_iter().filter(|name| times(name) > 1) {
        problems.push(Problem::new(1, format!("column {name} is there twice")));
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let unknown = headings
        .iter()
        .zip(&columns)
        .filter(|(_, column)| column.is_none());
    let ignored = unknown.map(|(heading, _)| heading.to_owned()).collect();
    Ok((columns, ignored))
}

/// Where a row begins. The reader's own word for it is where it began to look,
/// which may be an empty line.
fn start(text: &str, row: &StringRecord) -> usize {
    let at = row.position().map_or(0, csv::Position::byte);
    let at = usize::try_from(at).unwrap_or(text.len());
    let rest = text.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start_matches(['\r', '\n']).len()
}

fn problem(error: &csv::Error) -> Problem {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => Problem::new(
            line,
            format!("{len} values, where the first line has {expected_len}"),
        ),
        _ => Problem::new(line, error),
    }
}
