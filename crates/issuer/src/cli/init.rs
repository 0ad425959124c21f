//! init: configuration, terms and keys for a new issuer.

use super::{Encryption, Failure, Wall};
use crate::config::{Config, Protection};
use crate::date;
use crate::keys;
use crate::random::{SystemRandom, secret};
use farthing_core::bytes::to_b64u;
use farthing_core::time::Timestamp;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where a sandbox lives unless told otherwise.
const SANDBOX_ID: &str = "http://127.0.0.1:8787";

/// Where the books of a new issuer lie.
const LEDGER: &str = "ledger.sqlite";

/// For an issuer without a proxy in front.
const TLS: &str = r#"
# Without a proxy: readers come to `listen` by TLS. Both files are read anew on SIGHUP and when they change.
#[tls]
#certificate = "/var/lib/farthing/tls/fullchain.pem"
#key = "file:/var/lib/farthing/tls/privkey.pem"
"#;

/// For an issuer whose readers have a purse.
const WALLET: &str = r#"
# The reader's purse at /wallet/: the folder with its pages, which are part of a release. They must be of this version.
#[wallet]
#pages = "/usr/local/share/farthing/wallet"
"#;

const EXPIRY: &str = "Coins pay for at least twelve months after they were made.";
const SANDBOX_CASH_OUT: &str = "No money is taken in this trial, so none is paid back.";
const CASH_OUT: &str = "What is not spent is paid back as the terms say.";

pub(super) fn init(
    dir: &Path,
    issuer_id: Option<&str>,
    sandbox: bool,
    encryption: &Encryption,
    wall: &Wall,
) -> Result<(), Failure> {
    let issuer_id = issuer_id.unwrap_or(SANDBOX_ID);
    let now = wall.now();
    let path = dir.join("farthing.toml");
    let text = farthing_toml(issuer_id, sandbox, &protection(encryption, sandbox)?, now);
    // The text is read before anything is written: a wrong issuer id leaves no half of an issuer behind.
    let config = Config::parse(&text, &path)?;
    let books = dir.join(LEDGER);
    for occupied in [path.as_path(), config.keys(), &books] {
        if occupied.exists() {
            return Err(format!(
                "{} is already there; an issuer is made once, and nothing is overwritten",
                occupied.display()
            )
            .into());
        }
    }
    let key_file = match &encryption.key_file {
        Some(path) if !path.exists() => Some(new_key_file(path)?),
        _ => None,
    };
    std::fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let written = keys::generate(&config, now, &SystemRandom)?;
    let terms = &config.terms().directory;
    std::fs::create_dir_all(terms).map_err(|error| format!("{}: {error}", terms.display()))?;
    let terms = terms.join(format!("{}.txt", config.terms().version.as_str()));
    if !terms.exists() {
        create(&terms, &terms_text(issuer_id, sandbox))?;
    }
    // The configuration comes last: where it stands, the rest stands too.
    create(&path, &text)?;

    println!(
        "Made the issuer {issuer_id}{}:",
        if sandbox { " (sandbox)" } else { "" }
    );
    println!("  {}", path.display());
    println!("  {}", terms.display());
    let encrypted = config.keys_place().protection != Protection::Unencrypted;
    let kind = if encrypted {
        "secret, encrypted"
    } else {
        "secret"
    };
    for file in &written {
        println!("  {}  ({kind})", file.display());
    }
    if let Some(path) = &key_file {
        println!("  {}  (opens them)", path.display());
    }
    let config_flag = path.display();
    println!("\nNext:");
    if !sandbox {
        println!(
            "  edit {} and the currency in {config_flag}: nothing can be changed once coins are out",
            terms.display()
        );
        println!(
            "  put a TLS proxy in front of {} that answers for {issuer_id}, and set http.behind_proxy = true; or name a certificate in [tls]",
            config.listen()
        );
        println!(
            "  note: no payment provider is part of this version, so orders are refused; try it with --sandbox"
        );
    }
    println!("  keep a copy of {} offline", config.keys().display());
    if encrypted {
        println!(
            "  keep what opens it elsewhere, and twice: without it the coins cannot be honoured"
        );
    }
    println!("  farthing-issuer serve --config {config_flag}");
    println!("  farthing-issuer publisher add https://publisher.example --config {config_flag}");
    println!("  farthing-issuer audit --config {config_flag}");
    Ok(())
}

