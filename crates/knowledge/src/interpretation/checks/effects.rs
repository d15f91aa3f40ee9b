//! Checks of effects: what they change, and whether the right side can be what they give.

use samos_model::finding::Severity;
use samos_model::text::{Atom, Effect, Path, RawName, Root, Term, resolve_effect};

use super::{Checks, Side, text_of};
use crate::codes;
use crate::datatypes::Family;
use crate::interpretation::path::{NameProblem, Scope, TypedPath};

impl Checks<'_> {
    /// Resolves a postcondition; each effect that cannot be is reported and left out.
    pub(in crate::interpretation) fn effects(&mut self, raw: &[Effect<RawName>]) -> Vec<Effect> {
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

    pub(super) fn check_effect(&self, raw: &Effect<RawName>) -> Result<(), NameProblem> {
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
    pub(super) fn check_place(&self, raw: &Path<RawName>) -> Result<TypedPath, NameProblem> {
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

    pub(super) fn check_assigned(
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
