//! Performs a step of the plan's own order and takes it back, on a copy, by the undo that the plan names.
//!
//! In: a state, a step with its undo. Out: the state after the step, and problems: an undo that cannot run right
//! after the step, or that leaves something changed which it does not list. What a step only read is not a change.

use std::collections::BTreeSet;

use samos_model::codes::checking as codes;
use samos_model::plan::{Step, Undo};
use samos_model::vocabulary::samos;
use samos_model::{Iri, Kind, Path, Truth};

use crate::binding::{Before, Call, Source};
use crate::names::read_path;
use crate::replay::{Case, Trace};
use crate::report::{Problem, Report};
use crate::scope::Scope;
use crate::state::{Known, Looked, Place, State, TYPES, View, schema};
use crate::steps::{reference, values};
use crate::structure;
use crate::thing::Thing;

/// Performs a step and checks its owners and its undo on the way.
pub(crate) fn perform_and_check(
    case: &Case<'_>,
    state: &mut State,
    at: usize,
    before: &mut Before,
    report: &mut Report,
) -> Trace {
    let mut trace = Trace::default();
    let (Some(call), Some(step)) = (case.calls.get(at), case.plan.steps.get(at)) else {
        return trace;
    };
    let start = state.clone();
    let Some(mut prepared) = case.prepare(state, *call, &mut trace) else {
        return trace;
    };
    structure::check_owners(case.world, step, call, &prepared.scope, report);
    let mut earlier = state.clone();
    for text in case.paths_before.get(&step.id).into_iter().flatten() {
        if let Ok(path) = read_path(text) {
            let things = case.before(&mut earlier, &mut prepared, &path);
            before.insert((step.id, (*text).to_owned()), things);
        }
    }
    state.symbols.clone_from(&earlier.symbols);
    let scope = prepared.scope.clone();
    case.act(state, prepared, &mut trace);
    let raw = |state: &State, (thing, property): &Place| state.raw(case.world, thing, property);
    let written = trace.written.places.keys();
    trace.changed = written
        .filter(|place| place.1.as_str() == TYPES || raw(&start, place) != raw(state, place))
        .cloned()
        .collect();
    if trace.problems.is_empty() {
        let undoing = Undoing {
            case,
            step,
            at,
            earlier: &earlier,
            after: state,
            scope: &scope,
            trace: &trace,
        };
        undoing.check(call, before, report);
    }
    trace
}

/// One step just performed, to be taken back.
struct Undoing<'a> {
    case: &'a Case<'a>,
    step: &'a Step,
    at: usize,
    /// Before the effects.
    earlier: &'a State,
    after: &'a State,
    scope: &'a Scope,
    trace: &'a Trace,
}

