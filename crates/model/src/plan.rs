//! Plans: steps bound to subjects and arguments, the edges between them, and the reason of each.
//!
//! In: what planning chose. Out: immutable, serialisable values with a fingerprint; the JSON is the published
//! interface and is also JSON-LD by `ontology/context.jsonld`.
//! Not here: searching, checking, executing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest;
use crate::name::{Iri, Name};
use crate::operation::Kind;
use crate::request::RequestFinding;
use crate::search::SearchReport;
use crate::value::{Literal, Value};
use crate::vocabulary::xsd;

/// The version of the plan format.
pub const FORMAT: u32 = 1;

/// A directed acyclic graph of steps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Always [`FORMAT`].
    pub format: u32,
    /// SHA-256 over the canonical JSON of everything else; left out where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// What it is for.
    pub goal: PlanGoal,
    /// What it takes for granted; each is looked at again before its step acts.
    pub assumptions: Vec<Assumption>,
    /// The knowledge it rests on.
    pub made_from: MadeFrom,
    /// The steps, each before those that wait for it; identifiers count from 1.
    pub steps: Vec<Step>,
    /// Why a step waits for another.
    pub edges: Vec<Edge>,
    /// What it takes.
    pub cost: Cost,
    /// Where it goes on with what a run could not finish: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
    /// For a concurrent group: what its operations have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// For a concurrent group: the subjects that are left out, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_ready: Option<Vec<NotReady>>,
}

/// What a plan brings about. All parts may be empty.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct PlanGoal {
    /// The condition that holds at the end, with full names, in the notation of specifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What was wanted and where it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wants: Vec<Wanted>,
    /// The types given: one reusable anonymous thing each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub givens: Vec<Iri>,
    /// The orchestration points it links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
    /// The subjects of the question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Iri>,
    /// What must hold to the end, part by part of the condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Holding>,
}

/// What must hold for the rest of a plan to be still good: from when the steps that see to it are done until the step that
/// needs it is asked for, or to the end.
///
/// While one of them is still to come, what stands there now decides nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Holding {
    /// The conjunct as the operation, or the goal, has it, with full names.
    pub condition: String,
    /// The same in words for a person, with short names and the step's own subject.
    pub text: String,
    /// The steps that see to it: they write what it looks at, or give what it speaks of. None: it holds from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<u32>,
}

/// A wanted thing, found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wanted {
    /// The root under which the goal's condition speaks of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What it was to be.
    #[serde(rename = "type")]
    pub of_type: Iri,
    /// Must it be one that was not there before?
    #[serde(default)]
    pub new: bool,
    /// What it is.
    pub is: PlanValue,
}

/// An orchestration point: an outcome on one subject that becomes an argument on another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Point {
    /// The step that gives.
    pub from: u32,
    /// Its outcome.
    pub outcome: Name,
    /// The step that takes.
    pub to: u32,
    /// Its parameter.
    pub parameter: Name,
    /// The type of the outcome and that of the parameter.
    pub types: (Iri, Iri),
}

/// How a plan goes on with what a run could not finish.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Repair {
    /// The run.
    pub run: String,
    /// What had to be planned anew.
    pub how: Repaired,
    /// Its steps that the run's plan had too, with the same subject and arguments.
    pub kept: Vec<u32>,
    /// Its steps for whose operations the run's plan had another subject or other arguments.
    pub rebound: Vec<u32>,
}

/// What had to be planned anew, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Repaired {
    /// At most what the operations are asked of and given: all were in the run's plan.
    Rebound,
    /// The way on: some steps of the run's plan are kept, others are new.
    Suffix,
    /// Everything.
    Anew,
}

/// Something taken for granted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Assumption {
    /// The step whose precondition needs it.
    pub step: u32,
    /// The conjunct of the step's operation as specified, with full names.
    pub condition: String,
    /// The same in words for a person, with short names and the step's own subject and arguments.
    pub text: String,
    /// Where the condition is false now and is waited for: which state passes, and into what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
}

/// A state that passes by itself, waited for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Wait {
    /// The thing whose state passes.
    pub of: Waiting,
    /// The property that holds the state.
    pub property: Iri,
    /// What the state turns into.
    pub becomes: Iri,
}

/// A thing whose state is waited for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Waiting {
    /// A known entity.
    Entity {
        /// Its IRI.
        entity: Iri,
    },
    /// A thing that an earlier step makes.
    From {
        /// Which step and outcome.
        from: OutcomeOf,
    },
}

/// The digests of what a plan was made from, and the time of the newest fact it used.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct MadeFrom {
    /// Digest of the ontology.
    pub ontology: String,
    /// Digest of the mapping; `None` where nothing is mapped.
    pub mapping: Option<String>,
    /// The newest observation, RFC 3339; `None` where all facts are asserted.
    pub facts_at: Option<String>,
}

