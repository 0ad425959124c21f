//! `cargo xtask demo`: an issuer, a publisher and a site on loopback, as three strangers would run them.

mod beside;
mod issuer;
mod publisher;
mod web_server;

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::build::{build, programs_folder};
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::{self, step};
use crate::setup::{Purpose, Tools, setup};
use crate::workspace::{Workspace, make_folder, read, remove_folder};
use beside::Beside;
use issuer::Issuer;
use publisher::Publisher;
use web_server::{listen, serve};

/// Ports that a person can remember, taken if they are free.
const ISSUER_PORT: u16 = 8787;
const SITE_PORT: u16 = 8788;
const LOOK: Duration = Duration::from_millis(200);

/// Whether a person reads, or a browser does it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Runs until Ctrl-C; what was bought stays for the next time.
    Person,
    /// One purchase in headless Chromium, from nothing.
    Browser,
}

/// Sets up, builds, starts all, and stays or buys.
pub(crate) fn demo(workspace: &Workspace, reader: Reader) -> Result<(), Failure> {
    let tools = setup(workspace, Purpose::Run)?;
    build(workspace, &tools)?;
    let folder = workspace.target().join("demo");
    let _alone = alone(&folder)?;
    interrupt::listen()?;
    progress::heading("Starting");
    let (listener, port) = listen(SITE_PORT)?;
    let site = format!("http://127.0.0.1:{port}");
    let issuer_port = free_port()?;
    let state = match reader {
        Reader::Person if (issuer_port, port) == (ISSUER_PORT, SITE_PORT) => folder.clone(),
        // Keys and offers name the addresses that they are for.
        Reader::Person => folder.join(format!("ports-{issuer_port}-{port}")),
        Reader::Browser => fresh(&folder.join("once"))?,
    };
    let issuer = Issuer::new(workspace, &state, issuer_port);
    if !issuer.is_ready() {
        // What was sealed for another issuer's keys cannot be opened by this one.
        remove_folder(&state.join("site"))?;
    }
    step("issuer's keys and books", || issuer.init())?;
    let mut running = step("issuer", || issuer.serve())?;
    let publisher = Publisher::new(workspace, &tools, &state, site.clone(), issuer.origin());
    step("publisher's keys", || publisher.keys())?;
    step("sealed site", || publisher.seal())?;
    step("site", || start_site(listener, &publisher, &site))?;
    step("publisher at the issuer", || issuer.add_publisher(&site))?;
    running.is_alive()?;

    match reader {
        Reader::Person => {
            println!("\n  Read       {site}/");
            println!("  Issuer     {}/", issuer.origin());
            if issuer.purse().is_some() {
                println!("  Purse      {}/wallet/", issuer.origin());
            }
            println!("  Books      {}", issuer.audit_line());
            println!("\nCtrl-C ends it.");
            stay(&mut running)
        }
        Reader::Browser => buy(workspace, &tools, &folder, &site, &issuer),
    }
}

fn start_site(
    listener: TcpListener,
    publisher: &Publisher<'_>,
    site: &str,
) -> Result<((), String), Failure> {
    serve(listener, &publisher.site())?;
    Ok(((), site.to_owned()))
}

/// Drives a browser through a purchase; the script writes summary.json and a picture of each step.
fn buy(
    workspace: &Workspace,
    tools: &Tools,
    folder: &Path,
    site: &str,
    issuer: &Issuer<'_>,
) -> Result<(), Failure> {
    progress::heading("Buying an article");
    let summary = folder.join("summary.json");
    if summary.exists() {
        std::fs::remove_file(&summary).map_err(|e| Failure::at("removing", &summary, &e))?;
    }
    tools
        .run(workspace, "node")
        .args(["tests/e2e/demo-once.mjs"])
        .env("FARTHING_SITE", site)
        .env("FARTHING_ISSUER", issuer.origin())
        .env("FARTHING_ISSUER_CONFIG", issuer.config())
        .env("FARTHING_BIN", programs_folder(workspace))
        .env("FARTHING_DEMO", folder)
        .shown()?;
    print!("{}", read(&summary)?);
    println!("\nWritten to {}", summary.display());
    Ok(())
}

/// Until Ctrl-C, or until the issuer ends by itself.
fn stay(issuer: &mut Beside) -> Result<(), Failure> {
    while !interrupt::heard() {
        issuer.is_alive()?;
        thread::sleep(LOOK);
    }
    Ok(())
}

/// One demo at a time: two would share keys, books and site.
fn alone(folder: &Path) -> Result<File, Failure> {
    make_folder(folder)?;
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|e| Failure::at("writing", &path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Failure::new("a demo is running already; end it first")),
    }
}

fn fresh(folder: &Path) -> Result<PathBuf, Failure> {
    remove_folder(folder)?;
    make_folder(folder)?;
    Ok(folder.to_path_buf())
}

/// The issuer takes a number and not a listener; it is taken at once.
fn free_port() -> Result<u16, Failure> {
    listen(ISSUER_PORT).map(|(_, port)| port)
}
