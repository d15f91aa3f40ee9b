//! The slice: which operations, on which subjects and with which arguments, can have to do with a question.
//!
//! Works backward from what is asked, by index from effect and outcome to operation: what the goal looks at demands the
//! operations that could change it; their conditions and parameters demand others. No entity is enumerated here, and
//! an operation that nothing demands is never compiled.

mod meeting;

use std::collections::{BTreeMap, BTreeSet};

use samos_model::Comparison;

use crate::catalogue::Catalogue;
use crate::compiled::{Change, Clause, Compiled, Named, Part, Start, Sum, Way};
use crate::effects::bare_variable;
use crate::view::{OWL_THING, P, T, V, View};

/// Which things are meant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Target {
    /// Anything of that type, symbols included.
    Any(T),
    /// These, and things made on the way if so said.
    These(BTreeSet<V>, bool),
}

/// Which values would help.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Accept {
    Anything,
    /// Any change at all: to take something away may help as well.
    Change,
    Values(BTreeSet<V>),
    /// What stands in these cells when the time comes.
    Cells(BTreeSet<(V, P)>),
    OfType(T),
}

/// A restriction of one variable of an operation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Filter {
    Target(Target),
    Accept(Accept),
    /// Things whose provider, account or service (by number) is one of these.
    Home(u8, BTreeSet<V>),
    /// What the outcome that an orchestration starts from has given.
    Produced,
}

/// One way an operation can matter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Template {
    pub(crate) operation: usize,
    pub(crate) subject: Vec<Filter>,
    pub(crate) inputs: BTreeMap<usize, Vec<Filter>>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Demand {
    /// That property of those things, holding that.
    Cell(P, Target, Accept),
    /// A thing of that type at hand.
    Obtain(T, Accept),
}

/// Something that must be so before a template can be carried out, or a goal be reached.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub(crate) test: Test,
    /// Places of the templates any one of which may bring it about.
    pub(crate) achievers: Vec<usize>,
}

impl Need {
    /// The place of the clause that it is.
    pub(crate) fn clause(&self) -> Option<usize> {
        match self.test {
            Test::Clause(at) => Some(at),
            _ => None,
        }
    }
}

/// How to see in a state whether a need is met.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// The clause at that place: of the operation, or of the goal.
    Clause(usize),
    /// The path that the outcome at that place reads holds something.
    Exists(usize),
    /// Something of that type is at hand.
    Obtain(T, Accept),
    /// The outcome that an orchestration starts from has given something.
    Produced,
    /// Met only by carrying out an achiever.
    Done,
}

/// The templates a question needs, in order, what each needs, and every property they or the question look at.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    pub(crate) templates: Vec<Template>,
    /// By template.
    pub(crate) needs: Vec<Vec<Need>>,
    /// Of the question.
    pub(crate) goal: Vec<Need>,
    /// By template: the needs it may bring about, numbered through, those of the goal first.
    pub(crate) achieved: Vec<Vec<usize>>,
    pub(crate) properties: BTreeSet<P>,
    /// Properties that something in the slice looks at.
    pub(crate) demanded: BTreeSet<P>,
    /// Operations with places of outcomes that something in the slice, or the question, could use.
    pub(crate) obtained: BTreeSet<(usize, usize)>,
    /// Things named by the question or by a condition: no two of them are interchangeable.
    pub(crate) named: BTreeSet<V>,
}

/// Builds the slice of a question.
pub(crate) struct Slicer<'a, 'c, 'w> {
    catalogue: &'a Catalogue<'c, 'w>,
    /// Numbers of demands, and the templates that meet each.
    demands: BTreeMap<Demand, usize>,
    met_by: Vec<Vec<usize>>,
    open: Vec<(usize, Demand)>,
    /// Numbers of templates, in the order of finding.
    templates: BTreeMap<Template, usize>,
    needs: Vec<Vec<(Test, Vec<usize>)>>,
    goal: Vec<(Test, Vec<usize>)>,
    done: Vec<usize>,
    producers: Vec<usize>,
    /// Demands made since this was last emptied.
    fresh: Vec<usize>,
    slice: Slice,
}

