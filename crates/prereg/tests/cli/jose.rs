//! `prereg jose` and `prereg jwk` as their users call them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crate::program::{self, Folder, Run, run};

/// A folder with a private key, its public half, and a token of each kind.
struct Desk {
    folder: Folder,
    private: String,
    public: String,
}

fn desk() -> Desk {
    let folder = Folder::new();
    let key = run(&["jwk", "generate", "--kid", "k1"], b"").stdout;
    let private = folder.file("private.jwk", &key);
    let public = run(&["jwk", "public", "--key", &private], b"").stdout;
    assert!(!public.contains("\"d\""));
    let public = folder.file("public.jwk", public);
    Desk {
        folder,
        private,
        public,
    }
}

impl Desk {
    fn sign(&self, payload: &[u8]) -> String {
        let run = run(&["jose", "sign", "--key", &self.private], payload);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout.trim_end().to_owned()
    }

    fn encrypt(&self, plaintext: &[u8]) -> String {
        let run = run(&["jose", "encrypt", "--key", &self.public], plaintext);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout.trim_end().to_owned()
    }

    fn verify_lines(&self, input: &str) -> Run {
        run(
            &["jose", "verify", "--key", &self.public, "--lines"],
            input.as_bytes(),
        )
    }
}

#[test]
fn tokens_round_trip_and_a_trailing_newline_is_not_part_of_one() {
    let desk = desk();
    for newline in ["", "\n"] {
        let token = desk.sign(b"hello") + newline;
        let verified = run(&["jose", "verify", "--key", &desk.public], token.as_bytes());
        assert_eq!((verified.code, verified.stdout.as_str()), (0, "hello"));
        let token = desk.encrypt(b"secret") + newline;
        let opened = run(
            &["jose", "decrypt", "--key", &desk.private],
            token.as_bytes(),
        );
        assert_eq!((opened.code, opened.stdout.as_str()), (0, "secret"));
    }
}

