//! The environment over the file: `FARTHING__HTTP__MAX_REQUESTS` is `max_requests` of `[http]`.

use super::error::{ConfigError, with_suggestion};
use super::file::File;
use std::path::Path;
use toml::{Table, Value};

/// What a variable that overrides a key begins with. Two underscores, as between section and key: a program beside
/// this one may have variables of its own that begin with the name.
const PREFIX: &str = "FARTHING__";

/// The process's variables that are texts.
pub(super) fn variables() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The file with the variables over it; `None` if there are none that mean it.
pub(super) fn over(
    text: &str,
    path: &Path,
    variables: &[(String, String)],
) -> Result<Option<File>, ConfigError> {
    let mut overrides: Vec<(&str, &str)> = variables
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value.as_str())))
        .collect();
    if overrides.is_empty() {
        return Ok(None);
    }
    overrides.sort_unstable();
    let mut table = match (
        super::read_text::<File>(text, path),
        super::read_text(text, path),
    ) {
        (Ok(_), Ok(table)) => table,
        // What the file lacks may come from the environment.
        (Err(error), Ok(table)) if error.lacks_a_key() => table,
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    for (name, value) in overrides {
        set(&mut table, name, value).ok_or_else(|| wrong(name, "a section and a key, or a key"))?;
        if let Err(error) = table.clone().try_into::<File>()
            && !error.message().starts_with("missing field")
        {
            return Err(wrong(name, &with_suggestion(error.message())));
        }
    }
    let file = table
        .try_into::<File>()
        .map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: 1,
            message: error.message().to_owned(),
        })?;
    Ok(Some(file))
}

fn wrong(name: &str, message: &str) -> ConfigError {
    ConfigError::Variable {
        variable: format!("{PREFIX}{name}"),
        message: message.to_owned(),
    }
}

/// Sets the key that the name says.
fn set(table: &mut Table, name: &str, text: &str) -> Option<()> {
    let name = name.to_lowercase();
    let (sections, key) = match name.rsplit_once("__") {
        Some((sections, key)) => (sections.split("__").collect(), key),
        None => (Vec::new(), name.as_str()),
    };
    let mut section = table;
    for name in sections {
        let below = section.entry(name).or_insert(Value::Boolean(false));
        // What the file has as one value, such as the ledger's path, gives way to a section.
        if !below.is_table() {
            *below = Value::Table(Table::new());
        }
        section = below.as_table_mut()?;
    }
    section.insert(key.to_owned(), value(text));
    Some(())
}

/// Whole numbers, `true`, `false`, lists and quoted texts as TOML writes them; everything else is a text as it stands.
fn value(text: &str) -> Value {
    let line = format!("value = {text}");
    let value = toml::from_str::<Table>(&line).ok().and_then(|mut table| {
        let value = table.remove("value")?;
        table.is_empty().then_some(value)
    });
    match value {
        Some(Value::Integer(_) | Value::Boolean(_) | Value::Array(_) | Value::String(_)) => value,
        _ => None,
    }
    .unwrap_or_else(|| Value::String(text.to_owned()))
}
