//! The issuer of the demo: the program farthing-issuer, in sandbox mode, with SQLite.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::beside::Beside;
use crate::build::programs_folder;
use crate::failure::Failure;
use crate::interrupt;
use crate::run::Run;
use crate::workspace::Workspace;

const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);

/// An issuer with a folder of its own for keys, configuration and books.
#[derive(Debug)]
pub(crate) struct Issuer<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    port: u16,
}

impl<'a> Issuer<'a> {
    pub(crate) fn new(workspace: &'a Workspace, state: &Path, port: u16) -> Self {
        Self {
            workspace,
            folder: state.join("issuer"),
            port,
        }
    }

    /// The pages of the readers' purse, if they were built.
    pub(crate) fn purse(&self) -> Option<PathBuf> {
        let pages = self.workspace.path("npm/wallet");
        pages.join("wallet.json").is_file().then_some(pages)
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("farthing.toml")
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.config().is_file()
    }

    /// Makes keys and books, unless an earlier demo did: readers still hold its coins.
    pub(crate) fn init(&self) -> Result<((), String), Failure> {
        if self.is_ready() {
            return Ok(((), "as the last demo left them".to_owned()));
        }
        self.program()
            .args(["init", "--sandbox", "--issuer", &self.origin(), "--dir"])
            .args([&self.folder])
            .read()?;
        Ok(((), self.folder.display().to_string()))
    }

    /// Starts it and waits until it answers.
    pub(crate) fn serve(&self) -> Result<(Beside, String), Failure> {
        let run = self
            .program()
            .args(["serve", "--config"])
            .args([self.config()]);
        // Not in the file, which an earlier demo may have written.
        let run = match self.purse() {
            Some(pages) => run.env("FARTHING__WALLET__PAGES", pages),
            None => run,
        };
        let mut running = Beside::start(run, self.folder.join("serve.log"))?;
        let start = Instant::now();
        while !self.answers() {
            running.is_alive()?;
            if interrupt::heard() || start.elapsed() > PATIENCE {
                return Err(Failure::new(format!("{} does not answer", self.origin())));
            }
            thread::sleep(POLL);
        }
        Ok((running, self.origin()))
    }

    /// The issuer looks at the site for the publisher's keys, so the site must be up.
    pub(crate) fn add_publisher(&self, site: &str) -> Result<((), String), Failure> {
        self.program()
            .args(["publisher", "add", site, "--config"])
            .args([self.config()])
            .read()?;
        Ok(((), site.to_owned()))
    }

    /// What a person types to see whether the books balance.
    pub(crate) fn audit_line(&self) -> String {
        let program = programs_folder(self.workspace).join("farthing-issuer");
        format!(
            "{} audit --config {}",
            program.display(),
            self.config().display()
        )
    }

    fn program(&self) -> Run {
        Run::new(
            self.workspace,
            programs_folder(self.workspace).join("farthing-issuer"),
        )
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else {
            return false;
        };
        let request = format!(
            "GET /.well-known/jwks.json HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        );
        let mut start = [0_u8; 12];
        stream.set_read_timeout(Some(PATIENCE)).is_ok()
            && stream.write_all(request.as_bytes()).is_ok()
            && stream.read_exact(&mut start).is_ok()
            && start == *b"HTTP/1.1 200"
    }
}
