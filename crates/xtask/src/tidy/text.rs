//! Rules that one file can break on its own: length, names, unfinished places, paths of one machine, and what pure
//! crates never touch.

use super::{Report, Settings, Source};

/// Reads every file once.
pub(crate) fn check(settings: &Settings, sources: &[Source], report: &mut Report) {
    let never = settings.words("words", "never");
    let may = settings.words("words", "may");
    for source in sources {
        lengths(settings, source, report);
        if source.is_rust() {
            names(&never, &may, source, report);
            unfinished(source, report);
            purity(settings, source, report);
            homes(settings, source, report);
        }
        if source.path != "Cargo.lock" {
            places(source, report);
        }
    }
}

fn lengths(settings: &Settings, source: &Source, report: &mut Report) {
    if !source.is_rust() && !source.path.ends_with(".py") {
        return;
    }
    let lines = source.text.lines().count();
    if lines > settings.number("files", "fail_above_lines") {
        report.breach(&source.path, format!("{lines} lines: cut it at a seam"));
    } else if lines > settings.number("files", "warn_above_lines") {
        report.remark(&source.path, format!("{lines} lines: does it want a seam?"));
    }
}

/// Names of types, traits, modules and files say what a thing is.
fn names(never: &[String], may: &[String], source: &Source, report: &mut Report) {
    let file = source
        .path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs");
    let mut named = vec![(0, file)];
    for (line, text) in source.text.lines().enumerate() {
        let mut words = text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            if word == "doc" || text.trim_start().starts_with("//") {
                break;
            }
            if matches!(word, "struct" | "enum" | "trait" | "mod" | "type" | "union")
                && let Some(name) = words.next()
            {
                named.push((line + 1, name));
            }
        }
    }
    named.retain(|(_, name)| !may.iter().any(|allowed| allowed == name));
    for (line, name) in named {
        for part in parts(name) {
            if never.contains(&part) {
                report.breach(
                    &format!("{}:{line}", source.path),
                    format!("`{name}`: `{part}` says nothing, name what it is"),
                );
            }
        }
    }
}

/// `FactsLog`, `facts_log` → facts, log.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            parts.push(String::new());
        }
        if c != '_'
            && let Some(last) = parts.last_mut()
        {
            last.extend(c.to_lowercase());
        }
    }
    parts
}

fn unfinished(source: &Source, report: &mut Report) {
    // Spelt in two, so that this file does not break its own rule.
    let marks = [
        ["#[ign", "ore"],
        ["tod", "o!("],
        ["unimpl", "emented!("],
        ["FIX", "ME"],
        ["not yet impl", "emented"],
    ];
    for (line, text) in source.text.lines().enumerate() {
        for mark in marks.map(|halves| halves.concat()) {
            if text.contains(&mark) {
                report.breach(
                    &format!("{}:{}", source.path, line + 1),
                    format!("`{mark}`: finish it, or take it out"),
                );
            }
        }
    }
}

/// What a pure crate names.
fn purity(settings: &Settings, source: &Source, report: &mut Report) {
    let path = &source.path;
    let starts = |folder: &str| path.starts_with(folder);
    let is_pure = settings
        .words("pure", "crates")
        .iter()
        .any(|name| starts(&format!("crates/{name}/src/")));
    let is_excepted = settings
        .words("pure", "but_not")
        .iter()
        .any(|folder| starts(folder));
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
    if !is_pure || is_excepted || is_test {
        return;
    }
    let body = source.text.split("#[cfg(test)]").next().unwrap_or_default();
    for (line, text) in code(body) {
        for never in settings.words("pure", "never") {
            if text.contains(&never) {
                report.breach(
                    &format!("{path}:{line}"),
                    format!("`{never}` in a pure crate: pass the value in"),
                );
            }
        }
    }
}

/// In the facade the store's types stay inside one module.
fn homes(settings: &Settings, source: &Source, report: &mut Report) {
    let module = settings.word("homes-in-facade", "module");
    let Some(path) = source.path.strip_prefix("crates/samos/src/") else {
        return;
    };
    if path == format!("{module}.rs") || path.starts_with(&format!("{module}/")) {
        return;
    }
    for (line, text) in code(&source.text) {
        for name in settings.words("homes-in-facade", "crates") {
            if text.contains(&format!("{name}::")) {
                report.breach(
                    &format!("{}:{line}", source.path),
                    format!("`{name}` is named in module `{module}` only"),
                );
            }
        }
    }
}

/// Paths of one machine, and hosts of package registries.
fn places(source: &Source, report: &mut Report) {
    let folders = ["work", "root", "farm", "tmp", "home"].map(|folder| format!("/{folder}/"));
    let hosts = [
        ["crates", ".io"],
        ["pypi", ".org"],
        ["pythonhosted", ".org"],
        ["npmjs", ".org"],
        ["npmjs", ".com"],
    ];
    let hosts = hosts.map(|halves| halves.concat());
    for (line, text) in source.text.lines().enumerate() {
        let place = format!("{}:{}", source.path, line + 1);
        for folder in &folders {
            for (at, _) in text.match_indices(folder.as_str()) {
                let before = text.get(..at).and_then(|before| before.chars().last());
                let after = text
                    .get(at + folder.len()..)
                    .and_then(|after| after.chars().next());
                let is_start =
                    before.is_none_or(|c| !c.is_alphanumeric() && !"._-:#~}>".contains(c));
                if is_start && after.is_some_and(|c| c.is_ascii_alphabetic()) {
                    report.breach(&place, format!("`{folder}…` is a path of one machine"));
                }
            }
        }
        for host in &hosts {
            if text.contains(host.as_str()) {
                report.breach(
                    &place,
                    format!("`{host}`: no host of a package registry is named here"),
                );
            }
        }
    }
}

/// Lines with their numbers, without those that are comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(line, text)| (line + 1, text));
    lines.filter(|(_, text)| !text.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::{Report, Source, parts, places};

    #[test]
    fn names_fall_into_their_words() {
        assert_eq!(parts("FactsLog"), ["", "facts", "log"]);
        assert_eq!(parts("facts_log"), ["facts", "log"]);
    }

    #[test]
    fn a_path_of_one_machine_is_seen_and_an_address_is_not() {
        let found = |text: &str| {
            let mut report = Report::default();
            let source = Source {
                path: "a.md".into(),
                text: text.into(),
            };
            places(&source, &mut report);
            report.breaches.len()
        };
        assert_eq!(found(&format!("in /{}/someone", "home")), 1);
        assert_eq!(found(&format!("https://example.org/{}/a", "work")), 0);
        assert_eq!(found("/works/a and /work"), 0);
    }
}
