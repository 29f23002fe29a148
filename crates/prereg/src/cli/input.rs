//! What a command reads: a file or standard input, whole or line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jose_core::error::NotAllowed;
use zeroize::Zeroizing;

use super::Failure;

/// Bytes of the longest token that is made or read.
pub(crate) const MAX_TOKEN_BYTES: usize = 4 << 20;

/// Bytes of the largest key file.
const MAX_KEY_FILE_BYTES: u64 = 1 << 20;

/// A file or standard input.
pub(crate) type Input = BufReader<Box<dyn Read>>;

/// Whether a path stands for standard input: none, or `-`.
pub(crate) fn is_stdin(path: Option<&PathBuf>) -> bool {
    path.is_none_or(|path| path == Path::new("-"))
}

/// Opens a file, or standard input for `-` and for none.
pub(crate) fn open(path: Option<&PathBuf>) -> Result<Input, Failure> {
    match path.filter(|path| *path != Path::new("-")) {
        None => Ok(buffered(io::stdin())),
        Some(path) => {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            Ok(buffered(file))
        }
    }
}

/// Reads everything.
pub(crate) fn read_all(path: Option<&PathBuf>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    open(path)?.read_to_end(&mut bytes).map_err(|error| {
        unreadable(
            path.map_or(Path::new("standard input"), PathBuf::as_path),
            &error,
        )
    })?;
    Ok(bytes)
}

/// Reads a key file into a buffer that never moves: a buffer that grows leaves
/// copies of a private key behind.
pub(crate) fn read_key(path: &PathBuf) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let capacity = usize::try_from(MAX_KEY_FILE_BYTES).unwrap_or_default() + 64;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    let source: Box<dyn Read> = if is_stdin(Some(path)) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(|error| unreadable(path, &error))?)
    };
    let mut bounded = source.take(MAX_KEY_FILE_BYTES + 1);
    bounded
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > MAX_KEY_FILE_BYTES {
        let message = format!(
            "{} is larger than a key file can be (1 MiB)",
            path.display()
        );
        return Err(Failure::Usage(message));
    }
    Ok(bytes)
}

/// Reads one token: everything, less the one newline that editors and shells add.
pub(crate) fn read_token(path: Option<&PathBuf>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut token = Zeroizing::new(Vec::new());
    let mut bounded = open(path)?.take(MAX_TOKEN_BYTES as u64 + 2);
    bounded.read_to_end(&mut token)?;
    if token.last() == Some(&b'\n') {
        token.pop();
    }
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Failure::refused("token", NotAllowed::TokenTooLong.into()));
    }
    Ok(token)
}

/// Bytes of the longest line that is kept; a longer one cannot hold a token that
/// any command takes, not even with every character escaped.
const LONGEST_LINE: usize = 6 * MAX_TOKEN_BYTES + 2;

/// What stands on a line.
pub(crate) enum Line {
    /// Nothing: the input is at its end.
    End,
    /// Its bytes without the newline; nothing else is trimmed.
    Whole,
    /// More than is kept. The rest of the line was read and dropped.
    TooLong,
}

/// Reads the next line into a buffer.
pub(crate) fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let mut kept = reader.take(LONGEST_LINE as u64 + 1);
    if kept.read_until(b'\n', line)? == 0 {
        return Ok(Line::End);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Line::Whole);
    }
    if line.len() <= LONGEST_LINE {
        return Ok(Line::Whole);
    }
    reader.skip_until(b'\n')?;
    Ok(Line::TooLong)
}

fn buffered(source: impl Read + 'static) -> Input {
    BufReader::with_capacity(1 << 16, Box::new(source))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("cannot read {}: {error}", path.display()))
}
