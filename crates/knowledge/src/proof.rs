//! Why something holds: a proof down to what a file states or an operation observed.
//!
//! In: a triple. Out: a tree of [`Proof`]s, or nothing when it does not hold.

use samos_model::finding::Place;
use samos_model::name::Iri;
use samos_model::value::Value;
use samos_model::world::Observation;
use serde::Serialize;

use crate::entailment::{Closure, Hierarchy, Rule};
use crate::index::Triple;
use crate::knowledge::Knowledge;
use crate::sources::Part;
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

/// Proofs nested deeper are cut.
const DEEPEST: usize = 200;

/// A statement and what it rests on.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Proof {
    /// The subject.
    pub subject: Iri,
    /// The predicate.
    pub predicate: Iri,
    /// The object.
    pub object: Value,
    /// What it rests on.
    pub because: Because,
}

/// What a statement rests on.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Because {
    /// A file or an update states it.
    Stated {
        /// Where; `None` for what has no text.
        place: Option<Place>,
    },
    /// It was observed.
    Observed(Observation),
    /// It is what a specification's text says.
    Specified {
        /// Where the specification stands.
        place: Option<Place>,
    },
    /// A rule gives it.
    Inferred {
        /// The rule's name in OWL 2 RL.
        rule: &'static str,
        /// What the rule says.
        meaning: &'static str,
        /// What it was given from.
        premises: Vec<Proof>,
    },
    /// The proof goes deeper than is shown.
    Deeper,
}

impl Knowledge {
    /// The proof of a statement; `None` when it does not hold.
    pub fn why(&mut self, subject: &Iri, predicate: &Iri, object: &Value) -> Option<Proof> {
        let store = self.described();
        let triple = [
            store.known(subject)?,
            store.known(predicate)?,
            store.known_value(object)?,
        ];
        if !store.closure.contains(triple) {
            return None;
        }
        Prover { store }.prove(triple, u32::MAX, 0)
    }
}

struct Prover<'a> {
    store: &'a Store,
}

