//! Which cells are said to have changed, and that none is left out.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use samos_model::vocabulary::rdf;
use samos_model::world::{Observation, Values};
use samos_model::{Changes, Iri, Value, World as _};

use crate::interpretation::tests::knowledge;
use crate::{Format, Knowledge, ObservedFact, Snapshot, Source};

const END: &str = " samos:precondition \"unconditional\" .\n";

fn iri(name: &str) -> Iri {
    Iri::from(format!("urn:e:{name}"))
}

fn world() -> Knowledge {
    let mut knowledge = knowledge(&format!(
        "{END}e:web a e:Server ; e:serverState e:stopped ; e:disks e:d1 . e:d1 a e:Disk . e:d2 a e:Disk .
         e:near a owl:ObjectProperty ; owl:inverseOf e:far ; rdfs:subPropertyOf e:about . e:far a owl:ObjectProperty .
         e:about a owl:ObjectProperty . e:like a owl:ObjectProperty ; owl:equivalentProperty e:near .
         e:Near a owl:Class . e:near rdfs:domain e:Near ."
    ));
    knowledge.watch();
    knowledge
}

fn observe(
    knowledge: &mut Knowledge,
    entity: &str,
    property: &str,
    values: &[&str],
    complete: bool,
    at: usize,
) {
    knowledge.observe(&[ObservedFact {
        entity: iri(entity),
        property: iri(property),
        values: values.iter().map(|one| Value::Entity(iri(one))).collect(),
        complete,
        seen: Observation {
            at: format!("2026-01-01T00:00:{at:02}Z"),
            source: "urn:e:Look".to_owned(),
        },
    }]);
}

fn names(changes: &Changes) -> BTreeSet<String> {
    assert!(!changes.everything, "a list was expected");
    let own = changes
        .cells
        .iter()
        .filter(|(entity, _)| !entity.as_str().contains("observed:"));
    own.map(|(entity, property)| format!("{} {}", entity.local(), property.local()))
        .collect()
}

#[test]
fn what_was_observed_and_what_follows_is_listed() {
    let mut knowledge = world();
    assert!(knowledge.changes().is_empty());
    observe(&mut knowledge, "web", "serverState", &["running"], true, 1);
    let changed = names(&knowledge.changes());
    assert!(
        changed.contains("web serverState") && changed.contains("web state"),
        "{changed:?}"
    );
    assert!(!changed.contains("web disks"), "{changed:?}");
    // The other end, what stands above, what means the same, and what the thing is by that.
    observe(&mut knowledge, "web", "near", &["d2"], true, 2);
    let changed = names(&knowledge.changes());
    for cell in ["web near", "d2 far", "web about", "web like", "web type"] {
        assert!(changed.contains(cell), "{cell} is not in {changed:?}");
    }
    // The same again makes no difference but for how it is known.
    observe(&mut knowledge, "web", "near", &["d2"], true, 3);
    let changed = names(&knowledge.changes());
    assert!(
        !changed.contains("d2 far") && !changed.contains("web type"),
        "{changed:?}"
    );
    assert!(knowledge.changes().is_empty());
}

#[test]
fn what_was_known_to_be_nothing_and_is_forgotten_is_listed() {
    let mut knowledge = world();
    observe(&mut knowledge, "d1", "near", &["new"], true, 1);
    knowledge.forget(&iri("new"));
    assert!(names(&knowledge.changes()).contains("d1 near"));
    // Nothing is stated of it any more, and yet it was known that there is nothing.
    knowledge.forget(&iri("d1"));
    let changed = names(&knowledge.changes());
    assert!(
        changed.contains("d1 near") && changed.contains("d1 like"),
        "{changed:?}"
    );
}

#[test]
fn an_axiom_changes_everything() {
    let mut knowledge = world();
    let more = "@prefix e: <urn:e:> . @prefix owl: <http://www.w3.org/2002/07/owl#> . e:d1 owl:sameAs e:d2 .";
    knowledge.load(&Source::new("more.ttl", more, Format::Turtle));
    assert!(knowledge.changes().everything);
    assert!(knowledge.changes().is_empty());
    assert!(Knowledge::new().changes().everything, "nobody watched");
}

const THINGS: [&str; 4] = ["web", "d1", "d2", "new"];
const PROPERTIES: [&str; 6] = ["near", "far", "like", "about", "disks", "serverState"];

fn cells(world: &Snapshot) -> BTreeMap<(Iri, Iri), (Values, Vec<Iri>)> {
    let mut cells = BTreeMap::new();
    for thing in THINGS.map(iri) {
        for property in PROPERTIES.map(iri) {
            let values = world.values(&thing, &property);
            cells.insert((thing.clone(), property), (values, Vec::new()));
        }
        let types = (Values::default(), world.types_of(&thing));
        cells.insert((thing, Iri::from(rdf::TYPE)), types);
    }
    cells
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn no_cell_that_changes_is_left_out(
        steps in prop::collection::vec((0..5_u8, 0..4_usize, 0..6_usize, 0..4_usize, any::<bool>()), 1..16)
    ) {
        let mut knowledge = world();
        let mut before = cells(&knowledge.world());
        for (at, (how, thing, property, value, complete)) in steps.into_iter().enumerate() {
            let pick = |from: &[&'static str], place: usize| from.get(place).copied().unwrap_or("web");
            let (thing, property, value) = (pick(&THINGS, thing), pick(&PROPERTIES, property), pick(&THINGS, value));
            let text = match how {
                0 => {
                    observe(&mut knowledge, thing, property, &[value], complete, at);
                    None
                }
                1 => {
                    observe(&mut knowledge, thing, property, &[], complete, at);
                    None
                }
                2 => Some(format!("INSERT DATA {{ <urn:e:{thing}> <urn:e:{property}> <urn:e:{value}> }}")),
                3 => Some(format!("DELETE WHERE {{ <urn:e:{thing}> <urn:e:{property}> ?value }}")),
                _ => {
                    knowledge.forget(&iri(thing));
                    None
                }
            };
            if let Some(text) = text {
                prop_assert!(knowledge.update(&text).is_ok());
            }
            let changes = knowledge.changes();
            let world = knowledge.world();
            let now = cells(&world);
            for (cell, held) in &now {
                // Two things that turn out to be one are listed by the name that stands for both.
                let listed = (world.canonical(&cell.0), cell.1.clone());
                let is_listed = changes.everything || changes.cells.contains(&listed);
                prop_assert!(is_listed || before.get(cell) == Some(held), "{cell:?} is now {held:?}");
            }
            before = now;
        }
    }
}
