//! Which operations of one provider give a type, and which change a property.
//!
//! In: a world and a provider. Out: indexes from outcome type and from property to operations, each made when first
//! asked. Nothing here looks at an entity.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Effect, Iri, Name, Operation, World};
use samos_verifiers::effects::left_side;

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
                    let Some(changed) = left_side(effect).and_then(|path| path.properties.last())
                    else {
                        continue;
                    };
                    for (shown, inversely) in self.shown_in(changed) {
                        by_property.entry(shown).or_default().push(Changer {
                            operation,
                            effect,
                            inversely,
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

    /// The properties in which a change of one shows, and whether from its other end.
    fn shown_in(&self, changed: &Iri) -> BTreeSet<(Iri, bool)> {
        let mut shown = BTreeSet::from([(changed.clone(), false)]);
        let Some(schema) = self.world.property(changed) else {
            return shown;
        };
        for other in schema
            .equivalents
            .iter()
            .chain(&schema.supers)
            .chain(&schema.subs)
        {
            shown.insert((other.clone(), false));
        }
        let ends: Vec<Iri> = shown.iter().map(|(property, _)| property.clone()).collect();
        for property in ends {
            if let Some(schema) = self.world.property(&property) {
                shown.extend(
                    schema
                        .inverses
                        .iter()
                        .map(|inverse| (inverse.clone(), true)),
                );
            }
        }
        shown
    }
}