/// The lines of `[keys]` that say how keys are encrypted.
fn protection(encryption: &Encryption, sandbox: bool) -> Result<String, Failure> {
    let reference = |path: &Path| {
        let path = std::path::absolute(path)?;
        let path = path.to_str().ok_or("the path is not UTF-8")?;
        Ok::<_, Failure>(quoted(&format!("file:{path}")))
    };
    match encryption {
        Encryption {
            passphrase_file: Some(path),
            ..
        } => Ok(format!("passphrase = {}", reference(path)?)),
        Encryption {
            key_file: Some(path),
            ..
        } => Ok(format!("key_file = {}", reference(path)?)),
        Encryption { unencrypted, .. } if *unencrypted || sandbox => {
            Ok("# In the clear: whoever reads the folder can make coins. See `farthing-issuer keys encrypt`.\nunencrypted = true".to_owned())
        }
        Encryption { .. } => Err(
            "say how the keys are encrypted: --passphrase-file FILE or --key-file FILE; or --unencrypted"
                .into(),
        ),
    }
}

/// 32 random bytes in a file that must not be there.
fn new_key_file(path: &Path) -> Result<PathBuf, Failure> {
    let bytes = secret::<32>(&SystemRandom)?;
    let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(to_b64u(&*bytes))));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path);
    let mut file = file.map_err(|error| format!("{}: {error}", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(path.to_owned())
}

fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

fn farthing_toml(issuer_id: &str, sandbox: bool, protection: &str, now: Timestamp) -> String {
    // A sandbox on loopback listens where its id says; anything else stands behind a TLS proxy.
    let listen = match issuer_id.strip_prefix("http://") {
        Some(authority) => authority.replace("localhost", "127.0.0.1"),
        None => "127.0.0.1:8787".to_owned(),
    };
    let listen = if listen
        .rsplit(':')
        .next()
        .is_some_and(|port| port.parse::<u16>().is_ok())
    {
        listen
    } else {
        format!("{listen}:80")
    };
    let admin = admin(&listen);
    let cash_out = if sandbox { SANDBOX_CASH_OUT } else { CASH_OUT };
    let version = date::day(now);
    let tls = match issuer_id.strip_prefix("https://") {
        Some(_) => TLS,
        None => "",
    };
    let (issuer_id, expiry, cash_out) = (quoted(issuer_id), quoted(EXPIRY), quoted(cash_out));
    format!(
        "\
# A Farthing issuer. Paths are relative to this file. An unknown key is an error.

# The origin under which readers reach the issuer. It stands in every coin and can never change.
issuer_id = {issuer_id}
# A trial: no real money moves, and http is allowed on loopback.
sandbox = {sandbox}
listen = \"{listen}\"
# One file for one issuer. Several issuers share a PostgreSQL database instead: docs/postgresql.md.
ledger = \"{LEDGER}\"

[keys]
directory = \"keys\"
{protection}
# Who makes the next keys: \"automatic\", the running issuer, a month ahead; or \"manual\", you, by `keys rotate`.
rotate = \"automatic\"
# What computes with them: \"native\" is OpenSSL; \"reference\", in Rust, gives the same in four times the time.
operations = \"native\"

[currency]
code = \"EUR\"
# The smallest coin; the others are twice, four times, … as large.
unit = \"0.001\"
denominations = 11
# The most that a publisher's page is filled with at a time.
pocket_max = \"2.00\"
# The most that a purse at the issuer's own origin is filled with at a time; 20, or pocket_max if that is more, unless set.
# order_max = \"20.00\"
# Coins are drawn in pouches of these amounts.
mixes = [\"0.50\", \"2.00\", \"8.00\"]

[terms]
# The text is in terms/<version>.txt. Change it by adding a file and naming it here.
version = \"{version}\"
directory = \"terms\"
# Said before every load, in the signed disclosure and on the checkout page.
expiry = {expiry}
cash_out = {cash_out}

[orders]
# How long a price stands, in seconds, and how many orders an address may make in a minute.
quote_seconds = 1800
per_minute = 30

[publishers]
# For `publisher add` without --max-price and --fee-bps. 1000 is ten percent, inside the price.
max_price = \"5.00\"
fee_bps = 1000

[undo]
# Readers may give back what they bought, within the time that the offer grants, each time for one right. Every load gives a right
# for each right_per of it, and at least one; per_day is how much one publisher gives back on a day, and no more.
# Without this section nothing is given back. [[undo.publisher]] with origin and per_day is another sum for one publisher.
right_per = \"2.00\"
per_day = \"20.00\"

[http]
# Whether a proxy in front adds the reader's address to client_header. It is believed from these addresses only.
behind_proxy = false
proxies = [\"127.0.0.1\", \"::1\"]
client_header = \"x-forwarded-for\"
# Per client; 0 is no limit. Addresses are kept in memory only, hashed.
requests_per_minute = 6000
# In work at a time, beyond which requests are refused at once, so that those in work are answered soon; 20 for each core
# unless set. And connections, of which the idlest goes first.
# max_requests = 40
max_connections = 1024
# Of one client, of which its own idlest goes first; 0 is no limit. A proxy is no client.
connections_per_client = 256
{tls}{WALLET}
[log]
# text or json; error, warn, info, debug or trace. No line names a token, an article or an address.
format = \"text\"
level = \"info\"

[checkpoint]
# What the ledger is compared with at every start, so that an older copy is not taken for the ledger. Another volume than
# the ledger's is better. Never restore it from a backup together with the ledger.
file = \"checkpoints\"

[admin]
# /metrics, /healthz and /readyz for the operator. Readers must not reach it.
address = \"{admin}\"
"
    )
}

/// On loopback, at the port after that of the readers, so that several issuers on one machine do not meet.
fn admin(listen: &str) -> SocketAddr {
    let port = listen
        .rsplit(':')
        .next()
        .and_then(|port| port.parse::<u16>().ok());
    let port = port.and_then(|port| port.checked_add(1)).unwrap_or(8_788);
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// A text as TOML's basic string.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn terms_text(issuer_id: &str, sandbox: bool) -> String {
    let first = if sandbox {
        "This is a supervised trial. No real money moves. Coins made here were not paid for, cannot be sold, and will not be exchanged for money."
    } else {
        "(To be written by whoever runs this issuer, before the first coin: name and address, register and supervisor, where readers' money is kept, how it comes back, how to complain.)"
    };
    format!(
        "\
Terms of the Farthing issuer {issuer_id}

1. {first}

2. You buy value and draw it as coins. Coins are numbers that your browser keeps. Whoever has them can spend them: keep them as you would keep coins.

3. Each article you open takes its price from your coins, once. The price stands on the page before you press the button, tax included. Change comes back at once.

4. The issuer does not ask who you are. It made your coins without seeing them, and knows a coin again only when it is spent. While it answers a purchase it sees which article is bought; afterwards it keeps a daily count for each offer, and an encrypted copy of the answer that only your browser can open. Times, network addresses and unusual amounts can still tell something to an issuer that looks.

5. If a page asks again because the network failed, you are not charged again: the same request gets the same answer.

6. Before a coin is taken the issuer checks that the key it hands out is the one the publisher's signed offer names. If an article does not open all the same, write to the publisher named on the page, or to the issuer.
"
    )
}