impl<'a, 'c, 'w> Slicer<'a, 'c, 'w> {
    pub(crate) fn new(catalogue: &'a Catalogue<'c, 'w>) -> Self {
        Self {
            catalogue,
            demands: BTreeMap::new(),
            met_by: Vec::new(),
            open: Vec::new(),
            templates: BTreeMap::new(),
            needs: Vec::new(),
            goal: Vec::new(),
            done: Vec::new(),
            producers: Vec::new(),
            fresh: Vec::new(),
            slice: Slice::default(),
        }
    }

    fn view(&self) -> &'c View<'w> {
        self.catalogue.view
    }

    /// Demands what makes a goal's clauses true; wants are of these types, and made by the plan if they must be new.
    pub(crate) fn goal(&mut self, clauses: &[Named<Clause>], wants: &[T], new: bool) {
        let targets = |start: Start| match start {
            Start::Want(at) => wants.get(at).map(|of_type| Target::Any(*of_type)),
            _ => None,
        };
        for (at, clause) in clauses.iter().enumerate() {
            self.fresh.clear();
            self.clause(&clause.what, &targets);
            let fixed = clause
                .variables
                .iter()
                .all(|variable| !matches!(variable, Start::Want(_)));
            if fixed {
                self.goal
                    .push((Test::Clause(at), std::mem::take(&mut self.fresh)));
            }
        }
        for of_type in wants {
            self.fresh.clear();
            self.demand(Demand::Obtain(*of_type, Accept::Anything));
            let test = if new {
                Test::Done
            } else {
                Test::Obtain(*of_type, Accept::Anything)
            };
            self.goal.push((test, std::mem::take(&mut self.fresh)));
        }
    }

    /// Demands that a reading be possible, whose outcome an orchestration starts from.
    pub(crate) fn producer(&mut self, template: Template, outcome: usize) {
        self.slice.obtained.insert((template.operation, outcome));
        let number = self.template(template.clone());
        if let Some(operation) = self.catalogue.operation(template.operation) {
            self.readings(number, &operation, &template);
        }
        self.producers.push(number);
    }

    /// Demands that a request be made ready, with which a plan ends.
    pub(crate) fn consumer(&mut self, template: Template) {
        let number = self.template(template);
        self.done.push(number);
    }

    /// Follows all demands to their end.
    pub(crate) fn finish(mut self) -> Slice {
        while let Some((number, demand)) = self.open.pop() {
            let met = match demand {
                Demand::Cell(property, target, accept) => {
                    self.meet_cell(property, &target, &accept)
                }
                Demand::Obtain(of_type, accept) => self.meet_obtain(of_type, &accept),
            };
            if let Some(slot) = self.met_by.get_mut(number) {
                *slot = met;
            }
        }
        // In the order of the catalogue, whatever the order of finding.
        let mut place = vec![0; self.templates.len()];
        for (at, number) in self.templates.values().enumerate() {
            if let Some(slot) = place.get_mut(*number) {
                *slot = at;
            }
        }
        let places = |numbers: &[usize]| {
            let mut places: Vec<usize> = numbers
                .iter()
                .filter_map(|number| place.get(*number).copied())
                .collect();
            places.sort_unstable();
            places.dedup();
            places
        };
        let need = |(test, demands): &(Test, Vec<usize>)| {
            let numbers: Vec<usize> = match test {
                Test::Produced => self.producers.clone(),
                _ => demands
                    .iter()
                    .filter_map(|demand| self.met_by.get(*demand))
                    .flatten()
                    .copied()
                    .collect(),
            };
            Need {
                test: test.clone(),
                achievers: places(&numbers),
            }
        };
        self.slice.goal = self.goal.iter().map(need).collect();
        self.slice.goal.extend(self.done.iter().map(|number| Need {
            test: Test::Done,
            achievers: places(&[*number]),
        }));
        self.slice.needs = self
            .templates
            .values()
            .map(|number| {
                self.needs
                    .get(*number)
                    .map(|needs| needs.iter().map(need).collect())
                    .unwrap_or_default()
            })
            .collect();
        let mut achieved = vec![Vec::new(); self.templates.len()];
        for (number, need) in self
            .slice
            .goal
            .iter()
            .chain(self.slice.needs.iter().flatten())
            .enumerate()
        {
            for template in &need.achievers {
                if let Some(list) = achieved.get_mut(*template) {
                    list.push(number);
                }
            }
        }
        self.slice.achieved = achieved;
        self.slice.templates = self.templates.into_keys().collect();
        self.slice
    }

