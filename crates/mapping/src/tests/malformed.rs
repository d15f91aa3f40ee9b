//! What is wrong with a file or an answer is said, with its place.

use serde_json::json;

use super::*;
use crate::ApiError;

fn findings(operations: &str) -> Vec<String> {
    let text = format!(
        "format: 1\nlibrary: aws/test\nservice: ec2\nprefixes: {{ec2: \"https://w3id.org/samos/aws/ec2#\"}}\nerrors: [{{class: invalid, status: [4xx]}}, {{class: lost, status: [5xx]}}]\noperations:\n{operations}"
    );
    let (mappings, mut findings) = Mappings::load(&[("x.yaml", text)]);
    findings.extend(mappings.validate(&*WORLD));
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_wrong_mapping_is_told_what_is_wrong_and_where() {
    for (operations, told) in [
        (
            "  ec2:StartInstanse:\n    request: {operation: StartInstances}\n",
            "x.yaml:7:3: [A0201] `ec2:StartInstanse` is not specified (Did you mean `StartInstance`?)",
        ),
        (
            "  ec2:ModifyInstanceType:\n    request: {operation: M, input: {A: \"{arguments.typ.key}\"}}\n",
            "has no parameter `typ` (Did you mean `type`?)",
        ),
        (
            "  ec2:ModifyInstanceType:\n    request: {operation: M}\n",
            "x.yaml:7:3: [A0203] `ModifyInstanceType` places its mandatory parameter `type` nowhere",
        ),
        (
            "  ec2:ModifyInstanceType:\n    request: {operation: M, input: {A: \"{arguments.type}\"}}\n",
            "x.yaml:8:42: [A0207]",
        ),
        (
            "  ec2:StartInstance:\n    request: {operation: M, input: {A: \"{subject.stat.key}\"}}\n",
            "has no property `stat`",
        ),
        (
            "  ec2:StartInstance:\n    request: {operation: M, input: {A: \"{subject.key\"}}\n",
            "[A0102]",
        ),
        (
            "  ec2:GetInstanceState:\n    request: {operation: M}\n    outcomes: {stat: A}\n",
            "has no outcome `stat` (Did you mean `state`?)",
        ),
        (
            "  ec2:GetInstanceState:\n    request: {operation: M}\n",
            "[A0205]",
        ),
        (
            "  ec2:GetInstanceState:\n    request: {operation: M}\n    outcomes: {state: \"a[\"}\n",
            "[A0103]",
        ),
        (
            "  ec2:GetInstanceState:\n    request: {operation: M}\n    outcomes: {state: {path: A, words: {on: runing}}}\n",
            "[A0208] `runing` is no `ec2:InstanceState`",
        ),
        (
            "  ec2:StartInstance:\n    request: one-instance\n",
            "[A0104] `one-instance` is no request of this file",
        ),
        (
            "  ec2:StartInstance:\n    request: {operation: M, imput: {}}\n",
            "x.yaml:8:29: [A0101] unknown field `imput`",
        ),
        (
            "  ec2:StartInstance:\n    request: {operation: M}\n    confirm: {poll: ec2:StopInstance, delay_ms: 1, limit: 1}\n",
            "[A0210]",
        ),
        ("  ec2:StartInstance: [\n", "[A0101]"),
    ] {
        let findings = findings(operations);
        assert!(
            findings.iter().any(|finding| finding.contains(told)),
            "{operations}\n{told}\n{findings:#?}"
        );
    }
}

#[test]
fn an_answer_of_another_shape_is_an_error_and_no_fact() {
    let mappings = mappings();
    let request = request("ec2:GetInstanceState", "ec2:web-1", &json!({}));
    let call = mappings.render(&*WORLD, &request, None, None).unwrap();
    let read = |document: serde_json::Value| {
        let answer = Answer {
            status: 200,
            document,
            ..Answer::default()
        };
        mappings.read(&*WORLD, &request, &call, &answer)
    };
    let state = |state: serde_json::Value| json!({"Reservations": [{"Instances": [{"State": {"Name": state}}]}]});
    assert!(read(state(json!("running"))).is_ok());
    for (document, told) in [
        (
            state(json!("sleeping")),
            "`sleeping` is no `ec2:InstanceState`",
        ),
        (state(json!({"Code": 16})), "the answer has an object"),
        (
            state(json!(["running", "stopped"])),
            "2 values where there is one",
        ),
        (
            json!({"Reservations": [{"Instances": [{"State": {"Name": [["running"]]}}]}]}),
            "the answer has a list",
        ),
    ] {
        let error = read(document.clone()).unwrap_err();
        assert!(
            matches!(&error, CallError::Lost { message } if message.contains(told)),
            "{document}: {error}"
        );
    }
    // Nothing is no fact, where there must be something.
    for document in [json!("<html>"), json!(null), json!([]), json!({})] {
        assert!(matches!(read(document), Err(CallError::Lost { .. })));
    }
}

#[test]
fn what_was_made_must_be_named() {
    let mappings = mappings();
    let request = request("ec2:AllocateAddress", "ec2:demo-service", &json!({}));
    let call = mappings.render(&*WORLD, &request, None, None).unwrap();
    let answer = Answer {
        status: 200,
        document: json!({"PublicIp": "203.0.113.9"}),
        ..Answer::default()
    };
    let error = mappings
        .read(&*WORLD, &request, &call, &answer)
        .unwrap_err();
    assert!(
        error.to_string().contains("the answer does not hold it"),
        "{error}"
    );
}

#[test]
fn errors_are_classed_by_the_entry_then_the_library_then_their_status() {
    let mappings = mappings();
    let request = request("ec2:StartInstance", "ec2:web-1", &json!({}));
    let call = mappings.render(&*WORLD, &request, None, None).unwrap();
    for (status, code, told) in [
        (400, "IncorrectInstanceState", "refused (state)"),
        (400, "InvalidInstanceID.NotFound", "refused (not found)"),
        (400, "UnauthorizedOperation", "refused (denied)"),
        (503, "RequestLimitExceeded", "refused (throttled)"),
        (400, "InstanceLimitExceeded", "refused (quota)"),
        (500, "InternalError", "no answer"),
        (418, "Teapot", "refused (invalid)"),
    ] {
        let answer = Answer {
            status,
            error: Some(ApiError {
                code: code.to_owned(),
                message: "so it is".to_owned(),
                fields: json!({}),
            }),
            ..Answer::default()
        };
        let error = mappings
            .read(&*WORLD, &request, &call, &answer)
            .unwrap_err();
        assert!(error.to_string().starts_with(told), "{code}: {error}");
    }
}

/// A model of one operation.
struct OneOperation;

impl crate::ModelShapes for OneOperation {
    fn has_service(&self, service: &str) -> bool {
        service == "ec2"
    }

    fn operations(&self, _: &str) -> Vec<String> {
        vec!["StartInstances".to_owned()]
    }

    fn input(&self, _: &str, operation: &str) -> Option<crate::MemberShape> {
        use crate::MemberShape::{Boolean, List, Number, Structure, Text};
        let ids = List(Box::new(Text));
        (operation == "StartInstances").then(|| {
            Structure(vec![
                ("InstanceIds".to_owned(), true, ids),
                ("DryRun".to_owned(), false, Boolean),
                ("Count".to_owned(), false, Number),
            ])
        })
    }

    fn output(&self, _: &str, operation: &str) -> Option<crate::MemberShape> {
        use crate::MemberShape::{List, Structure, Text};
        let change = Structure(vec![("InstanceId".to_owned(), false, Text)]);
        let changes = List(Box::new(change));
        (operation == "StartInstances")
            .then(|| Structure(vec![("StartingInstances".to_owned(), false, changes)]))
    }

    fn errors(&self, _: &str, _: &str) -> Vec<(String, u16)> {
        vec![("NotNow".to_owned(), 400)]
    }
}

#[test]
fn an_entry_is_held_against_the_vendors_model() {
    let told_of = |request: &str, rest: &str| {
        let text = format!(
            "format: 1\nlibrary: aws/test\nservice: ec2\nprefixes: {{ec2: \"https://w3id.org/samos/aws/ec2#\"}}\noperations:\n  ec2:StartInstance:\n    request: {request}\n    {rest}\n"
        );
        let (mappings, findings) = Mappings::load(&[("x.yaml", text)]);
        assert!(findings.is_empty(), "{findings:?}");
        let findings = mappings.validate_models(&*WORLD, &OneOperation);
        findings.iter().map(ToString::to_string).collect::<String>()
    };
    let classed = "errors: [{class: state, code: [NotNow]}]";
    let told = |request: &str| told_of(request, classed);
    let right = "{operation: StartInstances, input: {InstanceIds: [\"{subject.key}\"]}}";
    assert_eq!(told(right), "");
    assert!(told_of(right, "").contains("error `NotNow` of `StartInstances` has no class"));
    // A status that every error has is no class of this one.
    let by_status = "errors: [{class: invalid, status: [4xx]}]";
    assert!(told_of(right, by_status).contains("`NotNow`"));
    for (path, is_there) in [
        ("StartingInstances[].InstanceId", true),
        (
            "StartingInstances[?InstanceId=='i-1'] | [0].InstanceId",
            true,
        ),
        ("length(StartingInstances)", true),
        ("[Elsewhere, StartingInstances] | [1]", false),
        ("StartingInstances[].InstanceIdentifier", false),
        ("StartingInstances.InstanceId", false),
    ] {
        let rest = format!("{classed}\n    outcomes: {{state: \"{path}\"}}");
        assert_eq!(
            told_of(right, &rest).is_empty(),
            is_there,
            "{path}: {}",
            told_of(right, &rest)
        );
    }
    for (request, expected) in [
        (
            "{operation: StartInstanses}",
            "x.yaml:7:26: [A0301] `ec2` has no operation `StartInstanses` (Did you mean `StartInstances`?)",
        ),
        (
            "{operation: StartInstances, input: {InstanceId: [\"{subject.key}\"]}}",
            "has no member `InstanceId` (Did you mean `InstanceIds`?)",
        ),
        (
            "{operation: StartInstances}",
            "[A0302] `StartInstances` requires `InstanceIds`",
        ),
        (
            "{operation: StartInstances, input: {InstanceIds: [a], DryRun: [true]}}",
            "`StartInstances.DryRun` is true or false",
        ),
        (
            "{operation: StartInstances, input: {InstanceIds: [a], Count: \"{subject.key}\"}}",
            "`StartInstances.Count` is a number",
        ),
        (
            "{operation: StartInstances, input: {InstanceIds: \"{subject.key}\"}}",
            "`StartInstances.InstanceIds` is a list",
        ),
    ] {
        assert!(
            told(request).contains(expected),
            "{request}: {}",
            told(request)
        );
    }
}

#[test]
fn the_example_of_the_readme_can_be_read() {
    let readme = std::fs::read_to_string(root().join("mappings/README.md")).unwrap();
    let example = readme.split("```yaml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let (mappings, findings) = Mappings::load(&[("README.md", example)]);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(mappings.operations().count(), 3);
    let schema: serde_json::Value = serde_json::from_str(crate::SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&yaml(example)));
}
