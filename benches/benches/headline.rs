//! Ours and the rivals in turns: a table, the goals, then one JSON line per row.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench headline -- --help
//! ```

use std::env;
use std::process::ExitCode;

use prereg_benches::interleave::{Contest, Outcome};
use prereg_benches::options::{Options, Ours, USAGE};
use prereg_benches::{bare, goals, machine, plot, report, rivals, tokens};

fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}; see --help");
            return ExitCode::from(2);
        }
    };
    if let Some(code) = machine::pinned() {
        return code;
    }
    print_head(&options);
    let outcomes = measure(&options);
    let goals = match options.ours {
        Ours::Engine(p384_engine::Backend::Serial) => goals::PORTABLE,
        Ours::Engine(_) => goals::LANES,
        Ours::RustCrypto => &[],
    };
    let verdicts = goals::judge(goals, &outcomes);
    report::goals(&verdicts);
    report::json(&outcomes, &verdicts);
    if let Some(folder) = &options.plot
        && let Err(error) = plot::write(folder, &outcomes, &machine::processor())
    {
        eprintln!("no charts in {}: {error}", folder.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn print_head(options: &Options) {
    println!("processor: {}", machine::processor());
    match machine::pinned_to() {
        Some(cpu) => println!("pinned to processor {cpu}"),
        None => println!("not pinned: taskset is missing or refused"),
    }
    println!("ours: {}", options.ours.name());
    println!("rivals: {}", rivals::versions());
    println!("medians of {} rounds in turns\n", options.effort.rounds);
}

fn measure(options: &Options) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for mut contest in contests(options) {
        contest.ours.retain(|form| options.wants(&form.name));
        if contest.ours.is_empty() {
            continue;
        }
        let outcome = contest.measure(options.effort);
        report::table(&outcome);
        outcomes.push(outcome);
    }
    outcomes
}

/// Everything, checked before anything is timed.
fn contests(options: &Options) -> Vec<Contest> {
    let mut contests = Vec::new();
    if let Ours::Engine(backend) = options.ours {
        contests.extend(bare::contests(backend, options.plot.is_some()));
    }
    contests.extend(tokens::contests(options.ours.jose()));
    contests
}
