//! The same thing done to many at once, across clouds.
//!
//! Paper: CCSR, table 3 and section "Concurrent Combined Service Operation Request (CCSR) assistance reasoning".
//!
//! In: subjects and the arguments they share. Out: groups of similar operations as plans without edges, each with the
//! subjects on which it is ready now as steps and, for the others, why not; what is only possibly similar is named and
//! never grouped. A group is offered when it reaches two subjects or more, ready or not.
//! No effect of one request on another is reckoned with: each is ready or not by the facts as they are now.
//! Not here: how a step is taken back (the caller says), and sending anything.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::{
    Argument, Cost, Dropped, FORMAT, Group, NotReady, PlanGoal, PlanValue, Reason, Step, Undo,
};
use samos_model::{
    Answer, Iri, Kind, Limit, Limits, Name, Operation, Plan, Request, SearchReport, Supplied, World,
};
use samos_verifiers::{Manner, Verification, Verifier};

mod similarity;

use crate::preparation::{as_given, meanings, written};
use similarity::{Likeness, Profile, Verdict};

/// The groups of similar operations on these subjects: those with most subjects ready first, then those that reach most
/// of them, those that only read, by name.
///
/// `undo` says how a request that changes something is taken back, as if it were the only step. The bound on steps does not apply: a group has as
/// many as there are subjects.
#[must_use = "reasoning has no other effect"]
pub fn together(
    world: &dyn World,
    subjects: &[Iri],
    supplied: &[Supplied],
    limits: &Limits,
    undo: &dyn Fn(&Request) -> Undo,
) -> Answer {
    let mut search = Search {
        world,
        verifier: Verifier::new(world),
        supplied,
        meanings: BTreeMap::new(),
        limits,
        undo,
        considered: 0,
        limit: None,
        dropped: BTreeMap::new(),
    };
    let subjects = search.known(subjects);
    let offered: Vec<Vec<&Operation>> = subjects
        .iter()
        .map(|subject| world.operations_of(subject))
        .collect();
    let operations: BTreeMap<&Iri, &Operation> = offered
        .iter()
        .flatten()
        .map(|operation| (&operation.iri, *operation))
        .collect();
    let operations: Vec<&Operation> = operations.into_values().collect();
    search.meanings = meanings(&operations, supplied);

    let mut plans = Vec::new();
    for cluster in search.clusters(&operations) {
        if let Some(plan) = search.group(&subjects, &offered, &cluster) {
            plans.push(plan);
        }
    }
    plans.sort_by_cached_key(|plan: &Plan| {
        let name = plan.group.as_ref().map(|group| group.name.clone());
        let reached = plan.goal.subjects.len();
        (
            Reverse(plan.steps.len()),
            Reverse(reached),
            plan.cost.manipulations,
            name,
        )
    });
    if plans.len() > limits.answers {
        search.limit = search.limit.or(Some(Limit::Answers));
        plans.truncate(limits.answers);
    }
    Answer {
        search: SearchReport {
            complete: search.limit.is_none(),
            limit: search.limit,
            considered: search.considered,
            kept: plans.len() as u64,
            proof: None,
        },
        plans,
        nearest: None,
        dropped: search
            .dropped
            .into_iter()
            .map(|(reason, (count, example))| Dropped {
                reason,
                count,
                example,
            })
            .collect(),
    }
}

/// Operations that are similar, each with why.
pub(crate) struct Cluster<'w> {
    pub(crate) operations: Vec<&'w Operation>,
    pub(crate) because: Vec<String>,
}

struct Search<'a> {
    world: &'a dyn World,
    verifier: Verifier<'a>,
    supplied: &'a [Supplied],
    meanings: BTreeMap<Name, BTreeSet<Iri>>,
    limits: &'a Limits,
    undo: &'a dyn Fn(&Request) -> Undo,
    considered: u64,
    limit: Option<Limit>,
    /// How many by reason, and the first of them.
    dropped: BTreeMap<String, (u64, String)>,
}

impl<'a> Search<'a> {
    fn drop(&mut self, reason: impl Into<String>, example: impl FnOnce() -> String) {
        let entry = self.dropped.entry(reason.into());
        entry.or_insert_with(|| (0, example())).0 += 1;
    }

