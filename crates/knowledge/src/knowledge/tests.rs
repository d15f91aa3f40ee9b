//! Stories of live facts: what is known, what replaces what, what is forgotten.

use std::collections::BTreeSet;

use proptest::prelude::*;
use samos_model::world::{Observation, Values};
use samos_model::{Iri, Literal, Value, World as _};

use crate::interpretation::tests::{knowledge, sources};
use crate::{Format, Knowledge, ObservedFact, Snapshot, Source};

const END: &str = " samos:precondition \"unconditional\" .\n";

fn iri(name: &str) -> Iri {
    Iri::from(format!("urn:e:{name}"))
}

fn thing(name: &str) -> Value {
    Value::Entity(iri(name))
}

fn values(world: &Snapshot, entity: &str, property: &str) -> Values {
    world.values(&iri(entity), &iri(property))
}

fn observed(
    entity: &str,
    property: &str,
    values: &[Value],
    at: &str,
    complete: bool,
) -> ObservedFact {
    ObservedFact {
        entity: iri(entity),
        property: iri(property),
        values: values.iter().cloned().collect(),
        complete,
        seen: Observation {
            at: at.to_owned(),
            source: "urn:e:Look".to_owned(),
        },
    }
}

#[test]
fn unknown_is_not_absent() {
    let mut knowledge = knowledge(&format!(
        "{END}e:web a e:Server ; e:serverState e:stopped ; e:disks e:d1 ; samos:knownEmpty e:near . e:near samos:closed false .\ne:size samos:closed true .\ne:d1 a e:Disk ."
    ));
    let world = knowledge.world();
    assert_eq!(
        values(&world, "web", "serverState"),
        Values::known([thing("stopped")])
    );
    assert_eq!(values(&world, "web", "disks"), Values::known([thing("d1")]));
    assert_eq!(values(&world, "web", "boot"), Values::unknown());
    assert_eq!(values(&world, "web", "near"), Values::known([]));
    assert_eq!(values(&world, "d1", "size"), Values::known([]));
    let above = world.values(&iri("web"), &Iri::from("https://w3id.org/samos#state"));
    assert_eq!(
        above,
        Values::known([thing("stopped")]),
        "a functional property above with one value is known"
    );
}

#[test]
fn a_newer_observation_replaces_what_was_stated_or_seen() {
    let mut knowledge = knowledge(&format!(
        "{END}e:web a e:Server ; e:serverState e:stopped ; e:disks e:d1 , e:d2 ."
    ));
    let before = knowledge.world();
    knowledge.observe(&[observed(
        "web",
        "serverState",
        &[thing("running")],
        "2025-01-01T10:00:00Z",
        true,
    )]);
    knowledge.observe(&[observed(
        "web",
        "serverState",
        &[thing("stopped")],
        "2025-01-01T10:00:00+01:00",
        true,
    )]);
    let world = knowledge.world();
    assert_eq!(
        values(&before, "web", "serverState"),
        Values::known([thing("stopped")]),
        "a snapshot stays as it was"
    );
    assert_eq!(
        values(&world, "web", "serverState"),
        Values::known([thing("running")]),
        "the older observation changes nothing"
    );
    let seen = world.observation(&iri("web"), &iri("serverState")).unwrap();
    assert_eq!(
        (seen.at.as_str(), seen.source.as_str()),
        ("2025-01-01T10:00:00Z", "urn:e:Look")
    );
    assert_eq!(
        world.made_from().facts_at.as_deref(),
        Some("2025-01-01T10:00:00Z")
    );
    assert_eq!(world.observation(&iri("web"), &iri("disks")), None);
    assert_eq!(
        world.holders(
            &Iri::from("https://w3id.org/samos#state"),
            &thing("stopped")
        ),
        [],
        "what followed is gone"
    );

    knowledge.observe(&[observed(
        "web",
        "disks",
        &[thing("d3")],
        "2025-01-02T00:00:00Z",
        false,
    )]);
    assert_eq!(
        values(&knowledge.world(), "web", "disks").members.len(),
        3,
        "a partial answer adds"
    );
    knowledge.observe(&[observed("web", "disks", &[], "2025-01-03T00:00:00Z", true)]);
    assert_eq!(
        values(&knowledge.world(), "web", "disks"),
        Values::known([]),
        "a complete answer replaces"
    );
    let errors = knowledge.validate();
    assert!(
        errors
            .iter()
            .all(|finding| finding.severity != samos_model::Severity::Error),
        "{errors:?}"
    );
}

