//! Templates: text with paths between braces, such as `{subject.key}` or `{arguments.port}`.
//!
//! In: text. Out: its parts. A hole is a root, the properties followed from it, and what is done with what stands there:
//! `{root.step.step? | conversion}` or `{root.step == word}`. `?` says that nothing may stand there: the member is then
//! left out. A doubled brace is a brace. There are no loops, conditions or functions.
//! Not here: what a path leads to ([`crate::scope`]).

use std::fmt;

use samos_model::Name;

/// Text with holes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// As written.
    pub source: String,
    /// Texts and holes in turn.
    pub parts: Vec<Part>,
}

/// One part of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text that stands as it is.
    Text(String),
    /// Where a value goes.
    Hole(Hole),
}

/// Where a value goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hole {
    /// As written, without braces.
    pub source: String,
    /// Where it starts.
    pub root: HoleRoot,
    /// What is followed.
    pub steps: Vec<Step>,
    /// May there be nothing?
    pub optional: bool,
    /// What is done with the value.
    pub conversion: Option<Conversion>,
    /// The value is whether it equals this.
    pub equals: Option<String>,
}

/// Where a hole's path starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HoleRoot {
    /// The request's subject.
    Subject,
    /// The subject's account.
    Account,
    /// The subject's service.
    Service,
    /// The subject's provider.
    Provider,
    /// The argument for a parameter.
    Argument(Name),
    /// The token that makes a repetition harmless.
    Token,
    /// The element of the enclosing `$each`.
    Each,
    /// The key that an outcome was read with.
    Key,
    /// A value that the entry's lookup found.
    Found(String),
}

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// `key`: what tells the thing apart.
    Key,
    /// A property, by its local name or with a prefix.
    Property(String),
    /// `^property`: what has this as the value of that property.
    Inverse(String),
}

/// What is done with a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conversion {
    /// Text, whatever its type.
    Text,
    /// A number, though its type is text.
    Number,
    /// True or false.
    Boolean,
    /// Text that stands within XML.
    Xml,
    /// Text that stands within an address: percent-encoded.
    Url,
    /// Entries such as `name=value` become an object.
    Object,
}

impl Conversion {
    const ALL: [(&'static str, Self); 6] = [
        ("text", Self::Text),
        ("number", Self::Number),
        ("boolean", Self::Boolean),
        ("xml", Self::Xml),
        ("url", Self::Url),
        ("object", Self::Object),
    ];
}

/// Why a text is no template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateError {
    /// The part that is wrong, to be found in the file.
    pub fragment: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong, and with which part.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            text.push_str(before);
            let mut after = brace.chars();
            let sign = after.next();
            let after = after.as_str();
            let doubled = sign.filter(|sign| after.starts_with(*sign));
            if let Some(sign) = doubled {
                text.push(sign);
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            let end = (sign == Some('{')).then(|| after.find('}')).flatten();
            let Some(end) = end else {
                return Err(TemplateError {
                    fragment: brace.to_owned(),
                    message: format!(
                        "`{source}` has a brace without its other; double one that is meant as such"
                    ),
                });
            };
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            let (inside, behind) = after.split_at(end);
            parts.push(Part::Hole(Hole::parse(inside)?));
            rest = behind.get(1..).unwrap_or_default();
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self {
            source: source.to_owned(),
            parts,
        })
    }

    /// All holes, left to right.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.parts.iter().filter_map(|part| match part {
            Part::Hole(hole) => Some(hole),
            Part::Text(_) => None,
        })
    }

    /// The hole, when the template is nothing else.
    #[must_use = "reading has no other effect"]
    pub fn lone(&self) -> Option<&Hole> {
        match self.parts.as_slice() {
            [Part::Hole(hole)] => Some(hole),
            _ => None,
        }
    }
}

impl Hole {
    /// Reads what stands between braces.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let fail = |message: String| TemplateError {
            fragment: source.to_owned(),
            message,
        };
        let (path, equals) = match source.split_once("==") {
            Some((path, word)) => (path, Some(word.trim().to_owned())),
            None => (source, None),
        };
        let (path, conversion) = match path.split_once('|') {
            Some((path, name)) => {
                let name = name.trim();
                let known = Conversion::ALL.iter().find(|(known, _)| *known == name);
                let Some((_, conversion)) = known else {
                    let names = Conversion::ALL.map(|(name, _)| name).join(", ");
                    return Err(fail(format!(
                        "`{{{source}}}` has no conversion `{name}`; there are {names}"
                    )));
                };
                (path, Some(*conversion))
            }
            None => (path, None),
        };
        let path = path.trim();
        let (path, optional) = match path.strip_suffix('?') {
            Some(path) => (path, true),
            None => (path, false),
        };
        let mut words = path.split('.');
        let root = words.next().unwrap_or_default();
        let mut named = |what: &str| {
            words
                .next()
                .filter(|word| is_word(word))
                .map(str::to_owned)
                .ok_or_else(|| fail(format!("`{{{source}}}` names no {what}")))
        };
        let root = match root {
            "subject" => HoleRoot::Subject,
            "account" => HoleRoot::Account,
            "service" => HoleRoot::Service,
            "provider" => HoleRoot::Provider,
            "arguments" => HoleRoot::Argument(Name::from(named("parameter")?)),
            "found" => HoleRoot::Found(named("value of the lookup")?),
            "token" => HoleRoot::Token,
            "each" => HoleRoot::Each,
            "key" => HoleRoot::Key,
            other => {
                return Err(fail(format!(
                    "`{{{source}}}` starts at `{other}`; a path starts at subject, account, service, provider, arguments, found, token, each or key"
                )));
            }
        };
        let mut steps = Vec::new();
        for word in words {
            let (inverse, name) = match word.strip_prefix('^') {
                Some(name) => (true, name),
                None => (false, word),
            };
            if !is_word(name) {
                return Err(fail(format!("`{{{source}}}` has no property at `{word}`")));
            }
            steps.push(match (inverse, name) {
                (true, name) => Step::Inverse(name.to_owned()),
                (false, "key") => Step::Key,
                (false, name) => Step::Property(name.to_owned()),
            });
        }
        Ok(Self {
            source: source.to_owned(),
            root,
            steps,
            optional,
            conversion,
            equals,
        })
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "_-:".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_told_from_text_and_doubled_braces() {
        let template = Template::parse("/a/{subject.key}/{{x}}/{arguments.port? | text}").unwrap();
        assert_eq!(template.holes().count(), 2);
        assert_eq!(template.parts.get(2), Some(&Part::Text("/{x}/".into())));
        let last = template.holes().last().unwrap();
        assert_eq!(last.root, HoleRoot::Argument("port".into()));
        assert!(last.optional && last.conversion == Some(Conversion::Text));
    }

    #[test]
    fn what_is_no_template_says_why() {
        for (text, part) in [
            ("{subject.key", "brace"),
            ("{sbject.key}", "starts at `sbject`"),
            ("{arguments}", "names no parameter"),
            ("{subject..key}", "no property at"),
            ("{subject.key | base65}", "no conversion"),
            ("{{% for x %}", "brace"),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }
}
