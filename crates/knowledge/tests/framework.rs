//! The framework, its clouds and the demo world, loaded as they stand in `ontology/`.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

use std::path::{Path, PathBuf};

use samos_knowledge::{Format, Knowledge};
use samos_model::{Iri, Severity, World as _};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            files(&entry, found);
        } else if Format::of_file(&entry.display().to_string())
            .is_some_and(|format| format != Format::JsonLd)
        {
            found.push(entry);
        }
    }
}

fn everything() -> Knowledge {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ontology"),
        &mut found,
    );
    let mut knowledge = Knowledge::new();
    for file in found {
        let report = knowledge.load_file(&file);
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
    knowledge
}

#[test]
fn everything_in_the_ontology_folder_is_sound() {
    let mut knowledge = everything();
    let findings = knowledge.validate();
    let errors: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let world = knowledge.world();
    assert!(world.operations().len() > 100);
    assert!(
        world
            .operations()
            .iter()
            .all(|operation| operation.provider.is_some())
    );
}

#[test]
fn one_query_tells_which_operations_need_a_stopped_instance() {
    let mut knowledge = everything();
    let answer = knowledge.query("SELECT ?op WHERE { ?op samos:requiresState samos:Stopped ; samos:subjectType ec2:Instance }").unwrap();
    let operations: Vec<String> = answer.table().1.into_iter().flatten().collect();
    assert!(
        operations.contains(&"ec2:StartInstance".to_owned()),
        "{operations:?}"
    );
    assert!(
        !operations.contains(&"ec2:StopInstance".to_owned()),
        "{operations:?}"
    );
}

#[test]
fn the_order_in_which_files_are_loaded_does_not_matter() {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ontology"),
        &mut found,
    );
    let worlds = [found.clone(), found.into_iter().rev().collect()].map(|files| {
        let mut knowledge = Knowledge::new();
        for file in &files {
            knowledge.load_file(file);
        }
        knowledge.world()
    });
    let [first, second] = &worlds;
    assert_eq!(first.made_from(), second.made_from());
    let specifications = |operations: &[samos_model::Operation]| -> Vec<_> {
        operations
            .iter()
            .map(|operation| {
                (
                    operation.iri.clone(),
                    operation.precondition.clone(),
                    operation.postcondition.clone(),
                )
            })
            .collect()
    };
    assert_eq!(
        specifications(first.operations()),
        specifications(second.operations())
    );
    let instance = Iri::from("https://w3id.org/samos/aws/ec2#Instance");
    assert_eq!(first.entities_of(&instance), second.entities_of(&instance));
}

#[test]
fn classes_with_things_are_those_that_list_some() {
    let world = everything().world();
    let class = Iri::from("http://www.w3.org/2002/07/owl#Class");
    let classes = world.entities_of(&class);
    let (with, without): (Vec<_>, Vec<_>) =
        classes.iter().partition(|class| world.has_entities(class));
    assert!(with.len() > 20 && without.len() > 20);
    for class in classes {
        let is_empty = world.entities_of(&class).is_empty();
        assert_eq!(world.has_entities(&class), !is_empty, "{class}");
    }
}

#[test]
fn the_lineage_of_named_types_says_what_asking_for_each_says() {
    let mut knowledge = everything();
    let more = "@prefix ec2: <https://w3id.org/samos/aws/ec2#> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix e: <https://example.org/lineage#> .
        e:Upper a owl:Class . ec2:Instance rdfs:subClassOf e:Upper . e:Upper owl:equivalentClass ec2:Volume .";
    let source = samos_knowledge::Source::new("more.ttl", more, Format::Turtle);
    assert!(knowledge.load(&source).findings.is_empty());
    let world = knowledge.world();
    let (lineage, bearings) = (world.lineage(), world.bearings());
    let mut above_others = 0;
    for (number, of_type) in bearings.types().iter().enumerate() {
        let own = lineage.above(number).iter();
        let mut own: Vec<&Iri> = own.filter_map(|one| bearings.types().get(*one)).collect();
        own.sort_unstable();
        let asked = world.types_above(of_type);
        let asked = asked.iter().filter(|one| bearings.number(one).is_some());
        assert_eq!(own, asked.collect::<Vec<_>>(), "{of_type}");
        above_others += usize::from(own.len() > 1);
        let named = bearings.types().iter();
        let below = named.filter(|one| world.is_subtype(one, of_type));
        let mut below: Vec<Iri> = below.cloned().collect();
        below.sort_unstable();
        assert_eq!(world.types_below(of_type), below, "{of_type}");
    }
    assert!(above_others > 20, "{above_others}");
    // Nothing names this one, and something stands below it that operations do name.
    let upper = Iri::from("https://example.org/lineage#Upper");
    assert_eq!(bearings.number(&upper), None);
    assert!(world.types_below(&upper).len() > 1);
}