/// One operation of a plan, bound.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Counts from 1.
    pub id: u32,
    /// The operation.
    pub operation: Iri,
    /// The provider it is asked of.
    pub provider: Option<Iri>,
    /// The account it runs under.
    pub account: Option<Iri>,
    /// The API library that serves it, where one was chosen.
    pub library: Option<String>,
    /// Reads or changes.
    pub kind: Kind,
    /// The subject.
    pub subject: PlanValue,
    /// The arguments by parameter; a list for a multiple parameter.
    pub arguments: BTreeMap<Name, Argument>,
    /// The round it can run in, counted from 1.
    pub layer: u32,
    /// Why it is there.
    pub because: Vec<Reason>,
    /// What must hold when it is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Holding>,
    /// How it is taken back.
    pub undo: Undo,
}

/// One value or several.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Argument {
    /// Of a multiple parameter.
    Many(Vec<PlanValue>),
    /// Of a single parameter.
    One(PlanValue),
}

impl Argument {
    /// The values.
    #[must_use = "reading has no other effect"]
    pub fn values(&self) -> &[PlanValue] {
        match self {
            Self::Many(values) => values,
            Self::One(value) => std::slice::from_ref(value),
        }
    }
}

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PlanValue {
    /// A known entity.
    Entity {
        /// Its IRI.
        entity: Iri,
    },
    /// The anonymous thing given of that class.
    Given {
        /// The class.
        given: Iri,
    },
    /// What an earlier step gives.
    From {
        /// Which step and outcome.
        from: OutcomeOf,
    },
    /// What stood at a path of a step before that step ran (in undo arguments).
    Before {
        /// Which step and path.
        before: PathBefore,
    },
    /// A literal.
    Literal {
        /// The value as JSON: a number or boolean where the datatype is one.
        value: serde_json::Value,
        /// The datatype, `xsd:` or a full IRI.
        #[serde(rename = "type")]
        datatype: String,
    },
}

/// An outcome of an earlier step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct OutcomeOf {
    /// The step.
    pub step: u32,
    /// The outcome.
    pub outcome: Name,
    /// Which of several, counted from 0; all of them when absent on a multiple outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
}

/// A value as it was before a step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PathBefore {
    /// The step.
    pub step: u32,
    /// The path, with full names.
    pub path: String,
}

impl PlanValue {
    /// A known value as a plan writes it.
    #[must_use = "this makes a value and changes nothing"]
    pub fn known(value: &Value) -> Self {
        match value {
            Value::Entity(iri) => Self::Entity {
                entity: iri.clone(),
            },
            Value::Literal(literal) => {
                let text = &*literal.lexical;
                let datatype = literal.datatype.as_str();
                let json = if datatype == xsd::BOOLEAN || literal.is_numeric() {
                    // Only what reads back with the very same characters stands as a number.
                    serde_json::from_str::<serde_json::Value>(text)
                        .ok()
                        .filter(|json| {
                            let printed = json.to_string();
                            printed == text
                        })
                } else {
                    None
                };
                let short = datatype
                    .strip_prefix(xsd::NAMESPACE)
                    .map(|local| format!("xsd:{local}"));
                Self::Literal {
                    value: json.unwrap_or_else(|| serde_json::Value::from(text)),
                    datatype: short.unwrap_or_else(|| datatype.to_owned()),
                }
            }
        }
    }

    /// The known value, when it is one that was known when the plan was made.
    #[must_use = "reading has no other effect"]
    pub fn as_known(&self) -> Option<Value> {
        match self {
            Self::Entity { entity } => Some(Value::Entity(entity.clone())),
            Self::Literal { value, datatype } => {
                let lexical = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                let datatype = match datatype.strip_prefix("xsd:") {
                    Some(local) => format!("{}{local}", xsd::NAMESPACE),
                    None => datatype.clone(),
                };
                Some(Value::Literal(Literal::new(lexical, datatype)))
            }
            Self::Given { .. } | Self::From { .. } | Self::Before { .. } => None,
        }
    }
}

/// Why a step is in a plan.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "lowercase")]
pub enum Reason {
    /// The goal asks for it.
    Goal {
        /// The part of the goal.
        text: String,
    },
    /// It makes a condition of another step true.
    Enables {
        /// The other step.
        step: u32,
        /// The condition, in words.
        condition: String,
    },
    /// It gives a value to another step.
    Gives {
        /// The other step.
        step: u32,
        /// The outcome.
        outcome: Name,
        /// The parameter.
        parameter: Name,
    },
    /// It was asked for by its subject.
    Chosen {
        /// In words.
        text: String,
    },
}

/// How a step is taken back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Undo {
    /// By an operation.
    By {
        /// The operation.
        operation: Iri,
        /// Its subject.
        subject: PlanValue,
        /// Its arguments.
        arguments: BTreeMap<Name, Argument>,
        /// What it does not restore, as paths.
        except: Vec<String>,
    },
    /// Not at all.
    Irreversible {
        /// Why.
        irreversible: String,
    },
    /// There is nothing to take back.
    Nothing {
        /// Always true: the step only reads.
        #[serde(rename = "reads_only")]
        reads_only: bool,
    },
}

/// Why one step waits for another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Edge {
    /// The earlier step.
    pub from: u32,
    /// The later one.
    pub to: u32,
    /// What passes between them.
    pub kind: EdgeKind,
    /// Why.
    pub because: Because,
}

