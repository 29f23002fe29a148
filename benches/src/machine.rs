//! Where a measurement is made.

use std::env;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::Duration;

const PINNED: &str = "PREREG_BENCH_PINNED";

/// The processor's name as the system gives it.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let ifma = text.contains("avx512ifma");
    match (field("model name"), field("cpu family"), field("model\t")) {
        (Some(name), Some(family), Some(model)) => format!(
            "{name} (family {family}, model {model}, {} AVX-512 IFMA)",
            if ifma { "with" } else { "without" }
        ),
        _ => env::consts::ARCH.to_owned(),
    }
}

/// Starts this program again on one processor, through `taskset`, and gives its
/// exit code; `None` where it already runs so, or where that cannot be done.
pub fn pinned() -> Option<ExitCode> {
    if env::var_os(PINNED).is_some() {
        return None;
    }
    let cpu = allowed_processors()?;
    let status = Command::new("taskset")
        .args(["--cpu-list", &cpu])
        .arg(env::current_exe().ok()?)
        .args(env::args_os().skip(1))
        .env(PINNED, &cpu)
        .status()
        .ok()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Some(ExitCode::from(code.unwrap_or(1)))
}

/// The processor this program was pinned to by [`pinned`].
pub fn pinned_to() -> Option<String> {
    env::var(PINNED).ok()
}

/// How long this thread has been ready to run while the system ran something
/// else, since it began; `None` where the system does not tell.
pub fn waited() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split(' ').nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// The last processor that this process may use: the first one serves most
/// interrupts.
fn allowed_processors() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find(|line| line.starts_with("Cpus_allowed_list:"))?;
    let last = line.rsplit([':', ',', '-']).next()?;
    Some(last.trim().to_owned())
}
