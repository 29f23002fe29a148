use std::fs;
use std::path::{Path, PathBuf};

use relying_party::mail::Mailer as _;

use super::{PIN, pin_mail, sender};
use crate::mail::Folder;

/// A directory that goes with its value.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(name: &str) -> Self {
        let unique = format!("prereg-mail-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(unique);
        drop(fs::remove_dir_all(&path));
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn is_eml(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "eml")
}

#[tokio::test]
async fn each_mail_becomes_one_file_that_only_its_owner_reads() {
    let scratch = Scratch::new("files");
    let folder = Folder::open(&scratch.0, sender()).unwrap();
    for _ in 0..3 {
        folder.send(&pin_mail("Ada", PIN)).await.unwrap();
    }
    let names = scratch.names();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| is_eml(name)), "{names:?}");
    let content = fs::read_to_string(scratch.0.join(&names[0])).unwrap();
    assert!(content.contains(PIN));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&scratch.0.join(&names[0])), 0o600);
        assert_eq!(mode(&scratch.0), 0o700);
    }
}

#[tokio::test]
async fn a_mail_that_is_withdrawn_leaves_nothing_behind() {
    let scratch = Scratch::new("withdrawn");
    let folder = Folder::open(&scratch.0, sender()).unwrap();
    let draft = folder.draft(&pin_mail("Ada", PIN)).await.unwrap();
    let names = scratch.names();
    assert!(names.len() == 1 && !is_eml(&names[0]), "{names:?}");
    drop(draft);
    assert!(scratch.names().is_empty());
}

#[tokio::test]
async fn drafts_of_a_killed_server_go_at_the_next_start() {
    let scratch = Scratch::new("killed");
    let folder = Folder::open(&scratch.0, sender()).unwrap();
    std::mem::forget(folder.draft(&pin_mail("Ada", PIN)).await.unwrap());
    folder.send(&pin_mail("Ada", PIN)).await.unwrap();
    assert_eq!(scratch.names().len(), 2);
    Folder::open(&scratch.0, sender()).unwrap();
    let names = scratch.names();
    assert!(names.len() == 1 && is_eml(&names[0]), "{names:?}");
}

#[tokio::test]
async fn a_folder_that_is_gone_is_a_temporary_failure() {
    let scratch = Scratch::new("gone");
    let folder = Folder::open(&scratch.0, sender()).unwrap();
    fs::remove_dir_all(&scratch.0).unwrap();
    let error = folder.send(&pin_mail("Ada", PIN)).await.unwrap_err();
    let relying_party::mail::MailError::Temporary(words) = error else {
        panic!("{error}");
    };
    assert!(!words.contains(PIN));
}
