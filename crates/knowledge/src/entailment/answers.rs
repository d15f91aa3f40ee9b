//! Answering patterns over what is entailed: stored statements, and those the hierarchies give on the fly.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::{Closure, Hierarchy};
use crate::index::Triple;
use crate::terms::TermId;
use crate::vocabulary as v;

/// Predicates whose statements are (also) answered from a hierarchy or the names of a thing.
const COMPUTED: [TermId; 6] = [
    v::RDF_TYPE,
    v::RDFS_SUB_CLASS_OF,
    v::RDFS_SUB_PROPERTY_OF,
    v::OWL_EQUIVALENT_CLASS,
    v::OWL_EQUIVALENT_PROPERTY,
    v::OWL_SAME_AS,
];

type Answers<'a> = Box<dyn Iterator<Item = Triple> + 'a>;

impl Closure {
    /// Is the triple entailed?
    pub(crate) fn contains(&self, triple: Triple) -> bool {
        let [s, p, o] = self.canonical(triple);
        match p {
            v::RDF_TYPE => self.has_type(s, o),
            v::RDFS_SUB_CLASS_OF => {
                self.facts.contains([s, p, o]) || (s != o && self.classes.is_under(s, o))
            }
            v::RDFS_SUB_PROPERTY_OF => {
                self.facts.contains([s, p, o]) || (s != o && self.properties.is_under(s, o))
            }
            v::OWL_EQUIVALENT_CLASS => {
                self.facts.contains([s, p, o]) || is_alike(&self.classes, s, o)
            }
            v::OWL_EQUIVALENT_PROPERTY => {
                self.facts.contains([s, p, o]) || is_alike(&self.properties, s, o)
            }
            v::OWL_SAME_AS => s == o && triple[0] != triple[2],
            _ => self.facts.contains([s, p, o]),
        }
    }

