use std::fs;

use super::Scene;
use crate::config::MailOutlet;

#[test]
fn secrets_are_never_shown() {
    let canary = "canary-of-a-password-1";
    let scene = Scene::new()
        .with_file(&format!("[mail]\nmode = \"smtp\"\n[mail.smtp]\nhost = \"mx.example\"\nusername = \"me\"\npassword = \"{canary}\"\n"))
        .with_variable("PREREG_HOOKS_SECRET", "canary-of-a-hook-secret")
        .with_variable("PREREG_HOOKS_URLS", "https://a.example/canary,https://b.example/?canary");
    let loaded = scene.loaded();
    let settings = scene.settings();
    let MailOutlet::Smtp(smtp) = &settings.mail.outlet else {
        panic!("mail goes to a server");
    };
    assert_eq!(smtp.login.as_ref().unwrap().password.expose(), canary);
    assert_eq!(
        settings.hooks.secret.as_ref().unwrap().expose(),
        "canary-of-a-hook-secret"
    );
    assert_eq!(settings.hooks.urls.len(), 2);
    for shown in [format!("{settings:?}"), format!("{:?}", loaded.lines())] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let issuer = Scene::new().with_flag("server.issuer", "https://me:canary@acme.example");
    assert!(!issuer.complaint().contains("canary"));
    let lines = loaded.lines();
    let urls = lines.iter().find(|line| line.key == "hooks.urls").unwrap();
    assert_eq!(
        urls.value.as_deref(),
        Some("https://a.example/…, https://b.example/…")
    );
}

#[test]
fn secrets_come_from_files_and_variables_but_not_from_flags() {
    let scene = Scene::new();
    let path = scene.write("secret", "a-secret-of-the-hooks\n");
    let named = scene.with_variable("PREREG_HOOKS_SECRET_FILE", path.to_str().unwrap());
    let settings = named.settings();
    assert_eq!(
        settings.hooks.secret.unwrap().expose(),
        "a-secret-of-the-hooks"
    );
    let both = named.with_variable("PREREG_HOOKS_SECRET", "another-secret-of-hooks");
    assert!(
        both.complaint()
            .contains("PREREG_HOOKS_SECRET is set as well; unset one of the two")
    );

    let in_file = Scene::new();
    let path = in_file.write("secret", "a-secret-of-the-hooks");
    let in_file = in_file.with_file(&format!("[hooks]\nsecret_file = {path:?}\n"));
    assert_eq!(
        in_file.settings().hooks.secret.unwrap().expose(),
        "a-secret-of-the-hooks"
    );

    let flag = Scene::new().with_flag("hooks.secret", "canary-of-a-hook-secret");
    let complaint = flag.complaint();
    assert!(
        complaint.contains("set PREREG_HOOKS_SECRET or PREREG_HOOKS_SECRET_FILE"),
        "{complaint}"
    );
    assert!(!complaint.contains("canary"), "{complaint}");
    let short = Scene::new().with_variable("PREREG_HOOKS_SECRET", "canary");
    assert!(!short.complaint().contains("canary"));
    let gone = Scene::new().with_variable("PREREG_HOOKS_SECRET_FILE", "/nowhere/secret");
    assert!(gone.complaint().contains("hooks.secret: cannot be read"));
}

#[cfg(unix)]
#[test]
fn a_secret_that_everybody_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new().with_file("[hooks]\nsecret = \"a-secret-of-the-hooks\"\n");
    let path = scene.origins.file.clone().unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(
        scene
            .loaded()
            .warnings
            .iter()
            .any(|warning| warning.contains("chmod o-r"))
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(scene.loaded().warnings.is_empty());
}

#[test]
fn text_that_is_not_toml_is_not_quoted() {
    let scene = Scene::new().with_file("[hooks]\nsecret = \"canary-of-a-hook-secret\n");
    let complaint = scene.complaint();
    assert!(
        complaint.contains("settings.toml, line 2: not TOML"),
        "{complaint}"
    );
    assert!(!complaint.contains("canary"), "{complaint}");
    let twice = Scene::new().with_file("[log]\nlevel = \"info\"\nlevel = \"warn\"\n");
    assert!(
        twice.complaint().contains("line 3"),
        "{}",
        twice.complaint()
    );
    let missing = Scene::new().with_file("");
    fs::remove_file(missing.origins.file.as_ref().unwrap()).unwrap();
    assert!(
        missing
            .complaint()
            .contains("the configuration file: cannot be read")
    );
}
