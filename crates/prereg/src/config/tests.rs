mod reference;
mod secrets;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::load::{Loaded, Origins};
use super::{MailOutlet, Progression, Settings, TrustedKeys};

/// A file of settings in a folder that goes with it.
struct Scene {
    origins: Origins,
    folder: PathBuf,
}

impl Scene {
    fn new() -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("prereg-config-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut scene = Self {
            origins: Origins::default(),
            folder,
        };
        scene
            .origins
            .variables
            .insert("HOME".into(), "/nowhere".into());
        scene
    }

    fn with_file(mut self, text: &str) -> Self {
        self.origins.file = Some(self.write("settings.toml", text));
        self
    }

    fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.origins.variables.insert(name.into(), value.into());
        self
    }

    fn with_flag(mut self, key: &str, value: &str) -> Self {
        let flag = (key.to_owned(), value.to_owned(), format!("--set {key}=…"));
        self.origins.flags.push(flag);
        self
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn loaded(&self) -> Loaded {
        Loaded::load(&self.origins)
            .map_err(|errors| errors.to_string())
            .unwrap()
    }

    fn settings(&self) -> Settings {
        self.loaded()
            .settings()
            .map_err(|errors| errors.to_string())
            .unwrap()
    }

    /// The complaint that is due.
    fn complaint(&self) -> String {
        let loaded = match Loaded::load(&self.origins) {
            Ok(loaded) => loaded,
            Err(errors) => return errors.to_string(),
        };
        loaded.settings().unwrap_err().to_string()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

#[test]
fn without_any_setting_everything_has_its_default() {
    let settings = Scene::new().settings();
    assert_eq!(
        settings.server.data,
        PathBuf::from("/nowhere/.local/share/prereg")
    );
    assert_eq!(
        settings.server.okta_listen,
        "127.0.0.1:8080".parse().unwrap()
    );
    assert_eq!(settings.limits.header_read, Duration::from_secs(10));
    assert_eq!(
        settings.policy.challenge_lifetime,
        Duration::from_hours(720)
    );
    assert_eq!(settings.policy.pin.length(), 6);
    assert_eq!(settings.trust.keys, TrustedKeys::Local);
    assert_eq!(
        settings.provider.progression,
        Progression::Timed(Duration::from_secs(5))
    );
    assert!(!settings.lab);
    let MailOutlet::Folder(folder) = settings.mail.outlet else {
        panic!("mail goes to a folder");
    };
    assert_eq!(folder, PathBuf::from("/nowhere/.local/share/prereg/mail"));
}

#[test]
fn the_data_directory_follows_the_xdg_specification() {
    let scene = Scene::new().with_variable("XDG_DATA_HOME", "/xdg");
    assert_eq!(scene.settings().server.data, PathBuf::from("/xdg/prereg"));
    // "All paths must be absolute. If an implementation encounters a relative
    // path it should consider the path invalid and ignore it."
    let scene = Scene::new().with_variable("XDG_DATA_HOME", "xdg");
    assert_eq!(
        scene.settings().server.data,
        PathBuf::from("/nowhere/.local/share/prereg")
    );
    let mut scene = Scene::new();
    scene.origins.variables.clear();
    assert!(
        scene
            .complaint()
            .contains("give --data DIR or set PREREG_DATA")
    );
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let scene = Scene::new().with_file("[policy]\npin_length = 7\nrp_name = \"File\"\n");
    assert_eq!(scene.settings().policy.pin.length(), 7);
    let scene = scene.with_variable("PREREG_POLICY_PIN_LENGTH", "8");
    assert_eq!(scene.settings().policy.pin.length(), 8);
    let scene = scene.with_flag("policy.pin_length", "9");
    assert_eq!(scene.settings().policy.pin.length(), 9);
    assert_eq!(scene.settings().policy.rp_name.as_deref(), Some("File"));
}

#[test]
fn every_value_says_where_it_came_from() {
    let scene = Scene::new()
        .with_file("[policy]\n\npin_length = 7\n")
        .with_variable("PREREG_LOG_FORMAT", "json")
        .with_flag("lab.enabled", "true");
    let lines = scene.loaded().lines();
    let source = |key: &str| {
        let line = lines.iter().find(|line| line.key == key).unwrap();
        (line.value.clone().unwrap_or_default(), line.source.clone())
    };
    let (value, from) = source("policy.pin_length");
    assert_eq!(value, "7");
    assert!(from.ends_with("settings.toml, line 3"), "{from}");
    let variable = "environment variable PREREG_LOG_FORMAT".to_owned();
    assert_eq!(source("log.format"), ("json".to_owned(), variable));
    let flag = "flag --set lab.enabled=…".to_owned();
    assert_eq!(source("lab.enabled"), ("true".to_owned(), flag));
    let default = ("local".to_owned(), "default".to_owned());
    assert_eq!(source("trust.mode"), default);
    assert_eq!(source("trust.url").1, "not set");
}

#[test]
fn complaints_name_key_value_source_and_remedy() {
    let scene = Scene::new().with_file("[server]\nokta_listen = \"localhost\"\n");
    let complaint = scene.complaint();
    assert!(
        complaint.contains("settings.toml, line 2: server.okta_listen = \"localhost\": "),
        "{complaint}"
    );
    assert!(
        complaint.ends_with(
            "; write an address and a port, such as 127.0.0.1:8080; port 0 lets the system choose"
        ),
        "{complaint}"
    );
    let scene = Scene::new().with_variable("PREREG_POLICY_PIN_LENGTH", "three");
    assert_eq!(
        scene.complaint(),
        "environment variable PREREG_POLICY_PIN_LENGTH: policy.pin_length = \"three\": \
         not a number; write a number from 4 to 63"
    );
}

#[test]
fn values_that_cannot_be_are_refused() {
    for (key, value) in [
        ("server.okta_listen", "80"),
        ("server.issuer", "acme.example"),
        ("server.issuer", "https://acme.example/below"),
        ("server.issuer", "https://user:word@acme.example"),
        ("limits.max_connections", "0"),
        ("limits.max_body_bytes", "18446744073709551615"),
        ("limits.header_timeout", "0s"),
        ("policy.challenge_lifetime", "1m"),
        ("policy.challenge_lifetime", "tomorrow"),
        ("policy.pin_length", "3"),
        ("policy.pin_length", "64"),
        ("policy.pending_status", "WAITING"),
        ("policy.key_management", "RSA-OAEP"),
        ("policy.rp_name", " "),
        ("trust.mode", "none"),
        ("trust.mode", "file"),
        ("trust.mode", "url"),
        ("mail.mode", "smtp"),
        ("mail.from", "nobody"),
        ("mail.from", "a@b.example\r\nBcc: c@d.example"),
        ("hooks.urls", "ftp://a.example"),
        ("hooks.urls", "https://user:word@a.example/"),
        ("rate_limit.per_minute", "0"),
        ("rate_limit.endpoints", "sendPin"),
        ("provider.progression", "sometimes"),
        ("log.format", "xml"),
        ("log.level", "prereg=loud"),
        ("lab.enabled", "yes"),
    ] {
        let complaint = Scene::new().with_flag(key, value).complaint();
        assert!(
            complaint.contains("; write "),
            "{key} = {value}: {complaint}"
        );
    }
}

#[test]
fn unknown_names_are_refused_with_what_was_meant() {
    let scene = Scene::new()
        .with_file(
            "[server]\nokta_listn = \"127.0.0.1:1\"\n[sever]\nx = 1\n[policy]\nmode = \"local\"\n",
        )
        .with_variable("PREREG_TRUST_MOD", "local")
        .with_flag("policy.pinlength", "6");
    let complaint = scene.complaint();
    for part in [
        "line 2: server.okta_listn: no such setting; did you mean server.okta_listen?",
        "sever: no such setting",
        "policy.mode: no such setting; did you mean ",
        "PREREG_TRUST_MOD: PREREG_TRUST_MOD: no such setting; did you mean PREREG_TRUST_MODE?",
        "policy.pinlength: no such setting; did you mean policy.pin_length?",
    ] {
        assert!(complaint.contains(part), "{part} in\n{complaint}");
    }
    // All of them at once.
    assert_eq!(complaint.lines().count(), 5);
}

#[test]
fn what_depends_on_another_setting_says_so() {
    let scene = Scene::new().with_file("[trust]\nmode = \"file\"\n");
    let complaint = scene.complaint();
    assert!(
        complaint.ends_with("line 2: trust.file: not set, and trust.mode = file needs it; write the path of a JWK Set"),
        "{complaint}"
    );
    let scene = Scene::new().with_flag("trust.mode", "url");
    let plain = scene.with_flag("trust.url", "http://keys.example/jwks");
    assert!(plain.complaint().contains("not protected by TLS"));
}

#[test]
fn values_of_another_type_are_refused() {
    for text in [
        "[policy]\npin_length = \"6\"",
        "[policy]\npin_length = 6.5",
        "[policy]\npin_length = -6",
        "[lab]\nenabled = \"true\"",
        "[server]\nissuer = 5",
        "[hooks]\nurls = \"https://a.example\"",
        "[hooks]\nurls = [5]",
        "[hooks]\nsecret = 5",
        "[rate_limit]\nendpoints = 5",
        "[rate_limit.endpoints]\nsendPin = \"many\"",
        "server = 5",
        "[limits]\ndrain = 1979-05-27",
    ] {
        let complaint = Scene::new().with_file(text).complaint();
        assert!(
            complaint.contains("settings.toml, line "),
            "{text}: {complaint}"
        );
        assert!(complaint.contains("; write "), "{text}: {complaint}");
    }
}

#[test]
fn rate_limits_are_by_operation() {
    let scene = Scene::new().with_file("[rate_limit.endpoints]\nsendPin = 30\n");
    let limits = scene.settings().rate_limit;
    let path = "/webauthn-registration/api/v1/send-pin".to_owned();
    assert_eq!(limits.endpoints, [(path, 30)].into());
    let scene = Scene::new().with_flag("rate_limit.endpoints", "sendPins=30");
    let complaint = scene.complaint();
    assert!(
        complaint
            .contains("rate_limit.endpoints.sendPins: no such operation; did you mean sendPin?"),
        "{complaint}"
    );
}

#[test]
fn an_empty_variable_sets_nothing() {
    let scene = Scene::new().with_variable("PREREG_TRUST_MODE", "");
    assert_eq!(scene.settings().trust.keys, TrustedKeys::Local);
}

#[test]
fn the_limits_by_default_are_those_of_the_listeners() {
    let listeners = crate::http::Limits::default();
    let settings = Scene::new().settings().limits;
    assert_eq!(format!("{settings:?}"), format!("{listeners:?}"));
}
