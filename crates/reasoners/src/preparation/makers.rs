//! The requests whose effects would make a condition true.
//!
//! In: a conjunct that does not hold, and the facts that it looks at. Out: operations with their subjects, those that are
//! ready first. Candidates are found from each fact: by what changes its property, from either end, on what stands there
//! now; and by what gives a value away that only one can have. Each is then judged by its effects.
//! Not here: whether such a request could be made ready.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::request::{Fit, Way};
use samos_model::text::Atom;
use samos_model::{
    Conjunct, Effect, Iri, Kind, Name, Operation, Parameter, Path, Truth, Value, World,
};
use samos_verifiers::effects::{self, expect, right_side, unread};
use samos_verifiers::evaluation::{self, Looked};
use samos_verifiers::reaching::{Reach, reaching};
use samos_verifiers::{Bindings, Verification, parameters, truth};

use super::Search;
use super::catalogue::Changer;
use super::supposition::Supposition;
use super::ways::{TRIED, at_hand_verified, cut, near};

/// Members of a set that are followed to its other end, and values that are tried as an argument.
const FOLLOWED: usize = 16;

/// A conjunct and what it is asked for.
pub(super) struct Asked<'a> {
    pub(super) operation: &'a Iri,
    pub(super) conjunct: &'a Conjunct,
    pub(super) bindings: &'a Bindings,
}

/// Operations whose effect makes the conjunct true, on the entities that it speaks of.
pub(super) fn makers(
    search: &mut Search<'_>,
    asked: &Asked<'_>,
    facts: &[Looked],
) -> (Vec<Way>, usize) {
    let wanted = wanted(search.world(), asked, facts);
    let mut found: BTreeMap<(Kind, Iri, Iri), bool> = BTreeMap::new();
    for ((kind, iri, reach), operation) in candidates(search, facts) {
        if !search.consider() {
            continue;
        }
        let verification = at_hand_verified(search, operation, &reach);
        let trial = Trial {
            search,
            asked,
            operation,
            verification: &verification,
            reach: &reach,
        };
        if let Some(ready) = trial.makes_true(&wanted) {
            *found.entry((kind, iri, reach.subject)).or_default() |= ready;
        }
    }
    let mut ranked: Vec<_> = found
        .into_iter()
        .map(|((kind, operation, subject), ready)| (!ready, kind, operation, subject))
        .collect();
    ranked.sort();
    let ways = ranked
        .into_iter()
        .map(|(unready, _, operation, subject)| Way::Call {
            operation,
            subject,
            outcome: None,
            ready: !unready,
        });
    cut(ways.collect(), search.limits.answers)
}

/// The requests that change one of the facts, each once.
fn candidates<'w>(
    search: &mut Search<'w>,
    facts: &[Looked],
) -> BTreeMap<(Kind, Iri, Reach), &'w Operation> {
    let mut candidates = BTreeMap::new();
    let mut insert = |operation: &'w Operation, reaches: Vec<Reach>| {
        for reach in reaches {
            candidates.insert((operation.kind, operation.iri.clone(), reach), operation);
        }
    };
    for fact in facts {
        for changer in search.catalogue.changing(&fact.property).to_vec() {
            insert(changer.operation, reached(search, &changer, fact));
            insert(changer.operation, given(search, &changer, fact));
        }
        for changer in search.catalogue.deleting().to_vec() {
            if let Effect::Delete(path) = changer.effect {
                let reaches = ends_of(search, &changer, path, &fact.property, fact);
                insert(changer.operation, reaches);
            }
        }
    }
    candidates
}

/// The subjects and arguments under which an effect changes the cell of a fact.
fn reached(search: &Search<'_>, changer: &Changer<'_>, fact: &Looked) -> Vec<Reach> {
    let Some(path) = changer.effect.changed() else {
        return Vec::new();
    };
    let world = search.world();
    let operation = changer.operation;
    if !changer.inversely {
        return reaching(world, operation, path, &fact.entity, &search.subject);
    }
    // From the other end: on what stands there now, so that it goes.
    let members = fact.values.members.iter().filter_map(Value::as_entity);
    members
        .take(FOLLOWED)
        .flat_map(|member| reaching(world, operation, path, member, &search.subject))
        .collect()
}

