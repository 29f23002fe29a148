//! Lists for people: aligned columns.

use std::io::{self, Write as _};

use prereg_types::Timestamp;

/// Rows of as many cells as there are columns.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with these headings.
    pub(crate) fn new(headings: [&str; N]) -> Self {
        Self {
            rows: vec![headings.map(str::to_owned)],
        }
    }

    /// Adds a row. What a terminal would act on is escaped.
    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| {
            let shown = |character: char| {
                if character.is_control() {
                    character.escape_default().to_string()
                } else {
                    character.to_string()
                }
            };
            cell.chars().map(shown).collect()
        }));
    }

    /// Writes it to standard output.
    pub(crate) fn write(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for row in &self.rows {
            writeln!(out, "{}", self.line(row).trim_end())?;
        }
        Ok(())
    }

    fn line(&self, row: &[String; N]) -> String {
        let widths = (0..N).map(|column| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        });
        let cells = row.iter().zip(widths);
        let padded = cells.map(|(cell, width)| format!("{cell:width$}  "));
        padded.collect()
    }
}

/// A moment to the second, or a dash.
pub(crate) fn moment(moment: Option<Timestamp>) -> String {
    let text = moment.map(|moment| moment.to_string());
    let short = text.and_then(|text| Some(format!("{}Z", text.get(..19)?)));
    short.unwrap_or_else(|| "-".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_controls_are_escaped() {
        let mut table = Table::new(["ID", "NAME"]);
        table.row(["a-long-id".into(), "zoë\u{1b}[2J".into()]);
        assert_eq!(table.line(&table.rows[0]).trim_end(), "ID         NAME");
        let line = table.line(&table.rows[1]);
        assert_eq!(line.trim_end(), "a-long-id  zoë\\u{1b}[2J");
    }

    #[test]
    fn moments_are_short() {
        let shown = moment(Some(Timestamp::from_millis(1_582_979_645_123)));
        assert_eq!(shown, "2020-02-29T12:34:05Z");
        assert_eq!(moment(None), "-");
    }
}
