//! What a step takes for granted where its precondition is unknown, and what is known once that is so.

use std::collections::BTreeSet;

use samos_model::{Atom, Comparison, Condition, Conjunct, Iri, Outcome, Path, Term, Truth};

use super::condition::variables_of;
use super::effect::Run;
use super::{Scope, Thing, View};

/// What one request takes for granted.
#[derive(Default)]
pub(super) struct Taken {
    /// Each conjunct once, and whether a cell it looks at is not completely known.
    all: Vec<(Conjunct, bool)>,
}

impl Taken {
    fn note(&mut self, conjunct: &Conjunct, is_open: bool) {
        match self.all.iter_mut().find(|(own, _)| own == conjunct) {
            Some((_, open)) => *open |= is_open,
            None => self.all.push((conjunct.clone(), is_open)),
        }
    }

    pub(super) fn conjuncts(self) -> Vec<Conjunct> {
        self.all.into_iter().map(|(conjunct, _)| conjunct).collect()
    }

    /// "Only an assumption about what nobody has looked at counts: a guard over a value that the plan itself reads … costs
    /// nothing".
    pub(super) fn unknowns(&self) -> usize {
        self.all.iter().filter(|(_, open)| *open).count()
    }
}

impl Run<'_> {
    /// "Precondition not false"; "precondition unknown conjunct (top-level, after expansion per element) → assumption when
    /// assuming is allowed and no deleted thing is named". One after the other: "after that the state takes it as known".
    pub(super) fn assume(
        &mut self,
        precondition: &Condition,
        scope: &Scope,
        allowed: bool,
    ) -> Option<Taken> {
        let mut taken = Taken::default();
        for conjunct in &precondition.conjuncts {
            let alone = Condition {
                conjuncts: vec![conjunct.clone()],
            };
            let mut unknown = Vec::new();
            let mut open = false;
            for (_, scope) in scope.expanded(&alone) {
                let (truth, is_open) = self.judge(conjunct, &scope);
                open |= is_open;
                match truth {
                    Truth::True => {}
                    Truth::False => return None,
                    Truth::Unknown if !allowed || self.names_deleted(conjunct, &scope) => {
                        return None;
                    }
                    Truth::Unknown => unknown.push(scope),
                }
            }
            // What an `exists` makes is what an outcome that reads the same reads.
            self.refining = !matches!(conjunct, Conjunct::Exists { .. });
            for scope in &unknown {
                self.refine(conjunct, scope);
            }
            self.refining = false;
            if !unknown.is_empty() {
                taken.note(conjunct, open);
            }
        }
        Some(taken)
    }

    /// "An outcome bound to a later step adds `exists PATH` to its SIR's precondition."
    pub(super) fn assume_found(
        &mut self,
        outcome: &Outcome,
        scope: &Scope,
        allowed: bool,
        taken: &mut Taken,
    ) -> Option<()> {
        let Some(reads) = &outcome.reads else {
            return Some(());
        };
        let exists = Conjunct::Exists {
            path: reads.path.clone(),
        };
        let (truth, open) = self.judge(&exists, scope);
        match truth {
            Truth::True => return Some(()),
            Truth::Unknown if allowed && !self.names_deleted(&exists, scope) => {}
            Truth::Unknown | Truth::False => return None,
        }
        taken.note(&exists, open);
        if let Some((thing, property)) = self.place(&reads.path, scope) {
            // "Its type is that of the outcome or property."
            let mut types = self.ranges(&reads.path);
            types.insert(outcome.of_type.clone());
            let symbol = self.symbol(false, types);
            self.change(|change| change.add((thing, property, symbol)));
        }
        Some(())
    }

    /// What a conjunct is worth now, and whether a cell it looks at is not completely known.
    fn judge(&mut self, conjunct: &Conjunct, scope: &Scope) -> (Truth, bool) {
        let view = View::new(&self.state, scope);
        let truth = view.conjunct(conjunct);
        let seen = view.seen.into_inner();
        let met = view.met.into_inner();
        let open = seen
            .iter()
            .any(|(thing, property)| !self.state.cell(thing, property).complete);
        self.touched.read.extend(seen);
        self.touched.met.extend(met);
        (truth, open)
    }

    fn names_deleted(&self, conjunct: &Conjunct, scope: &Scope) -> bool {
        let mut values = Vec::new();
        for name in variables_of(conjunct).all {
            values.extend(scope.variables.get(&name).cloned().unwrap_or_default());
        }
        let text = format!("{conjunct:?}");
        let individual = |thing: &Thing| match thing {
            Thing::Entity(entity) => text.contains(&format!("Individual({entity:?})")),
            Thing::Literal(_) | Thing::Symbol(_) => false,
        };
        values
            .iter()
            .any(|value| self.state.deleted.contains(value))
            || self.state.deleted.iter().any(individual)
    }

    /// "After assuming, refine: …; anything else: no refinement."
    fn refine(&mut self, conjunct: &Conjunct, scope: &Scope) {
        match conjunct {
            Conjunct::Compare {
                left,
                comparison,
                right,
            } => {
                let (Some(Atom::Path(path)), Some(value)) = (left.as_atom(), right.as_atom())
                else {
                    return;
                };
                match comparison {
                    Comparison::Equal => self.refine_member(path, value, scope),
                    Comparison::Unequal => self.refine_absent(path, value, scope),
                    Comparison::Less
                    | Comparison::AtMost
                    | Comparison::Greater
                    | Comparison::AtLeast => {}
                }
            }
            Conjunct::Contains { path, value } => self.refine_member(path, value, scope),
            Conjunct::In { path, values } => {
                if let [value] = values.as_slice() {
                    self.refine_member(path, value, scope);
                }
            }
            Conjunct::Exists { path } => {
                if let Some((thing, property)) = self.place(path, scope) {
                    let symbol = self.opaque(&property);
                    self.change(|change| change.add((thing, property, symbol)));
                }
            }
            Conjunct::Is { path, of_type } => {
                if let Some((thing, property)) = self.place(path, scope)
                    && self.state.cell(&thing, &property).members.is_empty()
                {
                    let mut types = BTreeSet::from([of_type.clone()]);
                    if let Some(schema) = self.state.world.property(&property) {
                        types.extend(schema.ranges.clone());
                    }
                    let symbol = self.symbol(false, types);
                    self.change(|change| change.add((thing, property, symbol)));
                }
            }
            Conjunct::Not(inner) => match &**inner {
                Conjunct::Contains { path, value } => self.refine_absent(path, value, scope),
                Conjunct::Compare {
                    left,
                    comparison: Comparison::Equal,
                    right,
                } => {
                    if let (Some(Atom::Path(path)), Some(value)) = (left.as_atom(), right.as_atom())
                    {
                        self.refine_absent(path, value, scope);
                    }
                }
                Conjunct::Exists { path } => {
                    if let Some((thing, property)) = self.place(path, scope) {
                        let keep = BTreeSet::new();
                        self.change(|change| change.empty(&thing, &property, &keep, true));
                    }
                }
                Conjunct::Compare { .. }
                | Conjunct::Is { .. }
                | Conjunct::In { .. }
                | Conjunct::Not(_)
                | Conjunct::Either(_) => {}
            },
            Conjunct::Either(_) => {}
        }
    }

    /// "With single known prefix member": that member, and the last property.
    pub(super) fn place(&mut self, path: &Path, scope: &Scope) -> Option<(Thing, Iri)> {
        let (last, before) = path.properties.split_last()?;
        let prefix = Path {
            root: path.root.clone(),
            properties: before.to_vec(),
        };
        let found = self.look(scope, &prefix);
        let alone = found.complete && found.members.len() == 1;
        let member = found.members.into_iter().next().filter(|_| alone)?;
        (!matches!(member, Thing::Literal(_))).then(|| (member, last.clone()))
    }

    fn single(&mut self, value: &Atom, scope: &Scope) -> Option<Thing> {
        let found = self.value(scope, &Term::from(value.clone()));
        let alone = found.complete && found.members.len() == 1;
        found.members.into_iter().next().filter(|_| alone)
    }

    fn refine_member(&mut self, path: &Path, value: &Atom, scope: &Scope) {
        if let (Some((thing, property)), Some(value)) =
            (self.place(path, scope), self.single(value, scope))
        {
            self.change(|change| change.add((thing, property, value)));
        }
    }

    fn refine_absent(&mut self, path: &Path, value: &Atom, scope: &Scope) {
        if let (Some((thing, property)), Some(value)) =
            (self.place(path, scope), self.single(value, scope))
        {
            let mut cell = self.state.cell(&thing, &property);
            cell.absent.insert(value);
            self.touched
                .written
                .insert((thing.clone(), property.clone()));
            self.state.cells.insert((thing, property), cell);
        }
    }
}
