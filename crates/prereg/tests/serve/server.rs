//! A running server on a data directory of its own.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{self, Answer};

/// How long a stop may take: more than the drain and the workers' time.
const STOP: Duration = Duration::from_secs(40);

/// An empty folder that goes when dropped.
pub(crate) struct Folder(PathBuf);

/// A server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// The line it wrote when it was ready.
    pub(crate) ready: Value,
    pub(crate) okta_url: String,
    pub(crate) yubico_url: String,
    pub(crate) admin_url: String,
    pub(crate) tokens: Tokens,
    log: PathBuf,
}

/// The tokens of the first start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) okta: String,
    pub(crate) yubico: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("serve-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The data directory, not made yet.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The program, with no settings of whoever runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prereg"));
    command.env_clear().env("HOME", "/nowhere");
    command
}

/// The arguments of a server on ports that the system chooses.
pub(crate) fn serve(data: &Path) -> Vec<String> {
    let mut arguments = vec!["serve".to_owned(), "--json".to_owned()];
    arguments.push(format!("--data={}", data.display()));
    let ports = ["okta", "yubico", "admin"].map(|name| format!("--{name}-listen=127.0.0.1:0"));
    arguments.extend(ports);
    arguments
}

impl Server {
    /// The first server of a folder.
    pub(crate) fn first(folder: &Folder, options: &[&str]) -> Self {
        Self::start(folder, options, Tokens::default())
    }

    /// A server in a folder that had one before.
    pub(crate) fn again(folder: &Folder, options: &[&str], tokens: Tokens) -> Self {
        Self::start(folder, options, tokens)
    }

    fn start(folder: &Folder, options: &[&str], known: Tokens) -> Self {
        let mut command = program();
        command.args(serve(&folder.data())).args(options);
        Self::of(command, folder, known)
    }

    /// The server that a command starts.
    pub(crate) fn of(mut command: Command, folder: &Folder, known: Tokens) -> Self {
        let log = folder.path().join("log");
        let errors = File::options().create(true).append(true).open(&log);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors.unwrap())
            .spawn();
        let mut child = child.unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            child.kill().ok();
            child.wait().ok();
            panic!("{error} in {line:?}; {}", fs::read_to_string(&log).unwrap());
        });
        let text = |name: &str| ready[name].as_str().map(ToOwned::to_owned);
        Self {
            okta_url: text("okta_url").unwrap(),
            yubico_url: text("yubico_url").unwrap(),
            admin_url: text("admin_url").unwrap(),
            tokens: Tokens {
                okta: text("api_token").unwrap_or(known.okta),
                yubico: text("yubico_token").unwrap_or(known.yubico),
            },
            child,
            ready,
            log,
        }
    }

    /// A call to the relying party.
    pub(crate) fn okta(&self, method: &str, path: &str, body: &Value) -> Answer {
        let authorization = format!("SSWS {}", self.tokens.okta);
        client::call(&self.okta_url, method, path, &authorization, body)
    }

    /// A call to the provider.
    pub(crate) fn yubico(&self, method: &str, path: &str, body: &Value) -> Answer {
        let authorization = format!("Bearer {}", self.tokens.yubico);
        client::call(&self.yubico_url, method, path, &authorization, body)
    }

    /// A page of the admin port.
    pub(crate) fn admin(&self, path: &str) -> Answer {
        client::call(&self.admin_url, "GET", path, "", &Value::Null)
    }

    /// Adds a user and gives its id.
    pub(crate) fn add_user(&self, login: &str) -> String {
        let profile = serde_json::json!({
            "firstName": "Ada", "lastName": "Lovelace", "login": login, "email": login,
        });
        let body = serde_json::json!({ "profile": profile });
        let answer = self.okta("POST", "/api/v1/users?activate=true", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Everything logged so far, by all servers of the folder.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + STOP;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "it does not stop: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGTERM, as a service manager stops it.
    pub(crate) fn stop(mut self) -> Tokens {
        self.signal("TERM");
        let status = self.wait();
        assert_eq!(status.code(), Some(0), "{}", self.log());
        self.tokens.clone()
    }

    /// kill -9.
    pub(crate) fn kill(mut self) -> Tokens {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.tokens.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Runs a server that does not start: its exit code and what it says.
pub(crate) fn refused(mut command: Command) -> (i32, String) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    (child.wait().unwrap().code().unwrap(), said)
}
