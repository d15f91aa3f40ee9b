//! The image of what a data directory amounts to, so that it opens without everything being read and worked out again.
//!
//! In: what is known, and how far the log had been read when it was. Out: the same, as long as nothing that it was made of
//! has changed. It can be deleted at any time: it is made again from the log. Not here: what stands in it.

use std::path::PathBuf;

use samos_knowledge::{Knowledge, Source};
use samos_model::digest;
use serde::{Deserialize, Serialize};

use super::{Home, Mark};

const FILE: &str = "facts.image";

/// What an image was made of.
#[derive(Serialize, Deserialize)]
struct Heading {
    /// The digest of the sources.
    of: String,
    /// How far the log had been read.
    mark: Mark,
}

/// An image that was found.
pub(crate) struct Image {
    bytes: Vec<u8>,
    body: usize,
    /// How far the log had been read.
    pub(crate) mark: Mark,
}

impl Image {
    /// What is known by it.
    pub(crate) fn open(&self, sources: &[Source]) -> Option<Knowledge> {
        Knowledge::of_image(self.bytes.get(self.body..)?, sources)
    }
}

impl Home {
    /// The image that was made of these sources, if there is one.
    pub(crate) fn image(&self, sources: &[Source]) -> Option<Image> {
        let bytes = std::fs::read(self.file(FILE)).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let heading: Heading = serde_json::from_slice(bytes.get(..end)?).ok()?;
        (heading.of == digest_of(sources)).then_some(Image {
            bytes,
            body: end + 1,
            mark: heading.mark,
        })
    }

    /// Keeps an image. Without one, nothing is lost but time: what cannot be kept is left.
    pub(crate) fn keep_image(&self, knowledge: &mut Knowledge, sources: &[Source], mark: &Mark) {
        if !self.path.is_dir() {
            return;
        }
        let Some(body) = knowledge.image() else {
            return;
        };
        let heading = Heading {
            of: digest_of(sources),
            mark: mark.clone(),
        };
        let Ok(mut bytes) = serde_json::to_vec(&heading) else {
            return;
        };
        bytes.push(b'\n');
        bytes.extend(body);
        // Others may write theirs at the same time; each is whole.
        let draft = self.draft();
        if std::fs::write(&draft, bytes).is_err()
            || std::fs::rename(&draft, self.file(FILE)).is_err()
        {
            let _ = std::fs::remove_file(&draft);
        }
    }

    fn draft(&self) -> PathBuf {
        self.file(&format!("{FILE}.{}", std::process::id()))
    }
}

fn digest_of(sources: &[Source]) -> String {
    let parts = sources.iter().flat_map(|source| {
        let format = format!("{:?} {}", source.format, source.text.len());
        [source.name.clone(), format, source.text.to_string()]
    });
    let all: Vec<String> = parts.collect();
    digest::sha256(all.join("\n").as_bytes())
}
