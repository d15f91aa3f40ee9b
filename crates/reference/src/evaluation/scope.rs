//! What the roots of an operation's text stand for in one request, and whether the request is well formed.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::operation::DefaultValue;
use samos_model::{Condition, Iri, Name, Operation, Truth, Value};

use super::{Owner, State, Thing};

/// What the roots of a text stand for.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The subject, where there is one.
    pub subject: Option<Thing>,
    /// Parameters, outcomes and wanted things.
    pub variables: BTreeMap<Name, Vec<Thing>>,
    /// Those of them that are multiple.
    pub multiple: BTreeSet<Name>,
    /// Optional parameters neither given nor defaulted.
    pub left_out: BTreeSet<Name>,
    /// The element that a multiple variable stands for at the moment.
    pub element: BTreeMap<Name, Thing>,
}

/// "Subject accepted (type ⊑ subject type by *World::accepts*; symbols: type/extra type ⊑ subject type and inherited
/// provider equal)", and nothing deleted.
#[must_use = "reading has no other effect"]
pub fn is_accepted(state: &State<'_>, operation: &Operation, subject: &Thing) -> bool {
    if state.deleted.contains(subject) {
        return false;
    }
    match subject {
        Thing::Literal(_) => false,
        Thing::Entity(entity) => state.world.accepts(operation, entity),
        Thing::Symbol(_) => {
            let own = operation.provider.as_ref();
            let own = own.map(|provider| Thing::Entity(state.world.canonical(provider)));
            state.is_of(subject, &operation.subject) == Truth::True
                && (own.is_none() || state.owner(subject, Owner::Provider) == own)
        }
    }
}

/// "Every value fits (type ⊑ parameter type; literals pass `World::check_literal`; class-typed parameter given a literal
/// → … a literal whose datatype is the class)", and nothing deleted.
#[must_use = "reading has no other effect"]
pub fn fits(state: &State<'_>, of_type: &Iri, value: &Thing) -> bool {
    let format = match value {
        Thing::Literal(literal) => state.world.check_literal(literal, of_type).is_ok(),
        Thing::Entity(_) | Thing::Symbol(_) => true,
    };
    format && !state.deleted.contains(value) && state.is_of(value, of_type) == Truth::True
}

/// The scope of a request, if "all mandatory parameters bound, every value fits, single parameters have one value,
/// nothing deleted".
#[must_use = "reading has no other effect"]
pub fn scope_of(
    state: &State<'_>,
    operation: &Operation,
    subject: &Thing,
    arguments: &BTreeMap<Name, Vec<Thing>>,
) -> Option<Scope> {
    if !is_accepted(state, operation, subject) {
        return None;
    }
    let unheard = |name: &Name| operation.parameter(name.as_str()).is_none();
    if arguments.keys().any(unheard) {
        return None;
    }
    let mut scope = Scope {
        subject: Some(subject.clone()),
        ..Scope::default()
    };
    for parameter in &operation.parameters {
        let mut values = arguments.get(&parameter.name).cloned().unwrap_or_default();
        if values.is_empty()
            && let Some(default) = &parameter.default
        {
            values.push(match default {
                DefaultValue::Literal(literal) => Thing::Literal(literal.clone()),
                DefaultValue::Individual(name) => state.thing(&Value::Entity(name.clone())),
            });
        } else if !values
            .iter()
            .all(|value| fits(state, &parameter.of_type, value))
        {
            return None;
        }
        if (values.is_empty() && parameter.mandatory) || (values.len() > 1 && !parameter.multiple) {
            return None;
        }
        if parameter.multiple {
            scope.multiple.insert(parameter.name.clone());
        }
        // "Optional parameter neither given nor defaulted … A multiple variable with zero elements counts as not given."
        if values.is_empty() {
            scope.left_out.insert(parameter.name.clone());
        }
        scope.variables.insert(parameter.name.clone(), values);
    }
    Some(scope)
}

impl Scope {
    /// A goal's scope: wanted things are roots.
    #[must_use = "this makes a value and changes nothing"]
    pub fn of_wants(wants: BTreeMap<Name, Thing>) -> Self {
        Self {
            variables: wants
                .into_iter()
                .map(|(name, thing)| (name, vec![thing]))
                .collect(),
            ..Self::default()
        }
    }

    /// The top-level conjuncts that count, each with the elements it is asked of: "a top-level conjunct naming multiple
    /// variables must hold for each element (cartesian product over the distinct multiple variables named …)".
    pub fn expanded<'c>(
        &self,
        condition: &'c Condition,
    ) -> Vec<(&'c samos_model::Conjunct, Scope)> {
        let mut all = Vec::new();
        for conjunct in &condition.conjuncts {
            let named = super::condition::variables_of(conjunct);
            if named.all.iter().any(|name| self.left_out.contains(name)) {
                continue;
            }
            let mut scopes = vec![self.clone()];
            for name in named
                .quantified
                .iter()
                .filter(|name| self.multiple.contains(*name))
            {
                scopes = self.each(name, &scopes);
            }
            all.extend(scopes.into_iter().map(|scope| (conjunct, scope)));
        }
        all
    }

    /// Every scope once for each element of the variable.
    pub(crate) fn each(&self, name: &Name, scopes: &[Scope]) -> Vec<Scope> {
        let elements = self.variables.get(name).cloned().unwrap_or_default();
        let mut narrowed = Vec::new();
        for scope in scopes {
            for element in &elements {
                let mut own = scope.clone();
                own.element.insert(name.clone(), element.clone());
                narrowed.push(own);
            }
        }
        narrowed
    }
}
