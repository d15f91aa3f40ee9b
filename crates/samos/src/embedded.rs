//! The ontology files that are built in: the framework, always loaded, and the clouds, loaded where they are spoken of.
//!
//! In: the texts that are about to be loaded. Out: those built-in files that they need and do not bring themselves.

use samos_knowledge::{Format, Source};

/// A built-in file.
struct Embedded {
    /// Where it stands in the repository.
    name: &'static str,
    /// The ontology's IRI.
    ontology: &'static str,
    /// Text with which others speak of it; none means always.
    spoken_of: Option<&'static str>,
    text: &'static str,
}

macro_rules! embedded {
    ($($path:literal, $ontology:literal, $spoken_of:expr;)*) => {
        &[$(Embedded {
            name: concat!("ontology/", $path),
            ontology: $ontology,
            spoken_of: $spoken_of,
            text: include_str!(concat!("../../../ontology/", $path)),
        }),*]
    };
}

/// In the order of loading.
const FILES: &[Embedded] = embedded! {
    "samos.ttl", "https://w3id.org/samos", None;
    "resources.ttl", "https://w3id.org/samos/resources", None;
    "common.ttl", "https://w3id.org/samos/common", None;
    "clouds/aws/aws.ttl", "https://w3id.org/samos/aws", Some("https://w3id.org/samos/aws");
    "clouds/aws/ec2.ttl", "https://w3id.org/samos/aws/ec2", Some("https://w3id.org/samos/aws/ec2#");
    "clouds/aws/ebs.ttl", "https://w3id.org/samos/aws/ebs", Some("https://w3id.org/samos/aws/ec2#");
    "clouds/aws/elb.ttl", "https://w3id.org/samos/aws/elb", Some("https://w3id.org/samos/aws/elb#");
    "clouds/aws/rds.ttl", "https://w3id.org/samos/aws/rds", Some("https://w3id.org/samos/aws/rds#");
    "clouds/aws/s3.ttl", "https://w3id.org/samos/aws/s3", Some("https://w3id.org/samos/aws/s3#");
    "clouds/rackspace/rackspace.ttl", "https://w3id.org/samos/rackspace", Some("https://w3id.org/samos/rackspace");
    "clouds/rackspace/cloud-servers.ttl", "https://w3id.org/samos/rackspace/cloud-servers", Some("https://w3id.org/samos/rackspace#");
    "clouds/rackspace/load-balancers.ttl", "https://w3id.org/samos/rackspace/load-balancers", Some("https://w3id.org/samos/rackspace#");
    "clouds/rackspace/identity.ttl", "https://w3id.org/samos/rackspace/identity", Some("IdentityService");
    "clouds/openstack/openstack.ttl", "https://w3id.org/samos/openstack", Some("https://w3id.org/samos/openstack#");
    "clouds/openstack/network.ttl", "https://w3id.org/samos/openstack/network", Some("https://w3id.org/samos/openstack#");
    "clouds/openstack/compute.ttl", "https://w3id.org/samos/openstack/compute", Some("https://w3id.org/samos/openstack#");
    "clouds/openstack/image.ttl", "https://w3id.org/samos/openstack/image", Some("https://w3id.org/samos/openstack#");
    "clouds/libvirt/libvirt.ttl", "https://w3id.org/samos/libvirt", Some("https://w3id.org/samos/libvirt#");
    "clouds/haproxy/haproxy.ttl", "https://w3id.org/samos/haproxy", Some("https://w3id.org/samos/haproxy#");
};

const DEMO: &str = include_str!("../../../ontology/demo.trig");

/// The facts of the demo world.
pub(crate) fn demo() -> Source {
    Source::new("ontology/demo.trig", DEMO, Format::TriG)
}

/// All built-in files, without any facts.
pub(crate) fn all() -> Vec<Source> {
    FILES.iter().map(source).collect()
}

/// The built-in files that these sources need: the framework, and every cloud whose names they use. A file that
/// one of the sources is a version of stays out, so that an edited copy can be loaded in its place.
pub(crate) fn needed_by(sources: &[Source]) -> Vec<Source> {
    let mut taken: Vec<&Embedded> = Vec::new();
    loop {
        let before = taken.len();
        for file in FILES {
            if taken.iter().any(|other| other.name == file.name) {
                continue;
            }
            let texts = sources.iter().map(|source| &*source.text);
            let mut all = texts.clone().chain(taken.iter().map(|other| other.text));
            let needed = match file.spoken_of {
                None => true,
                Some(name) => {
                    let imported = format!("<{}>", file.ontology);
                    all.any(|text| text.contains(name) || text.contains(&imported))
                }
            };
            let heading = format!("<{}> a owl:Ontology", file.ontology);
            if needed && !texts.clone().any(|text| text.contains(&heading)) {
                taken.push(file);
            }
        }
        if taken.len() == before {
            break;
        }
    }
    FILES
        .iter()
        .filter(|file| taken.iter().any(|other| other.name == file.name))
        .map(source)
        .collect()
}

fn source(file: &Embedded) -> Source {
    Source::new(file.name, file.text, Format::Turtle)
}

#[cfg(test)]
mod tests {
    use super::{FILES, needed_by};
    use samos_knowledge::{Format, Source};

    fn names(text: &str) -> Vec<String> {
        let source = Source::new("world.ttl", text, Format::Turtle);
        needed_by(&[source])
            .into_iter()
            .map(|source| source.name)
            .collect()
    }

    #[test]
    fn the_framework_is_always_there_and_a_cloud_where_it_is_spoken_of() {
        assert_eq!(names("").len(), 3);
        let aws = names("@prefix ec2: <https://w3id.org/samos/aws/ec2#> .");
        assert!(aws.iter().any(|name| name.ends_with("ebs.ttl")), "{aws:?}");
        assert!(
            !aws.iter().any(|name| name.contains("rackspace")),
            "{aws:?}"
        );
    }

    #[test]
    fn an_edited_copy_takes_the_place_of_a_built_in_file() {
        let own = FILES
            .iter()
            .find(|file| file.name.ends_with("ec2.ttl"))
            .unwrap();
        assert!(!names(own.text).iter().any(|name| name.ends_with("ec2.ttl")));
    }

    #[test]
    fn every_built_in_file_declares_its_ontology() {
        for file in FILES {
            let heading = format!("<{}> a owl:Ontology", file.ontology);
            assert!(file.text.contains(&heading), "{}", file.name);
        }
    }
}
