//! SIGHUP: what can be taken while serving is taken, and what cannot be used leaves everything as it was.

use crate::command_line::{Made, ok};

fn with_keys(made: &Made, before: &str, after: &str) {
    let text = std::fs::read_to_string(made.config()).unwrap();
    assert!(text.contains(before), "{before} in {text}");
    std::fs::write(made.config(), text.replacen(before, after, 1)).unwrap();
}

fn get(address: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut reply = agent.get(address).call().unwrap();
    let body = reply.body_mut().read_to_string().unwrap();
    (reply.status().as_u16(), body)
}

#[test]
fn another_folder_of_keys_and_another_passphrase_are_taken_while_it_serves() {
    let made = Made::new();
    let (folder, config) = (made.path("moved"), made.config());
    let mut serving = made.serve();
    let ready = || get(&made.operators("/readyz"));
    let lists = || get(&format!("{}/v1/manifests?from=1", made.id)).1;
    let before = lists();

    // A folder that is not there, and a section that cannot be read: the keys before stay, and it is said.
    let text = std::fs::read_to_string(&config).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("directory = \"keys\""));
    assert!(line.is_some(), "{text}");
    with_keys(&made, "directory = \"keys\"", "directory = \"moved\"");
    serving.hang_up();
    serving.wait_for("keys and key list stay as they were");
    serving.wait_for("not all was read anew");
    assert_eq!(ready().0, 200);
    with_keys(&made, "rotate = \"automatic\"", "rotate = \"sometimes\"");
    serving.hang_up();
    serving.wait_for("the configuration is not read again");
    serving.wait_for("not all was read anew");
    with_keys(&made, "rotate = \"sometimes\"", "rotate = \"manual\"");

    // The same keys in another folder.
    std::fs::rename(made.path("keys"), &folder).unwrap();
    serving.hang_up();
    serving.wait_for("[keys] has changed");
    serving.wait_for("all that can be taken while serving was read anew");
    assert_eq!((ready().0, lists()), (200, before));
    // From there it is that folder which counts.
    ok(&["keys", "rotate", "sealing", "--config", &config]);
    serving.hang_up();
    serving.wait_for("a new key list is in force");
    serving.wait_for("all that can be taken while serving was read anew");

    // Encrypted while it serves; the passphrase is named in the section that is read again.
    let secret = made.path("passphrase");
    crate::fixture::server::write_secret(&secret, "correct horse battery staple");
    let reference = format!("passphrase = \"file:{}\"", secret.display());
    with_keys(
        &made,
        "directory = \"moved\"",
        &format!("directory = \"moved\"\n{reference}"),
    );
    with_keys(&made, "unencrypted = true\n", "");
    ok(&["keys", "encrypt", "--config", &config]);
    serving.hang_up();
    serving.wait_for("all that can be taken while serving was read anew");
    assert_eq!(ready().0, 200);

    // What is of the next start is said to be.
    with_keys(&made, "quote_seconds = 1800", "quote_seconds = 1900");
    serving.hang_up();
    serving.wait_for("other sections than [keys] have changed");
    serving.wait_for("all that can be taken while serving was read anew");
    assert_eq!(ready().0, 200);
    serving.end();
}

#[test]
fn a_folder_that_lacks_keys_in_force_is_not_taken() {
    let made = Made::new();
    let mut serving = made.serve();
    let other = made.path("other");
    std::fs::create_dir(&other).unwrap();
    for entry in std::fs::read_dir(made.path("keys")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), other.join(entry.file_name())).unwrap();
    }
    // A sealing key of its own in place of the one that publishers were shown.
    let mut sealing: Vec<_> = std::fs::read_dir(&other)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    sealing.retain(|path| path.to_str().unwrap().contains("sealing-"));
    with_keys(&made, "directory = \"keys\"", "directory = \"other\"");
    ok(&[
        "keys",
        "rotate",
        "sealing",
        "--now",
        "--config",
        &made.config(),
    ]);
    std::fs::remove_file(&sealing[0]).unwrap();
    serving.hang_up();
    serving.wait_for("keys that are in force are not where [keys] says now");
    serving.wait_for("not all was read anew");
    assert_eq!(get(&made.operators("/readyz")).0, 200);
    serving.end();
}
