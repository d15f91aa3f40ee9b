//! Applying the rules: a queue of statements, each joined with everything known so far.
//!
//! Whenever a statement enters the store it is queued once; taken from the queue, it is tried as each premise of
//! each rule while the other premises are looked up. So every pair of premises meets when the later one is taken.

mod axioms;
mod expressions;
mod identity;

use std::sync::Arc;

use super::Closure;
use super::reason::{Clash, Reason, Rule};
use super::schema::{PropertyRules, Schema, is_axiom};
use crate::index::Triple;
use crate::terms::{TermId, Terms};
use crate::vocabulary as v;

/// One run of the rules over a closure.
pub(super) struct Run<'a> {
    closure: &'a mut Closure,
    terms: &'a Terms,
    schema: Arc<Schema>,
    queue: Vec<Triple>,
    /// Did an axiom appear that the schema does not know yet?
    schema_grew: bool,
    /// Instead of adding what the rules give, collect what was given from this premise.
    tracing: Option<(Triple, Vec<Triple>)>,
}

impl Closure {
    /// Applies everything to everything until nothing is added.
    pub(super) fn saturate(&mut self, terms: &Terms) {
        self.followed = false;
        loop {
            let mut run = Run::new(self, terms);
            run.merge_stated();
            run.read_schema();
            run.schema_grew = false;
            run.derive_schema();
            let everything = run.closure.facts.clone();
            for triple in everything.iter() {
                // What was renamed meanwhile is in the queue under its new name.
                if run.closure.canonical(triple) == triple {
                    run.take(triple);
                    run.drain();
                }
            }
            run.check_differences();
            if !run.schema_grew {
                return;
            }
        }
    }

