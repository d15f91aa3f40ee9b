//! Checks of conditions and effects that need the schema: order, functional properties, types of both sides.

mod effects;
mod sides;

use std::cell::RefCell;

use samos_model::finding::{Severity, nearest};
use samos_model::text::{
    Atom, Condition, Conjunct, Path, RawName, Root, Span, Term, resolve_conjunct,
};
use samos_model::value::Literal;

use super::elements::word_at;
use super::path::{NameProblem, Scope, TypedPath};
use crate::codes;
use crate::datatypes::Family;

/// The checks of one text.
pub(super) struct Checks<'a> {
    scope: &'a Scope<'a>,
    text: &'a str,
    /// Comparison signs not yet met, last first.
    signs: Vec<usize>,
    problems: RefCell<Vec<(Severity, NameProblem)>>,
}

/// What stands on one side.
enum Side {
    Path(TypedPath, Span),
    Literal(Literal),
    Count,
}

impl<'a> Checks<'a> {
    pub(super) fn new(scope: &'a Scope<'a>, text: &'a str) -> Self {
        let mut signs = comparison_signs(text);
        signs.reverse();
        Self {
            scope,
            text,
            signs,
            problems: RefCell::default(),
        }
    }

    pub(super) fn into_problems(self) -> Vec<(Severity, NameProblem)> {
        self.problems.into_inner()
    }

    fn problem(&self, severity: Severity, problem: NameProblem) {
        self.problems.borrow_mut().push((severity, problem));
    }

    fn error(&self, code: &'static str, span: Span, message: String, help: impl Into<String>) {
        self.problem(
            Severity::Error,
            NameProblem::new(code, span, message, help.into()),
        );
    }

    /// The path of a `reads`, which needs a property.
    pub(super) fn read_path(&self, raw: &Path<RawName>) -> Result<Path, NameProblem> {
        self.root_is_known(raw)?;
        let typed = self.scope.typed(raw)?;
        if typed.properties.is_empty() {
            let span = self.span_of(raw);
            return Err(NameProblem::new(
                codes::NO_PLACE,
                span,
                "`reads` needs a property".to_owned(),
                "write `reads subject.property`".to_owned(),
            ));
        }
        Ok(typed.path)
    }

    /// Resolves a condition; each conjunct that cannot be is reported and left out.
    pub(super) fn condition(&mut self, raw: &Condition<RawName>) -> Condition {
        let mut condition = Condition::default();
        for conjunct in &raw.conjuncts {
            match self.conjunct(conjunct) {
                Ok(resolved) => condition.conjuncts.push(resolved),
                Err(problem) => self.problem(Severity::Error, problem),
            }
        }
        condition
    }

    fn conjunct(&mut self, raw: &Conjunct<RawName>) -> Result<Conjunct, NameProblem> {
        self.check_conjunct(raw)?;
        let mut names = Scope {
            lexicon: self.scope.lexicon,
            subject: self.scope.subject,
            variables: self.scope.variables.clone(),
        };
        resolve_conjunct(raw, &mut names)
    }

    fn check_conjunct(&mut self, raw: &Conjunct<RawName>) -> Result<(), NameProblem> {
        match raw {
            Conjunct::Compare {
                left,
                comparison,
                right,
            } => {
                let sign = self.signs.pop().unwrap_or(0);
                let sign = Span {
                    start: sign,
                    end: sign + comparison.as_str().len(),
                };
                let (left, right) = (self.sides(left)?, self.sides(right)?);
                self.check_comparison(&left, *comparison, &right, sign);
            }
            Conjunct::Is { path, .. } | Conjunct::Exists { path } => {
                self.side(&Atom::Path(path.clone()))?;
            }
            Conjunct::In { path, values } => {
                let left = self.side(&Atom::Path(path.clone()))?;
                for value in values {
                    self.check_fit(&left, &self.side(value)?, self.span_of(path));
                }
            }
            Conjunct::Contains { path, value } => {
                let left = self.side(&Atom::Path(path.clone()))?;
                self.check_fit(&left, &self.side(value)?, self.span_of(path));
            }
            Conjunct::Not(inner) => self.check_conjunct(inner)?,
            Conjunct::Either(alternatives) => {
                for conjunct in alternatives
                    .iter()
                    .flat_map(|alternative| &alternative.conjuncts)
                {
                    self.check_conjunct(conjunct)?;
                }
            }
        }
        Ok(())
    }

