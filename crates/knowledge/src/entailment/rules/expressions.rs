//! Rules that join a statement with others: class expressions, chains and keys.

use std::sync::Arc;

use super::Run;
use crate::entailment::reason::Rule;
use crate::entailment::schema::{ClassRule, PropertyRules};
use crate::index::Triple;
use crate::terms::TermId;
use crate::vocabulary as v;

impl Run<'_> {
    pub(super) fn is_of_datatype(&self, value: TermId, datatype: TermId) -> bool {
        self.terms
            .datatype(value)
            .is_some_and(|own| own == self.terms.text(datatype) || datatype == v::RDFS_LITERAL)
    }

    pub(super) fn take_restricted(&mut self, triple: Triple, rules: &PropertyRules) {
        let [s, p, o] = triple;
        for (restriction, filler) in &rules.some_values {
            if *filler == v::OWL_THING {
                self.add_type(
                    s,
                    *restriction,
                    Rule::SomeValuesFrom,
                    &[triple, [*restriction, v::OWL_ON_PROPERTY, p]],
                );
            } else if self.closure.has_type(o, *filler) || self.is_of_datatype(o, *filler) {
                let premises = [
                    triple,
                    [o, v::RDF_TYPE, *filler],
                    [*restriction, v::OWL_SOME_VALUES_FROM, *filler],
                ];
                self.add_type(s, *restriction, Rule::SomeValuesFrom, &premises);
            }
        }
        for (restriction, filler) in &rules.all_values {
            if self.closure.has_type(s, *restriction) {
                let premises = [
                    triple,
                    [s, v::RDF_TYPE, *restriction],
                    [*restriction, v::OWL_ALL_VALUES_FROM, *filler],
                ];
                self.add_type(o, *filler, Rule::AllValuesFrom, &premises);
            }
        }
        for (restriction, value) in &rules.has_value {
            if *value == o {
                let premises = [triple, [*restriction, v::OWL_HAS_VALUE, *value]];
                self.add_type(s, *restriction, Rule::HasValueClassifies, &premises);
            }
        }
        for (restriction, number, counted) in &rules.at_most {
            if self.closure.has_type(s, *restriction) {
                self.limit(triple, *restriction, *number, *counted);
            }
        }
    }

    pub(super) fn limit(
        &mut self,
        triple: Triple,
        restriction: TermId,
        number: u32,
        counted: Option<TermId>,
    ) {
        let [s, p, o] = triple;
        let because = [
            [s, v::RDF_TYPE, restriction],
            [restriction, v::OWL_ON_PROPERTY, p],
        ];
        if number > 0 {
            self.identify_values(triple, Rule::MaxOne, &because, counted);
        } else if counted.is_none_or(|class| self.closure.has_type(o, class)) {
            self.clash(Rule::MaxZero, [vec![triple], because.to_vec()].concat());
        }
    }

    /// The statement is one link of a chain: walks left and right from it.
    pub(super) fn follow_chain(&mut self, triple: Triple, at: usize, place: usize) {
        let schema = Arc::clone(&self.schema);
        let Some(chain) = schema.chains.get(at) else {
            return;
        };
        let facts = &self.closure.facts;
        let mut walks: Vec<Vec<Triple>> = vec![vec![triple]];
        for part in chain.members.iter().take(place).rev() {
            walks = walks
                .into_iter()
                .flat_map(|walk| {
                    let start = walk.first().map_or(triple[0], |first| first[0]);
                    facts
                        .matching(None, Some(*part), Some(start))
                        .map(move |link| [vec![link], walk.clone()].concat())
                })
                .collect();
        }
        for part in chain.members.iter().skip(place + 1) {
            walks = walks
                .into_iter()
                .flat_map(|walk| {
                    let end = walk.last().map_or(triple[2], |last| last[2]);
                    facts
                        .matching(Some(end), Some(*part), None)
                        .map(move |link| [walk.clone(), vec![link]].concat())
                })
                .collect();
        }
        for mut walk in walks {
            if let (Some(first), Some(last)) = (walk.first().copied(), walk.last().copied()) {
                walk.push(chain.axiom);
                self.add([first[0], chain.of, last[2]], Rule::Chain, &walk);
            }
        }
    }

    pub(super) fn compare_keys(&mut self, entity: TermId, at: usize) {
        let schema = Arc::clone(&self.schema);
        let Some(key) = schema.keys.get(at).filter(|key| !key.members.is_empty()) else {
            return;
        };
        if !self.closure.has_type(entity, key.of) {
            return;
        }
        let facts = &self.closure.facts;
        let mut alike: Option<Vec<(TermId, Vec<Triple>)>> = None;
        for property in &key.members {
            let mut found: Vec<(TermId, Vec<Triple>)> = Vec::new();
            for value in facts.objects(entity, *property) {
                let sharing = facts
                    .subjects(*property, value)
                    .filter(|other| *other != entity);
                found.extend(sharing.map(|other| {
                    (
                        other,
                        vec![[entity, *property, value], [other, *property, value]],
                    )
                }));
            }
            alike = Some(match alike {
                None => found,
                Some(before) => before
                    .into_iter()
                    .filter_map(|(other, premises)| {
                        let (_, more) = found.iter().find(|(candidate, _)| *candidate == other)?;
                        Some((other, [premises, more.clone()].concat()))
                    })
                    .collect(),
            });
        }
        for (other, mut premises) in alike.unwrap_or_default() {
            if self.closure.has_type(other, key.of) {
                premises.push(key.axiom);
                self.add([entity, v::OWL_SAME_AS, other], Rule::Key, &premises);
            }
        }
    }

    pub(super) fn take_member(&mut self, entity: TermId, class: TermId, rule: ClassRule) {
        let member = [entity, v::RDF_TYPE, class];
        match rule {
            ClassRule::Filler {
                restriction,
                property,
            } => {
                let owners: Vec<TermId> = self.closure.facts.subjects(property, entity).collect();
                for owner in owners {
                    let premises = [
                        [owner, property, entity],
                        member,
                        [restriction, v::OWL_SOME_VALUES_FROM, class],
                    ];
                    self.add_type(owner, restriction, Rule::SomeValuesFrom, &premises);
                }
            }
            ClassRule::AllValues { property, filler } => {
                let values: Vec<TermId> = self.closure.facts.objects(entity, property).collect();
                for value in values {
                    let premises = [
                        [entity, property, value],
                        member,
                        [class, v::OWL_ALL_VALUES_FROM, filler],
                    ];
                    self.add_type(value, filler, Rule::AllValuesFrom, &premises);
                }
            }
            ClassRule::HasValue { property, value } => {
                self.add(
                    [entity, property, value],
                    Rule::HasValueGives,
                    &[member, [class, v::OWL_HAS_VALUE, value]],
                );
            }
            ClassRule::Part(at) => {
                let schema = Arc::clone(&self.schema);
                if let Some(all) = schema.intersections.get(at)
                    && all
                        .members
                        .iter()
                        .all(|part| self.closure.has_type(entity, *part))
                {
                    let mut premises: Vec<Triple> = all
                        .members
                        .iter()
                        .map(|part| [entity, v::RDF_TYPE, *part])
                        .collect();
                    premises.push(all.axiom);
                    self.add_type(entity, all.of, Rule::Intersection, &premises);
                }
            }
            ClassRule::Excludes { other, rule, axiom } => {
                if self.closure.has_type(entity, other) {
                    let (first, second) = (class.min(other), class.max(other));
                    self.clash(
                        rule,
                        vec![
                            [entity, v::RDF_TYPE, first],
                            [entity, v::RDF_TYPE, second],
                            axiom,
                        ],
                    );
                }
            }
            ClassRule::AtMost {
                property,
                number,
                counted,
            } => {
                let values: Vec<Triple> = self
                    .closure
                    .facts
                    .matching(Some(entity), Some(property), None)
                    .collect();
                for triple in values {
                    self.limit(triple, class, number, counted);
                }
            }
            ClassRule::Key(at) => self.compare_keys(entity, at),
            ClassRule::Nothing => self.clash(Rule::Nothing, vec![member]),
        }
    }
}