#[test]
fn graphs_with_prov_times_are_observations() {
    let mut knowledge = knowledge(&format!(
        "{END}e:web a e:Server ; e:serverState e:stopped ."
    ));
    let trig = "@prefix e: <urn:e:> . @prefix prov: <http://www.w3.org/ns/prov#> . @prefix samos: <https://w3id.org/samos#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        e:old prov:generatedAtTime \"2025-01-01T00:00:00Z\"^^xsd:dateTime ; prov:wasGeneratedBy e:Look .
        e:new prov:generatedAtTime \"2025-01-02T00:00:00Z\"^^xsd:dateTime ; prov:wasAttributedTo e:monitor .
        GRAPH e:new { e:web e:serverState e:running ; samos:knownEmpty e:disks . }
        GRAPH e:old { e:web e:serverState e:stopped ; e:disks e:d1 . }
        GRAPH e:plain { e:web e:boot e:d1 . }";
    let report = knowledge.load(&Source::new("facts.trig", trig, Format::TriG));
    assert!(report.findings.is_empty());
    let world = knowledge.world();
    assert_eq!(
        values(&world, "web", "serverState"),
        Values::known([thing("running")])
    );
    assert_eq!(values(&world, "web", "disks"), Values::known([]));
    assert_eq!(
        values(&world, "web", "boot"),
        Values::known([thing("d1")]),
        "a graph without a time is stated"
    );
    assert_eq!(
        world
            .observation(&iri("web"), &iri("serverState"))
            .unwrap()
            .source,
        "urn:e:monitor"
    );
}

#[test]
fn a_deleted_thing_is_named_nowhere() {
    let mut knowledge = knowledge(&format!(
        "{END}e:web a e:Server ; e:disks e:d1 . e:d1 a e:Disk ."
    ));
    knowledge.observe(&[observed(
        "web",
        "near",
        &[thing("d1")],
        "2025-01-01T00:00:00Z",
        true,
    )]);
    knowledge.forget(&iri("d1"));
    let world = knowledge.world();
    assert!(!world.is_entity(&iri("d1")));
    assert_eq!(values(&world, "web", "near"), Values::known([]));
    assert!(values(&world, "web", "disks").members.is_empty());
}

#[test]
fn a_key_finds_its_entity_within_the_account() {
    let mut knowledge = knowledge(&format!(
        "{END}samos:account a owl:ObjectProperty , owl:FunctionalProperty . e:Disk samos:key e:label . e:label a owl:DatatypeProperty ; rdfs:domain e:Disk .
        e:Thin rdfs:subClassOf e:Disk . e:one a e:CloudAccount . e:two a e:CloudAccount .
        e:d1 a e:Thin ; e:label \"d\" ; samos:account e:one . e:d2 a e:Disk ; e:label \"d\" ; samos:account e:two ."
    ));
    let world = knowledge.world();
    assert_eq!(world.key_of(&iri("Thin")), Some(iri("label")));
    let find = |account: Option<&str>| {
        world.entity_by_key(
            &iri("Disk"),
            &Literal::string("d"),
            account.map(iri).as_ref(),
        )
    };
    assert_eq!(find(Some("one")), Some(iri("d1")));
    assert_eq!(find(Some("two")), Some(iri("d2")));
    assert_eq!(find(Some("three")), None);
    assert_eq!(find(None), Some(iri("d1")));
    assert_eq!(world.entities_of(&iri("Disk")), [iri("d1"), iri("d2")]);
    assert_eq!(world.account_of(&iri("d1")), Some(iri("one")));
}

