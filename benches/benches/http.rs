//! `/activate` over HTTP with durable storage, beside activation alone in this
//! process: the same number of keys, prepared beforehand, on the same processors.
//!
//! ```sh
//! cargo build --release
//! cargo bench --manifest-path benches/Cargo.toml --bench http
//! ```
//!
//! The load comes from this process, the server is the built program (or the one
//! that `PREREG_BIN` names). `--quick` takes few keys; `--rounds N` and
//! `--connections N` change how many rounds there are and how many calls are under
//! way at once. Beside keys a second stands the processor time that each took in
//! this process, in the server and in the load's own process: it tells the same
//! story where others use the machine, too.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, io::BufRead as _, io::BufReader, thread};

use prereg_benches::ends::Ends;
use prereg_benches::http::{Answer, Connection, processor_time};
use prereg_benches::workload::generator;
use prereg_types::api::ActivateCommand;
use serde_json::{Value, json};

const REGISTRATION: &str = "/webauthn-registration/api/v1";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let keys = if quick { 100 } else { 1000 };
    let connections = option(&arguments, "--connections").unwrap_or(32);
    let rounds = option(&arguments, "--rounds").unwrap_or(if quick { 1 } else { 3 });
    let threads = thread::available_parallelism().map_or(1, usize::from);
    println!("{keys} keys a round, {threads} processors, {connections} connections");
    let server = Server::start();
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let (alone, computed) = in_process(keys, threads);
        let measured = over_http(&server, keys, connections);
        let (per_second_served, mut times) = (measured.per_second, measured.times);
        times.sort_unstable();
        let ratio = per_second_served / alone;
        println!(
            "round {round}: in process {alone:.0}/s, over HTTP {per_second_served:.0}/s ({:.0} %), p50 {:.1} ms, p99 {:.1} ms",
            ratio * 100.0,
            milliseconds(&times, 50),
            milliseconds(&times, 99),
        );
        println!(
            "  processor time a key: in process {computed:.2} ms, server {:.2} ms, load {:.2} ms",
            measured.server, measured.load
        );
        let row = json!({"bench": "http/activate", "keys": keys, "connections": connections,
            "in_process_per_second": alone, "http_per_second": per_second_served, "ratio": ratio,
            "p50_ms": milliseconds(&times, 50), "p99_ms": milliseconds(&times, 99),
            "in_process_cpu_ms": computed, "server_cpu_ms": measured.server,
            "load_cpu_ms": measured.load});
        println!("{row}");
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "median: {:.0} % of activation alone",
        ratios[ratios.len() / 2] * 100.0
    );
    ExitCode::SUCCESS
}

/// Keys a second of `RelyingParty::activate` with a store in memory, and the
/// milliseconds of processor time of each.
fn in_process(keys: usize, threads: usize) -> (f64, f64) {
    let ends = Ends::found(1);
    let commands: Vec<ActivateCommand> = (0..keys).map(|_| prepared(&ends)).collect();
    let next = AtomicUsize::new(0);
    let meter = Meter::start(std::process::id());
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut rng = generator();
                while let Some(command) = commands.get(next.fetch_add(1, Ordering::Relaxed)) {
                    ends.activate(command, &mut rng);
                }
            });
        }
    });
    let elapsed = started.elapsed();
    (per_second(keys, elapsed), meter.milliseconds(keys))
}

fn prepared(ends: &Ends) -> ActivateCommand {
    let mut rng = generator();
    let user = ends.hire(&mut rng);
    let requests = ends.enroll(&user, &mut rng);
    let product = ends.fulfill(&requests, &mut rng);
    ends.activation(user, requests, product)
}

/// How a server did.
struct Served {
    per_second: f64,
    /// How long each call took.
    times: Vec<Duration>,
    /// Milliseconds of processor time a key: the server's, and this process's.
    server: f64,
    load: f64,
}

fn over_http(server: &Server, keys: usize, connections: usize) -> Served {
    let requests: Vec<Vec<u8>> = (0..keys).map(|_| server.prepare()).collect();
    let next = AtomicUsize::new(0);
    let (serving, load) = (
        Meter::start(server.process.id()),
        Meter::start(std::process::id()),
    );
    let started = Instant::now();
    let times = thread::scope(|scope| {
        let workers: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| server.activate_all(&requests, &next)))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a connection"))
            .collect()
    });
    Served {
        per_second: per_second(keys, started.elapsed()),
        times,
        server: serving.milliseconds(keys),
        load: load.milliseconds(keys),
    }
}

/// The processor time of a process, from a moment on.
struct Meter(u32, Option<Duration>);

impl Meter {
    fn start(process: u32) -> Self {
        Self(process, processor_time(process))
    }

    /// Milliseconds for each of so many keys; not a number where it is not told.
    fn milliseconds(&self, keys: usize) -> f64 {
        let used = self.1.zip(processor_time(self.0));
        used.map_or(f64::NAN, |(before, now)| {
            1000.0 / per_second(keys, now.saturating_sub(before))
        })
    }
}

/// `prereg serve` on a new data directory; killed at the end.
struct Server {
    process: Child,
    data: PathBuf,
    okta: String,
    yubico: String,
    okta_token: String,
    yubico_token: String,
}