    /// The subjects that there are, each once, in the order given.
    fn known(&mut self, subjects: &[Iri]) -> Vec<Iri> {
        let mut known: Vec<Iri> = Vec::new();
        for subject in subjects {
            let subject = self.world.canonical(subject);
            if !self.world.is_entity(&subject) {
                let name = self.world.compact(&subject);
                self.drop("nothing is known of the subject", || format!("`{name}`"));
            } else if !known.contains(&subject) {
                known.push(subject);
            }
        }
        known
    }

    /// Groups operations any two of which are similar; names the pairs that only may be.
    fn clusters(&mut self, operations: &[&'a Operation]) -> Vec<Cluster<'a>> {
        let (clusters, weaker) = clusters(self.world, operations);
        for (left, right, because) in weaker {
            let (left, right) = (
                self.world.compact(&left.iri),
                self.world.compact(&right.iri),
            );
            self.drop(format!("possibly similar, but {because}"), || {
                format!("`{left}` and `{right}`")
            });
        }
        clusters
    }

    /// The plan of one cluster, or nothing where it reaches fewer than two subjects.
    fn group(
        &mut self,
        subjects: &[Iri],
        offered: &[Vec<&'a Operation>],
        cluster: &Cluster<'a>,
    ) -> Option<Plan> {
        let name = cluster
            .operations
            .iter()
            .map(|operation| self.world.compact(&operation.iri))
            .collect::<Vec<_>>()
            .join(" ≡ ");
        let reached: Vec<(&Iri, Vec<&'a Operation>)> = subjects
            .iter()
            .zip(offered)
            .map(|(subject, offered)| {
                let own = cluster.operations.iter().copied();
                let own = own.filter(|one| offered.iter().any(|other| other.iri == one.iri));
                (subject, own.collect::<Vec<_>>())
            })
            .filter(|(_, operations)| !operations.is_empty())
            .collect();
        if reached.len() < 2 {
            self.drop("offered on one of the subjects only", || {
                format!("`{name}`")
            });
            return None;
        }
        let mut steps: Vec<Step> = Vec::new();
        let mut not_ready = Vec::new();
        let mut taken: Vec<&Operation> = Vec::new();
        for (subject, operations) in &reached {
            let (operation, verification) = self.best(subject, operations)?;
            if verification.ready {
                taken.push(operation);
                let id = u32::try_from(steps.len() + 1).unwrap_or(u32::MAX);
                steps.push(self.step(id, operation, &verification, cluster));
            } else {
                not_ready.push(NotReady {
                    subject: (*subject).clone(),
                    operation: operation.iri.clone(),
                    findings: verification.findings,
                });
            }
        }
        self.report_unused(cluster, &reached);
        let operations = cluster.operations.iter();
        let plan = Plan {
            format: FORMAT,
            fingerprint: String::new(),
            goal: PlanGoal {
                subjects: reached
                    .iter()
                    .map(|(subject, _)| (*subject).clone())
                    .collect(),
                ..PlanGoal::default()
            },
            assumptions: Vec::new(),
            made_from: self.world.made_from(),
            cost: cost(&taken),
            steps,
            edges: Vec::new(),
            repair: None,
            group: Some(Group {
                name,
                operations: operations.map(|operation| operation.iri.clone()).collect(),
            }),
            not_ready: Some(not_ready),
        };
        // All numbers in it are finite, so that it can be written as JSON.
        Some(plan.clone().sealed().unwrap_or(plan))
    }

    /// The operation that serves a subject: one that is ready, else the one with least in its way.
    fn best(
        &mut self,
        subject: &Iri,
        operations: &[&'a Operation],
    ) -> Option<(&'a Operation, Verification)> {
        let mut best: Option<(&'a Operation, Verification)> = None;
        for operation in operations {
            let is_late = self.limits.deadline.is_over();
            if is_late || self.considered >= self.limits.considered {
                self.limit = Some(match is_late {
                    true => Limit::Time,
                    false => Limit::Considered,
                });
                break;
            }
            self.considered += 1;
            let manner = Manner::AtHand(&self.meanings);
            let verification = self
                .verifier
                .verify(operation, subject, self.supplied, manner);
            if best
                .as_ref()
                .is_none_or(|(_, best)| verification.findings.len() < best.findings.len())
            {
                best = Some((operation, verification));
            }
        }
        best
    }

    fn step(
        &self,
        id: u32,
        operation: &Operation,
        verification: &Verification,
        cluster: &Cluster<'_>,
    ) -> Step {
        let subject = &verification.subject;
        let mut because: Vec<_> = cluster
            .because
            .iter()
            .map(|text| Reason::Chosen { text: text.clone() })
            .collect();
        for condition in &verification.conditions {
            let facts = condition.because.join("; ");
            let text = if facts.is_empty() {
                format!("`{}` holds", condition.condition)
            } else {
                format!("`{}` holds: {facts}", condition.condition)
            };
            because.push(Reason::Chosen { text });
        }
        if because.is_empty() {
            let text = "it is asked of each of the subjects, and nothing is in its way".to_owned();
            because.push(Reason::Chosen { text });
        }
        Step {
            id,
            operation: operation.iri.clone(),
            provider: operation
                .provider
                .clone()
                .or_else(|| self.world.provider_of(subject)),
            account: self.world.account_of(subject),
            library: None,
            kind: operation.kind,
            subject: PlanValue::Entity {
                entity: subject.clone(),
            },
            arguments: written(operation, &verification.arguments),
            layer: 1,
            because,
            holds: Vec::new(),
            undo: match operation.kind {
                Kind::Information => Undo::Nothing { reads_only: true },
                Kind::Manipulation => of_step((self.undo)(&verification.request()), id),
            },
        }
    }

    /// Reports the arguments that an operation of a group has no use for.
    fn report_unused(&mut self, cluster: &Cluster<'a>, reached: &[(&Iri, Vec<&'a Operation>)]) {
        for operation in &cluster.operations {
            let subject = reached
                .iter()
                .find(|(_, own)| own.iter().any(|one| one.iri == operation.iri));
            let Some((subject, _)) = subject else {
                continue;
            };
            let manner = Manner::AtHand(&self.meanings);
            let bound =
                samos_verifiers::bind(self.world, operation, subject, self.supplied, manner);
            for one in bound.unused {
                let given = as_given(self.world, &one);
                let name = self.world.compact(&operation.iri);
                self.drop(format!("argument `{given}` is unused"), || {
                    format!("`{name}` has no parameter for it")
                });
            }
        }
    }
}

/// Two operations that are only possibly similar, and what keeps them apart.
type Weaker<'w> = (&'w Operation, &'w Operation, String);

/// Groups of operations any two of which are similar, and the pairs that only may be.
pub(crate) fn clusters<'w>(
    world: &'w dyn World,
    operations: &[&'w Operation],
) -> (Vec<Cluster<'w>>, Vec<Weaker<'w>>) {
    let likeness = Likeness::new(world);
    let profiles: Vec<Profile<'w>> = operations
        .iter()
        .map(|operation| likeness.profile(operation))
        .collect();
    let mut similar: BTreeMap<(usize, usize), (bool, String)> = BTreeMap::new();
    let mut weaker = Vec::new();
    for (i, left) in profiles.iter().enumerate() {
        for (j, right) in profiles.iter().enumerate().skip(i + 1) {
            match likeness.compare(left, right) {
                Verdict::Similar { declared, because } => {
                    similar.insert((i, j), (declared, because));
                }
                Verdict::Possibly(because) => weaker.push((i, j, because)),
                Verdict::Different => {}
            }
        }
    }
    weaker.extend(ambiguous(&profiles, &mut similar));
    weaker.sort();
    let weaker = weaker.into_iter().filter_map(|(i, j, because)| {
        let (left, right) = (operations.get(i)?, operations.get(j)?);
        Some((*left, *right, because))
    });
    (cliques(operations, &similar), weaker.collect())
}

/// Takes out the pairs in which one operation matches several of another provider that are not similar to each other:
/// which of them is meant cannot be told.
fn ambiguous(
    profiles: &[Profile<'_>],
    similar: &mut BTreeMap<(usize, usize), (bool, String)>,
) -> Vec<(usize, usize, String)> {
    let related = |similar: &BTreeMap<(usize, usize), (bool, String)>, i: usize, j: usize| {
        i == j || similar.contains_key(&(i.min(j), i.max(j)))
    };
    let mut doubtful = Vec::new();
    for (one, profile) in profiles.iter().enumerate() {
        let mut matches: BTreeMap<&Option<Iri>, Vec<usize>> = BTreeMap::new();
        for (other, matched) in profiles.iter().enumerate() {
            if other != one
                && matched.operation.provider != profile.operation.provider
                && related(similar, one, other)
            {
                let provider = &matched.operation.provider;
                matches.entry(provider).or_default().push(other);
            }
        }
        for others in matches.into_values() {
            let clear = others
                .iter()
                .all(|i| others.iter().all(|j| related(similar, *i, *j)));
            if !clear {
                doubtful.extend(
                    others
                        .into_iter()
                        .map(|other| (one.min(other), one.max(other))),
                );
            }
        }
    }
    let mut taken = Vec::new();
    for pair in doubtful {
        if similar.get(&pair).is_some_and(|(declared, _)| !declared) {
            similar.remove(&pair);
            let because = "several operations of one provider match".to_owned();
            taken.push((pair.0, pair.1, because));
        }
    }
    taken
}

/// Sets of operations any two of which are similar: each operation joins the first set that takes it.
fn cliques<'w>(
    operations: &[&'w Operation],
    similar: &BTreeMap<(usize, usize), (bool, String)>,
) -> Vec<Cluster<'w>> {
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for index in 0..operations.len() {
        let joins = |set: &&mut Vec<usize>| {
            set.iter()
                .all(|member| similar.contains_key(&(*member, index)))
        };
        match sets.iter_mut().find(joins) {
            Some(set) => set.push(index),
            None => sets.push(vec![index]),
        }
    }
    sets.into_iter()
        .map(|set| Cluster {
            because: set
                .iter()
                .enumerate()
                .flat_map(|(at, i)| set.iter().skip(at + 1).map(move |j| (*i, *j)))
                .filter_map(|pair| similar.get(&pair).map(|(_, because)| because.clone()))
                .collect(),
            operations: set
                .iter()
                .filter_map(|index| operations.get(*index).copied())
                .collect(),
        })
        .collect()
}

/// A way to take back a request that was looked at alone, as that of a step of a group.
fn of_step(undo: Undo, id: u32) -> Undo {
    let moved = |value: PlanValue| match value {
        PlanValue::From { mut from } => {
            from.step = id;
            PlanValue::From { from }
        }
        PlanValue::Before { mut before } => {
            before.step = id;
            PlanValue::Before { before }
        }
        known => known,
    };
    match undo {
        Undo::By {
            operation,
            subject,
            arguments,
            except,
        } => {
            let arguments = arguments.into_iter().map(|(name, argument)| {
                let argument = match argument {
                    Argument::One(value) => Argument::One(moved(value)),
                    Argument::Many(values) => {
                        Argument::Many(values.into_iter().map(moved).collect())
                    }
                };
                (name, argument)
            });
            Undo::By {
                operation,
                subject: moved(subject),
                arguments: arguments.collect(),
                except,
            }
        }
        other => other,
    }
}

/// What a group takes when all of it runs at once.
fn cost(operations: &[&Operation]) -> Cost {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let manipulations = operations
        .iter()
        .filter(|operation| operation.kind == Kind::Manipulation);
    let price: Option<f64> = operations.iter().map(|operation| operation.cost).sum();
    let makespan = operations.iter().try_fold(0.0_f64, |longest, operation| {
        operation.duration_s.map(|seconds| longest.max(seconds))
    });
    Cost {
        operations: count(operations.len()),
        layers: u32::from(!operations.is_empty()),
        manipulations: count(manipulations.count()),
        price: price.filter(|price| price.is_finite()),
        makespan_s: makespan.filter(|seconds| seconds.is_finite()),
    }
}

#[cfg(test)]
mod tests;
