//! What a command reads: a file or standard input, whole or line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Failure;

/// Opens a file, or standard input for `-` and for none.
pub(crate) fn open(path: Option<&PathBuf>) -> Result<Box<dyn BufRead>, Failure> {
    match path.filter(|path| *path != Path::new("-")) {
        None => Ok(Box::new(BufReader::with_capacity(1 << 16, io::stdin()))),
        Some(path) => {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
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

/// Reads one token: everything, less the one newline that editors and shells add.
pub(crate) fn read_token(path: Option<&PathBuf>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut token = read_all(path)?;
    if token.last() == Some(&b'\n') {
        token.pop();
    }
    Ok(token)
}

/// Reads the next line without its newline; nothing else is trimmed.
pub(crate) fn next_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> Result<bool, Failure> {
    line.clear();
    if reader.read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(true)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("cannot read {}: {error}", path.display()))
}