impl Server {
    fn start() -> Self {
        let data = env::temp_dir().join(format!("prereg-bench-{}", std::process::id()));
        fs::create_dir_all(&data).expect("a directory");
        let listen = ["okta", "yubico", "admin"].map(|name| format!("--{name}-listen=127.0.0.1:0"));
        let mut process = Command::new(program())
            .args([
                "serve",
                "--json",
                "--set",
                "rate_limit.per_minute=1000000",
                "--set",
                "provider.progression=timed",
                "--set",
                "provider.step=0s",
                "--data",
            ])
            .arg(&data)
            .args(listen)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts; build it by `cargo build --release`");
        let output = process.stdout.take().expect("its output");
        let mut line = String::new();
        BufReader::new(output)
            .read_line(&mut line)
            .expect("the line");
        let ready: Value = serde_json::from_str(&line).expect("the line of JSON");
        let text = |name: &str| ready[name].as_str().expect(name).to_owned();
        Self {
            okta: text("okta_url"),
            yubico: text("yubico_url"),
            okta_token: format!("SSWS {}", text("api_token")),
            yubico_token: format!("Bearer {}", text("yubico_token")),
            process,
            data,
        }
    }

    /// A key up to its activation, which is only to be sent.
    fn prepare(&self) -> Vec<u8> {
        let mut okta = Connection::open(&self.okta).expect("a connection");
        let mut yubico = Connection::open(&self.yubico).expect("a connection");
        let login = format!(
            "{:x}@acme.example",
            chacha20::rand_core::Rng::next_u64(&mut generator())
        );
        let profile =
            json!({"firstName": "Ada", "lastName": "Lovelace", "login": login, "email": login});
        let user = self.okta_call(&mut okta, "/api/v1/users", &json!({"profile": profile}));
        let published = self.yubico_call(
            &mut yubico,
            "GET",
            "/.well-known/yubico-transport-keys.jwks",
            None,
        );
        let requests = self.okta_call(
            &mut okta,
            &format!("{REGISTRATION}/enroll"),
            &json!({"userId": user["id"], "fulfillmentProvider": "yubico",
                "enrollmentRpIds": ["login.acme.example"], "yubicoTransportKeyJWK": published["keys"][0]}),
        );
        let created = self.yubico_call(
            &mut yubico,
            "POST",
            "/v1/fpr/shipments",
            Some(&order(&requests)),
        );
        let id = created["shipment_id"].as_str().expect("an id").to_owned();
        let product = self.shipped(&mut yubico, &id);
        let keys = self.yubico_call(&mut yubico, "GET", "/.well-known/yubico-sign.jwks", None);
        let response = json!({
            "authenticatorEnrollmentId": requests["credRequests"][0]["authenticatorEnrollmentId"],
            "credResponseJwe": product["fido_credential_responses"][0]});
        let body = json!({"userId": user["id"], "fulfillmentProvider": "yubico",
            "serial": product["serial_number"], "version": product["firmware_version"],
            "pinResponseJwe": product["fido_pin_response"], "credResponses": [response],
            "yubicoSigningJwks": keys["keys"]});
        let body = serde_json::to_vec(&body).expect("JSON");
        let path = format!("{REGISTRATION}/activate");
        okta.request("POST", &path, &self.okta_token, &body)
    }

    fn shipped(&self, yubico: &mut Connection, id: &str) -> Value {
        for _ in 0..200 {
            let shipment =
                self.yubico_call(yubico, "GET", &format!("/v1/fpr/shipments/{id}"), None);
            let product = &shipment["shipment_items"][0]["product_data"][0];
            if product.is_object() {
                return product.clone();
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the shipment does not ship");
    }

    fn activate_all(&self, requests: &[Vec<u8>], next: &AtomicUsize) -> Vec<Duration> {
        let mut connection = Connection::open(&self.okta).expect("a connection");
        let mut times = Vec::new();
        while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
            let started = Instant::now();
            let answer = connection.send(request).expect("an answer");
            times.push(started.elapsed());
            assert_eq!(
                answer.status,
                200,
                "{}",
                String::from_utf8_lossy(&answer.body)
            );
        }
        times
    }

    fn okta_call(&self, connection: &mut Connection, path: &str, body: &Value) -> Value {
        let body = serde_json::to_vec(body).expect("JSON");
        let answer = connection.call("POST", path, &self.okta_token, &body);
        expect(&answer.expect("an answer"), 200)
    }

    fn yubico_call(
        &self,
        connection: &mut Connection,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let body = body.map_or_else(Vec::new, |body| serde_json::to_vec(body).expect("JSON"));
        let answer = connection.call(method, path, &self.yubico_token, &body);
        let answer = answer.expect("an answer");
        let created = answer.status == 201;
        expect(&answer, if created { 201 } else { 200 })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

fn order(requests: &Value) -> Value {
    json!({"delivery_type": 1,
        "recipient": {"recipient_company": "Acme", "recipient_email": "ada@acme.example",
            "recipient_firstname": "Ada", "recipient_lastname": "Lovelace", "recipient_telephone": "5550100"},
        "mailing_address": {"street_line1": "12 St James's Square", "city": "London",
            "postal_code": "SW1Y 4JH", "country_code_2": "GB"},
        "shipment_items": [{"product_id": 1, "inventory_product_id": 106, "product_quantity": 1,
            "product_customizations": [{"fido_pin_request": requests["pinRequestJwe"],
                "fido_credential_requests": [requests["credRequests"][0]["credRequestJwe"]]}]}]})
}

fn expect(answer: &Answer, status: u16) -> Value {
    let said = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, status, "{said}");
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// The program of the product's workspace.
fn program() -> PathBuf {
    if let Some(path) = env::var_os("PREREG_BIN") {
        return path.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a parent");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("release").join("prereg")
}

fn option(arguments: &[String], name: &str) -> Option<usize> {
    let position = arguments.iter().position(|argument| argument == name)?;
    arguments.get(position + 1)?.parse().ok()
}

fn per_second(count: usize, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("a count")) / elapsed.as_secs_f64()
}

fn milliseconds(sorted: &[Duration], percent: usize) -> f64 {
    let index = (sorted.len() * percent / 100).min(sorted.len() - 1);
    sorted[index].as_secs_f64() * 1000.0
}
