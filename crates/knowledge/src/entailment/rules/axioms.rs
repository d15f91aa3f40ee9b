//! Rules among axioms: what stands above what, before any fact about an entity is looked at.

use std::sync::Arc;

use super::Run;
use crate::entailment::Hierarchy;
use crate::entailment::reason::Rule;
use crate::entailment::schema::{PropertyRules, Schema};
use crate::index::Triple;
use crate::terms::TermId;
use crate::vocabulary as v;

impl Run<'_> {
    pub(super) fn edge(
        &mut self,
        hierarchy: &mut Hierarchy,
        edge: Triple,
        rule: Rule,
        premise: &[Triple],
    ) -> bool {
        let [below, _, above] = edge;
        if !hierarchy.record(below, above) {
            return false;
        }
        if !self.closure.facts.contains(edge) {
            let reason = self.reason(rule, premise);
            self.closure.facts.insert(edge);
            self.closure.reasons.insert(edge, reason);
        }
        true
    }

    /// Builds both hierarchies and closes them under the rules about axioms.
    pub(in crate::entailment) fn derive_schema(&mut self) {
        let schema = Arc::clone(&self.schema);
        let (mut classes, mut properties) = (Hierarchy::default(), Hierarchy::default());
        let facts = self.closure.facts.clone();
        for [below, _, above] in facts.matching(None, Some(v::RDFS_SUB_CLASS_OF), None) {
            classes.record(below, above);
        }
        for [below, _, above] in facts.matching(None, Some(v::RDFS_SUB_PROPERTY_OF), None) {
            properties.record(below, above);
        }
        let both = [
            (
                v::OWL_EQUIVALENT_CLASS,
                v::RDFS_SUB_CLASS_OF,
                Rule::EquivalentClass,
            ),
            (
                v::OWL_EQUIVALENT_PROPERTY,
                v::RDFS_SUB_PROPERTY_OF,
                Rule::EquivalentProperty,
            ),
        ];
        for (predicate, below, rule) in both {
            for axiom @ [left, _, right] in facts.matching(None, Some(predicate), None) {
                let hierarchy = if below == v::RDFS_SUB_CLASS_OF {
                    &mut classes
                } else {
                    &mut properties
                };
                self.edge(hierarchy, [left, below, right], rule, &[axiom]);
                self.edge(hierarchy, [right, below, left], rule, &[axiom]);
            }
        }
        for all in &schema.intersections {
            for part in &all.members {
                self.edge(
                    &mut classes,
                    [all.of, v::RDFS_SUB_CLASS_OF, *part],
                    Rule::IntersectionAbove,
                    &[all.axiom],
                );
            }
        }
        for all in &schema.unions {
            for part in &all.members {
                self.edge(
                    &mut classes,
                    [*part, v::RDFS_SUB_CLASS_OF, all.of],
                    Rule::UnionAbove,
                    &[all.axiom],
                );
            }
        }
        properties.close();
        classes.close();
        while self.relate_restrictions(&schema, &mut classes, &properties) {
            classes.close();
        }
        self.closure.classes = Arc::new(classes);
        self.closure.properties = Arc::new(properties);
        self.classify_enumerated();
    }

    /// The listed members of an enumeration belong to it, whatever the facts say.
    pub(in crate::entailment) fn classify_enumerated(&mut self) {
        let schema = Arc::clone(&self.schema);
        for all in &schema.enumerations {
            for member in &all.members {
                self.add_type(*member, all.of, Rule::OneOf, &[all.axiom]);
            }
        }
    }

    /// Restrictions with a narrower filler or a narrower property stand below the wider ones.
    pub(super) fn relate_restrictions(
        &mut self,
        schema: &Schema,
        classes: &mut Hierarchy,
        properties: &Hierarchy,
    ) -> bool {
        let mut restricted: Vec<(TermId, &PropertyRules)> = schema
            .properties
            .iter()
            .map(|(p, rules)| (*p, rules))
            .collect();
        restricted.retain(|(_, rules)| {
            !(rules.some_values.is_empty()
                && rules.all_values.is_empty()
                && rules.has_value.is_empty())
        });
        restricted.sort_unstable_by_key(|(property, _)| *property);
        let mut grew = false;
        for (p, narrow) in &restricted {
            for (q, wide) in &restricted {
                if !properties.is_under(*p, *q) {
                    continue;
                }
                let by = if p == q {
                    Rule::RestrictionsByFiller
                } else {
                    Rule::RestrictionsByProperty
                };
                let narrower = [*p, v::RDFS_SUB_PROPERTY_OF, *q];
                // someValuesFrom grows with property and filler; hasValue is the case of one value.
                let some = narrow
                    .some_values
                    .iter()
                    .flat_map(|l| wide.some_values.iter().map(move |r| (*l, *r)));
                let value = narrow
                    .has_value
                    .iter()
                    .flat_map(|l| wide.has_value.iter().map(move |r| (*l, *r)));
                let value = value.filter(|((_, l), (_, r))| l == r);
                // allValuesFrom shrinks as the property grows.
                let all = wide
                    .all_values
                    .iter()
                    .flat_map(|l| narrow.all_values.iter().map(move |r| (*l, *r)));
                for ((below, filler), (above, other)) in some.chain(value).chain(all) {
                    if below != above
                        && classes.is_under(filler, other)
                        && !classes.is_under(below, above)
                    {
                        let mut premises = Vec::new();
                        premises.extend((p != q).then_some(narrower));
                        premises.extend((filler != other).then_some([
                            filler,
                            v::RDFS_SUB_CLASS_OF,
                            other,
                        ]));
                        grew |=
                            self.edge(classes, [below, v::RDFS_SUB_CLASS_OF, above], by, &premises);
                    }
                }
            }
        }
        grew
    }
}
