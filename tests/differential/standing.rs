//! What can be done now, kept up to date change by change, against the same asked anew after each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use samos_knowledge::{Format, Knowledge, ObservedFact, Snapshot, Source};
use samos_model::codes::verification as codes;
use samos_model::plan::{PlanValue, Undo};
use samos_model::vocabulary::{rdf, samos};
use samos_model::{Iri, Kind, Limits, Literal, Name, Observation, Truth, Value, World};
use samos_reasoners::concurrent;
use samos_reasoners::preparation::prepare;
use samos_reasoners::standing::{Missing, Standing};
use samos_reference::Estate;
use samos_reference::estate::{iri, one};
use samos_reference::worlds::{Random, RandomWorld};

use crate::worlds::{Tally, are_many, on_every_world};

/// One world in so many is loaded: everything is asked anew after each change.
const EVERY: u64 = 20;
/// Changes of one world.
const CHANGES: usize = 20;

/// What the random worlds lack: conditions that look far, through accounts and services, at sets of things, at things that
/// are the same for all, at what something is, and at defaults that are looked up.
const FAR: &[(&str, &str, &str, &str, &str)] = &[
    ("x:Far0", "x:Instance", "", "service.x:quota > 1", ""),
    (
        "x:Far1",
        "x:Instance",
        "",
        "count(service.x:instances) < service.x:quota",
        "",
    ),
    (
        "x:Far2",
        "x:Instance",
        "",
        "subject.x:address.x:holder == subject",
        "",
    ),
    (
        "x:Far3",
        "x:Instance",
        "",
        "subject.samos:service.x:quota >= 1",
        "",
    ),
    (
        "x:Far4",
        "x:Instance",
        "",
        "subject.samos:service.x:instances.x:state is samos:Running",
        "",
    ),
    (
        "x:Far5",
        "x:Instance",
        "",
        "not subject.x:nodes.x:holder.x:state is samos:Stopped",
        "",
    ),
    (
        "x:Far6",
        "x:Instance",
        "",
        "subject.x:size < service.x:quota",
        "",
    ),
    ("x:Far7", "x:Instance", "", "x:compute.x:quota > 1", ""),
    (
        "x:Far8",
        "x:Instance",
        "",
        "(subject.x:state is samos:Running or exists service.x:quota)",
        "",
    ),
    (
        "x:Far9",
        "x:Instance",
        "",
        "unconditional",
        "subject.x:address.x:holder = subject",
    ),
    (
        "x:Far10",
        "x:Instance",
        "",
        "unconditional",
        "delete subject.x:nodes",
    ),
    (
        "x:Far11",
        "x:Instance",
        "(at: x:Compute = x:compute)",
        "count(at.x:instances) < 2",
        "",
    ),
    (
        "x:Far12",
        "x:Instance",
        "(image: x:Image = \"base\")",
        "image.x:size == subject.x:size",
        "",
    ),
    (
        "x:Far13",
        "x:Instance",
        "[(size: xsd:integer)]",
        "subject.x:address.x:holder.x:size < 2 and size > 1",
        "",
    ),
    (
        "x:Far14",
        "x:Large",
        "",
        "subject.x:nodes is x:Address and count(subject.x:nodes.x:holder) < 2",
        "",
    ),
    (
        "x:Far15",
        "x:Address",
        "",
        "subject.x:holder is x:Large",
        "",
    ),
    (
        "x:Far16",
        "x:Address",
        "",
        "subject.x:holder.samos:service.x:quota == x:compute.x:quota",
        "",
    ),
    (
        "x:Far17",
        "x:Compute",
        "(image: x:Image)",
        "subject.x:instances.x:address.x:holder.x:size > 0",
        "",
    ),
    ("x:Far18", "x:Instance", "", "account.x:quota > 0", ""),
    (
        "x:Far19",
        "x:Instance",
        "",
        "provider.x:quota > 0",
        "create made * service.x:quota and service.x:instances += made",
    ),
];

fn with_far(estate: Estate) -> Estate {
    let mut estate = estate
        .property("x:label", one().of("x:Image").to("xsd:string"))
        .key("x:Image", "x:label");
    for (name, subject, parameters, before, after) in FAR {
        let outcomes = match after.starts_with("create") {
            true => "<made: x:Instance>",
            false => "",
        };
        estate = estate.operation(
            Kind::Manipulation,
            name,
            subject,
            parameters,
            outcomes,
            before,
            after,
        );
    }
    estate
}

