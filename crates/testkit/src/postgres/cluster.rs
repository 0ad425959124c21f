//! A server with a data folder of its own, and what is done to it.

use super::machine::{as_user, new_folder, programs, unprivileged};
use super::{Database, PASSWORD};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Commits are synced; everything else is as small as a test is. Connections are not few, because tests run beside each other.
const SETTINGS: &str = "
listen_addresses = ''
fsync = on
full_page_writes = on
synchronous_commit = on
max_connections = 300
shared_buffers = 64MB
max_wal_size = 256MB
wal_level = replica
max_wal_senders = 4
";

/// A running server with a data folder of its own.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    user: Option<(u32, u32)>,
    folder: PathBuf,
    databases: AtomicU32,
    // Holds the other end of a pipe: when this process ends, in whatever way, the server and its folder go.
    _line: ChildStdin,
    watchman: Child,
}

impl Cluster {
    /// The server that all tests of a program share, each with databases of its own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A server for one test, to be stopped and started.
    #[must_use]
    pub fn start() -> Self {
        let cluster = Self::lay_out();
        let passwords = cluster.folder.join("password");
        std::fs::write(&passwords, PASSWORD).unwrap();
        cluster.own(&passwords);
        cluster.run(
            "initdb",
            &[
                "--username=farthing",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-instructions",
                // Of an empty server; what is committed later is synced.
                "--no-sync",
                &format!("--pwfile={}", passwords.display()),
                &format!("--pgdata={}", cluster.data().display()),
            ],
        );
        cluster.configure(SETTINGS);
        cluster.begin();
        cluster
    }

    /// A standby of this server that has caught up with it; from now on no commit here returns before it is on disk there.
    #[must_use]
    pub fn standby(&self) -> Self {
        let standby = Self::lay_out();
        let data = standby.data().display().to_string();
        let socket = self.folder.display().to_string();
        standby.run(
            "pg_basebackup",
            &[
                "-D",
                &data,
                "-h",
                &socket,
                "-U",
                "farthing",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
            ],
        );
        standby.configure("");
        standby.begin();
        self.configure("synchronous_standby_names = '*'\n");
        let data = self.data().display().to_string();
        self.run("pg_ctl", &["reload", "-s", "-D", &data]);
        let asked = self.database();
        let is_waited_for = || {
            asked.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
        };
        while !is_waited_for() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        standby
    }

    /// Restarts the server for encrypted connections by TCP alone; gives the database's address by the name `localhost`,
    /// for which an authority of the tests vouches. The key of that authority is gone.
    #[must_use]
    pub fn encrypt(&self, database: &Database) -> String {
        for (name, text) in [
            ("server.pem", include_str!("tls/server.pem")),
            ("server.key", include_str!("tls/server.key")),
        ] {
            let path = self.data().join(name);
            std::fs::write(&path, text).unwrap();
            let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&path, owner_only).unwrap();
            self.own(&path);
        }
        // Free a moment ago.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        self.configure(&format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\n"
        ));
        let rules = "hostssl all all 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(self.data().join("pg_hba.conf"), rules).unwrap();
        self.kill();
        self.begin();
        let schema = &database.schema;
        format!(
            "postgres://farthing:{PASSWORD}@localhost:{port}/postgres?sslmode=require&options=-c%20search_path%3D{schema}"
        )
    }

    /// The certificate of the tests' authority.
    #[must_use]
    pub const fn authority() -> &'static str {
        include_str!("tls/authority.pem")
    }

    /// Makes a standby take writes.
    pub fn promote(&self) {
        let data = self.data().display().to_string();
        self.run("pg_ctl", &["promote", "-s", "-w", "-D", &data]);
    }

    /// The same place for tables as `database`, at this server.
    #[must_use]
    pub fn copy_of(&self, database: &Database) -> Database {
        Database {
            socket: self.folder.clone(),
            ..database.clone()
        }
    }

    /// The folder, and the watchman who clears it away.
    fn lay_out() -> Self {
        let programs = programs();
        let user = unprivileged();
        let folder = new_folder();
        let mut watch = Command::new("sh");
        watch
            .args([
                "-c",
                "cat; \"$0\" stop -s -m immediate -D \"$1/data\"; rm -rf \"$1\"",
            ])
            .arg(programs.join("pg_ctl"))
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/");
        as_user(&mut watch, user);
        // Ctrl-C is for the test alone.
        std::os::unix::process::CommandExt::process_group(&mut watch, 0);
        let mut watchman = watch.spawn().unwrap();
        let cluster = Self {
            programs,
            user,
            folder,
            databases: AtomicU32::new(0),
            _line: watchman.stdin.take().unwrap(),
            watchman,
        };
        cluster.own(&cluster.folder);
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Adds lines to the configuration; they count from the next start on.
    pub fn configure(&self, lines: &str) {
        let file = self.data().join("postgresql.conf");
        let mut text = std::fs::read_to_string(&file).unwrap();
        text.push_str(lines);
        let socket = self.folder.display();
        text.push_str(&format!("unix_socket_directories = '{socket}'\n"));
        std::fs::write(&file, text).unwrap();
    }

    /// Starts the server and waits until it answers.
    pub fn begin(&self) {
        let data = self.data().display().to_string();
        let log = self.folder.join("log").display().to_string();
        self.run("pg_ctl", &["start", "-s", "-w", "-D", &data, "-l", &log]);
    }

    /// Ends the server as a power failure would: no process of it finishes anything.
    pub fn kill(&self) {
        let data = self.data().display().to_string();
        self.run("pg_ctl", &["stop", "-s", "-m", "immediate", "-D", &data]);
    }

    /// What the server wrote about itself.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// The number of the server's first process, whose children do the work.
    #[must_use]
    pub fn pid(&self) -> u32 {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().trim().parse().unwrap()
    }

    /// A new, empty place for tables.
    pub fn database(&self) -> Database {
        let n = self.databases.fetch_add(1, Ordering::Relaxed);
        let database = Database {
            schema: format!("test_{n}"),
            socket: self.folder.clone(),
            programs: self.programs.clone(),
        };
        database.sql(&format!("CREATE SCHEMA {}", database.schema));
        database
    }

    /// Runs one of PostgreSQL's programs as the server's user.
    fn run(&self, program: &str, args: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command.args(args).current_dir("/").stdin(Stdio::null());
        as_user(&mut command, self.user);
        command.env("PGPASSWORD", PASSWORD);
        // A server that was started keeps what it is given as output.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().unwrap();
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(status.success(), "{program} {args:?}: {status}\n{log}");
    }

    fn own(&self, path: &Path) {
        if let Some((user, group)) = self.user {
            std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data().display().to_string();
        let mut stop = Command::new(self.programs.join("pg_ctl"));
        stop.args(["stop", "-s", "-m", "immediate", "-D", &data]);
        stop.current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        as_user(&mut stop, self.user);
        // It may have been stopped before.
        let _ = stop.status();
        let _ = std::fs::remove_dir_all(&self.folder);
        let _ = self.watchman.kill();
        let _ = self.watchman.wait();
    }
}
