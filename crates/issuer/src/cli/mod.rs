//! The command line.

mod audit;
mod backup;
mod checkpoint;
mod clock;
mod destroy;
mod durable;
mod freeze;
mod init;
mod keys;
mod migrate;
mod publisher;
mod restore;
mod serve;

use crate::clock::{Clock, SystemClock};
use clap::{Parser, Subcommand};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Anything that ends a command, said on standard error.
type Failure = Box<dyn Error>;

/// The clock that ledger time is compared with.
type Wall = Arc<dyn Clock>;

#[derive(Debug, Parser)]
#[command(
    name = "farthing-issuer",
    version,
    about = "The Farthing issuer: mints, redeems, keeps the books",
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes farthing.toml, terms and keys into a folder that has none
    Init {
        /// The folder; made if it is not there
        #[arg(long, default_value = ".")]
        dir: PathBuf,
        /// The origin under which readers reach the issuer, such as https://issuer.example; it can never change
        #[arg(
            long,
            alias = "issuer",
            value_name = "URL",
            required_unless_present = "sandbox"
        )]
        issuer_id: Option<String>,
        /// A trial: no real money, http on loopback allowed
        #[arg(long)]
        sandbox: bool,
        #[command(flatten)]
        encryption: Encryption,
    },
    /// Answers readers until SIGTERM or Ctrl-C
    Serve {
        #[command(flatten)]
        place: Place,
        /// Another address than the configuration's
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
    },
    /// Registers publishers
    Publisher {
        #[command(subcommand)]
        command: PublisherCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Shows, renews, encrypts and freezes keys
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Works on stored answers
    Answers {
        #[command(subcommand)]
        command: AnswersCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Moves the books from their file into a PostgreSQL database, and compares both sides row by row
    Migrate {
        /// Where the database's address is: env:NAME or file:PATH
        #[arg(long, value_name = "REFERENCE")]
        to: String,
        #[command(flatten)]
        place: Place,
    },
    /// Signs where the ledger stands, into the ledger and the file outside of it; an issuer that serves does so every hour
    Checkpoint {
        #[command(flatten)]
        place: Place,
    },
    /// Copies the ledger's file, also while it is served from, and audits the copy
    Backup {
        /// The copy; must not exist
        copy: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Decides what becomes of a ledger that is an older copy of itself
    Restore {
        #[command(subcommand)]
        command: RestoreCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Shows and decides what time the ledger has
    Clock {
        #[command(subcommand)]
        command: ClockCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Recomputes the books and prints both sides of every invariant; fails on a difference of one
    Audit {
        #[command(flatten)]
        place: Place,
    },
}

/// Where the issuer is.
#[derive(Debug, clap::Args)]
struct Place {
    /// The configuration
    #[arg(
        long,
        default_value = "farthing.toml",
        value_name = "FILE",
        global = true
    )]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum PublisherCommand {
    /// Fetches ORIGIN/.well-known/farthing.json, which proves the origin, and registers its keys
    Add {
        /// The publisher's origin, such as https://publisher.example
        origin: String,
        /// The highest price of an offer, such as 0.50EUR
        #[arg(long, value_name = "AMOUNT")]
        max_price: Option<String>,
        /// The issuer's part of a sale in hundredths of a percent
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=10_000))]
        fee_bps: Option<u16>,
    },
    /// Lists the publishers
    List,
}