/// The subjects and arguments under which an effect gives something to whomever it may be: the fact's entity, whose
/// value it then is, or a value of the fact, which only one can have.
fn given(search: &mut Search<'_>, changer: &Changer<'_>, fact: &Looked) -> Vec<Reach> {
    if !(changer.inversely || changer.displacing)
        || !matches!(changer.effect, Effect::Set { .. } | Effect::Add { .. })
    {
        return Vec::new();
    }
    let right = right_side(changer.effect).and_then(|term| term.as_atom());
    let (Some(left), Some(Atom::Path(right))) = (changer.effect.changed(), right) else {
        return Vec::new();
    };
    let Some(property) = left.properties.last() else {
        return Vec::new();
    };
    let mut longer = right.clone();
    longer.properties.push(property.clone());
    let values: Vec<&Iri> = if changer.inversely {
        vec![&fact.entity]
    } else {
        let members = fact.values.members.iter().filter_map(Value::as_entity);
        members.take(FOLLOWED).collect()
    };
    if values.is_empty() {
        return Vec::new();
    }
    let subjects = some_subjects(search, changer.operation);
    let world = search.world();
    let mut given = BTreeSet::new();
    for value in values {
        for subject in &subjects {
            given.extend(reaching(world, changer.operation, &longer, value, subject));
        }
    }
    given.into_iter().collect()
}

/// A few subjects of an operation, the nearest first, looked up once per call.
fn some_subjects(search: &mut Search<'_>, operation: &Operation) -> Vec<Iri> {
    if let Some(subjects) = search.subjects.get(&operation.iri) {
        return subjects.clone();
    }
    let world = search.world();
    let mut subjects: Vec<Iri> = Vec::new();
    let others = world.entities_of(&operation.subject);
    for subject in near(search).into_iter().chain(others) {
        if subjects.len() == TRIED {
            break;
        }
        if !subjects.contains(&subject) && world.accepts(operation, &subject) {
            subjects.push(subject);
        }
    }
    search
        .subjects
        .insert(operation.iri.clone(), subjects.clone());
    subjects
}

/// The subjects and arguments under which a whole path ends at a member of a fact.
fn ends_of(
    search: &Search<'_>,
    changer: &Changer<'_>,
    path: &Path,
    property: &Iri,
    fact: &Looked,
) -> Vec<Reach> {
    let mut longer = path.clone();
    longer.properties.push(property.clone());
    let members = fact.values.members.iter().filter_map(Value::as_entity);
    let reached = members.take(FOLLOWED).flat_map(|member| {
        reaching(
            search.world(),
            changer.operation,
            &longer,
            member,
            &search.subject,
        )
    });
    reached.collect()
}

/// A candidate, verified with the arguments at hand.
struct Trial<'a, 'w> {
    search: &'a Search<'w>,
    asked: &'a Asked<'a>,
    operation: &'a Operation,
    verification: &'a Verification,
    /// Its subject, and the arguments that it must have.
    reach: &'a Reach,
}

impl Trial<'_, '_> {
    /// Would its effects make the conjunct true, with the arguments at hand, with some that the conjunct asks for, or
    /// with others than those at hand? If so, is it ready?
    fn makes_true(&self, wanted: &[Value]) -> Option<bool> {
        let verified = self.verification;
        let mut bindings = Bindings::new(self.operation, &verified.subject, &verified.arguments);
        let is_free = |one: &Parameter| !verified.arguments.contains_key(&one.name);
        let parameters = &self.operation.parameters;
        for parameter in parameters
            .iter()
            .filter(|one| one.mandatory && is_free(one))
        {
            bindings
                .arguments
                .insert(parameter.name.clone(), vec![any(parameter)]);
        }
        if self.holds(&bindings) {
            return Some(verified.ready);
        }
        let named: BTreeSet<Name> = self
            .operation
            .postcondition
            .iter()
            .flat_map(effects::names_in)
            .collect();
        let open = parameters.iter().filter(|one| {
            named.contains(&one.name) && !self.reach.arguments.contains_key(&one.name)
        });
        for parameter in open {
            let mut choices = self.choices(parameter, wanted);
            if !is_free(parameter) {
                choices.push(vec![any(parameter)]);
            }
            for choice in choices {
                let mut bindings = bindings.clone();
                bindings.arguments.insert(parameter.name.clone(), choice);
                if self.holds(&bindings) {
                    // With what is at hand instead it would not do.
                    return Some(verified.ready && is_free(parameter));
                }
            }
        }
        None
    }

