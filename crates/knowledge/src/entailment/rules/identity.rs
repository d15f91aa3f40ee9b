//! Rules about which names mean the same thing, and which must not.

use std::sync::Arc;

use super::Run;
use crate::entailment::reason::Rule;
use crate::entailment::schema::{PropertyRules, is_axiom, pairs};
use crate::index::Triple;
use crate::terms::TermId;
use crate::vocabulary as v;

impl Run<'_> {
    /// Makes two names one; what was said under the younger moves to the older.
    pub(super) fn merge(&mut self, left: TermId, right: TermId, rule: Rule, premises: &[Triple]) {
        if left == right || self.is_literal(left) || self.is_literal(right) {
            return;
        }
        let link = [left, v::OWL_SAME_AS, right];
        if self.closure.same.of(left) == self.closure.same.of(right) {
            return;
        }
        if !premises.is_empty() {
            let reason = self.reason(rule, premises);
            self.closure.reasons.insert(link, reason);
        }
        let Some((winner, loser)) = Arc::make_mut(&mut self.closure.same).merge(left, right) else {
            return;
        };
        self.closure.followed = false;
        let facts = &self.closure.facts;
        let mut moved: Vec<Triple> = facts.matching(Some(loser), None, None).collect();
        moved.extend(facts.matching(None, None, Some(loser)));
        moved.extend(facts.matching(None, Some(loser), None));
        moved.sort_unstable();
        moved.dedup();
        for old in moved {
            self.closure.facts.remove(old);
            let new = self.closure.canonical(old);
            self.schema_grew |= is_axiom(new) || new[1] == winner;
            if new[1] == v::OWL_SAME_AS && new[0] == new[2] {
                continue;
            }
            if !self.closure.facts.contains(new) {
                let reason = self.reason(Rule::SameAs, &[old, [loser, v::OWL_SAME_AS, winner]]);
                self.closure.facts.insert(new);
                self.closure.reasons.insert(new, reason);
                self.queue.push(new);
            }
        }
    }

    /// Merges what is said to be the same before anything else, so that most names are settled early.
    pub(super) fn merge_stated(&mut self) {
        let stated: Vec<Triple> = self
            .closure
            .facts
            .matching(None, Some(v::OWL_SAME_AS), None)
            .collect();
        for [left, _, right] in stated {
            self.merge(left, right, Rule::SameAs, &[]);
        }
        self.queue.clear();
    }

    pub(super) fn identify_owners(&mut self, triple: Triple, rules: &PropertyRules) {
        let [s, p, o] = triple;
        if rules.inverse_functional {
            let owners: Vec<TermId> = self
                .closure
                .facts
                .subjects(p, o)
                .filter(|owner| *owner != s)
                .collect();
            for owner in owners {
                let axiom = [p, v::RDF_TYPE, v::OWL_INVERSE_FUNCTIONAL];
                self.add(
                    [owner, v::OWL_SAME_AS, s],
                    Rule::InverseFunctional,
                    &[[owner, p, o], triple, axiom],
                );
            }
        }
    }

    /// The subject may have one value: others are the same, or a contradiction when they are literals.
    pub(super) fn identify_values(
        &mut self,
        triple: Triple,
        rule: Rule,
        because: &[Triple],
        counted: Option<TermId>,
    ) {
        let [s, p, o] = triple;
        let others: Vec<TermId> = self
            .closure
            .facts
            .objects(s, p)
            .filter(|other| *other != o)
            .collect();
        for other in others {
            if counted.is_some_and(|class| {
                ![o, other]
                    .iter()
                    .all(|value| self.closure.has_type(*value, class))
            }) {
                continue;
            }
            let mut premises = vec![[s, p, o.min(other)], [s, p, o.max(other)]];
            premises.extend_from_slice(because);
            if self.is_literal(o) || self.is_literal(other) {
                if !self.is_same_value(o, other) {
                    self.clash(rule, premises);
                }
            } else {
                self.add([o, v::OWL_SAME_AS, other], rule, &premises);
            }
        }
    }

    pub(super) fn is_same_value(&self, left: TermId, right: TermId) -> bool {
        let number = |term: TermId| {
            self.terms
                .datatype(term)
                .filter(|datatype| samos_model::vocabulary::xsd::NUMERIC.contains(datatype))?;
            self.terms.text(term).trim().parse::<f64>().ok()
        };
        left == right || matches!((number(left), number(right)), (Some(a), Some(b)) if a == b)
    }

    pub(super) fn check_differences(&mut self) {
        let facts = self.closure.facts.clone();
        for triple @ [left, _, right] in facts.matching(None, Some(v::OWL_DIFFERENT_FROM), None) {
            if left == right {
                self.clash(Rule::Different, vec![triple]);
            }
        }
        let schema = Arc::clone(&self.schema);
        for all in &schema.different {
            for (left, right) in pairs(&all.members) {
                if self.closure.same.of(left) == self.closure.same.of(right) {
                    self.clash(
                        Rule::Different,
                        vec![[left, v::OWL_SAME_AS, right], all.axiom],
                    );
                }
            }
        }
        for [denial, _, source] in facts.matching(None, Some(v::OWL_SOURCE_INDIVIDUAL), None) {
            let targets = facts
                .objects(denial, v::OWL_TARGET_INDIVIDUAL)
                .chain(facts.objects(denial, v::OWL_TARGET_VALUE));
            let targets: Vec<TermId> = targets.collect();
            for property in facts.objects(denial, v::OWL_ASSERTION_PROPERTY) {
                for target in &targets {
                    if facts.contains([source, property, *target]) {
                        let denied = [denial, v::OWL_ASSERTION_PROPERTY, property];
                        self.clash(
                            Rule::NegativeAssertion,
                            vec![[source, property, *target], denied],
                        );
                    }
                }
            }
        }
    }
}
