//! Where output goes and in which form: data on standard output, talk on standard error.
//!
//! In: values and text. Out: bytes on the two streams. Not here: how a plan or a finding looks; see `render`.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;
use crate::render::yaml;

/// The form of what is printed on standard output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// Aligned text for people.
    #[default]
    Table,
    /// The same with everything in it: full names, reasons, what was left out.
    Wide,
    /// JSON, as scripts read it.
    Json,
    /// The same as YAML.
    Yaml,
    /// Names alone, one a line.
    Name,
    /// A Mermaid flow chart (plans).
    Mermaid,
    /// A Graphviz digraph (plans).
    Dot,
    /// Comma-separated values (query results).
    Csv,
    /// Tab-separated values (query results).
    Tsv,
    /// XML (query results).
    Xml,
    /// Turtle (query results that are graphs, and plans).
    Turtle,
}

impl Format {
    /// The form as it is written on the command line.
    pub(crate) fn as_str(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Fails when a verb does not print that form.
    pub(crate) fn unsupported(self, verb: &str) -> Failure {
        Failure::usage(
            format!("`{verb}` does not print `{}`", self.as_str()),
            "choose another form with -o: table and json always work",
        )
    }
}

/// The two streams and how they may be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// The form of data.
    pub(crate) format: Format,
    /// May colour be used on standard error?
    pub(crate) colour: bool,
}

impl Output {
    /// Data: text as it is, with one line end at its end.
    pub(crate) fn data(&self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            self.bytes(b"\n")?;
        }
        Ok(())
    }

    /// Data: bytes as they are.
    #[allow(
        clippy::unused_self,
        reason = "printing goes through the one value that knows how"
    )]
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stream = io::stdout().lock();
        match stream.write_all(bytes).and_then(|()| stream.flush()) {
            // Whoever reads has seen enough (`samos … | head`).
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Closed),
            Err(error) => Err(Failure::stream(&error)),
            Ok(()) => Ok(()),
        }
    }

    /// Data: a value as JSON or, where asked for, as YAML.
    pub(crate) fn value(&self, value: &impl Serialize) -> Result<(), Failure> {
        let value = serde_json::to_value(value).map_err(|error| Failure::internal(&error))?;
        if self.format == Format::Yaml {
            return self.data(&yaml::print(&value));
        }
        let text =
            serde_json::to_string_pretty(&value).map_err(|error| Failure::internal(&error))?;
        self.data(&text)
    }

    /// Talk: a line for people on standard error.
    #[allow(
        clippy::unused_self,
        reason = "printing goes through the one value that knows how"
    )]
    pub(crate) fn say(&self, text: &str) {
        let mut stream = anstream::stderr().lock();
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(stream, "{}", text.trim_end_matches('\n'));
    }

    /// Is the form one for programs?
    pub(crate) fn is_structured(&self) -> bool {
        matches!(self.format, Format::Json | Format::Yaml)
    }

    /// Can a person be asked something?
    pub(crate) fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }
}