#[derive(Debug, Subcommand)]
enum AnswersCommand {
    /// Drops those whose time is over, as serve does every hour
    Expire,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Ends keysets that nobody can claim any more, destroys their secrets, drops their rows; goes on where it broke off
    Destroy {
        /// Keyset ids, as list shows them; none: only goes on
        keyset: Vec<String>,
    },
    /// Lists all keys with their dates, and no secrets
    List,
    /// Freezes a keyset: nothing more is made in it, and its tokens pass only by swap with evidence of their issuance
    Freeze {
        /// The keyset's id, as `keys list` shows it
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Why, in one line, for those who look at it later
        #[arg(long)]
        reason: String,
    },
    /// Takes a freeze back
    Thaw {
        /// The keyset's id
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Makes the next keys: of all kinds, or of one
    Rotate {
        /// Which; all if none is named
        kind: Option<RotateKind>,
        /// After a leak: other keys instead of the present ones, from now on
        #[arg(long)]
        now: bool,
        /// With `tokens --now`: instead of this keyset only; may be given again
        #[arg(long, value_name = "ID", requires = "now")]
        keyset: Vec<String>,
    },
    /// After a leak: takes a signing key back from readers and publishers; another one is made if there is none
    Revoke {
        /// The key's name, as list shows it
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
    /// Encrypts what is in the clear, under the passphrase or key file that the configuration names
    Encrypt,
    /// Encrypts everything anew under another passphrase or key file
    #[command(group = clap::ArgGroup::new("to").required(true))]
    Reencrypt {
        /// Where the new passphrase is: env:NAME or file:PATH
        #[arg(long, value_name = "REFERENCE", group = "to")]
        passphrase: Option<String>,
        /// Where the new key file is: file:PATH or env:NAME
        #[arg(long, value_name = "REFERENCE", group = "to")]
        key_file: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum RotateKind {
    Tokens,
    Signing,
    Sealing,
}

/// How the keys of a new issuer are encrypted.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Encryption {
    /// Encrypt the keys under the passphrase in this file, of mode 0600
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Encrypt the keys under 32 random bytes in this file, kept elsewhere than the keys; made if it is not there
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Leave the keys in the clear; without --sandbox this must be said
    #[arg(long)]
    unencrypted: bool,
}

#[derive(Debug, Subcommand)]
enum RestoreCommand {
    /// Shows whether there is something to decide, and what is at risk
    Show,
    /// Goes on with the ledger as it is: what is lost can be drawn and spent a second time
    Accept {
        /// The amount that `restore show` says, repeated
        #[arg(long, value_name = "AMOUNT")]
        at_risk: String,
        /// A folder with witness logs of the short form; once for each issuer that has one of its own. What they name is
        /// done again by the same request only
        #[arg(long, value_name = "DIR")]
        witness: Vec<PathBuf>,
    },
    /// Does again what the witness log recorded, so that nothing is lost
    Replay {
        /// The folder of the witness log
        witness: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum ClockCommand {
    /// Shows ledger time, wall clock and alarm
    Show,
    /// The wall clock is right
    Accept,
    /// The wall clock is wrong: it is this time
    Set {
        /// Seconds since 1970-01-01 00:00 UTC
        time: u64,
    },
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    run_by(&(Arc::new(SystemClock) as Wall))
}

/// The same by this wall clock instead of the machine's.
#[must_use]
pub fn run_by(wall: &Arc<dyn Clock>) -> ExitCode {
    let result = match Cli::parse().command {
        Command::Init {
            dir,
            issuer_id,
            sandbox,
            encryption,
        } => init::init(&dir, issuer_id.as_deref(), sandbox, &encryption, wall)
            .map(|()| ExitCode::SUCCESS),
        Command::Serve { place, listen } => {
            serve::serve(&place.config, listen, wall).map(|()| ExitCode::SUCCESS)
        }
        Command::Publisher { command, place } => match command {
            PublisherCommand::Add {
                origin,
                max_price,
                fee_bps,
            } => publisher::add(&place.config, &origin, max_price.as_deref(), fee_bps, wall),
            PublisherCommand::List => publisher::list(&place.config),
        }
        .map(|()| ExitCode::SUCCESS),
        Command::Keys { command, place } => {
            keys::run(&command, &place.config, wall).map(|()| ExitCode::SUCCESS)
        }
        Command::Answers {
            command: AnswersCommand::Expire,
            place,
        } => destroy::answers(&place.config, wall).map(|()| ExitCode::SUCCESS),
        Command::Migrate { to, place } => {
            migrate::migrate(&place.config, &to).map(|()| ExitCode::SUCCESS)
        }
        Command::Checkpoint { place } => {
            checkpoint::checkpoint(&place.config, wall).map(|()| ExitCode::SUCCESS)
        }
        Command::Backup { copy, place } => {
            backup::backup(&place.config, &copy).map(|()| ExitCode::SUCCESS)
        }
        Command::Restore { command, place } => match command {
            RestoreCommand::Show => restore::show(&place.config, wall),
            RestoreCommand::Accept { at_risk, witness } => {
                restore::accept(&place.config, &at_risk, &witness, wall)
            }
            RestoreCommand::Replay { witness } => restore::replay(&place.config, &witness, wall),
        }
        .map(|()| ExitCode::SUCCESS),
        Command::Clock { command, place } => match command {
            ClockCommand::Show => clock::show(&place.config, wall),
            ClockCommand::Accept => clock::decide(&place.config, None, wall),
            ClockCommand::Set { time } => clock::decide(&place.config, Some(time), wall),
        }
        .map(|()| ExitCode::SUCCESS),
        Command::Audit { place } => audit::audit(&place.config),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("farthing-issuer: {failure}");
        ExitCode::FAILURE
    })
}

/// Runs one asynchronous piece of a command that is otherwise plain.
fn block_on<F: Future>(work: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}
