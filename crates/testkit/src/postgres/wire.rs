//! A wire between an issuer and a server that breaks where a test says: at a commit.

use super::Database;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

/// The name that PostgreSQL's clients look for in a socket's folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// Where the wire breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The server never gets the `COMMIT`.
    BeforeCommit,
    /// The server commits; its answer is lost with the connection.
    AfterCommit,
    /// The server commits; its answer never comes, and the connection seems to live.
    Silence,
}

/// The wire. It breaks once for each break that was asked for, and is whole again for the next connection.
#[derive(Debug)]
pub struct Wire {
    folder: PathBuf,
    next: Arc<Mutex<Option<Break>>>,
    database: Database,
}

impl Wire {
    /// A whole wire to the server of `database`.
    #[must_use]
    pub fn to(database: &Database) -> Self {
        let folder = super::machine::new_folder();
        let listener = UnixListener::bind(folder.join(SOCKET)).unwrap();
        let next = Arc::new(Mutex::new(None));
        let (server, shared) = (database.socket.join(SOCKET), Arc::clone(&next));
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = UnixStream::connect(&server) else {
                    continue;
                };
                connect(near, far, &shared);
            }
        });
        Self {
            folder,
            next,
            database: database.clone(),
        }
    }

    /// The database's address by this wire.
    #[must_use]
    pub fn url(&self) -> String {
        let by_wire = Database {
            socket: self.folder.clone(),
            ..self.database.clone()
        };
        by_wire.url()
    }

    /// Breaks at the next commit, on whichever connection it comes.
    pub fn break_at_next_commit(&self, how: Break) {
        *self.next.lock().unwrap() = Some(how);
    }

    /// Whether the break that was asked for has happened.
    #[must_use]
    pub fn has_broken(&self) -> bool {
        self.next.lock().unwrap().is_none()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn connect(near: UnixStream, far: UnixStream, next: &Arc<Mutex<Option<Break>>>) {
    let (mut back_from, mut back_to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
    let silent = Arc::new(Mutex::new(false));
    let muted = Arc::clone(&silent);
    thread::spawn(move || {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = back_from.read(&mut bytes) {
            if !*muted.lock().unwrap() && back_to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = back_to.shutdown(std::net::Shutdown::Both);
    });
    let next = Arc::clone(next);
    thread::spawn(move || {
        let (mut near, mut far) = (near, far);
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = near.read(&mut bytes) {
            let sent = &bytes[..count];
            // A commit is sent alone, as a simple query; `READ COMMITTED` is none.
            let broken = if sent.windows(7).any(|word| word == b"COMMIT\0") {
                next.lock().unwrap().take()
            } else {
                None
            };
            match broken {
                None => {
                    if far.write_all(sent).is_err() {
                        break;
                    }
                }
                Some(Break::BeforeCommit) => break,
                Some(Break::AfterCommit) => {
                    *silent.lock().unwrap() = true;
                    let _ = far.write_all(sent);
                    // The server has its commit before it sees that nobody is there.
                    thread::sleep(std::time::Duration::from_millis(200));
                    break;
                }
                Some(Break::Silence) => {
                    *silent.lock().unwrap() = true;
                    let _ = far.write_all(sent);
                }
            }
        }
        let _ = near.shutdown(std::net::Shutdown::Both);
        let _ = far.shutdown(std::net::Shutdown::Both);
    });
}
