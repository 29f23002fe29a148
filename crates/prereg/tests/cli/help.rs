//! Every command has a help text with an example, and the examples work.

use std::process::Command;

use crate::program::{self, Folder};

/// The commands below a command, from its help text.
fn subcommands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(ToOwned::to_owned)
        .collect()
}

fn leaves(path: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let run = program::run(&[path, &["--help".to_owned()]].concat(), b"");
    assert_eq!(run.code, 0);
    let below = subcommands(&run.stdout);
    if below.is_empty() {
        found.push((path.to_vec(), run.stdout));
        return;
    }
    for name in below {
        leaves(&[path, &[name]].concat(), found);
    }
}

#[test]
fn the_example_of_every_command_runs() {
    let mut found = Vec::new();
    leaves(&[], &mut found);
    assert!(found.len() >= 9, "commands found: {}", found.len());
    for (path, help) in found {
        let examples: Vec<&str> = help
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("$ "))
            .collect();
        assert!(!examples.is_empty(), "no example in the help of {path:?}");
        let folder = Folder::new();
        let status = Command::new("sh")
            .args(["-e", "-c", &examples.join("\n")])
            .current_dir(folder.path())
            .env("PATH", program::search_path())
            .output()
            .unwrap();
        assert!(
            status.status.success(),
            "{examples:?}: {}",
            String::from_utf8_lossy(&status.stderr)
        );
        assert!(help.contains("--json"), "no --json in the help of {path:?}");
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &["jose"][..],
        &["jose", "decrypt"],
        &["nothing"],
        &["jwk", "public", "--key", "/nowhere"],
    ] {
        assert_eq!(program::run(arguments, b"").code, 2, "{arguments:?}");
    }
}