fn framework() -> Knowledge {
    let mut knowledge = Knowledge::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ontology");
    for file in ["samos.ttl", "resources.ttl", "common.ttl"] {
        let report = knowledge.load_file(&root.join(file));
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
    knowledge
}

/// One change, by any of the ways in which facts change; gives what it was.
fn change(knowledge: &mut Knowledge, random: &mut Random, number: usize) -> String {
    let things = [
        "x:web0",
        "x:web1",
        "x:ip0",
        "x:ip1",
        "x:compute",
        "x:image",
        "x:new0",
        "x:new1",
        "x:cloud",
    ];
    let properties = [
        "x:state",
        "x:state",
        "x:size",
        "x:size",
        "x:address",
        "x:nodes",
        "x:nodes",
        "x:holder",
        "x:quota",
        "x:quota",
        "x:instances",
        "samos:service",
        "samos:provider",
        "samos:account",
        "x:label",
        "rdf:type",
    ];
    let property = random.text(&properties);
    // Mostly something that such a thing may have.
    let apt: &[&str] = match property {
        "x:state" | "x:size" | "x:address" | "x:nodes" | "samos:service" => {
            &["x:web0", "x:web1", "x:new0"]
        }
        "x:holder" => &["x:ip0", "x:ip1", "x:new1"],
        "x:quota" | "x:instances" => &["x:compute", "x:new1"],
        "x:label" => &["x:image", "x:new0"],
        _ => &things,
    };
    let thing = match random.chance(85) {
        true => random.text(apt),
        false => random.text(&things),
    };
    let value = |random: &mut Random| match property {
        "x:state" => random.text(&["x:running", "x:stopped", "x:paused"]),
        "x:size" | "x:quota" => random.text(&["0", "1", "2"]),
        "x:address" | "x:nodes" => random.text(&["x:ip0", "x:ip1", "x:new0"]),
        "x:holder" | "x:instances" => random.text(&["x:web0", "x:web1", "x:new1"]),
        "samos:service" | "samos:account" => random.text(&["x:compute", "x:new1"]),
        "samos:provider" => "x:cloud",
        "x:label" => "base",
        _ => random.text(&[
            "x:Instance",
            "x:Large",
            "x:Address",
            "x:Compute",
            "samos:Account",
        ]),
    };
    let name = |short: &str| match short.split_once(':') {
        Some(("rdf", _)) => Iri::from(rdf::TYPE),
        _ => iri(short),
    };
    let held = |short: &str| match (short.contains(':'), property) {
        (true, _) => Value::Entity(iri(short)),
        (false, "x:label") => {
            Value::Literal(Literal::new(short, samos_model::vocabulary::xsd::STRING))
        }
        (false, _) => Value::Literal(Literal::new(short, samos_model::vocabulary::xsd::INTEGER)),
    };
    let written = |short: &str| match held(short) {
        Value::Entity(entity) => format!("<{entity}>"),
        Value::Literal(literal) => format!("\"{}\"^^<{}>", literal.lexical, literal.datatype),
    };
    let (entity, predicate) = (name(thing), name(property));
    let is_single = !matches!(property, "x:nodes" | "x:instances" | "rdf:type");
    match random.below(10) {
        0..=4 => {
            let most = if is_single { 2 } else { 3 };
            let count = random.below(most);
            let values: BTreeSet<Value> = (0..count).map(|_| held(value(random))).collect();
            let complete = property != "rdf:type" && random.chance(70);
            let said = format!("observe {thing} {property} {values:?} all {complete}");
            knowledge.observe(&[ObservedFact {
                entity,
                property: predicate,
                values,
                complete,
                seen: Observation {
                    at: format!("2026-01-01T00:00:{:02}Z", number % 60),
                    source: "urn:t:Look".to_owned(),
                },
            }]);
            said
        }
        5 | 6 => update(
            knowledge,
            &format!(
                "INSERT DATA {{ <{entity}> <{predicate}> {} }}",
                written(value(random))
            ),
        ),
        7 => update(
            knowledge,
            &format!("DELETE WHERE {{ <{entity}> <{predicate}> ?value }}"),
        ),
        8 => update(
            knowledge,
            &format!(
                "INSERT DATA {{ <{entity}> <{}knownEmpty> <{predicate}> }}",
                samos::NAMESPACE
            ),
        ),
        _ => match random.chance(40) {
            true => {
                knowledge.forget(&entity);
                format!("forget {thing}")
            }
            false => {
                let class = iri(random.text(&["x:Instance", "x:Large", "x:Image"]));
                let provider = iri("x:cloud");
                update(
                    knowledge,
                    &format!(
                        "INSERT DATA {{ <{entity}> a <{class}> ; <{}> <{provider}> }}",
                        samos::PROVIDER
                    ),
                )
            }
        },
    }
}

fn update(knowledge: &mut Knowledge, text: &str) -> String {
    let changed = knowledge.update(text);
    format!("{text}: {changed:?}")
}

/// What BASR says of one subject, as a standing answer says it.
fn asked_anew(world: &Snapshot, subject: &Iri) -> BTreeMap<Iri, (bool, Missing)> {
    let limits = Limits {
        considered: 1,
        ..Limits::default()
    };
    let prepared = prepare(world, subject, &[], &limits).operations.into_iter();
    let all = prepared.map(|operation| {
        let about = |code: &str| {
            let found = operation
                .findings
                .iter()
                .filter(move |one| one.code == code);
            found.map(|one| one.about.clone()).collect::<Vec<_>>()
        };
        let conditions = operation.conditions.iter().map(|one| one.truth).enumerate();
        let untold = about(codes::EFFECT_UNKNOWN).len();
        let missing = Missing {
            parameters: about(codes::MISSING_PARAMETER)
                .iter()
                .map(|name| Name::from(name.as_str()))
                .collect(),
            conjuncts: conditions
                .filter(|(_, truth)| *truth != Truth::True)
                .collect(),
            effects: vec![0; untold],
        };
        (operation.operation, (operation.ready, missing))
    });
    all.collect()
}

/// Is everything that stands what is found when it is asked anew?
fn holds(standing: &Standing, world: &Snapshot, tally: &mut Tally) -> Result<(), String> {
    let classes = world.operations().iter().map(|one| one.subject.clone());
    let classes: BTreeSet<Iri> = classes.collect();
    let mut subjects: BTreeSet<Iri> = classes
        .iter()
        .flat_map(|class| world.entities_of(class))
        .collect();
    // Those that are no longer anything must be gone.
    subjects.extend(["x:web0", "x:web1", "x:ip0", "x:new0", "x:new1"].map(iri));
    let mut ready: BTreeMap<Iri, Vec<Iri>> = BTreeMap::new();
    let mut asked: BTreeMap<Iri, u64> = BTreeMap::new();
    for subject in &subjects {
        if world.canonical(subject) != *subject {
            continue;
        }
        let anew = asked_anew(world, subject);
        let own: Vec<Iri> = anew.keys().cloned().collect();
        if standing.operations_of(subject) != own {
            return Err(format!(
                "{subject} has {:?}, anew {own:?}",
                standing.operations_of(subject)
            ));
        }
        for (operation, (is_ready, missing)) in anew {
            let mut stands = standing.missing(&operation, subject).unwrap_or_default();
            stands.effects = vec![0; stands.effects.len()];
            if stands != missing || standing.is_ready(&operation, subject) != is_ready {
                return Err(format!(
                    "{operation} on {subject}: {stands:?}, anew {is_ready} {missing:?}"
                ));
            }
            tally.count(match (is_ready, missing.conjuncts.is_empty()) {
                (true, _) => "ready",
                (false, true) => "waiting for arguments",
                (false, false) => "not ready",
            });
            *asked.entry(operation.clone()).or_default() += 1;
            if is_ready {
                ready.entry(operation).or_default().push(subject.clone());
            }
        }
    }
    for operation in world.operations() {
        let own = ready.remove(&operation.iri).unwrap_or_default();
        let counts = standing.counts(&operation.iri);
        let subjects = asked.remove(&operation.iri).unwrap_or_default();
        if standing.ready(&operation.iri) != own
            || counts.subjects != subjects
            || usize::try_from(counts.ready) != Ok(own.len())
            || counts.once_given < counts.ready
        {
            return Err(format!(
                "{}: {counts:?}, anew {own:?} of {subjects}",
                operation.iri
            ));
        }
    }
    groups(standing, world, subjects.into_iter().collect(), tally)
}

/// The groups over all there is, as CCSR makes them when it is given all there is.
fn groups(
    standing: &Standing,
    world: &Snapshot,
    mut subjects: Vec<Iri>,
    tally: &mut Tally,
) -> Result<(), String> {
    subjects.retain(|subject| !world.operations_of(subject).is_empty());
    let undo = |_: &samos_model::Request| Undo::Irreversible {
        irreversible: "not asked for".to_owned(),
    };
    let limits = Limits {
        answers: 10_000,
        considered: u64::MAX,
        ..Limits::default()
    };
    let answer = concurrent::together(world, &subjects, &[], &limits, &undo);
    type Told = BTreeSet<(Vec<Iri>, BTreeSet<(Iri, Iri, bool)>)>;
    let anew: Told = answer
        .plans
        .iter()
        .map(|plan| {
            let ready = plan.steps.iter().filter_map(|step| match &step.subject {
                PlanValue::Entity { entity } => {
                    Some((entity.clone(), step.operation.clone(), true))
                }
                _ => None,
            });
            let others = plan.not_ready.iter().flatten();
            let others = others.map(|one| (one.subject.clone(), one.operation.clone(), false));
            let group = plan.group.as_ref().map(|group| group.operations.clone());
            (group.unwrap_or_default(), ready.chain(others).collect())
        })
        .collect();
    let stands: Told = standing
        .together(world)
        .into_iter()
        .map(|group| {
            let served = group.subjects.into_iter();
            let served = served.map(|one| (one.subject, one.operation, one.is_ready));
            (group.operations, served.collect())
        })
        .collect();
    if anew != stands {
        return Err(format!("groups {stands:?}\n  anew {anew:?}"));
    }
    tally.count("groups compared");
    Ok(())
}

fn compare(base: &Knowledge, world: &RandomWorld, tally: &mut Tally) -> Result<(), String> {
    if !world.seed.is_multiple_of(EVERY) {
        return Ok(());
    }
    let mut knowledge = base.clone();
    let text = with_far(world.estate.clone()).to_turtle();
    let report = knowledge.load(&Source::new("world.ttl", text, Format::Turtle));
    if !report.findings.is_empty() {
        return Err(format!("the world does not load: {:?}", report.findings));
    }
    knowledge.watch();
    let snapshot = knowledge.world();
    if snapshot.operation(&iri("x:Far0")).is_none() {
        return Err("the operations that look far are not there".to_owned());
    }
    let mut standing = Standing::build(&snapshot);
    holds(&standing, &snapshot, tally).map_err(|why| format!("as built: {why}"))?;
    drop(snapshot);
    let mut random = Random::new(world.seed ^ 0x57A4_D146);
    let mut said = Vec::new();
    for number in 0..CHANGES {
        // Several may come before anyone looks.
        for _ in 0..=random.below(2) {
            said.push(change(&mut knowledge, &mut random, number));
        }
        let changes = knowledge.changes();
        let snapshot = knowledge.world();
        let changed = standing.change(&snapshot, &changes);
        tally.count(match (changed.is_anew, changed.judged) {
            (true, _) => "changes of everything",
            (false, 0) => "changes of nothing",
            (false, _) => "changes of something",
        });
        holds(&standing, &snapshot, tally)
            .map_err(|why| format!("{why}\n  after {changes:?}\n  by {}", said.join("\n  ")))?;
    }
    Ok(())
}

#[test]
fn what_can_be_done_is_kept_up_to_date() {
    let base = framework();
    let tally = on_every_world("standing", |world, tally| compare(&base, world, tally));
    let counted = [
        ("ready", 300),
        ("not ready", 300),
        ("waiting for arguments", 100),
        ("changes of something", 100),
        ("groups compared", 100),
    ];
    assert!(
        !are_many() || counted.iter().all(|(what, least)| tally.of(what) >= *least),
        "{tally:?}"
    );
}
