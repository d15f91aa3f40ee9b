//! Checks of conditions and effects that need the schema: order, functional properties, types of both sides.

use std::cell::RefCell;

use samos_model::finding::{Severity, nearest};
use samos_model::text::{
    Atom, Comparison, Condition, Conjunct, Effect, Path, RawName, Root, Span, Term,
    resolve_conjunct, resolve_effect,
};
use samos_model::value::Literal;

use super::elements::word_at;
use super::path::{NameProblem, Scope, TypedPath};
use crate::codes;
use crate::datatypes::Family;
use crate::terms::TermId;
use crate::vocabulary as v;

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

    fn is_functional(&self, property: TermId) -> bool {
        let store = self.scope.lexicon.store;
        store.closure.properties().above(property).any(|above| {
            store
                .closure
                .facts()
                .contains([above, v::RDF_TYPE, v::OWL_FUNCTIONAL])
        })
    }

    fn check_comparison(&self, left: &[Side], comparison: Comparison, right: &[Side], sign: Span) {
        let arithmetic = left.len() > 1 || right.len() > 1;
        if comparison.is_order() || arithmetic {
            // One word about it is enough.
            for side in left.iter().chain(right) {
                if self.check_ordered(side, comparison, sign, arithmetic) {
                    return;
                }
            }
        }
        if !arithmetic && let (Some(left), Some(right)) = (left.first(), right.first()) {
            self.check_fit(left, right, sign);
            self.check_fit(right, left, sign);
        }
    }

    fn check_ordered(
        &self,
        side: &Side,
        comparison: Comparison,
        sign: Span,
        arithmetic: bool,
    ) -> bool {
        let before = self.problems.borrow().len();
        let what = if arithmetic {
            "a sum"
        } else {
            comparison.as_str()
        };
        let help = format!(
            "`{what}` needs single numbers, dates or times on both sides; compare with `==`, `!=`, `is` or `in`"
        );
        match side {
            Side::Count => {}
            Side::Literal(literal) => {
                let family = self
                    .scope
                    .lexicon
                    .datatypes
                    .family(literal.datatype.as_str());
                // A string may spell a moment; whether it does is judged against the other side's datatype.
                if !is_ordered(family) && family != Some(Family::Text) {
                    self.error(
                        codes::NOT_ORDERED,
                        sign,
                        format!("`{what}` stands beside `{literal}`, which has no order"),
                        help,
                    );
                }
            }
            Side::Path(typed, _) => {
                let several = typed
                    .properties
                    .iter()
                    .find(|property| !self.is_functional(**property));
                let family = typed
                    .types
                    .iter()
                    .find_map(|of_type| self.family_of(*of_type));
                if let Some(several) = several {
                    let message = format!(
                        "`{what}` compares single values, but `{}` may have several",
                        self.scope.lexicon.short(*several)
                    );
                    self.error(codes::NOT_ORDERED, sign, message, "declare the property an owl:FunctionalProperty, or use `count`, `contains` or `==`");
                } else if !is_ordered(family) && !typed.types.is_empty() {
                    let of = typed
                        .types
                        .first()
                        .map_or_else(String::new, |of_type| self.scope.lexicon.short(*of_type));
                    self.error(
                        codes::NOT_ORDERED,
                        sign,
                        format!("`{what}` compares values of `{of}`, which have no order"),
                        help,
                    );
                }
            }
        }
        self.problems.borrow().len() > before
    }

    fn family_of(&self, of_type: TermId) -> Option<Family> {
        self.scope
            .lexicon
            .datatypes
            .family(self.scope.lexicon.store.terms.text(of_type))
    }

    fn is_datatype(&self, of_type: TermId) -> bool {
        self.scope
            .lexicon
            .datatypes
            .has(self.scope.lexicon.store.terms.text(of_type))
    }

    /// Can what stands on the right be a value of what stands on the left?
    fn check_fit(&self, left: &Side, right: &Side, at: Span) {
        let lexicon = self.scope.lexicon;
        let Side::Path(place, _) = left else { return };
        if place.types.is_empty()
            || (place.properties.is_empty() && matches!(place.path.root, Root::Individual(_)))
        {
            return;
        }
        let holds_data = place.types.iter().any(|of_type| self.is_datatype(*of_type));
        let of = place
            .types
            .first()
            .map_or_else(String::new, |of_type| lexicon.short(*of_type));
        match right {
            Side::Count => {
                if !place
                    .types
                    .iter()
                    .any(|of_type| self.family_of(*of_type) == Some(Family::Number))
                {
                    self.error(
                        codes::DOES_NOT_FIT,
                        at,
                        format!("a number is set against a value of `{of}`"),
                        "compare a count with a number",
                    );
                }
            }
            Side::Literal(literal) if !holds_data => {
                let message = format!("`{literal}` is a literal, but `{of}` is a class of things");
                self.error(
                    codes::DOES_NOT_FIT,
                    at,
                    message,
                    "name an individual with its prefix, as in `ec2:stopped`",
                );
            }
            Side::Literal(literal) => self.check_literal(literal, &place.types, at),
            Side::Path(value, span) => {
                let individual =
                    value.properties.is_empty() && matches!(value.path.root, Root::Individual(_));
                if individual {
                    return self.check_individual(&value.path, place, &of, holds_data, *span);
                }
                let value_holds_data = value.types.iter().any(|of_type| self.is_datatype(*of_type));
                if !value.types.is_empty() && value_holds_data != holds_data {
                    let other = value
                        .types
                        .first()
                        .map_or_else(String::new, |of_type| lexicon.short(*of_type));
                    self.error(
                        codes::DOES_NOT_FIT,
                        at,
                        format!("a value of `{other}` is set against a value of `{of}`"),
                        "only one of them is data; compare things with things",
                    );
                }
            }
        }
    }

    fn check_literal(&self, literal: &Literal, types: &[TermId], at: Span) {
        let lexicon = self.scope.lexicon;
        for of_type in types.iter().filter(|of_type| self.is_datatype(**of_type)) {
            if let Err(problem) = lexicon
                .datatypes
                .check(literal, lexicon.store.terms.text(*of_type))
            {
                self.error(
                    codes::DOES_NOT_FIT,
                    at,
                    problem.message,
                    format!("give {}", problem.expected),
                );
            }
        }
    }

    fn check_individual(
        &self,
        path: &Path,
        place: &TypedPath,
        of: &str,
        holds_data: bool,
        span: Span,
    ) {
        let store = self.scope.lexicon.store;
        let Root::Individual(iri) = &path.root else {
            return;
        };
        let Some(term) = store.known(iri) else { return };
        let name = self.scope.lexicon.short(term);
        if store.is_class(term) && !store.is_entity(term) {
            self.error(
                codes::DOES_NOT_FIT,
                span,
                format!("`{name}` is a class, not a thing"),
                format!("to ask for its members, write `is {name}`"),
            );
        } else if holds_data {
            self.error(
                codes::DOES_NOT_FIT,
                span,
                format!("`{name}` is a thing, but `{of}` holds data"),
                "write a literal",
            );
        } else {
            let types = store.closure.types(term);
            if !place
                .types
                .iter()
                .all(|wanted| self.scope.lexicon.is_under_any(&types, *wanted))
            {
                let problem = NameProblem::new(
                    codes::DOES_NOT_FIT,
                    span,
                    format!("`{name}` is not known to be a `{of}`"),
                    format!("state `{name} a {of}`, or name another individual"),
                );
                self.problem(Severity::Warning, problem);
            }
        }
    }

    /// Resolves a postcondition; each effect that cannot be is reported and left out.
    pub(super) fn effects(&mut self, raw: &[Effect<RawName>]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for effect in raw {
            let mut names = Scope {
                lexicon: self.scope.lexicon,
                subject: self.scope.subject,
                variables: self.scope.variables.clone(),
            };
            match self
                .check_effect(effect)
                .and_then(|()| resolve_effect(effect, &mut names))
            {
                Ok(resolved) => effects.push(resolved),
                Err(problem) => self.problem(Severity::Error, problem),
            }
        }
        effects
    }

    fn check_effect(&self, raw: &Effect<RawName>) -> Result<(), NameProblem> {
        match raw {
            Effect::Create { count, .. } => {
                for side in count.iter().flat_map(Term::atoms) {
                    self.side(side)?;
                }
            }
            Effect::Delete(path) => {
                self.side(&Atom::Path(path.clone()))?;
            }
            Effect::Clear(path) | Effect::Renew(path) => {
                self.check_place(path)?;
            }
            Effect::Set { path, value } => {
                let place = self.check_place(path)?;
                self.check_assigned(path, place, value, true)?;
            }
            Effect::Add { path, value } | Effect::Remove { path, value } => {
                let place = self.check_place(path)?;
                self.check_assigned(path, place, value, false)?;
            }
        }
        Ok(())
    }

    /// The place an effect changes: a path with a property, best one that no other rule reads.
    fn check_place(&self, raw: &Path<RawName>) -> Result<TypedPath, NameProblem> {
        self.root_is_known(raw)?;
        let typed = self.scope.typed(raw)?;
        let span = self.span_of(raw);
        let Some(last) = typed.properties.last().copied() else {
            let help = "write `subject.property = value`; to make or end a thing, use `create` or `delete`".to_owned();
            return Err(NameProblem::new(
                codes::NO_PLACE,
                span,
                "an effect needs a property to change".to_owned(),
                help,
            ));
        };
        let store = self.scope.lexicon.store;
        for property in store.closure.properties().above(last) {
            if let Some(how) = store.closure.rules_using(property).first() {
                let message = format!(
                    "inside plans, what follows from `{}` beyond its inverse and super-properties is not seen: {how}",
                    self.scope.lexicon.short(property)
                );
                let problem = NameProblem::new(
                    codes::RULED_PROPERTY,
                    span,
                    message,
                    "state the effect on the property that plans look at, too".to_owned(),
                );
                self.problem(Severity::Warning, problem);
                break;
            }
        }
        Ok(typed)
    }

    fn check_assigned(
        &self,
        raw: &Path<RawName>,
        place: TypedPath,
        value: &Term<RawName>,
        replaces: bool,
    ) -> Result<(), NameProblem> {
        let span = self.span_of(raw);
        let single = place
            .properties
            .last()
            .is_some_and(|last| self.is_functional(*last));
        let sides = self.sides(value)?;
        let arithmetic = sides.len() > 1;
        for (side, atom) in sides.iter().zip(value.atoms()) {
            let Side::Path(typed, at) = side else {
                continue;
            };
            let from_many = matches!(&typed.path.root, Root::Variable(name) if self.scope.variables.get(name).is_some_and(|variable| variable.multiple));
            let element_wise = typed.path.root == place.path.root;
            let many = (from_many && !element_wise)
                || typed
                    .properties
                    .iter()
                    .any(|property| !self.is_functional(*property));
            if (single || arithmetic) && many {
                let property = raw
                    .properties
                    .last()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let message = if arithmetic {
                    "a sum is made of single values, but this may be several".to_owned()
                } else {
                    format!("`{property}` holds one value, but the right side may give several")
                };
                let help = format!(
                    "take a single parameter or outcome instead of `{}`, or a property that may hold several",
                    text_of(atom)
                );
                self.error(codes::SEVERAL_VALUES, *at, message, help);
            }
        }
        if arithmetic || (single && !replaces) {
            let numeric = place
                .types
                .iter()
                .any(|of_type| self.family_of(*of_type) == Some(Family::Number));
            if !place.types.is_empty() && !numeric {
                let of = place
                    .types
                    .first()
                    .map_or_else(String::new, |of_type| self.scope.lexicon.short(*of_type));
                let message = format!(
                    "only numbers are counted up and down, and this holds a value of `{of}`"
                );
                self.error(
                    codes::DOES_NOT_FIT,
                    span,
                    message,
                    "write `=` for a property that holds one value",
                );
            }
            return Ok(());
        }
        let left = Side::Path(place, span);
        for side in &sides {
            let at = if let Side::Path(_, at) = side {
                *at
            } else {
                span
            };
            self.check_fit(&left, side, at);
        }
        Ok(())
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
