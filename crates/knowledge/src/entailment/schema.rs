//! The ontology's axioms, arranged by the class or property whose statements set them off.
//!
//! In: the store's triples. Out: for a property or a class, what to do when a statement with it appears.
//! Built anew whenever an axiom changes; facts about entities never change it.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::reason::Rule;
use crate::index::{Triple, TripleIndex};
use crate::terms::TermId;
use crate::vocabulary as v;

/// What to do about a statement with some property.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct PropertyRules {
    pub(crate) inverses: Vec<(TermId, Triple)>,
    pub(crate) domains: Vec<TermId>,
    pub(crate) ranges: Vec<TermId>,
    pub(crate) symmetric: bool,
    pub(crate) asymmetric: bool,
    pub(crate) transitive: bool,
    pub(crate) functional: bool,
    pub(crate) inverse_functional: bool,
    pub(crate) irreflexive: bool,
    pub(crate) disjoint: Vec<(TermId, Triple)>,
    /// Restrictions on it: `(restriction, filler)`.
    pub(crate) some_values: Vec<(TermId, TermId)>,
    pub(crate) all_values: Vec<(TermId, TermId)>,
    pub(crate) has_value: Vec<(TermId, TermId)>,
    /// `(restriction, number, class of the counted values)`.
    pub(crate) at_most: Vec<(TermId, u32, Option<TermId>)>,
    /// Chains it is a part of: `(index into chains, place)`.
    pub(crate) chains: Vec<(usize, usize)>,
    pub(crate) keys: Vec<usize>,
}

/// What to do about a new member of some class.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum ClassRule {
    /// It is the filler of this `someValuesFrom` restriction on that property.
    Filler {
        restriction: TermId,
        property: TermId,
    },
    /// It is an `allValuesFrom` restriction.
    AllValues { property: TermId, filler: TermId },
    /// It is a `hasValue` restriction.
    HasValue { property: TermId, value: TermId },
    /// It is a part of the intersection of that number.
    Part(usize),
    /// It excludes another class, by that axiom.
    Excludes {
        other: TermId,
        rule: Rule,
        axiom: Triple,
    },
    /// It is a cardinality restriction.
    AtMost {
        property: TermId,
        number: u32,
        counted: Option<TermId>,
    },
    /// It has a key.
    Key(usize),
    /// It is `owl:Nothing`.
    Nothing,
}

/// A list of terms that stands in an axiom, as the axiom's triple and the members.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) of: TermId,
    pub(crate) members: Vec<TermId>,
    pub(crate) axiom: Triple,
}

/// The axioms.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Schema {
    pub(crate) properties: FxHashMap<TermId, PropertyRules>,
    pub(crate) classes: FxHashMap<TermId, Vec<ClassRule>>,
    pub(crate) chains: Vec<Listed>,
    pub(crate) intersections: Vec<Listed>,
    pub(crate) unions: Vec<Listed>,
    pub(crate) enumerations: Vec<Listed>,
    pub(crate) keys: Vec<Listed>,
    pub(crate) different: Vec<Listed>,
}

/// Predicates whose statements are axioms.
const AXIOMS: &[TermId] = &[
    v::RDFS_SUB_CLASS_OF,
    v::RDFS_SUB_PROPERTY_OF,
    v::RDFS_DOMAIN,
    v::RDFS_RANGE,
    v::OWL_EQUIVALENT_CLASS,
    v::OWL_EQUIVALENT_PROPERTY,
    v::OWL_INVERSE_OF,
    v::OWL_ON_PROPERTY,
    v::OWL_HAS_VALUE,
    v::OWL_SOME_VALUES_FROM,
    v::OWL_ALL_VALUES_FROM,
    v::OWL_MAX_CARDINALITY,
    v::OWL_MAX_QUALIFIED_CARDINALITY,
    v::OWL_ON_CLASS,
    v::OWL_INTERSECTION_OF,
    v::OWL_UNION_OF,
    v::OWL_COMPLEMENT_OF,
    v::OWL_ONE_OF,
    v::OWL_PROPERTY_CHAIN,
    v::OWL_DISJOINT_WITH,
    v::OWL_PROPERTY_DISJOINT_WITH,
    v::OWL_DISJOINT_UNION_OF,
    v::OWL_MEMBERS,
    v::OWL_DISTINCT_MEMBERS,
    v::OWL_HAS_KEY,
    v::RDF_FIRST,
    v::RDF_REST,
];