#[test]
fn two_names_of_one_thing_are_one_entity() {
    let mut knowledge = knowledge(&format!(
        "{END}e:web a e:Server ; e:serverState e:running ; owl:sameAs e:www . e:www e:boot e:d1 ."
    ));
    let world = knowledge.world();
    assert_eq!(world.canonical(&iri("www")), iri("web"));
    assert_eq!(world.entities_of(&iri("Server")), [iri("web")]);
    assert_eq!(
        values(&world, "www", "serverState"),
        Values::known([thing("running")])
    );
    assert_eq!(values(&world, "web", "boot"), Values::known([thing("d1")]));
}

#[test]
fn names_expand_and_compact_by_declared_prefixes() {
    let mut knowledge = knowledge(END);
    assert_eq!(knowledge.expand("e:web"), Some(iri("web")));
    assert_eq!(knowledge.expand("<urn:x>"), Some(Iri::from("urn:x")));
    assert_eq!(
        knowledge.expand("https://example.org/x"),
        Some(Iri::from("https://example.org/x"))
    );
    assert_eq!(knowledge.expand("nobody:x"), None);
    assert_eq!(knowledge.compact(&iri("web")), "e:web");
    assert_eq!(
        knowledge.compact(&Iri::from("https://example.org/x")),
        "https://example.org/x"
    );
}

#[test]
fn what_observing_bit_by_bit_gives_is_what_loading_gives() {
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;
    let step = (
        0usize..3,
        0usize..3,
        prop::collection::btree_set(0usize..3, 0..3),
        0u32..4,
        any::<bool>(),
    );
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 40,
        ..ProptestConfig::default()
    });
    let entities = ["web", "d1", "www"];
    let properties = ["serverState", "near", "disks"];
    runner
        .run(&prop::collection::vec(step, 0..8), |steps| {
            let mut live = knowledge(&format!("{END}e:web a e:Server ; e:near e:d1 ."));
            live.settle();
            for (entity, property, values, hour, complete) in steps {
                let values: Vec<Value> = values.into_iter().map(|at| thing(entities[at])).collect();
                live.observe(&[observed(
                    entities[entity],
                    properties[property],
                    &values,
                    &format!("2025-01-01T0{hour}:00:00Z"),
                    complete,
                )]);
            }
            let mut again: Knowledge = live.clone();
            again.changed();
            for entity in entities {
                for property in properties {
                    prop_assert_eq!(
                        values(&live.world(), entity, property),
                        values(&again.world(), entity, property)
                    );
                }
            }
            let all = |knowledge: &mut Knowledge| {
                let mut out = Vec::new();
                knowledge.entail(&mut out).unwrap();
                String::from_utf8(out)
                    .unwrap()
                    .lines()
                    .map(str::to_owned)
                    .collect::<BTreeSet<_>>()
            };
            let (live, again) = (all(&mut live), all(&mut again));
            let apart: Vec<_> = live.symmetric_difference(&again).collect();
            prop_assert!(apart.is_empty(), "{apart:?}");
            Ok(())
        })
        .unwrap();
}

#[test]
fn observations_and_what_they_amount_to_leave_the_same_world() {
    let text = format!("{END}e:web a e:Server . e:db a e:Server . e:d1 a e:Disk . e:d2 a e:Disk .");
    let (cells, things) = (["near", "disks", "boot"], ["d1", "d2", "web"]);
    for seed in 0..40_usize {
        // Moments that go back and forth, sets that are whole and partial.
        let mut number = seed.wrapping_mul(2_654_435_761) + 12_345;
        let mut next = |below: usize| {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (number >> 33) % below
        };
        let facts: Vec<ObservedFact> = (0..30)
            .map(|_| {
                let values: Vec<_> = (0..next(3)).map(|_| thing(things[next(3)])).collect();
                let at = format!("2025-01-{:02}T00:00:00Z", 1 + next(9));
                observed(
                    ["web", "db"][next(2)],
                    cells[next(3)],
                    &values,
                    &at,
                    next(3) > 0,
                )
            })
            .collect();
        let (mut all, mut few) = (knowledge(&text), knowledge(&text));
        for fact in &facts {
            all.observe(std::slice::from_ref(fact));
        }
        let mut at_once = knowledge(&text);
        at_once.observe(&facts);
        few.observe(&crate::amounting_to(facts));
        let (ours, theirs) = (closure_of_things(&mut all), closure_of_things(&mut at_once));
        let apart: Vec<_> = ours.symmetric_difference(&theirs).collect();
        assert!(apart.is_empty(), "seed {seed}: {apart:?}");
        let (all, few) = (all.world(), few.world());
        let at_once = at_once.world();
        for entity in ["web", "db", "d1", "d2"] {
            for property in cells {
                let known = values(&all, entity, property);
                assert_eq!(known, values(&few, entity, property), "seed {seed}");
                assert_eq!(known, values(&at_once, entity, property), "seed {seed}");
                let (entity, property) = (iri(entity), iri(property));
                assert_eq!(
                    all.observation(&entity, &property),
                    at_once.observation(&entity, &property),
                    "seed {seed}"
                );
            }
        }
    }
}

