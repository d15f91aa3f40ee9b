//! What a step takes for granted where its precondition is unknown, and what is known once that is so.

use std::collections::BTreeSet;

use samos_model::{Atom, Comparison, Condition, Conjunct, Iri, Path, Term, Truth};

use super::condition::variables_of;
use super::effect::Run;
use super::{Scope, Thing, View};

impl Run<'_> {
    /// "Precondition not false"; "precondition unknown conjunct (top-level, after expansion per element) → assumption when
    /// assuming is allowed and no deleted thing is named".
    pub(super) fn assume(
        &mut self,
        precondition: &Condition,
        scope: &Scope,
        allowed: bool,
    ) -> Option<Vec<Conjunct>> {
        let mut unknown = Vec::new();
        for (conjunct, scope) in scope.expanded(precondition) {
            let view = View::new(&self.state, &scope);
            let truth = view.conjunct(conjunct);
            self.touched.read.extend(view.seen.into_inner());
            self.touched.met.extend(view.met.into_inner());
            match truth {
                Truth::True => {}
                Truth::False => return None,
                Truth::Unknown if !allowed || self.names_deleted(conjunct, &scope) => return None,
                Truth::Unknown => unknown.push((conjunct.clone(), scope)),
            }
        }
        for (conjunct, scope) in &unknown {
            // What an `exists` makes is what the outcome that asked for it reads.
            self.refining = !matches!(conjunct, Conjunct::Exists { .. });
            self.refine(conjunct, scope);
        }
        self.refining = false;
        Some(unknown.into_iter().map(|(conjunct, _)| conjunct).collect())
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
