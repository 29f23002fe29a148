//! Keys in files and in the environment, and every reason to refuse one.

use super::*;
use crate::store::Folder;

/// 32 bytes, none of them zero.
const KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";
const OTHER: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

fn nothing(_: &str) -> Option<OsString> {
    None
}

fn refusal(result: Result<Keyring, KeyError>) -> String {
    result.unwrap_err().to_string()
}

fn key_file(folder: &Folder, text: &str) -> PathBuf {
    let path = folder.path().join(KEY_FILE);
    write_file(&path, text, Existing::Replace).unwrap();
    path
}

fn load(path: &Path) -> Result<Keyring, KeyError> {
    Keyring::load(KeySource::File(path.to_path_buf()))
}

#[test]
fn the_first_start_makes_a_key_and_later_ones_find_it() {
    let folder = Folder::new();
    let first = Keyring::load(KeySource::of_directory(folder.path(), nothing).unwrap()).unwrap();
    fs::write(folder.path().join(DATABASE_FILE), "").unwrap();
    let again = Keyring::load(KeySource::of_directory(folder.path(), nothing).unwrap()).unwrap();
    assert_eq!(first.keys()[0].id(), again.keys()[0].id());
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 2, "no draft stays behind");
}

#[test]
fn a_database_without_its_key_is_refused() {
    let folder = Folder::new();
    fs::write(folder.path().join(DATABASE_FILE), "").unwrap();
    let error = KeySource::of_directory(folder.path(), nothing).err();
    assert!(error.unwrap().to_string().contains("restore the key"));
    assert!(!folder.path().join(KEY_FILE).exists(), "and none is made");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let path = key_file(&folder, KEY);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    for mode in [0o640, 0o604, 0o644, 0o622] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = refusal(load(&path));
        assert!(
            error.contains(&format!("chmod 600 {}", path.display())),
            "{error}"
        );
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(load(&path).is_ok());
}

#[test]
fn what_is_no_key_is_refused_and_not_repeated() {
    let folder = Folder::new();
    for text in [
        "",
        "# only a remark\n",
        &KEY[1..],
        &format!("{KEY}AA"),
        "not+base64url/not+base64url/not+base64url/x",
    ] {
        let path = key_file(&folder, text);
        let error = refusal(load(&path));
        assert!(error.contains("43 characters of base64url"), "{error}");
        assert!(text.is_empty() || !error.contains(text));
    }
    let gone = folder.path().join("gone");
    assert!(refusal(load(&gone)).contains("cannot be read"));
}

#[test]
fn older_keys_follow_the_one_that_seals() {
    let folder = Folder::new();
    let ring = load(&key_file(&folder, &format!("# new\n{KEY}\n\n{OTHER}=\n"))).unwrap();
    let ids: Vec<_> = ring.keys().iter().map(|key| key.id().clone()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ring.key(ids[1].as_str()).unwrap().id(), &ids[1]);
    let both = |name: &str| (name == KEY_VARIABLE).then(|| format!("{KEY},{OTHER}").into());
    let source = KeySource::of_directory(folder.path(), both).unwrap();
    let same: Vec<_> = Keyring::load(source)
        .unwrap()
        .keys()
        .iter()
        .map(|key| key.id().clone())
        .collect();
    assert_eq!(same, ids);
}

#[test]
fn the_environment_comes_first_and_must_not_contradict_itself() {
    let folder = Folder::new();
    let path = key_file(&folder, KEY);
    let both = |_: &str| Some(path.clone().into_os_string());
    let error = KeySource::of_directory(folder.path(), both).err().unwrap();
    assert!(error.to_string().contains("set one of them"));
    let file = |name: &str| (name == FILE_VARIABLE).then(|| path.clone().into_os_string());
    let source = KeySource::of_directory(Path::new("/nowhere"), file).unwrap();
    assert!(matches!(source, KeySource::File(named) if named == path));
}

#[test]
fn keys_that_another_process_put_there_are_found() {
    let folder = Folder::new();
    let path = key_file(&folder, OTHER);
    let ring = load(&path).unwrap();
    let new = parse(KEY, "test").unwrap();
    assert!(ring.key(new.id().as_str()).is_err());
    key_file(&folder, &format!("{KEY}\n{OTHER}\n"));
    assert_eq!(ring.key(new.id().as_str()).unwrap().id(), new.id());
    assert_eq!(ring.keys()[0].id(), new.id());
}

#[test]
fn keys_are_never_printed() {
    let folder = Folder::new();
    let ring = load(&key_file(&folder, KEY)).unwrap();
    let printed = format!("{ring:?} {:?} {}", ring.keys(), ring.source());
    assert!(!printed.contains(KEY));
    assert!(printed.contains("redacted"));
}