    fn demand(&mut self, demand: Demand) {
        let number = match self.demands.get(&demand) {
            Some(number) => *number,
            None => {
                let number = self.met_by.len();
                self.demands.insert(demand.clone(), number);
                self.met_by.push(Vec::new());
                self.open.push((number, demand));
                number
            }
        };
        self.fresh.push(number);
    }

    fn clause(&mut self, clause: &Clause, targets: &dyn Fn(Start) -> Option<Target>) {
        match clause {
            Clause::Compare(left, Comparison::Equal, right) => {
                let (from_right, from_left) =
                    (self.accept(right, targets), self.accept(left, targets));
                self.sum(left, targets, &from_right);
                self.sum(right, targets, &from_left);
            }
            Clause::Compare(left, _, right) => {
                self.sum(left, targets, &Accept::Change);
                self.sum(right, targets, &Accept::Change);
            }
            Clause::Is(way, of_type) => self.walk(way, targets, &Accept::OfType(*of_type)),
            Clause::In(way, parts) => {
                let mut values = BTreeSet::new();
                let mut known = true;
                for part in parts {
                    match self.accept_part(part, targets) {
                        Accept::Values(more) => values.extend(more),
                        _ => known = false,
                    }
                    self.part(part, targets, &Accept::Anything);
                }
                let accept = if known {
                    Accept::Values(values)
                } else {
                    Accept::Anything
                };
                self.walk(way, targets, &accept);
            }
            Clause::Contains(way, part) => {
                let accept = self.accept_part(part, targets);
                self.walk(way, targets, &accept);
                self.part(part, targets, &Accept::Anything);
            }
            Clause::Exists(way) => self.walk(way, targets, &Accept::Anything),
            Clause::Not(inner) => self.negative(inner, targets),
            Clause::Either(alternatives) => alternatives
                .iter()
                .flatten()
                .for_each(|inner| self.clause(inner, targets)),
        }
    }

    /// Below `not`, any change may help.
    fn negative(&mut self, clause: &Clause, targets: &dyn Fn(Start) -> Option<Target>) {
        let mut ways = Vec::new();
        crate::compiled::clause_ways(clause, &mut |way| ways.push(way.clone()));
        for way in ways {
            self.walk(&way, targets, &Accept::Change);
        }
    }

    fn sum(&mut self, sum: &Sum, targets: &dyn Fn(Start) -> Option<Target>, accept: &Accept) {
        match sum.single() {
            Some(part) => self.part(part, targets, accept),
            None => sum
                .parts()
                .for_each(|part| self.part(part, targets, &Accept::Change)),
        }
    }

    fn part(&mut self, part: &Part, targets: &dyn Fn(Start) -> Option<Target>, accept: &Accept) {
        match part {
            Part::Value(value) => {
                self.slice.named.insert(*value);
            }
            Part::Way(way) => self.walk(way, targets, accept),
            Part::Count(way) => self.walk(way, targets, &Accept::Change),
        }
    }

    fn accept(&self, sum: &Sum, targets: &dyn Fn(Start) -> Option<Target>) -> Accept {
        sum.single()
            .map_or(Accept::Anything, |part| self.accept_part(part, targets))
    }

    /// Which values are equal to what a part gives, as far as that can be said beforehand.
    fn accept_part(&self, part: &Part, targets: &dyn Fn(Start) -> Option<Target>) -> Accept {
        let way = match part {
            // What turns into it by itself will do as well, for who waits.
            Part::Value(value) => return Accept::Values(self.view().passing_into(*value)),
            Part::Count(_) => return Accept::Anything,
            Part::Way(way) => way,
        };
        match (way.start, way.properties.split_last()) {
            (Start::Known(value), None) => Accept::Values(self.view().passing_into(value)),
            (Start::Known(value), Some((last, []))) => {
                self.standing(&BTreeSet::from([value]), *last)
            }
            (start, Some((last, []))) => match targets(start) {
                Some(Target::These(things, false)) => self.standing(&things, *last),
                _ => Accept::Anything,
            },
            _ => Accept::Anything,
        }
    }