/// Statements about things, and about what an ontology is made of.
const SAYABLE: &[&str] = &[
    "e:web a e:Server",
    "e:new a e:Server",
    "e:web e:serverState e:running",
    "e:web e:serverState e:stopped",
    "e:web e:disks e:d1",
    "e:new e:disks e:d2",
    "e:d1 a e:Disk",
    "e:web samos:knownEmpty e:disks",
    "e:new e:size 3",
    "e:other a e:State",
    "e:web rdfs:label \"web\"",
    "e:Big rdfs:subClassOf e:Server",
    "e:big a e:Big",
    "e:holds rdfs:subPropertyOf e:disks",
    "e:new e:holds e:d1",
    "e:disks a owl:FunctionalProperty",
    "e:web owl:sameAs e:new",
    "e:Start a e:Server",
    "e:Cloud rdfs:subClassOf samos:CloudServiceProvider",
    "e:Server rdfs:subClassOf e:Cloud",
    "e:acme a e:Cloud",
    "e:bucket a e:Cloud ; a samos:Entity",
    "e:halting samos:precondition \"subject.serverState == e:running\"",
    "e:halting samos:precondition \"subject.serverState is\"",
    "e:halting samos:postcondition \"subject.serverState = e:stopped\"",
    "e:halting samos:parameter \"(disk: e:Disk)\"",
    "e:halting samos:outcome \"(disk: e:Disk) reads subject.boot\"",
    "e:halting samos:category samos:IaaS",
    "e:halting samos:cost 3.0 ; samos:duration 20.0",
    "e:halting owl:annotatedTarget e:Start",
    "e:halting owl:annotatedSource e:Server",
    "e:Server samos:hasSMR e:Halt",
];

/// An operation whose specification has a name.
const HALT: &str = "e:Halt a samos:Operation . e:Server samos:hasSMR e:Halt .
e:halting a owl:Axiom ; owl:annotatedSource e:Server ; owl:annotatedProperty samos:hasSMR ; owl:annotatedTarget e:Halt ; samos:category samos:IaaS .";

/// What is known, as it would be if all had been worked out from the statements alone.
fn anew(knowledge: &Knowledge) -> Knowledge {
    let mut anew = knowledge.clone();
    anew.changed();
    anew
}

