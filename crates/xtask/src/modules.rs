//! Which script files a page loads, from the imports in them.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::workspace::read;

/// The files behind one script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Modules {
    /// Loaded with the page.
    pub(crate) first: Vec<PathBuf>,
    /// Loaded when the code asks for them by `import()`, with all that these need.
    pub(crate) later: Vec<PathBuf>,
}

/// Follows the relative imports of a script.
pub(crate) fn modules_of(entry: &Path) -> Result<Modules, Failure> {
    let mut first = BTreeSet::new();
    let mut asked = BTreeSet::new();
    follow(entry.to_path_buf(), &mut first, &mut asked)?;
    let mut later = BTreeSet::new();
    while let Some(file) = asked.pop_first() {
        if !first.contains(&file) && !later.contains(&file) {
            follow(file, &mut later, &mut asked)?;
        }
    }
    let later = later.difference(&first).cloned().collect();
    Ok(Modules {
        first: first.into_iter().collect(),
        later,
    })
}

/// Adds a file and all that it imports at once to `found`, and what it asks for later to `asked`.
fn follow(
    entry: PathBuf,
    found: &mut BTreeSet<PathBuf>,
    asked: &mut BTreeSet<PathBuf>,
) -> Result<(), Failure> {
    let mut open = VecDeque::from([entry]);
    while let Some(file) = open.pop_front() {
        if !found.insert(file.clone()) {
            continue;
        }
        for import in imports(&read(&file)?) {
            let target = resolve(&file, import.path());
            match import {
                Import::Now(_) => open.push_back(target),
                Import::Later(_) => {
                    asked.insert(target);
                }
            }
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Import<'a> {
    Now(&'a str),
    Later(&'a str),
}

impl<'a> Import<'a> {
    const fn path(&self) -> &'a str {
        match self {
            Self::Now(path) | Self::Later(path) => path,
        }
    }
}

/// The imports of other files of the package. What stands before the quotation mark tells what it is.
fn imports(script: &str) -> Vec<Import<'_>> {
    let mut found = Vec::new();
    for quote in ['"', '\''] {
        let mut rest = script;
        while let Some((before, after)) = rest.split_once(quote) {
            rest = after;
            let Some((path, _)) = after.split_once(quote) else {
                break;
            };
            if !path.starts_with('.') || path.contains(char::is_whitespace) {
                continue;
            }
            let before = before.trim_end();
            if before
                .strip_suffix('(')
                .is_some_and(|b| b.trim_end().ends_with("import"))
            {
                found.push(Import::Later(path));
            } else if before.ends_with("from") || before.ends_with("import") {
                found.push(Import::Now(path));
            }
        }
    }
    found
}

/// A relative path from a file, without `.` and `..` in it, so that a file has one name.
fn resolve(file: &Path, path: &str) -> PathBuf {
    let mut target = file.parent().unwrap_or(file).to_path_buf();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                target.pop();
            }
            name => target.push(name),
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Workspace, write};

    #[test]
    fn imports_are_told_from_other_words_in_quotes() {
        let script = "import{a}from\"./a.js\";import './b.js';export * from './c.js';\
            const d=()=>import(\"./d.js\");const u=new URL('./e.wasm',import.meta.url);f('./g.js')";
        let mut found = imports(script);
        found.sort_by_key(|import| import.path().to_owned());
        assert_eq!(
            found,
            [
                Import::Now("./a.js"),
                Import::Now("./b.js"),
                Import::Now("./c.js"),
                Import::Later("./d.js")
            ]
        );
    }

    #[test]
    fn what_is_needed_at_once_is_not_counted_again_later() {
        let folder = Workspace::find().unwrap().target().join("modules-test");
        for (name, script) in [
            (
                "entry.js",
                "import './shared.js'; button.onclick = () => import('./sub/wallet.js')",
            ),
            ("shared.js", ""),
            (
                "sub/wallet.js",
                "import '../shared.js'; import './store.js'",
            ),
            ("sub/store.js", "import './wallet.js'"),
            ("unused.js", ""),
        ] {
            write(&folder.join(name), script).unwrap();
        }
        let at = |name: &str| folder.join(name);
        assert_eq!(
            modules_of(&at("entry.js")).unwrap(),
            Modules {
                first: vec![at("entry.js"), at("shared.js")],
                later: vec![at("sub/store.js"), at("sub/wallet.js")],
            }
        );
        assert!(modules_of(&at("missing.js")).is_err());
    }
}
