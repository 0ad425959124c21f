//! What a command measured: a table for the terminal, one JSON object for programs.

use std::path::Path;
use std::time::Duration;

use crate::failure::Failure;
use crate::workspace::write;

/// One value.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Count(u64),
    Number(f64),
    Words(String),
    Absent(String),
}

/// Named values, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Measures(Vec<(String, Value)>);

impl Measures {
    /// A whole number.
    pub(crate) fn count(&mut self, name: &str, value: u64) {
        self.0.push((name.to_owned(), Value::Count(value)));
    }

    /// A number, shown with three decimals at most.
    pub(crate) fn number(&mut self, name: &str, value: f64) {
        self.0.push((name.to_owned(), Value::Number(value)));
    }

    /// A text.
    pub(crate) fn words(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), Value::Words(value.into())));
    }

    /// Not measured, and why: `null`, with the reason under the name with `_why` at its end.
    pub(crate) fn absent(&mut self, name: &str, why: impl Into<String>) {
        self.0.push((name.to_owned(), Value::Absent(why.into())));
    }

    /// Adds the others at the end.
    pub(crate) fn extend(&mut self, others: &Self) {
        self.0.extend(others.0.iter().cloned());
    }

    /// For the terminal.
    pub(crate) fn table(&self) -> String {
        let line = |(name, value): &(String, Value)| {
            let value = match value {
                Value::Count(count) => count.to_string(),
                Value::Number(number) => decimal(*number),
                Value::Words(words) => words.clone(),
                Value::Absent(why) => format!("- ({why})"),
            };
            format!("{name:<34} {value}\n")
        };
        self.0.iter().map(line).collect()
    }

    /// One JSON object.
    pub(crate) fn json(&self) -> String {
        let member = |(name, value): &(String, Value)| match value {
            Value::Count(count) => format!("  \"{name}\": {count}"),
            Value::Number(number) => format!("  \"{name}\": {}", decimal(*number)),
            Value::Words(words) => format!("  \"{name}\": {}", quoted(words)),
            Value::Absent(why) => {
                format!("  \"{name}\": null,\n  \"{name}_why\": {}", quoted(why))
            }
        };
        let members: Vec<String> = self.0.iter().map(member).collect();
        format!("{{\n{}\n}}\n", members.join(",\n"))
    }

    /// Shows the table, and writes the JSON where asked.
    pub(crate) fn give(&self, json: Option<&Path>) -> Result<(), Failure> {
        print!("{}", self.table());
        json.map_or(Ok(()), |file| write(file, self.json()))
    }
}

/// In milliseconds.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Bytes in units of 2^20.
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    number(bytes) / 1_048_576.0
}

/// So many in that time.
pub(crate) fn per_second(count: u64, time: Duration) -> f64 {
    number(count) / time.as_secs_f64()
}

/// Exact up to 2^53, which nothing that is counted here reaches.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub(crate) const fn number(count: u64) -> f64 {
    count as f64
}

/// JSON has no number for what is none.
fn decimal(number: f64) -> String {
    if !number.is_finite() {
        return "null".to_owned();
    }
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn quoted(words: &str) -> String {
    let escaped = words.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::Measures;

    #[test]
    fn what_was_not_measured_is_null_with_a_reason() {
        let mut measures = Measures::default();
        measures.count("lost", 0);
        measures.number("p99_ms", 41.25);
        measures.number("rate", 1_200.0);
        measures.absent("ready_s", "a \"short\" run");
        measures.words("disk", "a\nb");
        let json = measures.json();
        assert_eq!(
            json,
            "{\n  \"lost\": 0,\n  \"p99_ms\": 41.25,\n  \"rate\": 1200,\n  \"ready_s\": null,\n  \
             \"ready_s_why\": \"a \\\"short\\\" run\",\n  \"disk\": \"a\\u000ab\"\n}\n"
        );
        assert!(measures.table().contains("- (a \"short\" run)"));
    }
}