    /// The entailed triples with the given terms, under all names, each once.
    pub(crate) fn matching(
        &self,
        s: Option<TermId>,
        p: Option<TermId>,
        o: Option<TermId>,
    ) -> Answers<'_> {
        let [cs, cp, co] = [s, p, o].map(|term| term.map(|term| self.same.of(term)));
        let found = match cp {
            Some(v::OWL_SAME_AS) => return self.same_names(s, o),
            Some(p) if COMPUTED.contains(&p) => self.computed(p, cs, co),
            Some(_) => Box::new(self.facts.matching(cs, cp, co)),
            None => {
                let stored = self
                    .facts
                    .matching(cs, None, co)
                    .filter(|triple| !COMPUTED.contains(&triple[1]));
                let computed = COMPUTED
                    .into_iter()
                    .filter(|p| *p != v::OWL_SAME_AS)
                    .flat_map(move |p| self.computed(p, cs, co));
                Box::new(stored.chain(computed))
            }
        };
        if self.same.is_empty() {
            return found;
        }
        let named = found.flat_map(move |triple| self.under_all_names(triple, [s, p, o]));
        match p {
            None => Box::new(named.chain(self.same_names(s, o))),
            Some(_) => Box::new(named),
        }
    }

    /// Does the triple name each thing that was not asked for by name as its group is represented, and say nothing of names?
    pub(crate) fn is_first_name(&self, triple: Triple, asked: [Option<TermId>; 3]) -> bool {
        let mut places = triple.iter().zip(asked);
        triple[1] != v::OWL_SAME_AS
            && places.all(|(term, asked)| asked.is_some() || self.same.of(*term) == *term)
    }

    /// The classes of an entity, with all above, sorted.
    pub(crate) fn types(&self, entity: TermId) -> Vec<TermId> {
        let stored = self.facts.objects(self.same.of(entity), v::RDF_TYPE);
        let all: BTreeSet<TermId> = stored.flat_map(|class| self.classes.above(class)).collect();
        all.into_iter().collect()
    }

    /// The members of a class under representative names, sorted.
    pub(crate) fn members(&self, class: TermId) -> Vec<TermId> {
        let below = self.classes.below(self.same.of(class));
        let all: BTreeSet<TermId> = below
            .iter()
            .flat_map(|below| self.facts.subjects(v::RDF_TYPE, *below))
            .collect();
        all.into_iter().collect()
    }

    /// So many of them, if there are.
    pub(crate) fn some_members(&self, class: TermId, most: usize) -> BTreeSet<TermId> {
        let mut some = BTreeSet::new();
        for below in self.classes.below(self.same.of(class)) {
            for member in self.facts.subjects(v::RDF_TYPE, below) {
                if some.len() >= most {
                    return some;
                }
                some.insert(member);
            }
        }
        some
    }

    /// The classes that have a member.
    pub(crate) fn inhabited(&self) -> FxHashSet<TermId> {
        let mut found = FxHashSet::default();
        for class in self.facts.objects_of(v::RDF_TYPE) {
            found.insert(class);
            found.extend(self.classes.above(class));
        }
        found
    }

    fn under_all_names(&self, triple: Triple, wanted: [Option<TermId>; 3]) -> Vec<Triple> {
        let choices = |at: usize| -> Vec<TermId> {
            let term = triple.get(at).copied().unwrap_or(TermId(0));
            match wanted.get(at).copied().flatten() {
                Some(named) => vec![named],
                None => match self.same.names(term) {
                    [] => vec![term],
                    names => names.to_vec(),
                },
            }
        };
        let (subjects, predicates, objects) = (choices(0), choices(1), choices(2));
        let mut all = Vec::with_capacity(subjects.len() * predicates.len() * objects.len());
        for s in &subjects {
            for p in &predicates {
                all.extend(objects.iter().map(|o| [*s, *p, *o]));
            }
        }
        all
    }

    fn same_names(&self, s: Option<TermId>, o: Option<TermId>) -> Answers<'_> {
        let pairs = |names: &[TermId]| -> Vec<Triple> {
            let left = names
                .iter()
                .filter(move |name| s.is_none_or(|s| s == **name));
            let both = left.flat_map(|left| {
                names
                    .iter()
                    .filter(move |right| *right != left)
                    .map(move |right| (*left, *right))
            });
            both.filter(|(_, right)| o.is_none_or(|o| o == *right))
                .map(|(left, right)| [left, v::OWL_SAME_AS, right])
                .collect()
        };
        match s.or(o) {
            Some(term) => Box::new(pairs(self.same.names(self.same.of(term))).into_iter()),
            None => Box::new(
                self.same
                    .groups()
                    .flat_map(pairs)
                    .collect::<Vec<_>>()
                    .into_iter(),
            ),
        }
    }

    fn computed(&self, p: TermId, s: Option<TermId>, o: Option<TermId>) -> Answers<'_> {
        match p {
            v::RDF_TYPE => self.type_statements(s, o),
            v::RDFS_SUB_CLASS_OF => self.order_statements(&self.classes, p, s, o),
            v::RDFS_SUB_PROPERTY_OF => self.order_statements(&self.properties, p, s, o),
            v::OWL_EQUIVALENT_CLASS => self.alike_statements(&self.classes, p, s, o),
            v::OWL_EQUIVALENT_PROPERTY => self.alike_statements(&self.properties, p, s, o),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn type_statements(&self, s: Option<TermId>, o: Option<TermId>) -> Answers<'_> {
        match (s, o) {
            (Some(s), Some(o)) => Box::new(
                self.has_type(s, o)
                    .then_some([s, v::RDF_TYPE, o])
                    .into_iter(),
            ),
            (Some(s), None) => Box::new(
                self.types(s)
                    .into_iter()
                    .map(move |class| [s, v::RDF_TYPE, class]),
            ),
            (None, Some(o)) => Box::new(
                self.members(o)
                    .into_iter()
                    .map(move |member| [member, v::RDF_TYPE, o]),
            ),
            (None, None) => {
                let mut typed: Vec<TermId> = self
                    .facts
                    .matching(None, Some(v::RDF_TYPE), None)
                    .map(|[s, _, _]| s)
                    .collect();
                typed.sort_unstable();
                typed.dedup();
                Box::new(
                    typed
                        .into_iter()
                        .flat_map(|s| self.type_statements(Some(s), None)),
                )
            }
        }
    }

    /// Statements "below stands under above": those of the hierarchy, and stated ones such as a class under itself.
    fn order_statements<'a>(
        &'a self,
        order: &'a Hierarchy,
        p: TermId,
        s: Option<TermId>,
        o: Option<TermId>,
    ) -> Answers<'a> {
        let stated = self
            .facts
            .matching(s, Some(p), o)
            .filter(|[s, _, o]| s == o);
        match (s, o) {
            (Some(s), Some(o)) => {
                Box::new(stated.chain((s != o && order.is_under(s, o)).then_some([s, p, o])))
            }
            (Some(s), None) => Box::new(
                stated.chain(
                    order
                        .above(s)
                        .filter(move |o| *o != s)
                        .map(move |o| [s, p, o]),
                ),
            ),
            (None, Some(o)) => {
                let below = order.below(o).into_iter().filter(move |s| *s != o);
                Box::new(stated.chain(below.map(move |s| [s, p, o])))
            }
            (None, None) => {
                let all = order.nodes().into_iter();
                Box::new(stated.chain(all.flat_map(move |s| {
                    order
                        .above(s)
                        .filter(move |o| *o != s)
                        .map(move |o| [s, p, o])
                })))
            }
        }
    }

    fn alike_statements<'a>(
        &'a self,
        order: &'a Hierarchy,
        p: TermId,
        s: Option<TermId>,
        o: Option<TermId>,
    ) -> Answers<'a> {
        // A stated equivalence with itself, or with a blank class expression, is in the hierarchy or kept as stated.
        let stated = self
            .facts
            .matching(s, Some(p), o)
            .filter(|[s, _, o]| s == o);
        match (s, o) {
            (Some(s), Some(o)) => {
                Box::new(stated.chain(is_alike(order, s, o).then_some([s, p, o])))
            }
            (Some(s), None) => {
                Box::new(stated.chain(order.equivalents(s).into_iter().map(move |o| [s, p, o])))
            }
            (None, Some(o)) => {
                Box::new(stated.chain(order.equivalents(o).into_iter().map(move |s| [s, p, o])))
            }
            (None, None) => {
                let all = order.nodes().into_iter();
                Box::new(stated.chain(
                    all.flat_map(move |s| order.equivalents(s).into_iter().map(move |o| [s, p, o])),
                ))
            }
        }
    }
}

fn is_alike(order: &Hierarchy, left: TermId, right: TermId) -> bool {
    left != right && order.is_under(left, right) && order.is_under(right, left)
}
