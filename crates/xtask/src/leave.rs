//! Ctrl-C, or a request to end, while issuers run: they, whoever slows them down, and small disks go first.
//!
//! Programs that were started in a process group of their own look after themselves, as PostgreSQL's watchman does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, exit, id};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
/// How often it is looked again: a trial may start one more issuer while the first is ended.
const LOOKS: u32 = 50;
const POLL: Duration = Duration::from_millis(20);

/// From now on this program ends with its children and the mounts below `folder`, not before them.
pub(crate) fn with_nothing_left(folder: PathBuf) -> Result<(), Failure> {
    let end = move || {
        end_children(id());
        unmount(&folder);
        exit(INTERRUPTED);
    };
    ctrlc::set_handler(end).map_err(|e| Failure::new(format!("cannot hear Ctrl-C: {e}")))
}

/// Ends every child of that process which is in its group, by SIGKILL: all of it is a trial, and may fall at any time.
fn end_children(parent: u32) {
    for _ in 0..LOOKS {
        let children = children(parent);
        if children.is_empty() {
            return;
        }
        let numbers = children.iter().map(u32::to_string);
        // Those that have ended in this moment are what is wanted.
        let _ = Command::new("kill").arg("-KILL").args(numbers).status();
        thread::sleep(POLL);
    }
}

fn children(parent: u32) -> Vec<u32> {
    let Some(group) = stat(parent).map(|stat| stat.group) else {
        return Vec::new();
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |number: &u32| {
        stat(*number).is_some_and(|s| s.parent == parent && s.group == group && s.runs)
    };
    numbers.filter(is_child).collect()
}

struct Stat {
    runs: bool,
    parent: u32,
    group: u32,
}

/// The fields after the name, which may hold spaces and brackets: state, parent, group.
fn stat(number: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    Some(Stat {
        runs: fields.next()? != "Z",
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
    })
}

fn unmount(folder: &Path) {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    for place in mounts.lines().filter_map(|line| line.split(' ').nth(1)) {
        if Path::new(place).starts_with(folder) {
            let _ = Command::new("umount").arg("-l").arg(place).status();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{POLL, children, end_children, stat};
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    use std::thread;

    #[test]
    fn the_children_of_a_trial_end_and_those_in_a_group_of_their_own_do_not() {
        // The second says its number when it has left the group.
        let script = "sleep 60 & setsid sh -c 'echo $$; exec sleep 61' & wait";
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).stdout(Stdio::piped());
        let mut shell = shell.process_group(0).spawn().unwrap();
        let mut own = String::new();
        let mut said = BufReader::new(shell.stdout.take().unwrap());
        said.read_line(&mut own).unwrap();
        let own: u32 = own.trim().parse().unwrap();
        while children(shell.id()).is_empty() {
            thread::sleep(POLL);
        }
        end_children(shell.id());
        assert_eq!(children(shell.id()).len(), 0);
        assert!(stat(own).is_some_and(|stat| stat.runs));
        for number in [own, shell.id()] {
            let kill = Command::new("kill")
                .args(["-KILL", &number.to_string()])
                .status();
            assert!(kill.unwrap().success());
        }
        shell.wait().unwrap();
    }
}