    /// The wanted values that fit a parameter, and where it takes several, all of them.
    fn choices(&self, parameter: &Parameter, wanted: &[Value]) -> Vec<Vec<Value>> {
        let world = self.search.world();
        let account = world.account_of(&self.verification.subject);
        let fitting = wanted.iter().filter(|value| {
            let fit = parameters::fits(world, parameter, value, account.as_ref());
            fit.is_some_and(|fit| fit != Fit::May)
        });
        let fitting: Vec<Value> = fitting.cloned().collect();
        let mut choices: Vec<Vec<Value>> = fitting.iter().map(|one| vec![one.clone()]).collect();
        if parameter.multiple && fitting.len() > 1 {
            choices.push(fitting);
        }
        choices
    }

    /// Does the conjunct hold after this call of it?
    fn holds(&self, bindings: &Bindings) -> bool {
        if self.is_asked(bindings) {
            return false;
        }
        let world = self.search.world();
        let expected = expect(world, self.operation, bindings);
        let after = Supposition::after(world, self.operation, &expected);
        let subject = self.asked.bindings.subject.as_ref();
        // A thing that is gone asks for nothing any more.
        subject.is_none_or(|subject| !after.is_deleted(subject))
            && truth(&after, self.asked.conjunct, self.asked.bindings) == Truth::True
    }

    /// Would this call want the same condition first?
    fn is_asked(&self, bindings: &Bindings) -> bool {
        let asked = self.asked.bindings;
        self.operation.iri == *self.asked.operation
            && bindings.subject == asked.subject
            && evaluation::names_in(self.asked.conjunct)
                .iter()
                .all(|name| bindings.values_of(name) == asked.values_of(name))
    }
}

/// Some value of a parameter, whichever.
fn any(parameter: &Parameter) -> Value {
    Value::Entity(unread(&parameter.of_type))
}

/// The values that a conjunct names, and those that stand in the facts it looks at: those that an argument might have
/// to be.
fn wanted(world: &dyn World, asked: &Asked<'_>, facts: &[Looked]) -> Vec<Value> {
    let mut named = BTreeSet::new();
    collect_wanted(world, asked.conjunct, asked.bindings, &mut named);
    let mut wanted: Vec<Value> = named.into_iter().take(FOLLOWED).collect();
    for fact in facts {
        for value in fact.values.members.iter().take(FOLLOWED) {
            if wanted.len() < FOLLOWED && !wanted.contains(value) {
                wanted.push(value.clone());
            }
        }
    }
    wanted
}

fn collect_wanted(
    world: &dyn World,
    conjunct: &Conjunct,
    bindings: &Bindings,
    wanted: &mut BTreeSet<Value>,
) {
    let mut atom = |atom: &Atom| match atom {
        Atom::Literal(literal) => {
            wanted.insert(Value::Literal(literal.clone()));
        }
        Atom::Path(path) => {
            let values = evaluation::values_at(world, path, bindings);
            wanted.extend(values.members);
        }
        Atom::Count(_) => {}
    };
    match conjunct {
        Conjunct::Compare { left, right, .. } => {
            left.atoms().chain(right.atoms()).for_each(&mut atom);
        }
        Conjunct::In { values, .. } => values.iter().for_each(&mut atom),
        Conjunct::Contains { value, .. } => atom(value),
        Conjunct::Not(inner) => collect_wanted(world, inner, bindings, wanted),
        Conjunct::Either(alternatives) => {
            for inner in alternatives.iter().flat_map(|one| &one.conjuncts) {
                collect_wanted(world, inner, bindings, wanted);
            }
        }
        Conjunct::Is { of_type, .. } => {
            // Any individual of that class would do: those that are known.
            let known = world.entities_of(of_type).into_iter();
            wanted.extend(known.take(FOLLOWED).map(Value::Entity));
        }
        Conjunct::Exists { .. } => {}
    }
}