/// Classes whose members are axioms.
const AXIOM_CLASSES: &[TermId] = &[
    v::OWL_SYMMETRIC,
    v::OWL_ASYMMETRIC,
    v::OWL_TRANSITIVE,
    v::OWL_FUNCTIONAL,
    v::OWL_INVERSE_FUNCTIONAL,
    v::OWL_IRREFLEXIVE,
    v::OWL_ALL_DISJOINT_CLASSES,
    v::OWL_ALL_DISJOINT_PROPERTIES,
    v::OWL_ALL_DIFFERENT,
];

/// Is a statement an axiom, so that adding it changes the schema?
pub(crate) fn is_axiom([_, p, o]: Triple) -> bool {
    AXIOMS.contains(&p) || (p == v::RDF_TYPE && AXIOM_CLASSES.contains(&o))
}

/// The members of an RDF list; what is there of it when it is broken.
pub(crate) fn list(facts: &TripleIndex, head: TermId) -> Vec<TermId> {
    let mut members = Vec::new();
    let mut node = head;
    let mut seen = std::collections::BTreeSet::new();
    while node != v::RDF_NIL && seen.insert(node) {
        members.extend(facts.objects(node, v::RDF_FIRST).take(1));
        match facts.objects(node, v::RDF_REST).next() {
            Some(next) => node = next,
            None => break,
        }
    }
    members
}

impl Schema {
    /// Arranges the axioms among the facts. `number` reads a literal as a whole number.
    pub(crate) fn new(facts: &TripleIndex, number: &dyn Fn(TermId) -> Option<u32>) -> Self {
        let mut schema = Self::default();
        schema.read_properties(facts);
        schema.read_restrictions(facts, number);
        schema.read_lists(facts);
        schema.read_exclusions(facts);
        schema
            .classes
            .entry(v::OWL_NOTHING)
            .or_default()
            .push(ClassRule::Nothing);
        schema
    }

    /// The rules of a property.
    pub(crate) fn property(&self, property: TermId) -> Option<&PropertyRules> {
        self.properties.get(&property)
    }

    fn rules(&mut self, property: TermId) -> &mut PropertyRules {
        self.properties.entry(property).or_default()
    }

    fn read_properties(&mut self, facts: &TripleIndex) {
        for axiom @ [p, _, q] in facts.matching(None, Some(v::OWL_INVERSE_OF), None) {
            self.rules(p).inverses.push((q, axiom));
            if p != q {
                self.rules(q).inverses.push((p, axiom));
            }
        }
        for [p, _, class] in facts.matching(None, Some(v::RDFS_DOMAIN), None) {
            self.rules(p).domains.push(class);
        }
        for [p, _, class] in facts.matching(None, Some(v::RDFS_RANGE), None) {
            self.rules(p).ranges.push(class);
        }
        for kind in AXIOM_CLASSES {
            for p in facts.subjects(v::RDF_TYPE, *kind) {
                let rules = self.properties.entry(p).or_default();
                match *kind {
                    v::OWL_SYMMETRIC => rules.symmetric = true,
                    v::OWL_ASYMMETRIC => rules.asymmetric = true,
                    v::OWL_TRANSITIVE => rules.transitive = true,
                    v::OWL_FUNCTIONAL => rules.functional = true,
                    v::OWL_INVERSE_FUNCTIONAL => rules.inverse_functional = true,
                    v::OWL_IRREFLEXIVE => rules.irreflexive = true,
                    _ => {}
                }
            }
        }
    }

    fn read_restrictions(&mut self, facts: &TripleIndex, number: &dyn Fn(TermId) -> Option<u32>) {
        for [restriction, _, property] in facts.matching(None, Some(v::OWL_ON_PROPERTY), None) {
            for filler in facts.objects(restriction, v::OWL_SOME_VALUES_FROM) {
                self.rules(property).some_values.push((restriction, filler));
                self.classes
                    .entry(filler)
                    .or_default()
                    .push(ClassRule::Filler {
                        restriction,
                        property,
                    });
            }
            for filler in facts.objects(restriction, v::OWL_ALL_VALUES_FROM) {
                self.rules(property).all_values.push((restriction, filler));
                self.classes
                    .entry(restriction)
                    .or_default()
                    .push(ClassRule::AllValues { property, filler });
            }
            for value in facts.objects(restriction, v::OWL_HAS_VALUE) {
                self.rules(property).has_value.push((restriction, value));
                self.classes
                    .entry(restriction)
                    .or_default()
                    .push(ClassRule::HasValue { property, value });
            }
            let plain = facts
                .objects(restriction, v::OWL_MAX_CARDINALITY)
                .map(|n| (n, None));
            let counted = facts.objects(restriction, v::OWL_ON_CLASS).next();
            let qualified = facts
                .objects(restriction, v::OWL_MAX_QUALIFIED_CARDINALITY)
                .map(|n| (n, counted));
            for (literal, counted) in plain.chain(qualified) {
                if let Some(number) = number(literal).filter(|number| *number <= 1) {
                    self.rules(property)
                        .at_most
                        .push((restriction, number, counted));
                    let rule = ClassRule::AtMost {
                        property,
                        number,
                        counted,
                    };
                    self.classes.entry(restriction).or_default().push(rule);
                }
            }
        }
    }

