//! Effects, applied to the concrete state: all right sides are read first, then comes what is taken away, then what
//! is added.
//!
//! Written apart from what execution expects to see, so that a fault in either shows when plans run here.

use std::collections::BTreeSet;

use samos_execution::facts::holds_things;
use samos_execution::scope::{Found, Scope, decimal, is_left_out, path_of};
use samos_execution::{Bindings, Cell};
use samos_model::operation::Operation;
use samos_model::text::{Atom, Effect, Path, Root, Term};
use samos_model::value::Value;
use samos_model::vocabulary::samos;
use samos_model::world::World;
use samos_model::{Decimal, Iri, Name, Request};

use crate::{Settling, Simulation};

/// One change of one cell or entity, its values read before any change.
enum Change {
    Remove(Cell, BTreeSet<Value>),
    Set(Cell, BTreeSet<Value>),
    Renew(Cell),
    Add(Cell, BTreeSet<Value>),
    Delete(Iri),
}

impl Change {
    /// What is taken away goes before what is added.
    fn rank(&self) -> u8 {
        match self {
            Self::Remove(..) => 0,
            Self::Set(..) | Self::Renew(_) => 1,
            Self::Add(..) => 2,
            Self::Delete(_) => 3,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Verb {
    Set,
    Add,
    Remove,
    Clear,
    Renew,
}

impl Simulation<'_> {
    /// Applies the effects of a request and returns what it created.
    pub(crate) fn apply(&mut self, operation: &Operation, request: &Request) -> Bindings {
        let created = self.create(operation, request);
        let mut changes = Vec::new();
        for effect in operation
            .postcondition
            .iter()
            .filter(|effect| !is_left_out(operation, request, paths_of(effect)))
        {
            self.changes_of(effect, request, &created, &mut changes);
        }
        changes.sort_by_key(Change::rank);
        for change in changes {
            self.change(change, operation);
        }
        created
    }

    fn create(&mut self, operation: &Operation, request: &Request) -> Bindings {
        let none = Bindings::new();
        let mut created = Bindings::new();
        for effect in &operation.postcondition {
            let Effect::Create { outcome, count } = effect else {
                continue;
            };
            let Some(of_type) = operation
                .outcome(outcome.as_str())
                .map(|outcome| outcome.of_type.clone())
            else {
                continue;
            };
            let count = count.as_ref().map_or(Some(1), |term| {
                let number = Scope::new(self.world(), request, &none).number(term)?;
                u32::try_from(number).ok()
            });
            let things = (0..count.unwrap_or(0)).map(|_| {
                if holds_things(self.world, &of_type) {
                    Value::Entity(self.mint(&of_type, &request.subject, None))
                } else {
                    let mut chance = crate::Chance::new(self.state.chance.next());
                    Value::Literal(self.new_literal(&of_type, &of_type, &mut chance))
                }
            });
            let things: Vec<Value> = things.collect();
            created.insert(outcome.clone(), things);
        }
        created
    }

    fn changes_of(
        &self,
        effect: &Effect,
        request: &Request,
        created: &Bindings,
        changes: &mut Vec<Change>,
    ) {
        let scope = Scope::new(self.world(), request, created);
        let (path, term, verb) = match effect {
            Effect::Set { path, value } => (path, Some(value), Verb::Set),
            Effect::Add { path, value } => (path, Some(value), Verb::Add),
            Effect::Remove { path, value } => (path, Some(value), Verb::Remove),
            Effect::Clear(path) => (path, None, Verb::Clear),
            Effect::Renew(path) => (path, None, Verb::Renew),
            Effect::Create { .. } => return,
            Effect::Delete(path) => {
                let gone = scope.follow(path).values;
                changes.extend(
                    gone.iter()
                        .filter_map(Value::as_entity)
                        .cloned()
                        .map(Change::Delete),
                );
                return;
            }
        };
        let Some((property, before)) = path.properties.split_last() else {
            return;
        };
        let starts = scope.root(&path.root);
        for start in &starts.values {
            let one = Found {
                values: BTreeSet::from([start.clone()]),
                complete: true,
            };
            let element = match &path.root {
                Root::Variable(name) => Some((name, start)),
                _ => None,
            };
            let values = term
                .map(|term| self.right(&scope, term, element))
                .unwrap_or_default();
            for holder in scope
                .follow_from(one, before)
                .values
                .iter()
                .filter_map(Value::as_entity)
            {
                changes.push(self.change_of(
                    &scope,
                    Cell::new(holder, property),
                    verb,
                    term,
                    &values,
                ));
            }
        }
    }

    fn change_of(
        &self,
        scope: &Scope<'_>,
        cell: Cell,
        verb: Verb,
        term: Option<&Term>,
        values: &BTreeSet<Value>,
    ) -> Change {
        let functional = self
            .world
            .property(&cell.property)
            .is_some_and(|schema| schema.functional);
        match verb {
            Verb::Set => Change::Set(cell, values.clone()),
            Verb::Clear => Change::Set(cell, BTreeSet::new()),
            Verb::Renew => Change::Renew(cell),
            Verb::Add | Verb::Remove if functional => {
                let stands = scope.live().values(&cell.entity, &cell.property).members;
                let old = stands
                    .iter()
                    .find_map(|value| value.as_literal().and_then(samos_model::Literal::number));
                let by = term
                    .and_then(|term| scope.number(term))
                    .unwrap_or(Decimal::ZERO);
                let old = old.unwrap_or(Decimal::ZERO);
                let new = if verb == Verb::Add {
                    old.checked_add(by)
                } else {
                    old.checked_sub(by)
                };
                Change::Set(
                    cell,
                    BTreeSet::from([Value::Literal(decimal(new.unwrap_or(old)))]),
                )
            }
            Verb::Add => Change::Add(cell, values.clone()),
            Verb::Remove => Change::Remove(cell, values.clone()),
        }
    }

    /// The values of a right side; of a name that the left side runs through, the element it stands at.
    fn right(
        &self,
        scope: &Scope<'_>,
        term: &Term,
        element: Option<(&Name, &Value)>,
    ) -> BTreeSet<Value> {
        if let (Some(Atom::Path(path)), Some((name, value))) = (term.as_atom(), element)
            && path.root == Root::Variable(name.clone())
        {
            let one = Found {
                values: BTreeSet::from([value.clone()]),
                complete: true,
            };
            return scope.follow_from(one, &path.properties).values;
        }
        scope.term(term).values
    }

    fn change(&mut self, change: Change, operation: &Operation) {
        match change {
            Change::Remove(cell, values) => {
                for value in &values {
                    self.state.facts.remove(self.world, &cell, value, None);
                }
            }
            Change::Add(cell, values) => {
                for value in &values {
                    self.state.facts.add(self.world, &cell, value, None);
                }
            }
            Change::Set(cell, values) => self.set_passing(&cell, values, operation),
            Change::Renew(cell) => {
                let ranges = self
                    .world
                    .property(&cell.property)
                    .map(|schema| schema.ranges.clone())
                    .unwrap_or_default();
                let Some(range) = self.narrowest(&ranges) else {
                    return;
                };
                let value = if holds_things(self.world, &range) {
                    Value::Entity(self.mint(&range, &cell.entity, None))
                } else {
                    let mut chance = crate::Chance::new(self.state.chance.next());
                    Value::Literal(self.new_literal(&range, &cell.property, &mut chance))
                };
                self.state
                    .facts
                    .set(self.world, &cell, &BTreeSet::from([value]), None);
            }
            Change::Delete(entity) => self.state.facts.delete(self.world, &entity),
        }
    }

    /// Sets a cell; where the provider has a state that passes into the new one, that shows for a while.
    fn set_passing(&mut self, cell: &Cell, values: BTreeSet<Value>, operation: &Operation) {
        self.state
            .settling
            .retain(|settling| settling.cell != *cell);
        let passing = match values.iter().next() {
            Some(into) if values.len() == 1 && self.faults.passing_ms.1 > 0 => {
                self.passing_into(cell, into)
            }
            _ => None,
        };
        let (Some(passing), Some(into)) = (passing, values.iter().next()) else {
            self.state.facts.set(self.world, cell, &values, None);
            return;
        };
        let usual_ms = operation.duration_s.map_or(0, |seconds| {
            std::time::Duration::try_from_secs_f64(seconds)
                .unwrap_or_default()
                .as_millis()
        });
        let most_ms = u64::try_from(usual_ms)
            .unwrap_or(u64::MAX)
            .clamp(self.faults.passing_ms.0, self.faults.passing_ms.1);
        let shown_ms = self
            .state
            .chance
            .between((self.faults.passing_ms.0, most_ms));
        self.state
            .facts
            .set(self.world, cell, &BTreeSet::from([passing]), None);
        self.state.settling.push(Settling {
            due_ms: self.state.now_ms.saturating_add(shown_ms),
            cell: cell.clone(),
            into: into.clone(),
        });
    }

    fn passing_into(&self, cell: &Cell, into: &Value) -> Option<Value> {
        let live = self.world();
        let own = into.as_entity().and_then(|state| live.provider_of(state));
        let ranges = self.world.property(&cell.property)?.ranges.clone();
        live.holders(&Iri::from(samos::BECOMES), into)
            .into_iter()
            .find(|state| {
                live.provider_of(state) == own
                    && ranges.iter().all(|range| live.has_type(state, range))
            })
            .map(Value::Entity)
    }
}

pub(crate) fn paths_of(effect: &Effect) -> Vec<&Path> {
    match effect {
        Effect::Set { path, value }
        | Effect::Add { path, value }
        | Effect::Remove { path, value } => std::iter::once(path)
            .chain(value.atoms().filter_map(path_of))
            .collect(),
        Effect::Clear(path) | Effect::Renew(path) | Effect::Delete(path) => vec![path],
        Effect::Create { count, .. } => count
            .iter()
            .flat_map(|term| term.atoms().filter_map(path_of))
            .collect(),
    }
}
