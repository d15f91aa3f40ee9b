//! XML text: escaping for what goes out, a small tree for what comes in.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::error::Error;

/// Deeper than any true answer: what nests further is refused.
const DEEPEST: usize = 256;

/// Text for an element or an attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // Readers turn these into spaces or line feeds when they stand as they are.
            '\r' => safe.push_str("&#xD;"),
            '\n' => safe.push_str("&#xA;"),
            '\u{85}' => safe.push_str("&#x85;"),
            '\u{2028}' => safe.push_str("&#x2028;"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// One element, what stands in it, and its text put together.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// The name without its prefix.
    pub(crate) name: String,
    /// Attributes with their names as written.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// Reads a document. No external entity is ever followed: there is no code for it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| Error::answer("it is not UTF-8"))?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let mut open: Vec<Element> = Vec::new();
        loop {
            match reader.read_event().map_err(broken)? {
                Event::Start(tag) => {
                    if open.len() >= DEEPEST {
                        return Err(Error::answer("it is nested too deeply"));
                    }
                    open.push(element(&tag)?);
                }
                Event::Empty(tag) => {
                    let element = element(&tag)?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None => return Ok(element),
                    }
                }
                Event::End(_) => {
                    let Some(element) = open.pop() else {
                        return Err(Error::answer("it closes an element that is not open"));
                    };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None => return Ok(element),
                    }
                }
                Event::Text(part) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&part.unescape().map_err(broken)?);
                    }
                }
                Event::CData(part) => {
                    if let Some(element) = open.last_mut() {
                        element
                            .text
                            .push_str(&String::from_utf8_lossy(&part.into_inner()));
                    }
                }
                Event::Eof => return Err(Error::answer("the XML breaks off")),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// An attribute by its name as the model writes it: the prefix may differ, what follows it may not.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
        let exact = self.attributes.iter().find(|(other, _)| other == name);
        let found = exact.or_else(|| {
            let mut others = self
                .attributes
                .iter()
                .filter(|(other, _)| !other.starts_with("xmlns"));
            others.find(|(other, _)| local(other) == local(name))
        });
        found.map(|(_, value)| value.as_str())
    }
}

fn element(tag: &BytesStart<'_>) -> Result<Element, Error> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute =
            attribute.map_err(|error| Error::answer(format!("it is not XML: {error}")))?;
        let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        attributes.push((
            name,
            attribute.unescape_value().map_err(broken)?.into_owned(),
        ));
    }
    Ok(Element {
        name: String::from_utf8_lossy(tag.local_name().as_ref()).into_owned(),
        attributes,
        ..Element::default()
    })
}

fn broken(error: quick_xml::Error) -> Error {
    Error::answer(format!("it is not XML: {error}"))
}
