//! `prereg jose` and `prereg jwk` as their users call them.

use crate::program::{Folder, Run, run};

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
        json.stdout.starts_with(r#"{"error":"malformed_base64url""#),
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
