//! The program `farthing-issuer` in a folder of its own, as an operator would run it.

use super::shop::Shop;
use farthing_core::origin::{IssuerId, OriginPolicy};
use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Longest that it may take to be ready, or to end when told to.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(2);

/// Where the books are.
#[derive(Clone, Debug)]
pub enum Books {
    /// In a file of the program's folder.
    Sqlite,
    /// In the database of this address.
    Postgres(String),
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Time on a processor, in user and system mode, of all its threads.
    pub cpu: Duration,
    /// Memory it has now, in bytes.
    pub memory: u64,
    /// The most memory it had, in bytes.
    pub peak: u64,
}

/// An issuer with keys, configuration and books. It is killed when dropped.
#[derive(Debug)]
pub struct Program {
    binary: PathBuf,
    folder: PathBuf,
    address: SocketAddr,
    admin: SocketAddr,
    child: Option<Child>,
}

impl Program {
    /// Runs `farthing-issuer init` in `folder`, which must not exist, and sets the configuration for load: no limit on
    /// how often a client may ask, and pouches of many coins of four units.
    #[must_use]
    pub fn init(binary: &Path, folder: &Path, books: &Books) -> Self {
        let (address, admin) = (free(), free());
        let program = Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            address,
            admin,
            child: None,
        };
        let id = format!("http://{address}");
        let mut init = Command::new(binary);
        init.args(["init", "--sandbox", "--issuer", &id, "--dir"])
            .arg(folder);
        said(&init.output().unwrap());
        program.set("denominations", "3");
        program.set("mixes", "[\"0.20\"]");
        program.set("pocket_max", "\"100.00\"");
        program.set("per_minute", "1000000");
        program.set("requests_per_minute", "0");
        program.set("connections_per_client", "0");
        program.set("address", &format!("\"{admin}\""));
        if let Books::Postgres(url) = books {
            let place = folder.join("database-url");
            std::fs::write(&place, url).unwrap();
            std::fs::set_permissions(&place, Permissions::from_mode(0o600)).unwrap();
            program.set("ledger", "{ postgres = \"file:database-url\" }");
        }
        program
    }

    /// Another issuer with the same keys and configuration, in `folder`, which must not exist, on addresses of its own.
    /// To readers it is the same one if both have their books in one database.
    #[must_use]
    pub fn replica(&self, folder: &Path) -> Self {
        let mut copy = Command::new("cp");
        said(
            &copy
                .arg("-a")
                .arg(&self.folder)
                .arg(folder)
                .output()
                .unwrap(),
        );
        let replica = Self {
            binary: self.binary.clone(),
            folder: folder.to_owned(),
            address: free(),
            admin: free(),
            child: None,
        };
        replica.set("listen", &format!("\"{}\"", replica.address));
        replica.set("address", &format!("\"{}\"", replica.admin));
        // Issuers of one machine share what is kept outside of the ledger.
        replica.set("file", &format!("{:?}", self.folder.join("checkpoints")));
        replica
    }

    /// Sets the one line `key = …` of the configuration, or the comment that shows it; it counts from the next start on.
    pub fn set(&self, key: &str, value: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        let start = format!("{key} = ");
        let is_it = |line: &&str| line.trim_start_matches("# ").starts_with(&start);
        assert_eq!(text.lines().filter(is_it).count(), 1, "{key} in {text}");
        let lines = text.lines().map(|line| {
            if is_it(&line) {
                format!("{start}{value}\n")
            } else {
                format!("{line}\n")
            }
        });
        std::fs::write(self.config(), lines.collect::<String>()).unwrap();
    }

    /// The issuer's id.
    #[must_use]
    pub fn id(&self) -> IssuerId {
        IssuerId::parse(
            &format!("http://{}", self.address),
            OriginPolicy::LoopbackHttp,
        )
        .unwrap()
    }

    /// Where readers reach it.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.join("farthing.toml")
    }

    /// The file with the books, where they are in one.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.folder.join("ledger.sqlite")
    }

    /// Everything it said on standard error since [`Program::init`].
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Starts it and waits until it takes steps. Gives how long that took from the start of the process.
    pub fn start(&mut self) -> Duration {
        self.start_with(&[])
    }

    /// Starts it with these variables in its environment.
    pub fn start_with(&mut self, variables: &[(&str, &str)]) -> Duration {
        let begun = Instant::now();
        self.spawn(variables);
        self.wait_until_ready();
        begun.elapsed()
    }

    /// Starts it and waits until it answers, ready or not.
    pub fn launch(&mut self) {
        self.spawn(&[]);
        self.wait_until(|address| get(address, "/healthz").is_some());
    }

    /// Waits until it takes steps.
    pub fn wait_until_ready(&mut self) {
        self.wait_until(is_ready);
    }

    fn spawn(&mut self, variables: &[(&str, &str)]) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"));
        let mut serve = self.command("serve");
        serve
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.unwrap());
        serve.envs(variables.iter().copied());
        self.child = Some(serve.spawn().unwrap());
    }

    fn wait_until(&mut self, reached: impl Fn(SocketAddr) -> bool) {
        let begun = Instant::now();
        while !reached(self.address) {
            let ended = self.ended();
            assert_eq!(ended, None, "it ended: {}", self.log());
            assert!(begun.elapsed() < PATIENCE, "not ready: {}", self.log());
            thread::sleep(POLL);
        }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().unwrap()
    }

    /// Whether it takes steps now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        is_ready(self.address)
    }

    /// What it says to its operator about being ready now; `None` without an answer.
    #[must_use]
    pub fn readiness(&self) -> Option<String> {
        get(self.admin, "/readyz").map(|(_, body)| body)
    }

    /// The number of the running process.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Ends it as a power failure would: no step more.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended in this moment.
            let _ = child.kill();
            child.wait().unwrap();
        }
    }

    /// Ends it as an operator does, and waits.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        signal(child.id(), "TERM");
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            thread::sleep(POLL);
        }
    }

    /// Sends it a signal by name, such as `STOP` and `CONT`.
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Registers the publisher by its document.
    pub fn add_publisher(&self, shop: &Shop) {
        let mut add = Command::new(&self.binary);
        add.args(["publisher", "add", shop.id().as_str(), "--config"])
            .arg(self.config());
        said(&add.output().unwrap());
    }

    /// Recomputes the books, beside the running process or without one.
    ///
    /// # Errors
    /// What it printed, if one invariant does not hold or the books could not be read.
    pub fn audit(&self) -> Result<String, String> {
        let output = self.command("audit").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(text)
        } else {
            Err(format!("{text}{errors}"))
        }
    }

    /// A command of it on this configuration, to be run by the caller.
    #[must_use]
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg(name).arg("--config").arg(self.config());
        command
    }

    /// What the running process has used, by the system's count.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let pid = self.pid();
        Usage {
            cpu: crate::process::cpu(pid),
            memory: crate::process::memory(pid, "VmRSS"),
            peak: crate::process::memory(pid, "VmHWM"),
        }
    }

    /// A number of `/metrics`, summed over its labels.
    #[must_use]
    pub fn metric(&self, name: &str) -> f64 {
        self.metric_with(name, &[])
    }

    /// A number of `/metrics`, summed over the series that have these labels.
    ///
    /// # Panics
    /// If there are no metrics.
    #[must_use]
    pub fn metric_with(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let (status, body) = get(self.admin, "/metrics").expect("metrics");
        assert_eq!(status, 200);
        let wanted: Vec<_> = labels.iter().map(|(k, v)| format!("{k}=\"{v}\"")).collect();
        let values = body.lines().filter_map(|line| {
            let (key, value) = line.rsplit_once(' ')?;
            let (bare, said) = key.split_once('{').unwrap_or((key, ""));
            let is_it = bare == name && wanted.iter().all(|label| said.contains(label));
            is_it.then(|| value.parse::<f64>().unwrap())
        });
        // Of none it is 0, and not the -0 that `sum` gives.
        values.fold(0.0, |sum, value| sum + value)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that is free now.
fn free() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

fn said(output: &Output) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

fn signal(pid: u32, name: &str) {
    let mut kill = Command::new("kill");
    kill.args([format!("-{name}"), pid.to_string()]);
    assert!(kill.status().unwrap().success());
}

fn is_ready(address: SocketAddr) -> bool {
    get(address, "/readyz").is_some_and(|(status, _)| status == 200)
}

/// One request on a connection of its own; `None` without an answer.
fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.get(9..12)?.parse().ok()?;
    Some((status, body.to_owned()))
}