impl Undoing<'_> {
    fn problem(&self, code: &'static str, about: &str, says: &str, help: &str) -> Problem {
        let message = format!("step {}: its undo {says}", self.step.id);
        Problem::new(code, self.step.id, about, message, help)
    }

    fn check(&self, call: &Call<'_>, before: &Before, report: &mut Report) {
        let changes = !call.operation.postcondition.is_empty();
        match &self.step.undo {
            Undo::Nothing { reads_only } if changes || !reads_only => {
                report.problem(self.problem(
                    codes::UNDO_WORD,
                    "",
                    "says that it only reads, but it changes something",
                    "name an operation that takes it back, or say why there is none",
                ));
            }
            Undo::Irreversible { .. } if !changes && call.operation.kind == Kind::Information => {
                report.warning(self.problem(
                    codes::UNDO_WORD,
                    "",
                    "says that it cannot be taken back, but there is nothing to take back",
                    "say that it only reads",
                ));
            }
            Undo::Nothing { .. } | Undo::Irreversible { .. } => {}
            Undo::By {
                operation,
                subject,
                arguments,
                except,
            } => {
                let world = self.case.world;
                let name = world.compact(operation);
                let Some(operation) = world.operation(operation) else {
                    let says = format!("names `{name}`, which the catalogue does not have");
                    report.problem(self.problem(codes::UNDO_REFUSED, "", &says, "plan again"));
                    return;
                };
                for argument in arguments.keys() {
                    if operation.parameter(argument.as_str()).is_none() {
                        let says = format!("gives `{name}` an argument `{argument}` it has not");
                        let problem = self.problem(
                            codes::UNDO_REFUSED,
                            argument.as_str(),
                            &says,
                            "plan again",
                        );
                        report.problem(problem);
                        return;
                    }
                }
                let graph = &self.case.graph;
                let later = values(subject, arguments)
                    .filter_map(reference)
                    .find(|from| {
                        let giver = usize::try_from(from.step).ok();
                        let giver = giver.and_then(|number| number.checked_sub(1));
                        !giver.is_some_and(|at| at == self.at || graph.is_before(at, self.at))
                    });
                if let Some(from) = later {
                    let says = format!(
                        "uses what step {} gives, which need not be over by then",
                        from.step
                    );
                    report.problem(self.problem(codes::UNDO_REFUSED, "", &says, "plan again"));
                    return;
                }
                let undo = Call {
                    step: self.step.id,
                    operation,
                    subject,
                    arguments,
                    symbols: u32::MAX,
                    source: Source {
                        before: Some(before),
                        ..call.source
                    },
                };
                self.take_back(undo, &name, except, report);
            }
        }
    }

    fn take_back(&self, undo: Call<'_>, name: &str, except: &[String], report: &mut Report) {
        let mut undone = self.after.clone();
        let mut trace = Trace::default();
        if let Some(prepared) = self.case.prepare(&mut undone, undo, &mut trace) {
            self.case.act(&mut undone, prepared, &mut trace);
        }
        if !trace.problems.is_empty() {
            for problem in trace.problems {
                let own = format!("step {}: ", self.step.id);
                let why = problem.message.strip_prefix(&own);
                let why = why.unwrap_or(&problem.message);
                let says = format!("`{name}` cannot run right after it: {why}");
                report.problem(self.problem(
                    codes::UNDO_REFUSED,
                    &problem.about,
                    &says,
                    &problem.help,
                ));
            }
            return;
        }
        for left in self.left_changed(&undone, except) {
            let says = format!("`{name}` leaves {left}");
            report.problem(self.problem(
                codes::UNDO_INCOMPLETE,
                &left,
                &says,
                "list it as an exception, or name another operation",
            ));
        }
    }

    /// What is not as it was before, in words.
    fn left_changed(&self, undone: &State, except: &[String]) -> BTreeSet<String> {
        let looked = Looked::default();
        let view = |state| View {
            world: self.case.world,
            state,
            looked: &looked,
        };
        let (earlier, after, undone) = (view(self.earlier), view(self.after), view(undone));
        let mut left = BTreeSet::new();
        let created = self.created();
        let gone = |thing: &Thing| undone.is_deleted(thing) || has_ended(undone, thing);
        for thing in created.iter().filter(|thing| !gone(thing)) {
            if !self.excepts_thing(except, thing) {
                left.insert(format!("{} in place", undone.describe(thing)));
            }
        }
        for thing in &self.trace.written.deleted {
            if !earlier.is_deleted(thing) && undone.is_deleted(thing) {
                left.insert(format!("{} deleted", undone.describe(thing)));
            }
        }
        for (thing, property) in self.trace.written.places.keys() {
            // What is said of a thing that was not there before goes with it.
            let new = |symbol| !self.earlier.symbols.contains_key(&symbol);
            let goes = created.contains(thing) || thing.as_symbol().is_some_and(new);
            if goes || property.as_str() == TYPES {
                continue;
            }
            let was = earlier.values(thing, property);
            if was == after.values(thing, property) {
                continue;
            }
            let mut is = undone.values(thing, property);
            is.members
                .retain(|member| !(created.contains(member) && gone(member)));
            // Of a value that nobody knows, nothing was read that could be put back.
            let never_read = !was.complete && is_opaque(undone, thing);
            if never_read && within(undone, &was, &is) {
                continue;
            }
            if !restored(undone, &was, &is) && !self.excepts(except, thing, property) {
                let property = self.case.world.compact(property);
                left.insert(format!(
                    "`{property}` of {} changed",
                    undone.describe(thing)
                ));
            }
        }
        left
    }

    /// The things that the step's effects created.
    fn created(&self) -> BTreeSet<Thing> {
        let Some(call) = self.case.calls.get(self.at) else {
            return BTreeSet::new();
        };
        let outcomes = call.operation.outcomes.iter();
        outcomes
            .filter(|outcome| call.operation.creates(outcome.name.as_str()))
            .filter_map(|outcome| self.scope.variables.get(&outcome.name))
            .flat_map(|variable| variable.elements.iter().cloned())
            .collect()
    }

    /// Is the thing listed, by the name of its outcome?
    fn excepts_thing(&self, except: &[String], thing: &Thing) -> bool {
        let looked = Looked::default();
        let view = View {
            world: self.case.world,
            state: self.after,
            looked: &looked,
        };
        let paths = except.iter().filter_map(|text| read_path(text).ok());
        paths
            .filter(|path| path.properties.is_empty())
            .any(|path| view.path(self.scope, &path).members.contains(thing))
    }

    /// Is the place listed, or one from which the change was carried there?
    fn excepts(&self, except: &[String], thing: &Thing, property: &Iri) -> bool {
        except.iter().any(|text| match read_path(text) {
            Ok(path) => self.covers(&path, thing, property),
            // Written for people: taken at its last name.
            Err(_) => {
                let last = text.rsplit('.').next().unwrap_or(text).trim();
                let is_named = |own: &Iri| {
                    let short = self.case.world.compact(own);
                    [own.local(), own.as_str(), &short].contains(&last)
                };
                let written = self.trace.written.places.keys();
                let mut named = written.map(|(_, own)| own).filter(|own| is_named(own));
                is_named(property) || named.any(|own| self.carries(own, true, property))
            }
        })
    }

    fn covers(&self, path: &Path, thing: &Thing, property: &Iri) -> bool {
        let world = self.case.world;
        let looked = Looked::default();
        let starts_there = [self.earlier, self.after].into_iter().any(|state| {
            let view = View {
                world,
                state,
                looked: &looked,
            };
            let prefix = view.prefix(self.scope, path);
            prefix.is_some_and(|(prefix, _)| prefix.members.contains(thing))
        });
        let last = path.properties.last();
        last.is_some_and(|last| self.carries(last, starts_there, property))
    }

    /// Does a change of the one property carry over to the other: of the same thing, or from the other end?
    fn carries(&self, listed: &Iri, of_the_same: bool, property: &Iri) -> bool {
        let world = self.case.world;
        let listed = schema(world, listed);
        let carried = std::iter::once(&listed.iri)
            .chain(&listed.equivalents)
            .chain(&listed.supers)
            .chain(&listed.subs);
        let mut carried = carried.map(|iri| schema(world, iri));
        carried.any(|carried| {
            (of_the_same && carried.iri == *property) || carried.inverses.contains(property)
        })
    }
}