    fn read_lists(&mut self, facts: &TripleIndex) {
        let listed = |predicate: TermId| -> Vec<Listed> {
            let axioms = facts.matching(None, Some(predicate), None);
            axioms
                .map(|axiom @ [of, _, head]| Listed {
                    of,
                    members: list(facts, head),
                    axiom,
                })
                .collect()
        };
        self.chains = listed(v::OWL_PROPERTY_CHAIN);
        for (at, chain) in self.chains.iter().enumerate() {
            for (place, part) in chain.members.iter().enumerate() {
                self.properties
                    .entry(*part)
                    .or_default()
                    .chains
                    .push((at, place));
            }
        }
        self.intersections = listed(v::OWL_INTERSECTION_OF);
        for (at, intersection) in self.intersections.iter().enumerate() {
            for part in &intersection.members {
                self.classes
                    .entry(*part)
                    .or_default()
                    .push(ClassRule::Part(at));
            }
        }
        self.unions = listed(v::OWL_UNION_OF);
        self.unions.extend(listed(v::OWL_DISJOINT_UNION_OF));
        self.enumerations = listed(v::OWL_ONE_OF);
        self.keys = listed(v::OWL_HAS_KEY);
        for (at, key) in self.keys.iter().enumerate() {
            self.classes
                .entry(key.of)
                .or_default()
                .push(ClassRule::Key(at));
            for property in &key.members {
                self.properties.entry(*property).or_default().keys.push(at);
            }
        }
        self.different = listed(v::OWL_MEMBERS)
            .into_iter()
            .chain(listed(v::OWL_DISTINCT_MEMBERS))
            .filter(|all| facts.contains([all.of, v::RDF_TYPE, v::OWL_ALL_DIFFERENT]))
            .collect();
    }

    fn read_exclusions(&mut self, facts: &TripleIndex) {
        let mut exclude = |left: TermId, right: TermId, rule: Rule, axiom: Triple| {
            self.classes
                .entry(left)
                .or_default()
                .push(ClassRule::Excludes {
                    other: right,
                    rule,
                    axiom,
                });
            self.classes
                .entry(right)
                .or_default()
                .push(ClassRule::Excludes {
                    other: left,
                    rule,
                    axiom,
                });
        };
        for axiom @ [left, _, right] in facts.matching(None, Some(v::OWL_DISJOINT_WITH), None) {
            exclude(left, right, Rule::ClassesDisjoint, axiom);
        }
        for axiom @ [left, _, right] in facts.matching(None, Some(v::OWL_COMPLEMENT_OF), None) {
            exclude(left, right, Rule::Complement, axiom);
        }
        let groups = facts
            .matching(None, Some(v::OWL_MEMBERS), None)
            .filter(|[node, _, _]| {
                facts.contains([*node, v::RDF_TYPE, v::OWL_ALL_DISJOINT_CLASSES])
            })
            .chain(facts.matching(None, Some(v::OWL_DISJOINT_UNION_OF), None));
        for axiom @ [_, _, head] in groups {
            for (left, right) in pairs(&list(facts, head)) {
                exclude(left, right, Rule::ClassesDisjoint, axiom);
            }
        }
        let mut apart: Vec<(TermId, TermId, Triple)> = facts
            .matching(None, Some(v::OWL_PROPERTY_DISJOINT_WITH), None)
            .map(|axiom @ [left, _, right]| (left, right, axiom))
            .collect();
        for node in facts.subjects(v::RDF_TYPE, v::OWL_ALL_DISJOINT_PROPERTIES) {
            for axiom @ [_, _, head] in facts.matching(Some(node), Some(v::OWL_MEMBERS), None) {
                apart.extend(
                    pairs(&list(facts, head))
                        .into_iter()
                        .map(|(left, right)| (left, right, axiom)),
                );
            }
        }
        for (left, right, axiom) in apart {
            self.rules(left).disjoint.push((right, axiom));
            self.rules(right).disjoint.push((left, axiom));
        }
    }
}

/// Every two of a list.
pub(crate) fn pairs(members: &[TermId]) -> Vec<(TermId, TermId)> {
    let with_rest = members.iter().enumerate();
    with_rest
        .flat_map(|(at, left)| {
            members
                .iter()
                .skip(at + 1)
                .map(move |right| (*left, *right))
        })
        .collect()
}