    fn sides(&self, term: &Term<RawName>) -> Result<Vec<Side>, NameProblem> {
        term.atoms().map(|atom| self.side(atom)).collect()
    }

    fn side(&self, atom: &Atom<RawName>) -> Result<Side, NameProblem> {
        Ok(match atom {
            Atom::Literal(literal) => Side::Literal(literal.clone()),
            Atom::Count(path) => {
                self.root_is_known(path)?;
                self.scope.typed(path)?;
                Side::Count
            }
            Atom::Path(path) => {
                self.root_is_known(path)?;
                Side::Path(self.scope.typed(path)?, self.span_of(path))
            }
        })
    }

    fn root_is_known(&self, path: &Path<RawName>) -> Result<(), NameProblem> {
        let Root::Variable(name) = &path.root else {
            return Ok(());
        };
        if self.scope.variables.contains_key(name) {
            return Ok(());
        }
        let help = match nearest(name.as_str(), self.scope.root_names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "start with subject, account, service, provider, a parameter, an outcome, or a prefixed name".to_owned(),
        };
        let start = self.root_span(path, name.as_str());
        Err(NameProblem::new(
            codes::UNKNOWN_ROOT,
            start,
            format!("`{name}` is no parameter or outcome of this operation"),
            help,
        ))
    }

    fn root_span(&self, path: &Path<RawName>, name: &str) -> Span {
        let end = path
            .properties
            .first()
            .map_or(self.text.len(), |property| property.span.start);
        let before = self.text.get(..end).unwrap_or(self.text);
        let start = match path.properties.first() {
            Some(_) => before.rfind(name),
            None => word_at(self.text, name, 0),
        };
        let start = start.unwrap_or(0);
        Span {
            start,
            end: start + name.len(),
        }
    }

    /// Where a path is best pointed at: its last property, else its root.
    fn span_of(&self, path: &Path<RawName>) -> Span {
        if let Some(last) = path.properties.last() {
            return last.span;
        }
        match &path.root {
            Root::Individual(name) => name.span,
            Root::Variable(name) => self.root_span(path, name.as_str()),
            Root::Subject => self.root_span(path, "subject"),
            Root::Account => self.root_span(path, "account"),
            Root::Service => self.root_span(path, "service"),
            Root::Provider => self.root_span(path, "provider"),
        }
    }
}

fn is_ordered(family: Option<Family>) -> bool {
    matches!(
        family,
        Some(Family::Number | Family::Time | Family::Duration)
    )
}

fn text_of(atom: &Atom<RawName>) -> String {
    atom.to_string()
}

/// Where comparison signs stand, left to right, outside strings and names in brackets.
fn comparison_signs(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        if first == '"' || first == '\'' {
            at += 1;
            while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
                at += c.len_utf8();
                if c == '\\' {
                    at += text
                        .get(at..)
                        .and_then(|rest| rest.chars().next())
                        .map_or(0, char::len_utf8);
                } else if c == first {
                    break;
                }
            }
            continue;
        }
        let inside = rest
            .strip_prefix('<')
            .and_then(|inside| inside.find('>').and_then(|end| inside.get(..end)));
        if let Some(name) = inside
            && name.contains([':', '.', '/', '#'])
            && !name.contains(char::is_whitespace)
            && !name.starts_with('=')
        {
            at += name.len() + 2;
            continue;
        }
        if let Some(sign) = ["==", "!=", "<=", ">=", "<", ">"]
            .into_iter()
            .find(|sign| rest.starts_with(sign))
        {
            found.push(at);
            at += sign.len();
        } else {
            at += first.len_utf8();
        }
    }
    found
}