/// A created thing counts as undone in such a state.
fn has_ended(view: View<'_>, thing: &Thing) -> bool {
    let ended = Iri::from(samos::ENDED);
    let places = view.state.places.of(thing);
    places
        .flat_map(|known| &known.members)
        .any(|member| view.is_of(member, &ended) == Truth::True)
}

/// Is what was known before known again? Where nothing was known, nothing needs to be.
fn restored(view: View<'_>, was: &Known, is: &Known) -> bool {
    if was.complete {
        return is.complete && within(view, was, is) && within(view, is, was);
    }
    let mut news = is.members.iter().filter(|member| !is_opaque(view, member));
    let no_news = news.all(|member| is_among(view, member, &was.members));
    let said_empty = is.complete && is.members.is_empty();
    within(view, was, is) && no_news && !said_empty
}

fn within(view: View<'_>, some: &Known, all: &Known) -> bool {
    let mut members = some.members.iter();
    members.all(|member| is_among(view, member, &all.members))
}

/// Is it one of them? Mostly it is there in the same words; a service may list thousands.
fn is_among(view: View<'_>, member: &Thing, all: &BTreeSet<Thing>) -> bool {
    all.contains(member)
        || all
            .iter()
            .any(|other| view.equal(member, other) == Truth::True)
}

fn is_opaque(view: View<'_>, thing: &Thing) -> bool {
    let symbol = thing.as_symbol();
    symbol.is_some_and(|symbol| !view.state.is_created(symbol))
}
