//! Every entry of the mappings of AWS against the models that it is sent by.

use std::path::{Path, PathBuf};

use samos_drivers::aws::Catalogue;
use samos_knowledge::{Format, Knowledge, Snapshot, Source};
use samos_mapping::{BUILT_IN, Mappings, ModelShapes as _};

use crate::fetch::botocore;

fn world() -> Snapshot {
    fn walk(at: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "ttl") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ontology"),
        &mut found,
    );
    let mut knowledge = Knowledge::new();
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let report = knowledge.load(&Source::new(path.to_string_lossy(), text, Format::Turtle));
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
    knowledge.world()
}

fn catalogue() -> Catalogue {
    Catalogue::open(&botocore()).unwrap()
}

#[test]
fn every_entry_is_as_the_vendors_models_have_it() {
    let (mappings, findings) = Mappings::load(BUILT_IN);
    assert!(findings.is_empty(), "{findings:?}");
    let (world, models) = (world(), catalogue());
    let findings = mappings.validate_models(&world, &models);
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(texts.is_empty(), "{}:\n{}", texts.len(), texts.join("\n"));
    // All of them were looked at: no service is one that there is no model of.
    for service in ["ec2", "elb", "rds", "s3"] {
        assert!(models.has_service(service), "{service}");
    }
}

#[test]
fn a_fault_planted_in_any_service_is_found() {
    let (world, models) = (world(), catalogue());
    for (file, right, wrong, told) in [
        (
            "aws/ec2.yaml",
            "InstanceIds:",
            "InstanceIdentifiers:",
            "has no member `InstanceIdentifiers`",
        ),
        (
            "aws/elb.yaml",
            "LoadBalancerName:",
            "LoadBalancerNam:",
            "did you mean `LoadBalancerName`",
        ),
        (
            "aws/rds.yaml",
            "DBInstances[",
            "DBInstancez[",
            "has no `DBInstancez` there",
        ),
        ("aws/s3.yaml", "Bucket:", "Buckt:", "requires `Bucket`"),
        (
            "aws/library.yaml",
            "KMSKeyNotAccessibleFault",
            "KMSKeyNotAccessibleFaul",
            "has no class",
        ),
    ] {
        let faulty: Vec<(&str, String)> = BUILT_IN
            .iter()
            .map(|(name, text)| match name.ends_with(file) {
                true => (*name, text.replace(right, wrong)),
                false => (*name, (*text).to_owned()),
            })
            .collect();
        let (mappings, _) = Mappings::load(&faulty);
        let findings = mappings.validate_models(&world, &models);
        let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
        let is_told = |text: &&String| text.to_lowercase().contains(&told.to_lowercase());
        assert!(texts.iter().any(|text| is_told(&text)), "{file}: {texts:?}");
    }
}