/// What passes along an edge.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeKind {
    /// A value flows.
    Data,
    /// An effect establishes a condition.
    Cause,
    /// One would undo what the other needs.
    Order,
}

/// The grounds of an edge, down to axioms and observations.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Because {
    /// Class and property axioms it rests on, as `sub ⊑ super` or `a ≡ b`.
    pub axioms: Vec<String>,
    /// The effect and the condition or parameter it serves.
    pub conditions: Vec<String>,
    /// Live facts it rests on, with time and source where observed.
    pub observations: Vec<String>,
}

/// What a plan takes.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Cost {
    /// How many steps.
    pub operations: u32,
    /// The longest path, in steps.
    pub layers: u32,
    /// How many steps change something.
    pub manipulations: u32,
    /// The summed cost of the operations; `None` where one has none.
    pub price: Option<f64>,
    /// Seconds when everything that can run at once does; `None` where a duration is missing.
    pub makespan_s: Option<f64>,
}

/// What makes a plan a concurrent group.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Group {
    /// What its operations have in common, in words.
    pub name: String,
    /// Its operations.
    pub operations: Vec<Iri>,
}

/// A subject on which an operation cannot run now.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NotReady {
    /// The subject.
    pub subject: Iri,
    /// The operation.
    pub operation: Iri,
    /// Why not.
    pub findings: Vec<RequestFinding>,
}

/// What a reasoner answers: plans, how the search went, and where there is none, what would make one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The plans, best first.
    pub plans: Vec<Plan>,
    /// How the search went.
    pub search: SearchReport,
    /// What would make a plan, where there is none.
    pub nearest: Option<NearestMiss>,
    /// What was left out, grouped by reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
}

/// What every plan for a goal must pass, and why an operation is not in the best.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GoalExplanation {
    /// Was everything looked at? Else there was too much.
    pub complete: bool,
    /// What every plan must pass, in the order in which it can come to be.
    pub must: Vec<Must>,
    /// Why not the operation that was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNot>,
}

/// Something that every plan must pass.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "must", rename_all = "lowercase")]
pub enum Must {
    /// A fact that must come to hold on the way.
    Fact {
        /// In words.
        text: String,
    },
    /// An operation that must be carried out.
    Operation {
        /// Which.
        operation: Iri,
        /// In words, with its subject where it can only be one.
        text: String,
    },
}

/// Why an operation is not in the best plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WhyNot {
    /// The operation.
    pub operation: Iri,
    /// Or is it?
    pub is_in_best: bool,
    /// The first thing that keeps it out, in a sentence.
    pub text: String,
}

/// A smallest set of changes that would make a plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NearestMiss {
    /// Is no smaller set enough, by complete search? Else it is the smallest found.
    pub proven_smallest: bool,
    /// What would have to be so.
    pub changes: Vec<Change>,
    /// The operation at which the way ends, with its subject, where there is one.
    pub blocked_at: Option<String>,
    /// In a sentence.
    pub text: String,
}

/// One thing that would have to be otherwise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum Change {
    /// A fact that would have to hold.
    Fact {
        /// The condition, in words.
        text: String,
    },
    /// A value that would have to be given.
    Value {
        /// Its type.
        #[serde(rename = "type")]
        of_type: Iri,
        /// In words.
        text: String,
    },
    /// An operation that would have to be allowed or offered.
    Permission {
        /// In words.
        text: String,
    },
}

/// Candidates that were left out for the same reason.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Dropped {
    /// The reason.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// One of them, with the exact clash.
    pub example: String,
}

impl Plan {
    /// The fingerprint that the plan's content has.
    ///
    /// # Errors
    /// When a number in it is not finite.
    pub fn computed_fingerprint(&self) -> Result<String, serde_json::Error> {
        if self.fingerprint.is_empty() {
            return digest::of_json(self);
        }
        let mut unsealed = self.clone();
        unsealed.fingerprint.clear();
        digest::of_json(&unsealed)
    }

    /// The plan with its fingerprint filled in.
    ///
    /// # Errors
    /// When a number in it is not finite.
    pub fn sealed(mut self) -> Result<Self, serde_json::Error> {
        self.fingerprint.clear();
        self.fingerprint = self.computed_fingerprint()?;
        Ok(self)
    }

    /// The step with that identifier.
    #[must_use = "reading has no other effect"]
    pub fn step(&self, id: u32) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::PlanValue;
    use crate::value::{Literal, Value};

    #[test]
    fn a_literal_keeps_its_characters_through_json() {
        for literal in [
            Literal::integer(80),
            Literal::new("080", "http://www.w3.org/2001/XMLSchema#integer"),
            Literal::string("80"),
            Literal::boolean(true),
        ] {
            let value = Value::Literal(literal);
            let json = serde_json::to_string(&PlanValue::known(&value)).unwrap();
            let back: PlanValue = serde_json::from_str(&json).unwrap();
            assert_eq!(back.as_known().unwrap(), value, "{json}");
        }
    }
}