    /// Adds facts about entities and what follows from them.
    pub(super) fn insert_facts(&mut self, asserted: &[Triple], terms: &Terms) {
        let mut run = Run::new(self, terms);
        let (same, others): (Vec<Triple>, Vec<Triple>) = asserted
            .iter()
            .partition(|stated| stated[1] == v::OWL_SAME_AS);
        for [one, _, other] in same {
            run.merge(one, other, Rule::SameAs, &[]);
        }
        let others: Vec<Triple> = others
            .into_iter()
            .map(|stated| run.closure.canonical(stated))
            .collect();
        let new = run.closure.facts.extend(others);
        run.queue.extend(new);
        run.drain();
        run.check_differences();
        if run.schema_grew {
            self.saturate(terms);
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(closure: &'a mut Closure, terms: &'a Terms) -> Self {
        let schema = Arc::clone(&closure.schema);
        Self {
            closure,
            terms,
            schema,
            queue: Vec::new(),
            schema_grew: false,
            tracing: None,
        }
    }

    /// Takes these, and all that follows.
    pub(super) fn take_all(&mut self, triples: Vec<Triple>) {
        for triple in triples {
            self.take(triple);
            self.drain();
        }
        self.check_differences();
    }

    /// Did an axiom appear that the schema does not know yet?
    pub(super) fn has_new_axioms(&self) -> bool {
        self.schema_grew
    }

    /// The stored statements whose recorded reason names this one, or a membership that this one implies.
    pub(super) fn given_from(mut self, premise: Triple) -> Vec<Triple> {
        self.tracing = Some((premise, Vec::new()));
        self.take(premise);
        self.tracing.map(|(_, found)| found).unwrap_or_default()
    }

    /// While tracing: notes the statement if it was given from the traced premise.
    fn trace(&mut self, triple: Triple) -> bool {
        let Some((premise, found)) = &mut self.tracing else {
            return false;
        };
        let rests = |used: &Triple| {
            used == premise
                || (premise[1] == v::RDF_TYPE
                    && used[..2] == premise[..2]
                    && self.closure.classes.is_under(premise[2], used[2]))
        };
        if let Some(reason) = self.closure.reasons.get(triple)
            && reason.premises.iter().any(rests)
        {
            found.push(triple);
        }
        true
    }

    fn drain(&mut self) {
        while let Some(triple) = self.queue.pop() {
            self.take(triple);
        }
    }

    fn is_literal(&self, term: TermId) -> bool {
        Closure::is_literal(self.terms, term)
    }

    fn reason(&mut self, rule: Rule, premises: &[Triple]) -> Reason {
        self.closure.next_rank += 1;
        Reason {
            rule,
            premises: premises.into(),
            rank: self.closure.next_rank,
        }
    }

    fn add(&mut self, triple: Triple, rule: Rule, premises: &[Triple]) {
        let triple = self.closure.canonical(triple);
        if self.trace(triple) {
            return;
        }
        if self.is_literal(triple[0]) || self.closure.facts.contains(triple) {
            return;
        }
        if triple[1] == v::OWL_SAME_AS {
            return self.merge(triple[0], triple[2], rule, premises);
        }
        let reason = self.reason(rule, premises);
        self.closure.facts.insert(triple);
        self.closure.reasons.insert(triple, reason);
        self.schema_grew |= is_axiom(triple);
        self.queue.push(triple);
    }

    fn add_type(&mut self, entity: TermId, class: TermId, rule: Rule, premises: &[Triple]) {
        if self.trace([self.closure.same.of(entity), v::RDF_TYPE, class]) {
            return;
        }
        if !self.is_literal(entity) && !self.closure.has_type(self.closure.same.of(entity), class) {
            self.add([entity, v::RDF_TYPE, class], rule, premises);
        }
    }

    fn clash(&mut self, rule: Rule, premises: Vec<Triple>) {
        if self.tracing.is_some() {
            return;
        }
        let clash = Clash { rule, premises };
        if !self.closure.clashes.contains(&clash) {
            Arc::make_mut(&mut self.closure.clashes).insert(clash);
        }
    }

    fn read_schema(&mut self) {
        let terms = self.terms;
        let number = |literal: TermId| terms.text(literal).trim().parse().ok();
        self.closure.schema = Arc::new(Schema::new(&self.closure.facts, &number));
        self.schema = Arc::clone(&self.closure.schema);
    }

    /// Tries a statement as each premise of each rule.
    fn take(&mut self, triple: Triple) {
        let [s, p, o] = triple;
        if p == v::RDF_TYPE {
            return self.take_type(triple);
        }
        if p == v::OWL_SAME_AS {
            return self.merge(s, o, Rule::SameAs, &[]);
        }
        let schema = Arc::clone(&self.schema);
        let properties = Arc::clone(&self.closure.properties);
        for above in properties.directly_above(p) {
            self.add(
                [s, *above, o],
                Rule::SubPropertyOf,
                &[triple, [p, v::RDFS_SUB_PROPERTY_OF, *above]],
            );
        }
        let Some(rules) = schema.property(p) else {
            return;
        };
        for class in &rules.domains {
            self.add_type(
                s,
                *class,
                Rule::Domain,
                &[triple, [p, v::RDFS_DOMAIN, *class]],
            );
        }
        for (other, axiom) in &rules.disjoint {
            if self.closure.facts.contains([s, *other, o]) {
                self.clash(
                    Rule::PropertiesDisjoint,
                    vec![triple, [s, *other, o], *axiom],
                );
            }
        }
        if rules.functional {
            self.identify_values(
                triple,
                Rule::Functional,
                &[[p, v::RDF_TYPE, v::OWL_FUNCTIONAL]],
                None,
            );
        }
        self.take_restricted(triple, rules);
        for (at, place) in &rules.chains {
            self.follow_chain(triple, *at, *place);
        }
        for at in &rules.keys {
            self.compare_keys(s, *at);
        }
        if !self.is_literal(o) {
            self.take_between_things(triple, rules);
        }
        self.identify_owners(triple, rules);
    }

    /// The rules that need a thing, not a literal, as object.
    fn take_between_things(&mut self, triple: Triple, rules: &PropertyRules) {
        let [s, p, o] = triple;
        for class in &rules.ranges {
            self.add_type(
                o,
                *class,
                Rule::Range,
                &[triple, [p, v::RDFS_RANGE, *class]],
            );
        }
        for (other, axiom) in &rules.inverses {
            self.add([o, *other, s], Rule::Inverse, &[triple, *axiom]);
        }
        if rules.symmetric {
            self.add(
                [o, p, s],
                Rule::Symmetric,
                &[triple, [p, v::RDF_TYPE, v::OWL_SYMMETRIC]],
            );
        }
        if rules.transitive {
            let axiom = [p, v::RDF_TYPE, v::OWL_TRANSITIVE];
            let onwards: Vec<TermId> = self.closure.facts.objects(o, p).collect();
            for next in onwards {
                self.add(
                    [s, p, next],
                    Rule::Transitive,
                    &[triple, [o, p, next], axiom],
                );
            }
            let backwards: Vec<TermId> = self.closure.facts.subjects(p, s).collect();
            for before in backwards {
                self.add(
                    [before, p, o],
                    Rule::Transitive,
                    &[[before, p, s], triple, axiom],
                );
            }
        }
        if rules.irreflexive && s == o {
            self.clash(
                Rule::Irreflexive,
                vec![triple, [p, v::RDF_TYPE, v::OWL_IRREFLEXIVE]],
            );
        }
        if rules.asymmetric && self.closure.facts.contains([o, p, s]) {
            self.clash(
                Rule::Asymmetric,
                vec![triple, [o, p, s], [p, v::RDF_TYPE, v::OWL_ASYMMETRIC]],
            );
        }
    }

    /// A member of a class: fires the rules of that class and of all above it.
    fn take_type(&mut self, triple: Triple) {
        let [entity, _, class] = triple;
        let schema = Arc::clone(&self.schema);
        let classes = Arc::clone(&self.closure.classes);
        for above in classes.above(class) {
            for rule in schema.classes.get(&above).into_iter().flatten() {
                self.take_member(entity, above, *rule);
            }
        }
        if is_axiom(triple) && self.schema.property(entity).is_none() {
            self.schema_grew = true;
        }
    }
}
