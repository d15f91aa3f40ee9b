//! Plans that somebody edited: whatever still reads as a plan, the checker answers.
//!
//! In: a plan as JSON; or any bytes, as a script of edits to a plan that was found. Bytes alone would seldom be a plan.

use samos_model::{Limits, Plan};
use samos_reference::worlds::{Question, RandomWorld, question, world};
use serde_json::{Value, json};

/// Worlds looked through for plans to edit.
const WORLDS: u64 = 150;
/// Edits to one plan.
const EDITS: usize = 6;

thread_local! {
    static PLANS: Vec<(RandomWorld, Value)> = found();
}

/// Plans of several steps, and the worlds they were made for.
fn found() -> Vec<(RandomWorld, Value)> {
    let limits = Limits {
        considered: 500,
        ..Limits::default()
    };
    let mut all = Vec::new();
    for seed in 0..WORLDS {
        let world = world(seed);
        let Question::Goal(goal) = question(&world, 0) else {
            continue;
        };
        let answer = samos_reasoners::goals::plan(&world.estate, &goal, &limits);
        let several = answer.plans.into_iter().find(|plan| plan.steps.len() > 1);
        if let Some(plan) = several.and_then(|plan| serde_json::to_value(plan).ok()) {
            all.push((world, plan));
        }
    }
    assert!(all.len() > 2, "there is little to edit");
    all
}

/// A few plans as they are written, and a few scripts.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = PLANS.with(|plans| {
        let texts = plans.iter().map(|(_, plan)| plan.to_string().into_bytes());
        texts.collect()
    });
    all.extend((0..40_u8).map(|seed| {
        (0..11)
            .map(|n: u8| n.wrapping_mul(seed).wrapping_add(seed))
            .collect()
    }));
    all
}

pub(super) fn read(input: &[u8]) -> bool {
    PLANS.with(|plans| {
        if input.first() == Some(&b'{') {
            let (Ok(plan), Some((world, _))) = (serde_json::from_slice(input), plans.first())
            else {
                return false;
            };
            check(world, plan);
            return true;
        }
        let mut script = Script(input);
        let (world, plan) = &plans[script.below(plans.len())];
        let (_, other) = &plans[script.below(plans.len())];
        let mut plan = plan.clone();
        for _ in 0..EDITS {
            if script.0.is_empty() {
                break;
            }
            edit(&mut plan, other, &mut script);
        }
        let plan = serde_json::from_value(plan);
        let is_plan = plan.is_ok();
        if let Ok(plan) = plan {
            check(world, plan);
        }
        is_plan
    })
}

/// As it stands, and sealed again, which lets the checker look further.
fn check(world: &RandomWorld, plan: Plan) {
    let text = serde_json::to_string(&plan).expect("a plan is written");
    let again: Plan = serde_json::from_str(&text).expect("what was written is read");
    assert_eq!(again, plan);
    let _ = samos_checker::check(&world.estate, &plan);
    if let Ok(sealed) = plan.sealed() {
        let _ = samos_checker::check(&world.estate, &sealed);
    }
}

/// What to do next, byte by byte; zeros at the end.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn next(&mut self) -> usize {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        usize::from(*first)
    }

    fn below(&mut self, bound: usize) -> usize {
        let number = self.next() * 256 + self.next();
        number % bound.max(1)
    }
}

/// Changes one place of the plan.
fn edit(plan: &mut Value, other: &Value, script: &mut Script<'_>) {
    let places = places(plan);
    let place = &places[script.below(places.len())];
    let action = script.next() % 8;
    let taken = taken(plan, other, script);
    let Some(target) = plan.pointer_mut(place) else {
        return;
    };
    match (action, target) {
        (0, target) => *target = taken,
        (1, Value::Array(all)) => {
            let from = all.get(script.below(all.len())).cloned();
            let at = script.below(all.len() + 1);
            all.extend(from);
            let last = all.len().saturating_sub(1);
            if at < last {
                all.swap(at, last);
            }
        }
        (2, Value::Array(all)) if !all.is_empty() => {
            let at = script.below(all.len());
            all.remove(at);
        }
        (3, Value::Array(all)) => all.push(taken),
        (1 | 2, Value::Object(all)) => {
            let name = all.keys().nth(script.below(all.len())).cloned();
            name.and_then(|name| all.remove(&name));
        }
        (3, Value::Object(all)) => {
            let name = all.keys().nth(script.below(all.len())).cloned();
            all.insert(name.unwrap_or_default(), taken);
        }
        (1..=3, Value::String(text)) => {
            let cut: String = text.chars().take(script.below(40)).collect();
            *text = cut + [" and not subject.x", ".", " ", "", "<", "é", "0"][script.below(7)];
        }
        (1..=4, Value::Number(number)) => {
            let near = number.as_i64().unwrap_or(0);
            *number = match script.below(4) {
                0 => near.wrapping_add(1).into(),
                1 => near.wrapping_sub(1).into(),
                2 => u32::MAX.into(),
                _ => u64::MAX.into(),
            };
        }
        (_, target) => *target = taken,
    }
}

/// A value from elsewhere in this plan or another, or one that fits nowhere.
fn taken(plan: &Value, other: &Value, script: &mut Script<'_>) -> Value {
    let from = match script.next() % 4 {
        0 => other,
        1 => {
            let odd = [
                json!(null),
                json!(""),
                json!([]),
                json!({}),
                json!(-1),
                json!(1e300),
                json!({"entity": "https://example.org/nothing"}),
                json!({"value": 3, "type": "xsd:integer"}),
                json!({"value": "99999999999999999999999999999999", "type": "xsd:decimal"}),
                json!({"step": 1, "outcome": "x", "index": u32::MAX}),
            ];
            return odd[script.below(odd.len())].clone();
        }
        _ => plan,
    };
    let places = places(from);
    let place = &places[script.below(places.len())];
    from.pointer(place).cloned().unwrap_or_default()
}

/// Every place of a document, as JSON pointers.
fn places(document: &Value) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = vec![(String::new(), document)];
    while let Some((place, value)) = open.pop() {
        match value {
            Value::Array(items) => {
                let items = items.iter().enumerate();
                open.extend(items.map(|(at, item)| (format!("{place}/{at}"), item)));
            }
            Value::Object(members) => {
                let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
                let members = members.iter();
                open.extend(members.map(|(name, it)| (format!("{place}/{}", escaped(name)), it)));
            }
            _ => {}
        }
        all.push(place);
    }
    all
}
