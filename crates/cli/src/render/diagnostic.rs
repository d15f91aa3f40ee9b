//! Prints findings as diagnostics: code, message, the place in its source, and the next step.
//!
//! In: findings and the text of what was given on the command line. Out: text for standard error. Files are read
//! again here only to show their lines; when one has gone, the finding is printed without them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource,
    Severity as Grade,
};
use samos::{Finding, Place, Severity};

/// The largest file of which lines are shown.
const SHOWN_BYTES: u64 = 16 << 20;

/// Prints findings and remembers the sources it has read.
pub(crate) struct Diagnostics {
    handler: GraphicalReportHandler,
    colour: bool,
    sources: BTreeMap<String, Option<String>>,
}

impl Diagnostics {
    /// With or without colour.
    pub(crate) fn new(colour: bool) -> Self {
        let mut theme = if colour {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        // The heading says it in words.
        theme.characters.error = String::new();
        theme.characters.warning = String::new();
        theme.characters.advice = String::new();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(400)
            .with_links(false)
            .with_context_lines(1);
        Self {
            handler,
            colour,
            sources: BTreeMap::new(),
        }
    }

    /// Text that places may name though it is no file, such as an argument.
    pub(crate) fn know(&mut self, name: &str, text: &str) {
        self.sources.insert(name.to_owned(), Some(text.to_owned()));
    }

    /// One finding as text.
    pub(crate) fn print(&mut self, finding: &Finding) -> String {
        let mut text = self.heading(finding);
        if let Some(place) = &finding.place {
            match self.snippet(place, &finding.message) {
                Some(snippet) => text.push_str(&snippet),
                None => {
                    let _ = writeln!(text, "  at {place}");
                }
            }
        }
        if !finding.help.is_empty() {
            let _ = writeln!(text, "  help: {}", finding.help);
        }
        text
    }

    fn heading(&self, finding: &Finding) -> String {
        let (word, paint) = match finding.severity {
            Severity::Error => ("error", "\x1b[1;31m"),
            Severity::Warning => ("warning", "\x1b[1;33m"),
            Severity::Note => ("note", "\x1b[1;36m"),
        };
        if self.colour {
            format!(
                "{paint}{word}[{}]\x1b[0m: {}\n",
                finding.code, finding.message
            )
        } else {
            format!("{word}[{}]: {}\n", finding.code, finding.message)
        }
    }

    /// The lines around a place, the spot underlined.
    fn snippet(&mut self, place: &Place, message: &str) -> Option<String> {
        let source = self.source(&place.file)?;
        let (offset, length) = span(source, place)?;
        let report = MietteDiagnostic::new("")
            .with_severity(Grade::Error)
            .with_label(LabeledSpan::new(Some(message.to_owned()), offset, length));
        let report = miette::Report::new(report)
            .with_source_code(NamedSource::new(&place.file, source.to_owned()));
        let mut text = String::new();
        self.handler
            .render_report(&mut text, report.as_ref())
            .ok()?;
        let from = text.find('╭')?;
        let from = text.get(..from)?.rfind('\n').map_or(0, |at| at + 1);
        let lines = text.get(from..)?.lines().map(str::trim_end);
        Some(
            lines
                .filter(|line| !line.is_empty())
                .fold(String::new(), |mut all, line| {
                    all.push_str(line);
                    all.push('\n');
                    all
                }),
        )
    }

    fn source(&mut self, file: &str) -> Option<&str> {
        self.sources
            .entry(file.to_owned())
            .or_insert_with(|| {
                let small = std::fs::metadata(file).is_ok_and(|file| file.len() <= SHOWN_BYTES);
                if small {
                    std::fs::read_to_string(file).ok()
                } else {
                    None
                }
            })
            .as_deref()
    }
}

/// The bytes a place stands for: the word that starts there.
fn span(source: &str, place: &Place) -> Option<(usize, usize)> {
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(place.column).ok()?.saturating_sub(1);
    let mut start = 0;
    for _ in 0..line {
        start += source.get(start..)?.find('\n')? + 1;
    }
    let rest = source.get(start..)?;
    let text = rest.split('\n').next().unwrap_or(rest);
    let offset = text
        .char_indices()
        .nth(column)
        .map_or(text.len(), |(at, _)| at);
    let word: usize = text
        .get(offset..)?
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.'))
        .map(char::len_utf8)
        .sum();
    // What is missing at the end of a file is shown after its last character.
    let at = start + offset;
    if at >= source.trim_end().len() && at > 0 {
        let end = source.trim_end().len();
        return Some((end.saturating_sub(1), 1));
    }
    Some((at, word.max(1)))
}

#[cfg(test)]
mod tests {
    use super::Diagnostics;
    use samos::{Finding, Place};

    #[test]
    fn the_spot_is_shown_in_its_line() {
        let mut diagnostics = Diagnostics::new(false);
        diagnostics.know("world.ttl", "a b c .\nd stat f .\ng h i .\n");
        let finding =
            Finding::error("K0001", "no property `stat`", "did you mean `state`?").at(Place {
                file: "world.ttl".to_owned(),
                line: 2,
                column: 3,
            });
        let text = diagnostics.print(&finding);
        assert!(
            text.starts_with("error[K0001]: no property `stat`\n"),
            "{text}"
        );
        assert!(text.contains("world.ttl:2:3"), "{text}");
        assert!(text.contains("d stat f ."), "{text}");
        assert!(text.ends_with("  help: did you mean `state`?\n"), "{text}");
    }

    #[test]
    fn a_place_beyond_the_file_is_still_named() {
        let mut diagnostics = Diagnostics::new(false);
        diagnostics.know("world.ttl", "a b c .\n");
        let finding = Finding::error("K0001", "unexpected end", "").at(Place {
            file: "world.ttl".to_owned(),
            line: 9,
            column: 3,
        });
        assert_eq!(
            diagnostics.print(&finding),
            "error[K0001]: unexpected end\n  at world.ttl:9:3\n"
        );
    }
}
