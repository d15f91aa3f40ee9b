//! Which operations of one provider give a type, and which change a property.
//!
//! In: a world and a provider. Out: indexes from outcome type and from property to operations, each made when first
//! asked. Nothing here looks at an entity.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Effect, Iri, Name, Operation, Property, World};

/// A property in which a change shows, and whether from its other end.
type Shown = (Iri, bool);

/// An operation that gives a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Giver<'w> {
    pub(super) operation: &'w Operation,
    pub(super) outcome: &'w Name,
}

/// An operation that changes a property.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changer<'w> {
    pub(super) operation: &'w Operation,
    pub(super) effect: &'w Effect,
    /// Does it change the property from its other end, through an inverse?
    pub(super) inversely: bool,
    /// Does it give a value that another entity may have to give up, through a functional inverse?
    pub(super) displacing: bool,
}

/// The indexes over one provider's operations.
pub(super) struct Catalogue<'w> {
    world: &'w dyn World,
    provider: Option<Iri>,
    givers: OnceCell<BTreeMap<Iri, Vec<Giver<'w>>>>,
    changers: OnceCell<BTreeMap<Iri, Vec<Changer<'w>>>>,
    deleters: OnceCell<Vec<Changer<'w>>>,
}

impl<'w> Catalogue<'w> {
    pub(super) fn new(world: &'w dyn World, provider: Option<Iri>) -> Self {
        Self {
            world,
            provider,
            givers: OnceCell::new(),
            changers: OnceCell::new(),
            deleters: OnceCell::new(),
        }
    }

    /// Is that of the same provider, or of none?
    pub(super) fn is_own(&self, entity: &Iri) -> bool {
        let provider = self.world.provider_of(entity);
        provider.is_none() || provider == self.provider
    }

    /// The operations with an outcome of that type or below.
    pub(super) fn giving(&self, of_type: &Iri) -> &[Giver<'w>] {
        let givers = self.givers.get_or_init(|| {
            let mut by_type: BTreeMap<Iri, Vec<Giver<'w>>> = BTreeMap::new();
            for operation in self.own() {
                for outcome in &operation.outcomes {
                    for above in self.world.types_above(&outcome.of_type) {
                        by_type.entry(above).or_default().push(Giver {
                            operation,
                            outcome: &outcome.name,
                        });
                    }
                }
            }
            by_type
        });
        givers.get(of_type).map_or(&[], Vec::as_slice)
    }

    /// The operations with an effect that shows in that property.
    pub(super) fn changing(&self, property: &Iri) -> &[Changer<'w>] {
        let changers = self.changers.get_or_init(|| {
            let mut by_property: BTreeMap<Iri, Vec<Changer<'w>>> = BTreeMap::new();
            for operation in self.own() {
                for effect in &operation.postcondition {
                    let Some(changed) = effect.changed().and_then(|path| path.properties.last())
                    else {
                        continue;
                    };
                    let adds = matches!(effect, Effect::Set { .. } | Effect::Add { .. });
                    let carried = self.above(changed);
                    let gives_way =
                        |(property, inversely): &Shown| *inversely && self.is_functional(property);
                    let displacing = adds && carried.iter().any(gives_way);
                    for (shown, inversely) in self.shown_in(changed, carried) {
                        by_property.entry(shown).or_default().push(Changer {
                            operation,
                            effect,
                            inversely,
                            displacing,
                        });
                    }
                }
            }
            by_property
        });
        changers.get(property).map_or(&[], Vec::as_slice)
    }

    /// The operations that delete something.
    pub(super) fn deleting(&self) -> &[Changer<'w>] {
        self.deleters.get_or_init(|| {
            let effects = self.own().flat_map(|operation| {
                let effects = operation.postcondition.iter();
                effects.map(move |effect| Changer {
                    operation,
                    effect,
                    inversely: false,
                    displacing: false,
                })
            });
            effects
                .filter(|changer| matches!(changer.effect, Effect::Delete(_)))
                .collect()
        })
    }

    fn own(&self) -> impl Iterator<Item = &'w Operation> {
        let operations = self.world.operations().iter();
        operations.filter(|one| one.provider.is_none() || one.provider == self.provider)
    }

    /// The properties in which a change of one shows, given those that what is added is carried to: these, those that
    /// what goes is carried to, and those below a functional one whose value gives way.
    fn shown_in(&self, changed: &Iri, carried: BTreeSet<Shown>) -> BTreeSet<Shown> {
        let below = |schema: &Property| -> Vec<Iri> {
            let narrower = schema.equivalents.iter().chain(&schema.subs);
            narrower.cloned().collect()
        };
        let gives_way = |(property, inversely): &&Shown| *inversely || self.is_functional(property);
        let mut starts: BTreeSet<Shown> = carried.iter().filter(gives_way).cloned().collect();
        starts.insert((changed.clone(), false));
        let mut shown = self.closure(starts, &below);
        shown.extend(carried);
        shown
    }

    /// The properties that an added value is carried to, and whether at its other end.
    fn above(&self, changed: &Iri) -> BTreeSet<Shown> {
        let above = |schema: &Property| -> Vec<Iri> {
            let wider = schema.equivalents.iter().chain(&schema.supers);
            wider.cloned().collect()
        };
        self.closure(BTreeSet::from([(changed.clone(), false)]), &above)
    }

    fn closure(
        &self,
        starts: BTreeSet<Shown>,
        next: &dyn Fn(&Property) -> Vec<Iri>,
    ) -> BTreeSet<Shown> {
        let mut all = BTreeSet::new();
        let mut waiting: Vec<Shown> = starts.into_iter().collect();
        while let Some((property, inversely)) = waiting.pop() {
            if !all.insert((property.clone(), inversely)) {
                continue;
            }
            if let Some(schema) = self.world.property(&property) {
                waiting.extend(next(schema).into_iter().map(|one| (one, inversely)));
                let inverses = schema.inverses.iter().cloned();
                waiting.extend(inverses.map(|inverse| (inverse, !inversely)));
            }
        }
        all
    }

    fn is_functional(&self, property: &Iri) -> bool {
        let schema = self.world.property(property);
        schema.is_some_and(|schema| schema.functional)
    }
}
