//! One call of the command line: its global arguments, the world it asks about, and what was typed, for diagnostics.

use std::cell::RefCell;
use std::path::PathBuf;

use samos::Samos;

use crate::arguments::Global;
use crate::data_directory;
use crate::failure::Failure;
use crate::keys;
use crate::output::Output;
use crate::progress;

/// What every verb works with.
pub(crate) struct Session {
    /// Where output goes.
    pub(crate) output: Output,
    /// Should answers carry processor time?
    pub(crate) timing: bool,
    worlds: Vec<String>,
    after: Option<String>,
    mappings: Vec<PathBuf>,
    data: Option<PathBuf>,
    is_data_named: bool,
    arguments: RefCell<Vec<(String, String)>>,
}

impl Session {
    /// From the arguments that go with every verb.
    pub(crate) fn new(global: &Global) -> Self {
        let colour = crate::colour_wanted(global.no_color);
        Self {
            output: Output {
                format: global.output,
                colour,
            },
            timing: global.timing,
            worlds: global.world.clone(),
            after: global.after.clone(),
            mappings: global.mappings.clone(),
            data: data_directory::find(global.data.as_ref()),
            is_data_named: global.data.is_some(),
            arguments: RefCell::new(Vec::new()),
        }
    }

    /// Was a world named with `--world`?
    pub(crate) fn has_world(&self) -> bool {
        !self.worlds.is_empty()
    }

    /// The worlds named with `--world`.
    pub(crate) fn worlds(&self) -> &[String] {
        &self.worlds
    }

    /// The data directory; `None` where the system has no place for one.
    pub(crate) fn data(&self) -> Option<&PathBuf> {
        self.data.as_ref()
    }

    /// Was the data directory named with `--data`?
    pub(crate) fn is_data_named(&self) -> bool {
        self.is_data_named
    }

    /// The world asked about, loaded.
    pub(crate) fn samos(&self) -> Result<Samos, Failure> {
        let mut samos = self.load(&self.worlds)?;
        if self.worlds.is_empty() && self.data.is_some() {
            let opener = keys::opener(self, false)?;
            samos.connect_accounts(opener.as_ref(), &keys::environment())?;
        }
        match &self.after {
            Some(run) => Ok(samos.after(run)?),
            None => Ok(samos),
        }
    }

    /// The world asked about, with nothing that sends.
    pub(crate) fn unconnected(&self) -> Result<Samos, Failure> {
        self.load(&self.worlds)
    }

    /// Where runs and facts are kept.
    pub(crate) fn data_directory(&self) -> Option<&std::path::Path> {
        self.data.as_deref()
    }

    /// A world, loaded.
    fn load(&self, worlds: &[String]) -> Result<Samos, Failure> {
        let builder = self.builder(worlds);
        Ok(progress::during("loading", || builder.build())?)
    }

    /// A world with the mappings and the data directory that were named, to be loaded.
    pub(crate) fn builder(&self, worlds: &[String]) -> samos::Builder {
        let mut builder = Samos::builder();
        for world in worlds {
            builder = builder.world(world);
        }
        for path in &self.mappings {
            builder = builder.mappings(path);
        }
        if let Some(data) = &self.data {
            builder = builder.data_directory(data);
        }
        builder
    }

    /// An argument's text, or standard input where it is `-`.
    #[allow(
        clippy::unused_self,
        reason = "what a verb reads goes through its session"
    )]
    pub(crate) fn text_or_input(&self, argument: &str) -> Result<String, Failure> {
        if argument == "-" {
            return std::io::read_to_string(std::io::stdin())
                .map_err(|error| Failure::stream(&error));
        }
        Ok(argument.to_owned())
    }

    /// Remembers the text of an argument, so that a diagnostic can point into it.
    pub(crate) fn typed(&self, name: &str, text: &str) {
        self.arguments
            .borrow_mut()
            .push((name.to_owned(), text.to_owned()));
    }

    /// What was typed.
    pub(crate) fn arguments(&self) -> Vec<(String, String)> {
        self.arguments.borrow().clone()
    }
}