fn closure(knowledge: &mut Knowledge) -> BTreeSet<String> {
    let mut lines = Vec::new();
    knowledge.entail(&mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    lines.lines().map(str::to_owned).collect()
}

/// Without what is said about the graphs that observations stand in, which may be fewer.
fn closure_of_things(knowledge: &mut Knowledge) -> BTreeSet<String> {
    let mut lines = closure(knowledge);
    lines.retain(|line| !line.contains("urn:samos:observed"));
    lines
}

/// The same, closed and opened again.
fn reopened(knowledge: &mut Knowledge, text: &str) -> Knowledge {
    let image = knowledge.image().unwrap();
    Knowledge::of_image(&image, &sources(text)).unwrap()
}

#[test]
fn an_image_that_is_damaged_or_of_something_else_is_none() {
    let text = format!("{END}e:web a e:Server .");
    let mut whole = knowledge(&text);
    whole.observe(&[observed("web", "disks", &[], "2026-01-01T00:00:00Z", true)]);
    let image = whole.image().unwrap();
    assert!(Knowledge::of_image(&image, &sources(&text)[1..]).is_none());
    for at in (0..image.len()).step_by(97) {
        assert!(Knowledge::of_image(&image[..at], &sources(&text)).is_none());
        let mut damaged = image.clone();
        damaged[at] ^= 16;
        assert!(
            Knowledge::of_image(&damaged, &sources(&text)).is_none(),
            "{at}"
        );
    }
    // Where something stands is known as before.
    let places = |knowledge: &mut Knowledge| -> Vec<_> {
        let world = knowledge.world();
        let places = world.operations().iter().map(|one| one.place.clone());
        places.collect()
    };
    let mut again = reopened(&mut whole, &text);
    assert_eq!(places(&mut again), places(&mut whole));
    assert!(again.validate() == whole.validate());
    let _ = whole.load(&Source::new("broken.ttl", "e:broken", Format::Turtle));
    assert!(whole.image().is_none(), "what was refused is in no image");
}

#[test]
fn a_changed_specification_is_understood_without_the_others() {
    let mut knowledge = knowledge(&format!("{END}{HALT}"));
    knowledge.settle();
    knowledge
        .update("INSERT DATA { e:halting samos:precondition \"subject.serverState == e:running\" ; samos:cost 2.0 }")
        .unwrap();
    assert!(knowledge.catalogue.is_some(), "in place");
    let mut anew = anew(&knowledge);
    let (ours, theirs) = (knowledge.world(), anew.world());
    assert_eq!(ours.operations(), theirs.operations());
    assert_eq!(ours.made_from().ontology, theirs.made_from().ontology);
    let halt = ours.operation(&iri("Halt")).unwrap();
    assert_eq!(halt.precondition.conjuncts.len(), 1);
    // What is wrong is said, and mended.
    let wrong = "e:halting samos:postcondition \"subject.serverState = \"";
    knowledge
        .update(&format!("INSERT DATA {{ {wrong} }}"))
        .unwrap();
    assert!(
        ours.operation(&iri("Halt")).is_some(),
        "who looked before sees what was before"
    );
    assert!(knowledge.world().operation(&iri("Halt")).is_none());
    assert_eq!(knowledge.validate().len(), 1);
    knowledge
        .update(&format!("DELETE DATA {{ {wrong} }}"))
        .unwrap();
    assert!(knowledge.world().operation(&iri("Halt")).is_some());
    assert_eq!(knowledge.validate().len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn updates_in_place_say_what_working_it_out_anew_says(
        updates in proptest::collection::vec((any::<bool>(), 0..SAYABLE.len(), any::<bool>(), any::<bool>()), 1..14),
    ) {
        let text = format!("{END}e:web a e:Server .\n{HALT}");
        let mut knowledge = knowledge(&text);
        let seen = observed("web", "serverState", &[thing("stopped")], "2026-01-01T00:00:00Z", true);
        for (inserts, said, looks, reopens) in updates {
            if reopens {
                knowledge = reopened(&mut knowledge, &text);
            }
            let verb = if inserts { "INSERT" } else { "DELETE" };
            let said = SAYABLE[said];
            knowledge.update(&format!("{verb} DATA {{ {said} }}")).unwrap();
            if looks {
                // A catalogue is kept where nothing but things was touched.
                knowledge.settle();
                knowledge.observe(std::slice::from_ref(&seen));
            }
            let mut anew = anew(&knowledge);
            prop_assert_eq!(closure(&mut knowledge), closure(&mut anew), "after {} {}", verb, said);
            let (ours, theirs) = (knowledge.world(), anew.world());
            prop_assert_eq!(ours.made_from().ontology, theirs.made_from().ontology, "after {} {}", verb, said);
            prop_assert_eq!(ours.operations(), theirs.operations());
            let codes = |world: &Snapshot| world.catalogue.findings.iter().map(ToString::to_string).collect::<Vec<_>>();
            prop_assert_eq!(codes(&ours), codes(&theirs), "after {} {}", verb, said);
        }
    }
}
