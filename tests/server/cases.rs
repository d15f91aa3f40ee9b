//! Requests and what they shall be answered with, as text.
//!
//! ```text
//! # what the case shows
//! POST /sparql?timeout=5
//! Content-Type: application/sparql-query
//! | SELECT * WHERE { ?s ?p ?o } LIMIT 1
//! => 200 application/sparql-results+json
//! ~ text that the answer holds
//! ! text that it does not hold
//! < header: text that a header holds
//! ```
//! What stands in `«…»` is escaped as in an address. Cases of one file run one after the other on the same server.

use super::client::{Server, escaped};

/// Runs the cases of a text; all that fail are told.
pub(crate) fn run(server: &Server, text: &str) {
    let mut failures = Vec::new();
    let mut count = 0;
    for case in text
        .split("\n\n")
        .filter(|case| case.lines().any(|line| line.starts_with("=>")))
    {
        count += 1;
        if let Err(failure) = one(server, case) {
            failures.push(format!("{case}\n--- {failure}"));
        }
    }
    assert!(count > 0, "no cases");
    assert!(
        failures.is_empty(),
        "{} of {count} cases:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

fn one(server: &Server, case: &str) -> Result<(), String> {
    let mut lines = case
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let request = with_escapes(lines.next().ok_or("no request")?);
    let (method, path) = request.split_once(' ').ok_or("no path")?;
    let mut headers: Vec<(&str, &str)> = Vec::new();
    let mut body: Vec<String> = Vec::new();
    let mut expected = Vec::new();
    for line in lines {
        if let Some(text) = line.strip_prefix("| ") {
            body.push(with_escapes(text));
        } else if line.starts_with("=>") || line.starts_with(['~', '!', '<']) {
            expected.push(line);
        } else {
            headers.push(line.split_once(": ").ok_or("no header")?);
        }
    }
    let reply = server.ask(method, path, &headers, &body.join("\n"));
    for line in expected {
        let (sign, wanted) = line.split_once(' ').ok_or("nothing expected")?;
        let said = || format!("{} {:?}\n{}", reply.status, reply.headers, reply.body);
        let holds = match sign {
            "=>" => {
                let (status, media_type) = wanted.split_once(' ').unwrap_or((wanted, ""));
                let statuses: Vec<&str> = status.split('|').collect();
                statuses.contains(&reply.status.to_string().as_str())
                    && reply.header("content-type").starts_with(media_type)
            }
            "~" => reply.body.contains(wanted),
            "!" => !reply.body.contains(wanted),
            "<" => {
                let (name, value) = wanted.split_once(": ").ok_or("no header")?;
                reply.header(name).contains(value)
            }
            other => return Err(format!("what is `{other}`?")),
        };
        if !holds {
            return Err(format!("`{line}` does not hold: {}", said()));
        }
    }
    Ok(())
}

fn with_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('«') {
        let (inside, after) = after.split_once('»').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(&escaped(inside));
        rest = after;
    }
    out + rest
}