    /// What stands in that property of those things, where nothing that is there now can be put into it later: else
    /// that may come first.
    fn standing(&self, things: &BTreeSet<V>, property: P) -> Accept {
        let view = self.view();
        let stands = |value: &V| {
            let mut cells = things.iter().map(|thing| view.cell(*thing, property));
            cells.any(|cell| cell.members.contains(value))
        };
        match self.beyond(property, &Target::These(things.clone(), false)) {
            Target::These(values, _) if values.iter().all(stands) => {
                Accept::Cells(things.iter().map(|thing| (*thing, property)).collect())
            }
            _ => Accept::Anything,
        }
    }

    /// Demands each cell that a path goes through.
    fn walk(&mut self, way: &Way, targets: &dyn Fn(Start) -> Option<Target>, accept: &Accept) {
        let mut target = match way.start {
            Start::Known(value) => {
                self.slice.named.insert(value);
                Target::These(BTreeSet::from([value]), false)
            }
            start => match targets(start) {
                Some(target) => target,
                None => return,
            },
        };
        let last = way.properties.len().saturating_sub(1);
        for (at, property) in way.properties.iter().enumerate() {
            self.slice.properties.insert(*property);
            self.slice.demanded.insert(*property);
            let here = match accept {
                Accept::Change => Accept::Change,
                _ if at < last => Accept::Anything,
                _ => accept.clone(),
            };
            self.demand(Demand::Cell(*property, target.clone(), here));
            if at < last {
                target = self.beyond(*property, &target);
            }
        }
    }

    /// What may stand in a property of those things, now or later.
    fn beyond(&self, property: P, target: &Target) -> Target {
        let view = self.view();
        let range = || {
            let ranges = &view.schema(property).ranges;
            Target::Any(
                ranges
                    .first()
                    .copied()
                    .unwrap_or_else(|| view.type_number(&OWL_THING.into())),
            )
        };
        let Target::These(things, symbols) = target else {
            return range();
        };
        let mut found: BTreeSet<V> = things
            .iter()
            .flat_map(|thing| view.cell(*thing, property).members.clone())
            .collect();
        let mut made = *symbols;
        for (source, turned) in self.catalogue.sources(property) {
            for index in self.catalogue.on(source).iter() {
                let Some(operation) = self.catalogue.operation(*index) else {
                    continue;
                };
                for change in &operation.changes {
                    let (way, value) = match &change.what {
                        Change::Set(way, value) | Change::Add(way, value) => (way, Some(value)),
                        Change::Renew(way) => (way, None),
                        _ => continue,
                    };
                    if way.properties.last() != Some(&source) {
                        continue;
                    }
                    match value.map(Sum::single) {
                        _ if turned => return range(),
                        None => made = true,
                        Some(Some(Part::Value(value))) => {
                            found.insert(*value);
                        }
                        Some(Some(Part::Way(way))) if way.properties.is_empty() => {
                            match way.start {
                                Start::Known(value) => {
                                    found.insert(value);
                                }
                                Start::Outcome(_) => made = true,
                                _ => return range(),
                            }
                        }
                        Some(_) => return range(),
                    }
                }
            }
        }
        Target::These(found, made)
    }

    /// Adds a template and demands what it needs; its number.
    fn template(&mut self, template: Template) -> usize {
        if let Some(number) = self.templates.get(&template) {
            return *number;
        }
        let number = self.needs.len();
        self.templates.insert(template.clone(), number);
        self.needs.push(Vec::new());
        let Some(operation) = self.catalogue.operation(template.operation) else {
            return number;
        };
        let subject = template_target(&template, operation.subject);
        let mut needs = Vec::new();
        {
            let view = self.view();
            let targets = |start: Start| target_of(view, &template, &operation, &subject, start);
            for (at, clause) in operation.clauses.iter().enumerate() {
                self.fresh.clear();
                self.clause(&clause.what, &targets);
                needs.push((Test::Clause(at), std::mem::take(&mut self.fresh)));
            }
            for change in &operation.changes {
                self.change(&change.what, &targets);
            }
        }
        if !matches!(subject, Target::These(_, false)) {
            self.fresh.clear();
            self.demand(Demand::Obtain(operation.subject, Accept::Anything));
            let test = Test::Obtain(operation.subject, Accept::Anything);
            needs.push((test, std::mem::take(&mut self.fresh)));
        }
        for (at, input) in operation.inputs.iter().enumerate() {
            let filters = template.inputs.get(&at).map_or(&[][..], Vec::as_slice);
            if !input.mandatory && filters.is_empty() {
                continue;
            }
            if filters.contains(&Filter::Produced) {
                needs.push((Test::Produced, Vec::new()));
                if input.multiple {
                    self.demand(Demand::Obtain(input.of_type, Accept::Anything));
                }
                continue;
            }
            if filters
                .iter()
                .any(|filter| matches!(filter, Filter::Target(Target::These(_, false))))
            {
                continue;
            }
            let accept = filters.iter().find_map(|filter| match filter {
                Filter::Accept(accept) => Some(accept.clone()),
                _ => None,
            });
            if input.multiple {
                // Beside the values that are wanted, others may be needed to make up a set.
                self.demand(Demand::Obtain(input.of_type, Accept::Anything));
            }
            let accept = accept.unwrap_or(Accept::Anything);
            self.fresh.clear();
            self.demand(Demand::Obtain(input.of_type, accept.clone()));
            let demands = std::mem::take(&mut self.fresh);
            if input.mandatory && input.default.is_none() {
                needs.push((Test::Obtain(input.of_type, accept), demands));
            }
        }
        if let Some(slot) = self.needs.get_mut(number) {
            // What a reading needs may stand there already.
            slot.extend(needs);
        }
        number
    }

