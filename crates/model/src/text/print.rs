//! Prints syntax trees back as text, so that parsing the result gives the same tree.

use std::fmt::{self, Display, Write as _};

use crate::name::Iri;
use crate::operation::{DefaultValue, Outcome, Parameter};
use crate::value::Literal;
use crate::vocabulary::xsd;

use super::name::RawName;
use super::{Atom, Condition, Conjunct, Effect, Path, Root, Sign, Term};

/// How a kind of name is printed where a text needs one.
pub trait PrintName {
    /// Writes the name as it may stand in a text.
    ///
    /// # Errors
    /// When the sink fails.
    fn print(&self, f: &mut dyn fmt::Write) -> fmt::Result;
}

impl PrintName for RawName {
    fn print(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// An IRI prints in brackets: exact, and free of any prefix.
impl PrintName for Iri {
    fn print(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        write!(f, "<{self}>")
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = match self.datatype.as_str() {
            xsd::BOOLEAN => matches!(&*self.lexical, "true" | "false"),
            xsd::INTEGER => is_number(&self.lexical, false, false),
            xsd::DECIMAL => is_number(&self.lexical, true, false),
            xsd::DOUBLE => is_number(&self.lexical, false, true),
            _ => false,
        };
        if plain {
            return f.write_str(&self.lexical);
        }
        f.write_char('"')?;
        for c in self.lexical.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')?;
        match self.datatype.as_str().strip_prefix(xsd::NAMESPACE) {
            _ if self.datatype.as_str() == xsd::STRING => Ok(()),
            Some(local) if !local.is_empty() && local.chars().all(char::is_alphanumeric) => {
                write!(f, "^^xsd:{local}")
            }
            _ => write!(f, "^^<{}>", self.datatype),
        }
    }
}

/// Would the lexer read these characters back as one number of that datatype?
fn is_number(text: &str, needs_point: bool, needs_exponent: bool) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        ),
        None => (unsigned, None),
    };
    if exponent.is_some() != needs_exponent || exponent.is_some_and(|exponent| !digits(exponent)) {
        return false;
    }
    match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            (needs_point || needs_exponent) && digits(whole) && digits(fraction)
        }
        None => !needs_point && digits(mantissa),
    }
}

struct Printer<'a, N>(&'a N);

impl<N: PrintName> Display for Printer<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print(f)
    }
}

impl<N: PrintName> Display for Path<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Root::Subject => f.write_str("subject")?,
            Root::Account => f.write_str("account")?,
            Root::Service => f.write_str("service")?,
            Root::Provider => f.write_str("provider")?,
            Root::Variable(name) => write!(f, "{name}")?,
            Root::Individual(name) => name.print(f)?,
        }
        self.properties
            .iter()
            .try_for_each(|property| write!(f, ".{}", Printer(property)))
    }
}

impl<N: PrintName> Display for Atom<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => literal.fmt(f),
            Self::Path(path) => path.fmt(f),
            Self::Count(path) => write!(f, "count({path})"),
        }
    }
}

impl<N: PrintName> Display for Term<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.rest.iter().try_for_each(|(sign, atom)| match sign {
            Sign::Plus => write!(f, " + {atom}"),
            Sign::Minus => write!(f, " - {atom}"),
        })
    }
}

impl<N: PrintName> Display for Conjunct<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare {
                left,
                comparison,
                right,
            } => write!(f, "{left} {} {right}", comparison.as_str()),
            Self::Is { path, of_type } => write!(f, "{path} is {}", Printer(of_type)),
            Self::In { path, values } => {
                write!(f, "{path} in {{")?;
                separated(f, values, ", ")?;
                f.write_char('}')
            }
            Self::Contains { path, value } => write!(f, "{path} contains {value}"),
            Self::Exists { path } => write!(f, "exists {path}"),
            Self::Not(inner) => write!(f, "not {inner}"),
            Self::Either(alternatives) => {
                f.write_char('(')?;
                separated(f, alternatives, " or ")?;
                f.write_char(')')
            }
        }
    }
}

impl<N: PrintName> Display for Condition<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unconditional() {
            return f.write_str("unconditional");
        }
        separated(f, &self.conjuncts, " and ")
    }
}

impl<N: PrintName> Display for Effect<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { path, value } => write!(f, "{path} = {value}"),
            Self::Add { path, value } => write!(f, "{path} += {value}"),
            Self::Remove { path, value } => write!(f, "{path} -= {value}"),
            Self::Clear(path) => write!(f, "clear {path}"),
            Self::Renew(path) => write!(f, "renew {path}"),
            Self::Create {
                outcome,
                count: None,
            } => write!(f, "create {outcome}"),
            Self::Create {
                outcome,
                count: Some(count),
            } => write!(f, "create {outcome} * {count}"),
            Self::Delete(path) => write!(f, "delete {path}"),
        }
    }
}

impl<N: PrintName> Display for Parameter<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.multiple {
            ("<", ">")
        } else {
            ("(", ")")
        };
        let (before, after) = if self.mandatory { ("[", "]") } else { ("", "") };
        write!(f, "{before}{open}{}: {}", self.name, Printer(&self.of_type))?;
        match &self.default {
            None => {}
            Some(DefaultValue::Literal(literal)) => write!(f, " = {literal}")?,
            Some(DefaultValue::Individual(name)) => write!(f, " = {}", Printer(name))?,
        }
        write!(f, "{close}{after}")
    }
}

impl<N: PrintName> Display for Outcome<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.multiple {
            ("<", ">")
        } else {
            ("(", ")")
        };
        write!(f, "{open}{}: {}{close}", self.name, Printer(&self.of_type))?;
        match &self.reads {
            None => Ok(()),
            Some(reads) if reads.some => write!(f, " reads some {}", reads.path),
            Some(reads) => write!(f, " reads {}", reads.path),
        }
    }
}

fn separated<T: Display>(f: &mut fmt::Formatter<'_>, items: &[T], separator: &str) -> fmt::Result {
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            f.write_str(separator)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

/// A condition as text.
pub fn print_condition<N: PrintName>(condition: &Condition<N>) -> String {
    condition.to_string()
}

/// A postcondition as text.
pub fn print_effects<N: PrintName>(effects: &[Effect<N>]) -> String {
    if effects.is_empty() {
        "unconditional".to_owned()
    } else {
        joined(effects, " and ")
    }
}

/// Parameters as text.
pub fn print_parameters<N: PrintName>(parameters: &[Parameter<N>]) -> String {
    joined(parameters, ", ")
}

/// Outcomes as text.
pub fn print_outcomes<N: PrintName>(outcomes: &[Outcome<N>]) -> String {
    joined(outcomes, ", ")
}

fn joined<T: Display>(items: &[T], separator: &str) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(separator)
}

/// Characters in quotes, as all notations of RDF write them.
#[must_use = "this makes text and changes nothing"]
pub fn quoted(characters: &str) -> String {
    let mut text = String::from("\"");
    for c in characters.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(text, "\\u{:04X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