#[test]
fn a_refusal_exits_with_1_and_says_why() {
    let desk = desk();
    let mut token = desk.sign(b"hello");
    token.replace_range(token.len() - 8..token.len() - 7, "~");
    let plain = run(&["jose", "verify", "--key", &desk.public], token.as_bytes());
    assert_eq!((plain.code, plain.stdout.as_str()), (1, ""));
    assert!(plain.stderr.contains("base64url"), "{}", plain.stderr);
    let json = run(
        &["jose", "verify", "--key", &desk.public, "--json"],
        token.as_bytes(),
    );
    assert_eq!(json.code, 1);
    assert!(
        json.stdout
            .starts_with(r#"{"ok":false,"error":"malformed_base64url""#),
        "{}",
        json.stdout
    );
}

#[test]
fn lines_are_answered_in_order_and_bad_ones_alone() {
    let desk = desk();
    let token = desk.sign(b"hello");
    let good = r#"{"ok":true,"payload":"aGVsbG8"}"#;
    let quoted = format!("\"{token}\"");
    let newline_inside = format!("\"{token}\\n\"");
    let carriage_return = format!("{token}\r");
    let lone_surrogate = "\"\\ud800\"";
    let lines = [
        &token,
        "",
        &quoted,
        &newline_inside,
        &carriage_return,
        lone_surrogate,
        "\"",
        &token,
    ];
    let answers = desk.verify_lines(&lines.join("\n"));
    assert_eq!(answers.code, 0);
    let answers: Vec<&str> = answers.stdout.lines().collect();
    assert_eq!(answers.len(), lines.len());
    assert_eq!(answers[1], r#"{"ok":false,"error":"malformed_segments"}"#);
    for (index, answer) in answers.iter().enumerate() {
        assert_eq!(
            *answer == good,
            [0, 2, 7].contains(&index),
            "line {index}: {answer}"
        );
        assert!(answer.contains("\"ok\":"));
    }
}

#[test]
fn a_key_that_cannot_be_used_answers_every_line_with_its_fault() {
    let desk = desk();
    let token = desk.sign(b"hello");
    let public = std::fs::read_to_string(&desk.public).unwrap();
    let off_curve = public.replacen("\"x\":\"", "\"x\":\"AA", 1);
    let bad = desk.folder.file("bad.jwk", off_curve);
    let answers = run(
        &["jose", "verify", "--key", &bad, "--lines"],
        format!("{token}\n{token}\n").as_bytes(),
    );
    assert_eq!(answers.code, 0);
    assert_eq!(answers.stdout.lines().count(), 2);
    assert!(
        answers
            .stdout
            .lines()
            .all(|line| line.contains("\"ok\":false"))
    );
    assert!(answers.stderr.contains("bad.jwk"));
}

#[test]
fn a_private_key_is_refused_where_a_public_one_is_due() {
    let desk = desk();
    for command in ["encrypt", "verify"] {
        let refused = run(&["jose", command, "--key", &desk.private, "--json"], b"x");
        assert_eq!(refused.code, 1);
        assert!(
            refused.stdout.contains("unusable_key_private_member"),
            "{}",
            refused.stdout
        );
        assert!(
            refused.stdout.contains("prereg jwk public"),
            "the error says what to do"
        );
    }
    let refused = run(&["jose", "sign", "--key", &desk.public], b"x");
    assert_eq!(refused.code, 1);
}

#[test]
fn a_set_chooses_by_kid() {
    let desk = desk();
    let other = run(&["jwk", "generate", "--kid", "k2"], b"").stdout;
    let own = std::fs::read_to_string(&desk.private).unwrap();
    let set = desk
        .folder
        .file("set.jwks", format!("{{\"keys\":[{other},{own}]}}"));
    let token = desk.encrypt(b"secret");
    let opened = run(&["jose", "decrypt", "--key", &set], token.as_bytes());
    assert_eq!((opened.code, opened.stdout.as_str()), (0, "secret"));
    let public = run(&["jwk", "public", "--key", &set], b"").stdout;
    let public = desk.folder.file("public.jwks", public);
    let verified = run(
        &["jose", "verify", "--key", &public],
        desk.sign(b"hello").as_bytes(),
    );
    assert_eq!((verified.code, verified.stdout.as_str()), (0, "hello"));
    let twice = desk
        .folder
        .file("twice.jwks", format!("{{\"keys\":[{own},{own}]}}"));
    assert_eq!(
        run(&["jose", "decrypt", "--key", &twice], token.as_bytes()).code,
        1
    );
}

#[test]
fn thumbprints_and_bad_pem() {
    let desk = desk();
    let private = run(&["jwk", "thumbprint", "--key", &desk.private], b"");
    let public = run(&["jwk", "thumbprint", "--key", &desk.public], b"");
    assert_eq!(private.stdout.trim_end().len(), 43);
    assert_eq!(private.stdout, public.stdout);
    let pem = "-----BEGIN PUBLIC KEY-----\nnot a key\n-----END PUBLIC KEY-----\n";
    let bad = desk.folder.file("bad.pem", pem);
    let refused = run(&["jwk", "thumbprint", "--key", &bad, "--json"], b"");
    assert_eq!(refused.code, 1);
    assert!(refused.stdout.contains("malformed_pkix"));
}

#[test]
fn a_generated_key_file_is_private_and_never_overwritten() {
    let folder = Folder::new();
    let path = folder.path().join("key.jwk");
    let path = path.to_str().unwrap();
    assert_eq!(run(&["jwk", "generate", "--out", path], b"").code, 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    assert_eq!(run(&["jwk", "generate", "--out", path], b"").code, 2);
}

#[test]
fn only_the_algorithms_asked_for_are_allowed() {
    let desk = desk();
    let token = desk.encrypt(b"secret");
    let refused = run(
        &[
            "jose",
            "decrypt",
            "--key",
            &desk.private,
            "--alg",
            "ECDH-ES+A256KW",
            "--json",
        ],
        token.as_bytes(),
    );
    assert_eq!(refused.code, 1);
    assert!(refused.stdout.contains("not_allowed_alg"));
    let unknown = run(
        &["jose", "decrypt", "--key", &desk.private, "--alg", "RSA1_5"],
        b"",
    );
    assert_eq!(unknown.code, 2);
}

/// A program that asks line by line, and waits for each answer, gets it.
#[test]
fn lines_are_answered_while_more_may_come() {
    let desk = desk();
    let token = desk.sign(b"hello");
    let arguments = ["jose", "verify", "--key", &desk.public, "--lines"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_prereg"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(questions, "{token}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(answer.starts_with("{\"ok\":true"), "{answer}");
    }
    drop(questions);
    assert!(child.wait().unwrap().success());
}

/// Row "100 MB of dots": a line is not kept longer than any token can be.
#[test]
fn a_line_beyond_every_limit_is_refused_alone() {
    let desk = desk();
    let token = desk.sign(b"hello");
    let dots = ".".repeat(30 << 20);
    let run = desk.verify_lines(&format!("{token}\n{dots}\n{token}\n{dots}"));
    assert_eq!(run.code, 0);
    let ok: Vec<bool> = run
        .stdout
        .lines()
        .map(|line| line.contains("\"ok\":true"))
        .collect();
    assert_eq!(ok, [true, false, true, false]);
    assert_eq!(run.stdout.matches("token_too_long").count(), 2);
    let alone = program::run(&["jose", "verify", "--key", &desk.public], dots.as_bytes());
    assert_eq!(alone.code, 1);
}

/// What `sign` and `encrypt` make, `verify` and `decrypt` take.
#[test]
fn large_tokens_round_trip_and_larger_ones_are_not_made() {
    let desk = desk();
    let payload = vec![b'x'; 1 << 20];
    let token = desk.sign(&payload);
    let verified = run(&["jose", "verify", "--key", &desk.public], token.as_bytes());
    assert_eq!(verified.stdout.as_bytes(), payload);
    let token = desk.encrypt(&payload);
    let opened = run(
        &["jose", "decrypt", "--key", &desk.private],
        token.as_bytes(),
    );
    assert_eq!(opened.stdout.as_bytes(), payload);
    let refused = run(
        &["jose", "sign", "--key", &desk.private],
        &vec![b'x'; 4 << 20],
    );
    assert_eq!(refused.code, 1);
}

#[test]
fn pem_may_follow_other_text_and_parameters() {
    let desk = desk();
    let pem = include_str!("../../../jose-core/tests/suite/pem/sec1.pem");
    let parameters = "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n";
    let plain = desk.folder.file("plain.pem", pem);
    let due = run(&["jwk", "thumbprint", "--key", &plain], b"").stdout;
    assert_eq!(due.trim_end().len(), 43);
    for before in [
        "Bag Attributes\n    friendlyName: key\n",
        parameters,
        "\n\n",
    ] {
        let file = desk.folder.file("led.pem", format!("{before}{pem}"));
        assert_eq!(
            run(&["jwk", "thumbprint", "--key", &file], b"").stdout,
            due,
            "{before}"
        );
    }
}

#[test]
fn a_private_key_exported_for_signing_has_a_public_half_that_verifies() {
    let desk = desk();
    let private = std::fs::read_to_string(&desk.private).unwrap();
    let for_signing = private.replacen('{', r#"{"key_ops":["sign"],"#, 1);
    let for_signing = desk.folder.file("sign.jwk", for_signing);
    let public = run(&["jwk", "public", "--key", &for_signing], b"").stdout;
    let public = desk.folder.file("verify.jwk", public);
    let token = run(&["jose", "sign", "--key", &for_signing], b"hello").stdout;
    assert_eq!(
        run(&["jose", "verify", "--key", &public], token.as_bytes()).code,
        0
    );
}

#[test]
fn confused_uses_are_refused() {
    let desk = desk();
    let contradiction = run(&["jwk", "generate", "--use", "enc", "--alg", "ES384"], b"");
    assert_eq!((contradiction.code, contradiction.stdout.as_str()), (2, ""));
    let both = run(&["jose", "verify", "--key", "-", "--lines"], b"x");
    assert_eq!(both.code, 2);
    let public = std::fs::read_to_string(&desk.public).unwrap();
    let half_a_set = public.replacen('{', r#"{"keys":[],"#, 1);
    let half_a_set = desk.folder.file("half.jwk", half_a_set);
    assert_eq!(
        run(&["jwk", "thumbprint", "--key", &half_a_set], b"").code,
        1
    );
}

#[test]
fn inspecting_cannot_steer_the_terminal() {
    let header = "{\"alg\":\"none\",\r\n\"x\":\"\u{9b}2J\u{202e}\"}";
    let token = format!("{}..", jose_core::base64url::encode(header.as_bytes()));
    let report = run(&["jose", "inspect", "--key", "ignored"], token.as_bytes());
    assert_eq!(report.code, 0);
    assert!(
        report.stdout.contains(r"\u009b2J\u202e"),
        "{}",
        report.stdout
    );
    assert!(!report.stdout.contains(['\r', '\u{9b}', '\u{202e}']));
}
