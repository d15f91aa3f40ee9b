//! How one fact added or taken away carries others with it.
//!
//! "A hypothetical state carries effects through inverse, equivalent, super-property, domain and range only."

use std::collections::BTreeSet;

use samos_model::{Iri, Property, Truth};

use super::{State, Thing};

type Fact = (Thing, Iri, Thing);

/// The state being changed, and the cells that were changed.
pub(crate) struct Change<'a, 'w> {
    pub(crate) state: &'a mut State<'w>,
    /// Cells that only gained a member.
    pub(crate) added: BTreeSet<(Thing, Iri)>,
    /// Cells changed in any other way.
    pub(crate) written: BTreeSet<(Thing, Iri)>,
}

impl Change<'_, '_> {
    pub(crate) fn schema(&self, property: &Iri) -> Property {
        let declared = self.state.world.property(property);
        declared
            .cloned()
            .unwrap_or_else(|| Property::undeclared(property.clone()))
    }

    fn edit(&mut self, thing: &Thing, property: &Iri, edit: impl FnOnce(&mut super::Cell)) {
        let mut cell = self.state.cell(thing, property);
        edit(&mut cell);
        self.written.insert((thing.clone(), property.clone()));
        self.state
            .cells
            .insert((thing.clone(), property.clone()), cell);
    }

    /// "Carry of added (m,p,v): equivalents and supers get (m,q,v) (functional q: replaced, unless equal), inverses of p
    /// and of those get (v,inv,m) (functional: replaced)."
    pub(crate) fn add(&mut self, fact: Fact) {
        let mut all = BTreeSet::new();
        let mut waiting = vec![fact];
        while let Some((thing, property, value)) = waiting.pop() {
            if !all.insert((thing.clone(), property.clone(), value.clone())) {
                continue;
            }
            let schema = self.schema(&property);
            for wider in schema.equivalents.iter().chain(&schema.supers) {
                waiting.push((thing.clone(), wider.clone(), value.clone()));
            }
            if !matches!(value, Thing::Literal(_)) {
                for inverse in &schema.inverses {
                    waiting.push((value.clone(), inverse.clone(), thing.clone()));
                }
            }
        }
        // What a functional property held gives way before anything is put in its place.
        for (thing, property, value) in &all {
            if self.schema(property).functional {
                for old in self.state.cell(thing, property).members {
                    if self.state.equal(&old, value) != Truth::True {
                        self.remove((thing.clone(), property.clone(), old));
                    }
                }
            }
        }
        for (thing, property, value) in all {
            self.put(&thing, &property, &value);
        }
    }

    fn put(&mut self, thing: &Thing, property: &Iri, value: &Thing) {
        let schema = self.schema(property);
        let cell = (thing.clone(), property.clone());
        let before = self.state.cell(thing, property);
        let mut after = before.clone();
        if schema.functional {
            after = super::Cell::known([value.clone()]);
            self.written.insert(cell.clone());
        } else {
            after.members.insert(value.clone());
            let state = &*self.state;
            // "Add removes from `absent`."
            after
                .absent
                .retain(|absent| state.equal(absent, value) != Truth::True);
            self.added.insert(cell.clone());
        }
        self.state.cells.insert(cell, after);
        // "An effect that adds (m,p,v) gives m the domains and v the ranges of p."
        let types = self.state.extra_types.entry(thing.clone()).or_default();
        types.extend(schema.domains);
        if !matches!(value, Thing::Literal(_)) {
            let types = self.state.extra_types.entry(value.clone()).or_default();
            types.extend(schema.ranges);
        }
    }

    /// "Carry of removed: same for equivalents, sub-properties and inverses; from supers only where no other
    /// sub-property (not below p) still holds it."
    pub(crate) fn remove(&mut self, fact: Fact) {
        let mut gone = BTreeSet::new();
        let mut waiting = vec![fact];
        while let Some((thing, property, value)) = waiting.pop() {
            if !gone.insert((thing.clone(), property.clone(), value.clone())) {
                continue;
            }
            self.take(&thing, &property, &value);
            let schema = self.schema(&property);
            for narrower in schema.equivalents.iter().chain(&schema.subs) {
                waiting.push((thing.clone(), narrower.clone(), value.clone()));
            }
            if !matches!(value, Thing::Literal(_)) {
                for inverse in &schema.inverses {
                    waiting.push((value.clone(), inverse.clone(), thing.clone()));
                }
            }
            // Nearest first, so that what held it only through this property no longer counts further up.
            let mut supers: Vec<Property> =
                schema.supers.iter().map(|sup| self.schema(sup)).collect();
            supers.sort_by_key(|sup| sup.subs.len());
            for sup in supers {
                let own = |other: &Iri| {
                    *other == property
                        || schema.equivalents.contains(other)
                        || schema.subs.contains(other)
                        || sup.equivalents.contains(other)
                };
                let held = |other: &Iri| self.state.cell(&thing, other).members.contains(&value);
                let elsewhere = sup.subs.iter().any(|other| !own(other) && held(other));
                if held(&sup.iri) && !elsewhere {
                    self.take(&thing, &sup.iri, &value);
                    if !matches!(value, Thing::Literal(_)) {
                        for inverse in &sup.inverses {
                            waiting.push((value.clone(), inverse.clone(), thing.clone()));
                        }
                    }
                }
            }
        }
    }

    /// "Remove from incomplete: also goes to `absent` … a removed value whose equality with a member is unknown: that
    /// member is dropped and the set becomes incomplete."
    fn take(&mut self, thing: &Thing, property: &Iri, value: &Thing) {
        let cell = self.state.cell(thing, property);
        let mut vague = false;
        let mut members = cell.members.clone();
        for member in &cell.members {
            match self.state.equal(member, value) {
                Truth::True => {
                    members.remove(member);
                }
                Truth::Unknown => {
                    members.remove(member);
                    vague = true;
                }
                Truth::False => {}
            }
        }
        if cell.complete && members == cell.members {
            return;
        }
        self.edit(thing, property, |cell| {
            cell.members = members;
            cell.complete &= !vague;
            if !cell.complete {
                cell.absent.insert(value.clone());
            }
        });
    }

    /// `=` and `clear`: "members := RHS, complete … leaves sub-properties of p with only members that are in the new
    /// value; completeness of supers/subs/inverses is unchanged except equivalents (same as p) and `clear`ed subs (known
    /// empty)". This is the withdrawing half; the values are added afterwards.
    pub(crate) fn empty(
        &mut self,
        thing: &Thing,
        property: &Iri,
        keep: &BTreeSet<Thing>,
        cleared: bool,
    ) {
        let schema = self.schema(property);
        let kept = |state: &State<'_>, old: &Thing| {
            keep.iter()
                .any(|keep| state.equal(keep, old) == Truth::True)
        };
        for old in self.state.cell(thing, property).members {
            if !kept(self.state, &old) {
                self.remove((thing.clone(), property.clone(), old));
            }
        }
        for sub in &schema.subs {
            for old in self.state.cell(thing, sub).members {
                if !kept(self.state, &old) {
                    self.remove((thing.clone(), sub.clone(), old));
                }
            }
            if cleared {
                self.edit(thing, sub, |cell| *cell = super::Cell::known([]));
            }
        }
        let all = schema.equivalents.iter().chain([property]);
        for property in all.cloned().collect::<Vec<_>>() {
            let state = &*self.state;
            let members: Vec<Thing> = state
                .cell(thing, &property)
                .members
                .into_iter()
                .filter(|old| kept(state, old))
                .collect();
            self.edit(thing, &property, |cell| *cell = super::Cell::known(members));
        }
    }
}
