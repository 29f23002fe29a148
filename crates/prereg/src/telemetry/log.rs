//! Log lines, to standard error.

use std::fmt;
use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{EnvFilter, fmt as lines};

use crate::config::{Log, LogFormat};

/// Why there will be no log.
#[derive(Debug)]
pub(crate) enum LogError {
    /// The level is none.
    Level(ParseError),
    /// Somebody else writes the log of this process.
    Taken,
}

/// Writes all events of this process to standard error.
///
/// # Errors
/// [`LogError`].
pub(crate) fn start(log: &Log) -> Result<(), LogError> {
    let subscriber = subscriber(log, io::stderr, io::stderr().is_terminal())?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Taken)
}

/// What writes lines. Each one written within a request has its id.
fn subscriber<W>(
    log: &Log,
    writer: W,
    colors: bool,
) -> Result<Box<dyn Subscriber + Send + Sync>, LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&log.level).map_err(LogError::Level)?;
    let lines = lines::Subscriber::builder()
        .with_env_filter(filter)
        .with_writer(writer)
        // A full disk behind standard error is no reason to write more to it.
        .log_internal_errors(false);
    Ok(match log.format {
        LogFormat::Text => Box::new(lines.with_ansi(colors).finish()),
        LogFormat::Json => Box::new(
            lines
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false)
                .finish(),
        ),
    })
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(error) => write!(f, "log.level: {error}"),
            Self::Taken => f.write_str("somebody else writes the log of this process"),
        }
    }
}

impl std::error::Error for LogError {}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What a handler's lines look like.
    fn lines(format: LogFormat, level: &str) -> String {
        let written = Written::default();
        let writer = written.clone();
        let log = Log {
            format,
            level: level.to_owned(),
        };
        let subscriber = subscriber(&log, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", id = "0123abcd", route = "/enroll");
            span.in_scope(|| {
                tracing::info!(status = 200, "answered");
                tracing::debug!("not told");
            });
        });
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_lines_have_the_request_id() {
        let text = lines(LogFormat::Text, "info");
        assert_eq!(text.lines().count(), 1);
        for part in ["INFO", "0123abcd", "/enroll", "answered", "status=200"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn json_lines_are_json_and_have_the_request_id() {
        let text = lines(LogFormat::Json, "debug");
        let objects: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(objects.len(), 2);
        assert_eq!(objects[0]["level"], "INFO");
        assert_eq!(objects[0]["message"], "answered");
        assert_eq!(objects[0]["status"], 200);
        assert_eq!(objects[0]["span"]["id"], "0123abcd");
        assert_eq!(objects[1]["message"], "not told");
    }
}
