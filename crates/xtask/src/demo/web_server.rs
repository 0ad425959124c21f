//! A small web server for files, on loopback only: what any static host does, and nothing more.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;

/// Bytes of a request up to its empty line.
const HEAD_LIMIT: u64 = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// A listener on the port wished for, or on a free one where that is taken.
pub(crate) fn listen(wish: u16) -> Result<(TcpListener, u16), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wish))
        .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    listener
        .and_then(|listener| Ok((listener.local_addr()?.port(), listener)))
        .map(|(port, listener)| (listener, port))
        .map_err(|e| Failure::new(format!("no port on loopback is free: {e}")))
}

/// Serves a folder from threads of its own, for as long as the program runs.
pub(crate) fn serve(listener: TcpListener, folder: &Path) -> Result<(), Failure> {
    // Resolved once, so that a path is compared with where the folder really is.
    let folder = folder
        .canonicalize()
        .map_err(|e| Failure::at("serving", folder, &e))?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            // A connection that breaks is the browser's affair; it asks again.
            thread::spawn(move || converse(&stream, &folder).ok());
        }
    });
    Ok(())
}

/// One request and its answer.
fn converse(stream: &TcpStream, folder: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut head = BufReader::new(stream.take(HEAD_LIMIT)).lines();
    let request = head.next().transpose()?.unwrap_or_default();
    // The headers say nothing that matters here, but closing before reading them would reset the connection.
    for line in head {
        if line?.is_empty() {
            break;
        }
    }
    let answer = answer(&request, folder);
    let with_body = !request.starts_with("HEAD ");
    answer.send(stream, with_body)
}

/// What is sent back.
#[derive(Debug)]
struct Answer {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn refusal(status: &'static str) -> Self {
        let headers = vec![("Content-Type", "text/plain; charset=utf-8".to_owned())];
        Self {
            status,
            headers,
            body: format!("{status}\n").into_bytes(),
        }
    }

    fn send(&self, mut stream: &TcpStream, with_body: bool) -> io::Result<()> {
        let mut head = format!(
            "HTTP/1.1 {}\r\nContent-Length: {}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n",
            self.status,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        if with_body {
            stream.write_all(&self.body)?;
        }
        stream.flush()
    }
}

fn answer(request: &str, folder: &Path) -> Answer {
    let mut words = request.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    if method != "GET" && method != "HEAD" {
        return Answer::refusal("405 Method Not Allowed");
    }
    let address = target.split(['?', '#']).next().unwrap_or_default();
    let Some(mut file) = file(address, folder) else {
        return Answer::refusal("404 Not Found");
    };
    if file.is_dir() {
        if !address.ends_with('/') {
            let mut moved = Answer::refusal("301 Moved Permanently");
            moved.headers.push(("Location", format!("{address}/")));
            return moved;
        }
        file.push("index.html");
    }
    let Ok(body) = fs::read(&file) else {
        return Answer::refusal("404 Not Found");
    };
    let mut headers = vec![
        ("Content-Type", media_type(&file).to_owned()),
        // The demo's files change from one start to the next.
        ("Cache-Control", "no-cache".to_owned()),
    ];
    if address == "/.well-known/farthing.json" {
        headers.push(("Access-Control-Allow-Origin", "*".to_owned()));
    }
    Answer {
        status: "200 OK",
        headers,
        body,
    }
}

/// The file or folder behind an address, if it is there and inside.
fn file(address: &str, folder: &Path) -> Option<PathBuf> {
    let mut path = folder.to_path_buf();
    for part in address.strip_prefix('/')?.split('/') {
        let name = decoded(part)?;
        let hidden = name.starts_with('.') && name != ".well-known";
        if hidden || name.contains(['/', '\\', '\0']) {
            return None;
        }
        if !name.is_empty() {
            path.push(name);
        }
    }
    // A link may lead out of the folder.
    path.canonicalize()
        .ok()
        .filter(|real| real.starts_with(folder))
}

/// Percent-encoding taken away.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn media_type(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|end| end.to_str())
        .unwrap_or_default()
    {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "xml" => "application/xml; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Workspace, write};

    fn get(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream
            .write_all(format!("{request}\r\nHost: x\r\n\r\n").as_bytes())
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn files_inside_are_served_and_nothing_else() {
        let outside = Workspace::find().unwrap().target().join("web-server-test");
        let site = outside.join("site");
        write(&outside.join("secret.txt"), "secret").unwrap();
        write(&site.join("index.html"), "<h1>front</h1>").unwrap();
        write(&site.join("paper/index.html"), "<h1>paper</h1>").unwrap();
        write(&site.join("two words.wasm"), "\0asm").unwrap();
        write(&site.join(".git/config"), "hidden").unwrap();
        write(&site.join(".well-known/farthing.json"), "{}").unwrap();
        let _ = fs::remove_file(site.join("out.txt"));
        std::os::unix::fs::symlink(outside.join("secret.txt"), site.join("out.txt")).unwrap();
        let (listener, port) = listen(0).unwrap();
        serve(listener, &site).unwrap();

        assert!(get(port, "GET / HTTP/1.1").ends_with("\r\n\r\n<h1>front</h1>"));
        assert!(get(port, "GET /paper HTTP/1.1").contains("Location: /paper/\r\n"));
        assert!(get(port, "GET /paper/?a=1 HTTP/1.1").ends_with("<h1>paper</h1>"));
        assert!(get(port, "GET /two%20words.wasm HTTP/1.1").contains(": application/wasm\r\n"));
        assert!(get(port, "HEAD / HTTP/1.1").ends_with("\r\n\r\n"));
        let document = get(port, "GET /.well-known/farthing.json HTTP/1.1");
        assert!(document.contains("Access-Control-Allow-Origin: *\r\n"));

        for address in [
            "/missing",
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/paper/../../secret.txt",
            "/out.txt",
            "/.git/config",
            "/%zz",
            "secret.txt",
        ] {
            let answer = get(port, &format!("GET {address} HTTP/1.1"));
            assert!(answer.starts_with("HTTP/1.1 404 "), "{address}: {answer}");
        }
        assert!(get(port, "POST / HTTP/1.1").starts_with("HTTP/1.1 405 "));
    }

    #[test]
    fn a_taken_port_is_replaced() {
        let (_first, port) = listen(0).unwrap();
        let (_second, other) = listen(port).unwrap();
        assert_ne!(port, other);
    }
}