impl Prover<'_> {
    fn closure(&self) -> &Closure {
        &self.store.closure
    }

    fn rank(&self, triple: Triple) -> u32 {
        self.closure()
            .reason(triple)
            .map_or(0, |reason| reason.rank)
    }

    fn node(&self, [s, p, o]: Triple, because: Because) -> Proof {
        Proof {
            subject: self.store.iri(s),
            predicate: self.store.iri(p),
            object: self.store.value(o),
            because,
        }
    }

    fn inferred(&self, triple: Triple, rule: Rule, premises: Vec<Proof>) -> Proof {
        let (rule, meaning) = rule.describe();
        self.node(
            triple,
            Because::Inferred {
                rule,
                meaning,
                premises,
            },
        )
    }

    /// Proves a triple from what was known before `limit`.
    fn prove(&self, triple: Triple, limit: u32, depth: usize) -> Option<Proof> {
        if depth > DEEPEST {
            return Some(self.node(triple, Because::Deeper));
        }
        if let Some(stated) = self.stated(triple) {
            return Some(stated);
        }
        let canonical = self.closure().canonical(triple);
        if triple[1] == v::OWL_SAME_AS {
            return self.same(triple, limit, depth);
        }
        if canonical != triple {
            return self.renamed(triple, canonical, limit, depth);
        }
        if self.closure().facts().contains(triple)
            && let Some(reason) = self
                .closure()
                .reason(triple)
                .filter(|reason| reason.rank < limit)
        {
            let premises = reason
                .premises
                .iter()
                .map(|premise| self.prove(*premise, reason.rank, depth + 1));
            return Some(self.inferred(triple, reason.rule, premises.collect::<Option<_>>()?));
        }
        if self.closure().facts().contains(triple) && self.closure().reason(triple).is_none() {
            let specified = self.store.first_about(triple[0]);
            let place = specified.and_then(|statement| self.store.place(statement, Part::Subject));
            return Some(self.node(triple, Because::Specified { place }));
        }
        let classes = self.closure().classes();
        let properties = self.closure().properties();
        match triple[1] {
            v::RDF_TYPE => self.member(triple, limit, depth),
            v::RDFS_SUB_CLASS_OF => {
                self.under(triple, classes, Rule::SubClassTransitive, limit, depth)
            }
            v::RDFS_SUB_PROPERTY_OF => self.under(
                triple,
                properties,
                Rule::SubPropertyTransitive,
                limit,
                depth,
            ),
            v::OWL_EQUIVALENT_CLASS => self.alike(
                triple,
                v::RDFS_SUB_CLASS_OF,
                Rule::ClassesAlike,
                limit,
                depth,
            ),
            v::OWL_EQUIVALENT_PROPERTY => self.alike(
                triple,
                v::RDFS_SUB_PROPERTY_OF,
                Rule::PropertiesAlike,
                limit,
                depth,
            ),
            _ => None,
        }
    }

    fn stated(&self, triple: Triple) -> Option<Proof> {
        if !self.store.facts.counts(triple) {
            return None;
        }
        let statement = self.store.stated(triple)?;
        Some(match self.store.facts.observation(triple) {
            Some(seen) => self.node(triple, Because::Observed(seen.clone())),
            None => self.node(
                triple,
                Because::Stated {
                    place: self.store.place(statement, Part::Subject),
                },
            ),
        })
    }

    fn renamed(
        &self,
        triple: Triple,
        canonical: Triple,
        limit: u32,
        depth: usize,
    ) -> Option<Proof> {
        let mut premises = vec![self.prove(canonical, limit, depth + 1)?];
        for (own, representative) in triple.iter().zip(canonical) {
            if *own != representative {
                premises.push(self.same(
                    [*own, v::OWL_SAME_AS, representative],
                    limit,
                    depth + 1,
                )?);
            }
        }
        Some(self.inferred(triple, Rule::SameAs, premises))
    }

    fn member(&self, triple: Triple, limit: u32, depth: usize) -> Option<Proof> {
        let [entity, _, class] = triple;
        let stored = self.closure().facts().objects(entity, v::RDF_TYPE);
        let mut below = stored
            .filter(|below| *below != class && self.closure().classes().is_under(*below, class));
        let below = below.find(|below| self.rank([entity, v::RDF_TYPE, *below]) < limit)?;
        let premises = [
            [entity, v::RDF_TYPE, below],
            [below, v::RDFS_SUB_CLASS_OF, class],
        ];
        let premises = premises
            .iter()
            .map(|premise| self.prove(*premise, limit, depth + 1));
        Some(self.inferred(triple, Rule::SubClassOf, premises.collect::<Option<_>>()?))
    }

    fn under(
        &self,
        triple: Triple,
        order: &Hierarchy,
        rule: Rule,
        limit: u32,
        depth: usize,
    ) -> Option<Proof> {
        let [below, predicate, above] = triple;
        let path = order.path(below, above, |low, high| {
            self.rank([low, predicate, high]) < limit
        })?;
        let links = path
            .windows(2)
            .filter_map(|pair| Some([*pair.first()?, predicate, *pair.last()?]));
        let premises: Option<Vec<Proof>> = links
            .filter(|link| *link != triple)
            .map(|link| self.prove(link, limit, depth + 1))
            .collect();
        Some(self.inferred(
            triple,
            rule,
            premises.filter(|premises| !premises.is_empty())?,
        ))
    }

    fn alike(
        &self,
        triple: Triple,
        order: TermId,
        rule: Rule,
        limit: u32,
        depth: usize,
    ) -> Option<Proof> {
        let [left, _, right] = triple;
        let both = [[left, order, right], [right, order, left]];
        let premises = both
            .iter()
            .map(|premise| self.prove(*premise, limit, depth + 1));
        Some(self.inferred(triple, rule, premises.collect::<Option<_>>()?))
    }

    /// A chain of links between two names.
    fn same(&self, triple: Triple, limit: u32, depth: usize) -> Option<Proof> {
        let [left, _, right] = triple;
        let mut from = std::collections::BTreeMap::new();
        let mut open = std::collections::VecDeque::from([left]);
        while let Some(name) = open.pop_front() {
            if name == right {
                break;
            }
            for next in self.closure().links(name) {
                if *next != left
                    && !from.contains_key(next)
                    && self.rank([name, v::OWL_SAME_AS, *next]).max(self.rank([
                        *next,
                        v::OWL_SAME_AS,
                        name,
                    ])) < limit
                {
                    from.insert(*next, name);
                    open.push_back(*next);
                }
            }
        }
        let mut links = Vec::new();
        let mut at = right;
        while at != left {
            let before = *from.get(&at)?;
            links.push(self.link(before, at, depth)?);
            at = before;
        }
        links.reverse();
        match links.as_slice() {
            [only] if only.subject == self.store.iri(left) => links.pop(),
            _ => Some(self.inferred(triple, Rule::SameAs, links)),
        }
    }

    fn link(&self, left: TermId, right: TermId, depth: usize) -> Option<Proof> {
        let both = [[left, v::OWL_SAME_AS, right], [right, v::OWL_SAME_AS, left]];
        if let Some(stated) = both.iter().find_map(|triple| self.stated(*triple)) {
            return Some(stated);
        }
        let (triple, reason) = both
            .iter()
            .find_map(|triple| Some((*triple, self.closure().reason(*triple)?)))?;
        let premises = reason
            .premises
            .iter()
            .map(|premise| self.prove(*premise, reason.rank, depth + 1));
        Some(self.inferred(triple, reason.rule, premises.collect::<Option<_>>()?))
    }
}

#[cfg(test)]
mod tests;
