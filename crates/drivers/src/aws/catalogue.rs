//! The vendor's models in a folder, as botocore keeps them: `SERVICE/VERSION/service-2.json` and their companions.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::endpoints::{Partitions, RuleSet};
use super::error::{Error, nearest_name};
use super::model::Service;

/// A model or its companion is never larger.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Models, read when they are first asked for.
#[derive(Debug)]
pub struct Catalogue {
    folder: PathBuf,
    services: RwLock<HashMap<String, Arc<Loaded>>>,
    partitions: OnceLock<Arc<Partitions>>,
}

/// A service's model with its endpoint rules.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) service: Service,
    pub(crate) rules: Option<RuleSet>,
}

impl Catalogue {
    /// The models below this folder: botocore's `data`, or the folder of an installed botocore.
    ///
    /// # Errors
    /// When it is no folder.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let inner = ["botocore/data", "data"].map(|name| folder.join(name));
        let found = inner
            .into_iter()
            .find(|folder| folder.join("partitions.json").is_file());
        let folder = found.unwrap_or_else(|| folder.to_owned());
        if !folder.is_dir() {
            return Err(Error::model(format!(
                "`{}` is no folder of models; `pip download botocore` brings them",
                folder.display()
            )));
        }
        Ok(Self {
            folder,
            services: RwLock::default(),
            partitions: OnceLock::new(),
        })
    }

    /// The names of the services that there are models of, sorted.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        let mut names: Vec<String> = entries(&self.folder)
            .into_iter()
            .filter(|name| self.folder.join(name).is_dir())
            .collect();
        names.sort();
        names
    }

    /// The model of a service, in its newest version.
    pub(crate) fn service(&self, name: &str) -> Result<Arc<Loaded>, Error> {
        let known = self
            .services
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        if let Some(loaded) = known {
            return Ok(loaded);
        }
        let loaded = Arc::new(self.load(name)?);
        let mut services = self
            .services
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        services.insert(name.to_owned(), Arc::clone(&loaded));
        Ok(loaded)
    }

    fn load(&self, name: &str) -> Result<Loaded, Error> {
        let is_plain = name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        let folder = self.folder.join(name);
        if !is_plain || !folder.is_dir() {
            let names = self.services();
            let near = nearest_name(name, names.iter().map(String::as_str));
            let hint = near
                .map(|near| format!(", did you mean `{near}`?"))
                .unwrap_or_default();
            return Err(Error::model(format!(
                "there is none of a service `{name}`{hint}"
            )));
        }
        let mut versions = entries(&folder);
        versions.sort();
        for version in versions.iter().rev() {
            let folder = folder.join(version);
            let Some(text) = text(&folder.join("service-2.json"))? else {
                continue;
            };
            let rules = text_of_rules(&folder)?;
            return Ok(Loaded {
                service: Service::parse(text)?,
                rules: rules.as_deref().map(RuleSet::parse).transpose()?,
            });
        }
        Err(Error::model(format!(
            "`{}` holds no service-2.json",
            folder.display()
        )))
    }

    pub(crate) fn partitions(&self) -> Result<Arc<Partitions>, Error> {
        if let Some(partitions) = self.partitions.get() {
            return Ok(Arc::clone(partitions));
        }
        let text = text(&self.folder.join("partitions.json"))?;
        let partitions = Arc::new(
            text.as_deref()
                .map_or_else(|| Ok(Partitions::default()), Partitions::parse)?,
        );
        Ok(Arc::clone(self.partitions.get_or_init(|| partitions)))
    }
}

fn text_of_rules(folder: &Path) -> Result<Option<String>, Error> {
    text(&folder.join("endpoint-rule-set-1.json"))
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// The text of a file, or of the compressed file beside it; none where there is neither.
fn text(path: &Path) -> Result<Option<String>, Error> {
    let failed =
        |error: std::io::Error| Error::model(format!("cannot read `{}`: {error}", path.display()));
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let file = match std::fs::File::open(path.with_extension("json.gz")) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    let mut decoder = flate2::read::GzDecoder::new(file).take(MOST_BYTES);
    decoder.read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}
