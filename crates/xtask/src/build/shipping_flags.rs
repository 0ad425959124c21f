//! How cargo compiles what is shipped: the standard library with the crate, without the words of panics, and without
//! the paths of the machine it is compiled on.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::setup::WasmToolchain;
use crate::workspace::Workspace;

const LIBRARY: [&str; 2] = [
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
];

/// For the compiler. No input reaches a panic (the lints see to that), so what a panic would say only weighs: it is a
/// trap at once, and neither places in the source nor derived `Debug` texts are kept for it.
const COMPILER: [&str; 5] = [
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
    "-Zfmt-debug=none",
    "-Ctarget-feature=-reference-types",
];

/// Arguments for cargo. The compiler's own are given as configuration, which adds to those of .cargo/config.toml.
pub(super) fn shipping_flags(
    workspace: &Workspace,
    toolchain: &WasmToolchain,
) -> Result<Vec<String>, Failure> {
    let mut compiler: Vec<String> = COMPILER.map(str::to_owned).to_vec();
    for (path, name) in machine_paths(workspace, toolchain)? {
        compiler.push(format!("--remap-path-prefix={}={name}", path.display()));
    }
    let compiler: Vec<String> = compiler.iter().map(|flag| toml_string(flag)).collect();
    let mut flags: Vec<String> = LIBRARY.map(str::to_owned).to_vec();
    flags.extend([
        "--config".to_owned(),
        format!(
            "target.wasm32-unknown-unknown.rustflags=[{}]",
            compiler.join(",")
        ),
    ]);
    Ok(flags)
}

/// Folders that say something about this machine, and what stands for each in a built file.
/// Where one lies in another the compiler takes the later, so the widest is first.
pub(super) fn machine_paths(
    workspace: &Workspace,
    toolchain: &WasmToolchain,
) -> Result<Vec<(PathBuf, &'static str)>, Failure> {
    let home = env::home_dir().filter(|home| home.parent().is_some());
    let cargo = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(home.as_ref()?.join(".cargo")));
    let mut paths = Vec::new();
    paths.extend(home.map(|path| (path, "home")));
    paths.extend(cargo.map(|path| (path, "cargo")));
    paths.push((workspace.root().to_path_buf(), "farthing"));
    let source = toolchain.sysroot(workspace)?.join("lib/rustlib/src/rust");
    // The compiler may see the source behind a link.
    if let Ok(real) = source.canonicalize() {
        paths.push((real, "rust"));
    }
    paths.push((source, "rust"));
    Ok(paths)
}

/// The first of some texts that stands in a file.
pub(super) fn first_in<'a>(paths: &'a [(PathBuf, &str)], file: &[u8]) -> Option<&'a Path> {
    paths.iter().map(|(path, _)| path.as_path()).find(|path| {
        let text = path.as_os_str().as_encoded_bytes();
        // Followed by a separator: the home folder `/root` is not meant where a page says `/roots`.
        file.windows(text.len().saturating_add(1)).any(|part| {
            part.strip_prefix(text)
                .is_some_and(|rest| rest == b"/" || rest == b"\\")
        })
    })
}

/// A basic string of TOML.
fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_file_is_found() {
        let paths = [
            (PathBuf::from("/home/ada"), "home"),
            (PathBuf::from("/src/farthing"), "farthing"),
        ];
        let found = |file: &str| first_in(&paths, file.as_bytes()).map(Path::to_path_buf);
        assert_eq!(
            found("\0asm at /src/farthing/crates/core"),
            Some(paths[1].0.clone())
        );
        assert_eq!(found("/home/ada/.cargo"), Some(paths[0].0.clone()));
        assert_eq!(found("/home/adamant /src/farthing"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn a_flag_with_quotes_and_backslashes_stays_one() {
        assert_eq!(toml_string(r#"C:\a "b""#), r#""C:\\a \"b\"""#);
    }
}
