//! Precondition verification: each conjunct's truth in the live world, and what would tell or change it.
//!
//! Paper: figure 5, "dynamically initiated real-time service (entity) information check".
//!
//! In: an operation and its bindings. Out: every conjunct with its truth and the facts it rests on; findings for those
//! that are false or unknown, and the needs of the unknown. The places that effects change count too: an effect on
//! something that is not known cannot be carried out.
//! Not here: sending the requests that would read what is unknown.

use serde::Serialize;

use samos_model::codes::verification as codes;
use samos_model::request::{Need, Way};
use samos_model::{Conjunct, Effect, Operation, RequestFinding, Truth};

use crate::effects;
use crate::evaluation::{self, Bindings, Looked, looked_along, looked_at};
use crate::request::{Concern, Verifier};
use crate::wording;

/// One conjunct of a precondition, judged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Judged {
    /// The conjunct in words, with short names.
    pub condition: String,
    /// What it is worth now.
    pub truth: Truth,
    /// The facts it rests on, in words, with time and source where observed.
    pub because: Vec<String>,
}

/// What precondition verification finds.
#[derive(Default)]
pub(crate) struct Judgement {
    pub(crate) conditions: Vec<Judged>,
    pub(crate) findings: Vec<(Concern, RequestFinding)>,
    pub(crate) needs: Vec<Need>,
}

/// Judges every conjunct of the precondition and the places of the effects.
pub(crate) fn judge(
    verifier: &Verifier<'_>,
    operation: &Operation,
    bindings: &Bindings,
) -> Judgement {
    let world = verifier.world();
    let mut judgement = Judgement::default();
    for (place, conjunct) in operation.precondition.conjuncts.iter().enumerate() {
        let truth = evaluation::truth(world, conjunct, bindings);
        let condition = wording::conjunct(world, conjunct);
        let looked = looked_at(world, conjunct, bindings, false);
        let because: Vec<_> = looked.iter().map(|fact| fact.in_words(world)).collect();
        if truth != Truth::True {
            let finding = open_conjunct(verifier, conjunct, bindings, truth, &mut judgement.needs);
            judgement.findings.push((Concern::Conjunct(place), finding));
        }
        judgement.conditions.push(Judged {
            condition,
            truth,
            because,
        });
    }
    for (place, effect) in operation.postcondition.iter().enumerate() {
        if let Some(finding) =
            untold_effect(verifier, operation, effect, bindings, &mut judgement.needs)
        {
            judgement.findings.push((Concern::Effect(place), finding));
        }
    }
    judgement
}

fn open_conjunct(
    verifier: &Verifier<'_>,
    conjunct: &Conjunct,
    bindings: &Bindings,
    truth: Truth,
    needs: &mut Vec<Need>,
) -> RequestFinding {
    let world = verifier.world();
    let condition = wording::conjunct(world, conjunct);
    let facts = looked_at(world, conjunct, bindings, false);
    let facts = facts
        .iter()
        .map(|fact| fact.in_words(world))
        .collect::<Vec<_>>()
        .join("; ");
    let mut finding = RequestFinding {
        code: codes::CONDITION_FALSE.into(),
        about: condition.clone(),
        truth,
        message: String::new(),
        help: String::new(),
        options: Vec::new(),
    };
    let waiting: Vec<_> = evaluation::names_in(conjunct)
        .into_iter()
        .filter(|name| bindings.values_of(name).is_none())
        .collect();
    if truth == Truth::False {
        finding.message = if facts.is_empty() {
            format!("`{condition}` is false")
        } else {
            format!("`{condition}` is false: {facts}")
        };
        finding.help = "bring it about first, or choose another subject or argument".to_owned();
    } else if let Some(name) = waiting.first() {
        finding.code = codes::CONDITION_WAITS.into();
        finding.message = format!("`{condition}` cannot be told before `{name}` is given");
        finding.help = format!("give `{name}`");
    } else {
        finding.code = codes::CONDITION_UNKNOWN.into();
        finding.message = if facts.is_empty() {
            format!("`{condition}` is not known")
        } else {
            format!("`{condition}` is not known: {facts}")
        };
        let unknown = looked_at(world, conjunct, bindings, true);
        fill_in(verifier, &mut finding, &unknown, bindings, needs);
    }
    finding
}

/// Says what would read the unknown facts.
fn fill_in(
    verifier: &Verifier<'_>,
    finding: &mut RequestFinding,
    unknown: &[Looked],
    bindings: &Bindings,
    needs: &mut Vec<Need>,
) {
    let Some(asker) = &bindings.subject else {
        return;
    };
    for fact in unknown {
        let reads = verifier.reads_of(&fact.entity, &fact.property, asker);
        let ways = reads.iter().map(|(request, ready)| Way::Read {
            operation: request.operation.clone(),
            subject: request.subject.clone(),
            ready: *ready,
        });
        for way in ways {
            if !finding.options.contains(&way) {
                finding.options.push(way);
            }
        }
        let same = |need: &&mut Need| need.entity == fact.entity && need.property == fact.property;
        if needs.iter_mut().find(same).is_none() {
            needs.push(Need {
                entity: fact.entity.clone(),
                property: fact.property.clone(),
                reads: reads.into_iter().map(|(request, _)| request).collect(),
            });
        }
    }
    finding.help = match finding.options.first() {
        Some(Way::Read {
            operation, subject, ..
        }) => format!(
            "read it by `{}` on `{}`",
            verifier.world().compact(operation),
            verifier.world().compact(subject)
        ),
        _ => "state it as a fact: no operation reads it".to_owned(),
    };
}

/// The finding of an effect whose place or number is not known.
fn untold_effect(
    verifier: &Verifier<'_>,
    operation: &Operation,
    effect: &Effect,
    bindings: &Bindings,
    needs: &mut Vec<Need>,
) -> Option<RequestFinding> {
    let world = verifier.world();
    if effects::is_told(world, operation, effect, bindings) {
        return None;
    }
    let places = effects::places_in(effect);
    let mut facts: Vec<Looked> = places
        .iter()
        .flat_map(|path| looked_along(world, path, bindings))
        .collect();
    facts.retain(|fact| !fact.values.complete);
    let words = wording::effect(world, effect);
    let mut finding = RequestFinding {
        code: codes::EFFECT_UNKNOWN.into(),
        about: words.clone(),
        truth: Truth::Unknown,
        message: format!("what `{words}` would change is not known"),
        help: String::new(),
        options: Vec::new(),
    };
    fill_in(verifier, &mut finding, &facts, bindings, needs);
    Some(finding)
}
