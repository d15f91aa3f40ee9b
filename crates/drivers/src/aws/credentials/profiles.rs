//! The files `~/.aws/config` and `~/.aws/credentials`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Environment;
use crate::aws::error::Error;

type Section = BTreeMap<String, String>;

/// The profiles of a user: what both files say, the credentials file first.
#[derive(Clone, Default)]
pub(crate) struct Profiles {
    chosen: String,
    /// Was the profile named, so that it must exist?
    is_named: bool,
    profiles: BTreeMap<String, Section>,
}

impl Profiles {
    /// Reads what there is; a missing file is an empty one.
    pub(crate) fn read(environment: &Environment) -> Result<Self, Error> {
        let file = |variable: &str, name: &str| -> Option<PathBuf> {
            let named = environment.variable(variable).map(PathBuf::from);
            named.or_else(|| Some(environment.home.as_ref()?.join(".aws").join(name)))
        };
        let mut profiles = BTreeMap::new();
        if let Some(path) = file("AWS_CONFIG_FILE", "config") {
            for (name, section) in sections(&path)? {
                let name = name
                    .strip_prefix("profile ")
                    .map_or(name.as_str(), str::trim)
                    .to_owned();
                profiles
                    .entry(name)
                    .or_insert_with(Section::new)
                    .extend(section);
            }
        }
        if let Some(path) = file("AWS_SHARED_CREDENTIALS_FILE", "credentials") {
            for (name, section) in sections(&path)? {
                profiles
                    .entry(name)
                    .or_insert_with(Section::new)
                    .extend(section);
            }
        }
        let named = environment
            .variable("AWS_PROFILE")
            .or_else(|| environment.variable("AWS_DEFAULT_PROFILE"));
        Ok(Self {
            chosen: named.unwrap_or("default").to_owned(),
            is_named: named.is_some(),
            profiles,
        })
    }

    /// The name of the profile in use.
    pub(crate) fn chosen(&self) -> &str {
        &self.chosen
    }

    /// A value of the profile in use.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.value_of(&self.chosen, key)
    }

    pub(crate) fn value_of(&self, profile: &str, key: &str) -> Option<&str> {
        let value = self.profiles.get(profile)?.get(key)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    pub(crate) fn has(&self, profile: &str) -> bool {
        self.profiles.contains_key(profile)
    }

    /// The error of a profile that was named and is nowhere.
    pub(crate) fn check_chosen(&self) -> Result<(), Error> {
        if self.is_named && !self.has(&self.chosen) {
            return Err(Error::Credentials {
                message: format!(
                    "profile `{}` is in neither `~/.aws/config` nor `~/.aws/credentials`",
                    self.chosen
                ),
            });
        }
        Ok(())
    }
}

/// The sections of a file with their keys. Indented lines belong to the key above and are not needed here.
fn sections(path: &Path) -> Result<BTreeMap<String, Section>, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            return Err(Error::Credentials {
                message: format!("cannot read `{}`: {error}", path.display()),
            });
        }
    };
    Ok(parsed(&text))
}

fn parsed(text: &str) -> BTreeMap<String, Section> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        let is_indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || is_indented {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.split(']').next())
        {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            sections.entry(name.clone()).or_default();
            current = Some(name);
        } else if let (Some(section), Some((key, value))) = (&current, line.split_once('=')) {
            // A comment may follow the value after a space.
            let value = value.split(" #").next().unwrap_or_default();
            let value = value.split(" ;").next().unwrap_or_default().trim();
            let section = sections.entry(section.clone()).or_default();
            section.insert(key.trim().to_ascii_lowercase(), value.to_owned());
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keys_comments_and_nested_lines() {
        let text = "# mine\n[profile  one]\nregion = eu-west-1 # near\ns3 =\n  addressing_style = path\n\n[two]\nAWS_Access_Key_Id=A=B\n";
        let sections = parsed(text);
        assert_eq!(sections["profile one"]["region"], "eu-west-1");
        assert!(!sections["profile one"].contains_key("addressing_style"));
        assert_eq!(sections["two"]["aws_access_key_id"], "A=B");
    }
}
