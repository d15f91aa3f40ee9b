//! How a demand is met: by the operations whose effects or outcomes could serve it, each as a template restricted to
//! the subjects and arguments with which it could.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Accept, Filter, Slicer, Target, Template, Test, template_target};
use crate::compiled::{Change, Compiled, Part, Start, Way};
use crate::view::{OWL_THING, P, T, V};

impl Slicer<'_, '_, '_> {
    pub(super) fn meet_cell(
        &mut self,
        property: P,
        target: &Target,
        accept: &Accept,
    ) -> Vec<usize> {
        let mut met = Vec::new();
        let (accept, takes_away) = match accept {
            Accept::Change => (&Accept::Anything, true),
            other => (other, false),
        };
        let anybody = Target::Any(self.view().type_number(&OWL_THING.into()));
        for (source, turned) in self.catalogue.sources(property) {
            // A value that only one thing can have is taken from one by giving it to another.
            let others = takes_away && self.has_one_holder(source, turned);
            let targets = [Some(target), others.then_some(&anybody)];
            for index in self.catalogue.on(source).iter().copied() {
                let Some(operation) = self.catalogue.operation(index) else {
                    continue;
                };
                if !self.catalogue.is_allowed(&operation) {
                    continue;
                }
                for change in &operation.changes {
                    for target in targets.into_iter().flatten() {
                        let what = &change.what;
                        if let Some(template) =
                            self.hit(&operation, what, source, turned, target, accept)
                        {
                            met.push(self.template(template));
                        }
                    }
                }
            }
        }
        if *accept == Accept::Anything {
            for index in self.catalogue.deleting().to_vec() {
                let Some(operation) = self.catalogue.operation(index) else {
                    continue;
                };
                if self.catalogue.is_allowed(&operation)
                    && self.may_delete(&operation, property, target)
                {
                    met.push(self.template(Template {
                        operation: index,
                        subject: Vec::new(),
                        inputs: BTreeMap::new(),
                    }));
                }
            }
        }
        met
    }

    /// Can a value of the property be that of one thing only?
    fn has_one_holder(&self, source: P, turned: bool) -> bool {
        let view = self.view();
        let schema = view.schema(source);
        if turned {
            return schema.functional;
        }
        let inverses = &schema.inverses;
        inverses.iter().any(|one| view.schema(*one).functional)
    }

    /// Could a deletion by this operation show in that property of those things?
    fn may_delete(&self, operation: &Compiled, property: P, target: &Target) -> bool {
        let view = self.view();
        let Target::These(things, false) = target else {
            return true;
        };
        let mut values = things
            .iter()
            .flat_map(|thing| view.cell(*thing, property).members.clone())
            .chain(things.iter().copied());
        operation.changes.iter().any(|change| match &change.what {
            Change::Delete(way) if way.properties.is_empty() => match way.start {
                Start::Subject => values
                    .any(|value| view.is_symbol(value) || view.has_type(value, operation.subject)),
                _ => true,
            },
            Change::Delete(_) => true,
            _ => false,
        })
    }

    /// The template by which a change could serve a demand, if it could.
    fn hit(
        &self,
        operation: &Compiled,
        change: &Change,
        source: P,
        turned: bool,
        target: &Target,
        accept: &Accept,
    ) -> Option<Template> {
        // What is counted up or down may come to any number.
        let counts = self.view().schema(source).functional;
        let (way, value) = match change {
            Change::Add(way, _) | Change::Remove(way, _) if counts => (way, None),
            Change::Set(way, value) | Change::Add(way, value) => (way, Some(value)),
            Change::Renew(way) => (way, None),
            Change::Remove(way, _) | Change::Clear(way) if *accept == Accept::Anything => {
                (way, None)
            }
            _ => return None,
        };
        if way.properties.last() != Some(&source) {
            return None;
        }
        let mut template = Template {
            operation: operation.index,
            subject: Vec::new(),
            inputs: BTreeMap::new(),
        };
        // From the other end of an inverse property, the left side is the value and the right side the thing.
        let (of_left, of_right) = if turned {
            (
                Filter::Accept(accept.clone()),
                Filter::Target(target.clone()),
            )
        } else {
            (
                Filter::Target(target.clone()),
                Filter::Accept(accept.clone()),
            )
        };
        if way.properties.len() == 1 {
            self.restrict(&mut template, way.start, of_left)?;
        }
        if let Some(value) = value {
            match value.single() {
                Some(Part::Value(constant)) => self.admits(*constant, &of_right)?,
                Some(Part::Way(way)) if way.properties.is_empty() => {
                    self.restrict(&mut template, way.start, of_right)?
                }
                _ => {}
            }
        }
        Some(template)
    }

    fn restrict(&self, template: &mut Template, start: Start, filter: Filter) -> Option<()> {
        // A parameter that matters is noted even where any value will do: an optional one is bound only then.
        if matches!(filter, Filter::Accept(Accept::Anything))
            && !matches!(start, Start::Parameter(_))
        {
            return Some(());
        }
        match start {
            Start::Subject => template.subject.push(filter),
            Start::Parameter(at) => template.inputs.entry(at).or_default().push(filter),
            Start::Known(value) => self.admits(value, &filter)?,
            // What an operation makes is never one of the things there are.
            Start::Outcome(_) => match filter {
                Filter::Target(Target::These(_, false)) | Filter::Accept(Accept::Values(_)) => {
                    return None;
                }
                _ => {}
            },
            Start::Provider | Start::Account | Start::Service => {
                if let Filter::Target(Target::These(things, false)) = filter {
                    let which = match start {
                        Start::Provider => 0,
                        Start::Account => 1,
                        _ => 2,
                    };
                    template.subject.push(Filter::Home(which, things));
                }
            }
            Start::Want(_) | Start::Nothing => {}
        }
        Some(())
    }

    fn admits(&self, value: V, filter: &Filter) -> Option<()> {
        let view = self.view();
        let possible = match filter {
            Filter::Target(Target::These(things, _)) => things.contains(&value),
            Filter::Accept(Accept::Values(values)) => values
                .iter()
                .any(|other| view.same(value, *other) != samos_model::Truth::False),
            Filter::Accept(Accept::OfType(of_type)) => {
                view.is_symbol(value)
                    || view.has_type(value, *of_type)
                    || view
                        .passages(value)
                        .iter()
                        .any(|later| view.has_type(*later, *of_type))
            }
            Filter::Target(Target::Any(_))
            | Filter::Accept(_)
            | Filter::Home(..)
            | Filter::Produced => true,
        };
        possible.then_some(())
    }

    pub(super) fn meet_obtain(&mut self, of_type: T, accept: &Accept) -> Vec<usize> {
        let mut met = Vec::new();
        if matches!(accept, Accept::Values(_)) {
            return met;
        }
        let view = self.view();
        let outcomes = self.catalogue.outcomes().iter();
        let fitting: Vec<(T, Rc<[usize]>)> = outcomes
            .filter(|(outcome, _)| view.is_subtype(**outcome, of_type))
            .map(|(outcome, indexes)| (*outcome, Rc::clone(indexes)))
            .collect();
        for (outcome_type, indexes) in fitting {
            for index in indexes.iter().copied() {
                let Some(operation) = self.catalogue.operation(index) else {
                    continue;
                };
                if !self.catalogue.is_allowed(&operation) {
                    continue;
                }
                for (at, output) in operation
                    .outputs
                    .iter()
                    .enumerate()
                    .filter(|(_, output)| output.of_type == outcome_type)
                {
                    let mut template = Template {
                        operation: index,
                        subject: Vec::new(),
                        inputs: BTreeMap::new(),
                    };
                    if let (Some((way, _)), Accept::Cells(cells)) = (&output.reads, accept)
                        && !self.reads_one_of(&mut template, way, cells)
                    {
                        continue;
                    }
                    self.slice.obtained.insert((index, at));
                    let number = self.template(template.clone());
                    self.readings(number, &operation, &template);
                    met.push(number);
                }
            }
        }
        met
    }

    /// Demands that what an operation reads be there; a need of the template where it reads but one thing.
    pub(super) fn readings(&mut self, number: usize, operation: &Compiled, template: &Template) {
        let subject = template_target(template, operation.subject);
        let targets = |start: Start| match start {
            Start::Subject => Some(subject.clone()),
            Start::Parameter(at) => operation
                .inputs
                .get(at)
                .map(|input| Target::Any(input.of_type)),
            _ => None,
        };
        for (at, output) in operation.outputs.iter().enumerate() {
            let Some((way, _)) = &output.reads else {
                continue;
            };
            self.fresh.clear();
            self.walk(way, &targets, &Accept::Anything);
            let demands = std::mem::take(&mut self.fresh);
            let only = operation.outputs.len() == 1 && operation.changes.is_empty();
            if let (true, Some(needs)) = (only, self.needs.get_mut(number))
                && !needs
                    .iter()
                    .any(|(test, _)| matches!(test, Test::Exists(_)))
            {
                needs.push((Test::Exists(at), demands));
            }
        }
    }

    /// Restricts a reading operation to the cells wanted; false where it reads none of them.
    fn reads_one_of(&self, template: &mut Template, way: &Way, cells: &BTreeSet<(V, P)>) -> bool {
        let Some((last, before)) = way.properties.split_last() else {
            return true;
        };
        let view = self.view();
        let related = |property: P| {
            let schema = view.schema(property);
            property == *last
                || schema.equivalents.contains(last)
                || schema.subs.contains(last)
                || schema.supers.contains(last)
                || schema.inverses.contains(last)
        };
        let things: BTreeSet<V> = cells
            .iter()
            .filter(|(_, property)| related(*property))
            .map(|(thing, _)| *thing)
            .collect();
        if things.is_empty() {
            return false;
        }
        if before.is_empty() && way.start == Start::Subject {
            template
                .subject
                .push(Filter::Target(Target::These(things, false)));
        }
        true
    }
}
