//! The same worlds through Turtle and the store: the loaded world answers as the estate does.

use std::collections::BTreeSet;
use std::path::Path;

use samos_knowledge::{Format, Knowledge, Snapshot, Source};
use samos_model::vocabulary::samos;
use samos_model::{Iri, World};
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::plans::told;
use crate::worlds::{Tally, limits, on_every_world};

/// One world in so many is loaded: the framework is loaded with each.
const EVERY: u64 = 25;

fn load(world: &RandomWorld) -> Result<Snapshot, String> {
    let mut knowledge = Knowledge::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ontology");
    for file in ["samos.ttl", "resources.ttl", "common.ttl"] {
        let report = knowledge.load_file(&root.join(file));
        if !report.findings.is_empty() {
            return Err(format!(
                "the framework does not load: {:?}",
                report.findings
            ));
        }
    }
    let report = knowledge.load(&Source::new(
        "world.ttl",
        world.estate.to_turtle(),
        Format::Turtle,
    ));
    if !report.findings.is_empty() {
        return Err(format!("the world does not load: {:?}", report.findings));
    }
    Ok(knowledge.world())
}

fn compare(world: &RandomWorld, tally: &mut Tally) -> Result<(), String> {
    if !world.seed.is_multiple_of(EVERY) {
        return Ok(());
    }
    let estate = &world.estate;
    let loaded = load(world)?;
    let own = |name: &Iri| name.as_str().starts_with("https://example.org/");
    let operations = |world: &dyn World| -> Vec<samos_model::Operation> {
        let mut all = world.operations().to_vec();
        all.iter_mut().for_each(|operation| operation.place = None);
        all
    };
    let (left, right) = (operations(estate), operations(&loaded));
    if left != right {
        let only =
            |one: &[samos_model::Operation], other: &[samos_model::Operation]| -> Vec<String> {
                let gone = one.iter().filter(|own| !other.contains(own));
                gone.map(|own| format!("{own:?}")).collect()
            };
        return Err(format!(
            "{} operations and {};\n  only in the estate: {:#?}\n  only loaded: {:#?}",
            left.len(),
            right.len(),
            only(&left, &right),
            only(&right, &left)
        ));
    }
    let entities = [samos::SERVICE, samos::SERVICE_INSTANCE, samos::ASPECT].map(Iri::from);
    let entities: BTreeSet<Iri> = entities
        .iter()
        .flat_map(|class| estate.entities_of(class))
        .collect();
    let classes: BTreeSet<Iri> = entities
        .iter()
        .flat_map(|entity| estate.types_of(entity))
        .flat_map(|class| estate.types_above(&class))
        .collect();
    for class in &classes {
        if estate.entities_of(class) != loaded.entities_of(class) {
            return Err(format!(
                "{class} has {:?} and {:?}",
                estate.entities_of(class),
                loaded.entities_of(class)
            ));
        }
        for other in &classes {
            if estate.is_subtype(class, other) != loaded.is_subtype(class, other) {
                return Err(format!(
                    "{class} ⊑ {other}: {}",
                    estate.is_subtype(class, other)
                ));
            }
        }
    }
    let properties: BTreeSet<Iri> = world.properties();
    for property in properties.iter().filter(|property| own(property)) {
        let (left, right) = (World::property(estate, property), loaded.property(property));
        if left != right {
            return Err(format!("{property} is {left:#?} and {right:#?}"));
        }
    }
    for entity in &entities {
        if estate.canonical(entity) != loaded.canonical(entity) {
            return Err(format!(
                "{entity} stands for {} and {}",
                estate.canonical(entity),
                loaded.canonical(entity)
            ));
        }
        for property in &properties {
            let (left, right) = (
                estate.values(entity, property),
                loaded.values(entity, property),
            );
            if left != right {
                return Err(format!("{entity} {property}: {left:?} and {right:?}"));
            }
            tally.count("cells alike");
        }
    }
    if let Question::Goal(goal) = question(world, 0) {
        let answers = [estate as &dyn World, &loaded]
            .map(|world| samos_reasoners::goals::plan(world, &goal, &limits()));
        let [left, right] = answers.map(|answer| answer.plans.iter().map(told).collect::<String>());
        if left != right {
            return Err(format!(
                "goal {}: the estate's plan{left}\n  the loaded world's{right}",
                goal.condition
            ));
        }
    }
    tally.count("worlds loaded");
    Ok(())
}

#[test]
fn a_world_answers_the_same_when_loaded_from_turtle() {
    let tally = on_every_world("loaded", compare);
    assert!(
        tally.of("worlds loaded") > 0 || crate::worlds::seeds().len() < 2,
        "{tally:?}"
    );
}