    /// What a change reads on its way, and the properties it touches.
    fn change(&mut self, change: &Change, targets: &dyn Fn(Start) -> Option<Target>) {
        let (way, value) = match change {
            Change::Set(way, value) | Change::Add(way, value) | Change::Remove(way, value) => {
                (way, Some(value))
            }
            Change::Clear(way) | Change::Renew(way) | Change::Delete(way) => (way, None),
            Change::Create(_, count) => {
                if let Some(count) = count {
                    self.sum(&count.clone(), targets, &Accept::Anything);
                }
                return;
            }
        };
        if let Some(value) = value
            && bare_variable(value).is_none()
        {
            self.sum(&value.clone(), targets, &Accept::Anything);
        }
        if let Some((last, before)) = way.properties.split_last() {
            self.slice.properties.insert(*last);
            let prefix = Way {
                start: way.start,
                properties: before.to_vec(),
            };
            self.walk(&prefix, targets, &Accept::Anything);
        }
    }
}

pub(crate) fn is_named_by_a_change(operation: &Compiled, input: usize) -> bool {
    operation
        .changes
        .iter()
        .any(|change| change.variables.contains(&Start::Parameter(input)))
}

/// What a variable of a template may be.
fn target_of(
    view: &View<'_>,
    template: &Template,
    operation: &Compiled,
    subject: &Target,
    start: Start,
) -> Option<Target> {
    let home = |which: u8| {
        let known = match subject {
            Target::These(things, false) => {
                let of = |thing: &V| match which {
                    0 => view.provider(*thing),
                    1 => view.account(*thing),
                    _ => view.service(*thing),
                };
                Some(Target::These(things.iter().filter_map(of).collect(), false))
            }
            _ => template.subject.iter().find_map(|filter| match filter {
                Filter::Home(home, things) if *home == which => {
                    Some(Target::These(things.clone(), false))
                }
                _ => None,
            }),
        };
        known.unwrap_or_else(|| Target::Any(view.type_number(&OWL_THING.into())))
    };
    match start {
        Start::Subject => Some(subject.clone()),
        Start::Parameter(at) => operation.inputs.get(at).map(|input| {
            template
                .inputs
                .get(&at)
                .map_or(Target::Any(input.of_type), |filters| {
                    filters_target(filters, input.of_type)
                })
        }),
        Start::Provider => Some(home(0)),
        Start::Account => Some(home(1)),
        Start::Service => Some(home(2)),
        Start::Outcome(_) => Some(Target::These(BTreeSet::new(), true)),
        _ => None,
    }
}

pub(crate) fn template_target(template: &Template, of_type: T) -> Target {
    filters_target(&template.subject, of_type)
}

fn filters_target(filters: &[Filter], of_type: T) -> Target {
    let mut these = filters.iter().find_map(|filter| match filter {
        Filter::Target(target @ Target::These(..)) => Some(target.clone()),
        Filter::Accept(Accept::Values(values)) => Some(Target::These(values.clone(), false)),
        _ => None,
    });
    these.take().unwrap_or(Target::Any(of_type))
}
