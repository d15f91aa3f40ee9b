//! No value can change what a request means: not the path, not a header, not the command it stands in.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Call, Error};

const FILE: &str = r#"
format: 1
library: ec2/test
service: compute
prefixes: {ec2: "https://w3id.org/samos/aws/ec2#"}
errors: [{class: invalid, status: [4xx]}, {class: unavailable, status: [5xx]}]
operations:
  ec2:RenameInstance:
    request:
      method: PUT
      path: "/servers/{subject.key}/names/{arguments.name}"
      query: {name: "{arguments.name}"}
      body: {xml: "<name>{arguments.name}</name>"}
"#;
const COMMANDS: &str = r#"
format: 1
library: ec2/socket
prefixes: {ec2: "https://w3id.org/samos/aws/ec2#"}
operations:
  ec2:RenameInstance:
    request: {command: "set server web/{arguments.name} state ready"}
"#;
const HEADERS: &str = r#"
format: 1
library: ec2/headers
service: compute
prefixes: {ec2: "https://w3id.org/samos/aws/ec2#"}
operations:
  ec2:RenameInstance:
    request: {method: PUT, path: /name, headers: {x-name: "{arguments.name}"}}
"#;

fn render(library: &str, name: &str) -> Result<Call, Error> {
    let (mappings, findings) =
        Mappings::load(&[("a.yaml", FILE), ("b.yaml", COMMANDS), ("c.yaml", HEADERS)]);
    assert!(findings.is_empty(), "{findings:?}");
    let request = request("ec2:RenameInstance", "ec2:web-1", &json!({ "name": name }));
    mappings.render(&*WORLD, &request, None, Some(library))
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        r"[a-z./%\\?#&;\r\n \x00{}<>\x22']{0,12}",
        Just("..".to_owned()),
        Just("%2e%2e/admin".to_owned()),
        Just("a; shutdown sessions server web/web1".to_owned()),
        Just("{subject.key}".to_owned()),
    ]
}

proptest! {
    #[test]
    fn a_value_is_one_segment_of_a_path(name in texts()) {
        match render("ec2/test", &name) {
            Ok(Call::Http { path, query, body, .. }) => {
                let segments: Vec<&str> = path.split('/').collect();
                prop_assert_eq!(segments.len(), 5, "{}", path);
                let last = segments[4];
                prop_assert!(last != "." && last != ".." && !last.is_empty());
                prop_assert!(last.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
                prop_assert_eq!(query, vec![("name".to_owned(), name)]);
                let Some(crate::Body::Xml(xml)) = body else { panic!("a body") };
                let inside = xml.strip_prefix("<name>").unwrap().strip_suffix("</name>").unwrap();
                prop_assert!(!inside.contains(['<', '>', '"']));
            }
            Ok(other) => panic!("{other:?}"),
            Err(Error::Unsafe { .. }) => {
                prop_assert!(name.is_empty() || name == "." || name == "..");
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_value_is_one_word_of_one_command(name in texts()) {
        match render("ec2/socket", &name) {
            Ok(Call::Socket { command }) => {
                let inside = command
                    .strip_prefix("set server web/").unwrap()
                    .strip_suffix(" state ready").unwrap();
                prop_assert_eq!(inside, name.as_str());
                prop_assert!(!inside.contains(['\n', '\r', ';', ' ', '\t', '\\', '<', '"', '\'', '#']));
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                prop_assert_eq!(error.code(), "A0403");
                prop_assert!(name.len() < 4 || !error.to_string().contains(name.as_str()));
            }
        }
    }

    #[test]
    fn a_value_never_ends_a_header(name in texts()) {
        match render("ec2/headers", &name) {
            Ok(Call::Http { headers, .. }) => {
                prop_assert!(!headers[0].1.chars().any(char::is_control));
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => prop_assert!(name.chars().any(char::is_control), "{error}"),
        }
    }

    #[test]
    fn no_text_breaks_the_reader_of_templates(text in ".*") {
        let _ = crate::template::Template::parse(&text);
    }
}
