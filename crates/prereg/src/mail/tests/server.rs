//! A mail server that does as it is told.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How the server answers; where nothing is said, it is content.
#[derive(Clone, Copy, Default)]
pub(super) struct Script {
    pub(super) greeting: Option<&'static str>,
    pub(super) auth: Option<&'static str>,
    /// To RCPT for an address at this domain.
    pub(super) rcpt: Option<(&'static str, &'static str)>,
    pub(super) data: Option<&'static str>,
    /// Says nothing at all.
    pub(super) silent: bool,
    /// Hangs up instead of answering QUIT.
    pub(super) rude: bool,
}

/// A mail that the server took.
pub(super) struct Taken {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) login: Option<String>,
    pub(super) message: String,
}

pub(super) struct MailServer {
    pub(super) port: u16,
    taken: UnboundedReceiver<Taken>,
}

impl MailServer {
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (send, taken) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let send = send.clone();
                tokio::spawn(async move {
                    // A client that leaves early ends its session.
                    if let Some(one) = session(socket, script).await {
                        send.send(one).unwrap();
                    }
                });
            }
        });
        Self { port, taken }
    }

    /// What was taken so far.
    pub(super) fn taken(&mut self) -> Vec<Taken> {
        std::iter::from_fn(|| self.taken.try_recv().ok()).collect()
    }
}

async fn session(socket: TcpStream, script: Script) -> Option<Taken> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    if script.silent {
        return std::future::pending().await;
    }
    let mut taken = Taken {
        from: String::new(),
        to: String::new(),
        login: None,
        message: String::new(),
    };
    let mut complete = false;
    let greeting = script.greeting.unwrap_or("220 test ESMTP");
    write
        .write_all(format!("{greeting}\r\n").as_bytes())
        .await
        .ok()?;
    while let Ok(Some(line)) = lines.next_line().await {
        let (word, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        let answer = match word {
            "EHLO" => "250-test\r\n250 AUTH PLAIN",
            "AUTH" => {
                taken.login = Some(rest.to_owned());
                script.auth.unwrap_or("235 welcome")
            }
            "MAIL" => {
                rest.clone_into(&mut taken.from);
                "250 ok"
            }
            "RCPT" => {
                rest.clone_into(&mut taken.to);
                match script.rcpt {
                    Some((domain, answer)) if rest.contains(domain) => answer,
                    _ => "250 ok",
                }
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    let line = line.strip_prefix('.').unwrap_or(&line);
                    taken.message.push_str(line);
                    taken.message.push('\n');
                }
                complete = script.data.is_none();
                script.data.unwrap_or("250 taken")
            }
            "QUIT" if script.rude => break,
            "QUIT" => "221 bye",
            _ => "500 what?",
        };
        write
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
        if word == "QUIT" {
            break;
        }
    }
    complete.then_some(taken)
}
