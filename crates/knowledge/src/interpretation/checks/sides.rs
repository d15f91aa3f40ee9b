//! Checks of two sides against each other: order, and whether one can be a value of the other.

use samos_model::finding::Severity;
use samos_model::text::{Comparison, Path, Root, Span};
use samos_model::value::Literal;

use super::{Checks, Side, is_ordered};
use crate::codes;
use crate::datatypes::Family;
use crate::interpretation::path::{NameProblem, TypedPath};
use crate::terms::TermId;
use crate::vocabulary as v;

impl Checks<'_> {
    pub(super) fn is_functional(&self, property: TermId) -> bool {
        let store = self.scope.lexicon.store;
        store.closure.properties().above(property).any(|above| {
            store
                .closure
                .facts()
                .contains([above, v::RDF_TYPE, v::OWL_FUNCTIONAL])
        })
    }

    pub(super) fn check_comparison(
        &self,
        left: &[Side],
        comparison: Comparison,
        right: &[Side],
        sign: Span,
    ) {
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

    pub(super) fn check_ordered(
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

    pub(super) fn family_of(&self, of_type: TermId) -> Option<Family> {
        self.scope
            .lexicon
            .datatypes
            .family(self.scope.lexicon.store.terms.text(of_type))
    }

    pub(super) fn is_datatype(&self, of_type: TermId) -> bool {
        self.scope
            .lexicon
            .datatypes
            .has(self.scope.lexicon.store.terms.text(of_type))
    }

    /// Can what stands on the right be a value of what stands on the left?
    pub(super) fn check_fit(&self, left: &Side, right: &Side, at: Span) {
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

    pub(super) fn check_literal(&self, literal: &Literal, types: &[TermId], at: Span) {
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

    pub(super) fn check_individual(
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
}
