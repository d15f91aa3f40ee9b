//! Whole requests: subjects, preconditions, what has to be read.

use samos_model::Request;
use samos_model::request::Way;

use super::*;
use crate::request::Concern;
use crate::{supplied_by, verify_request};

fn reading(estate: Estate) -> Estate {
    estate
        .operation(Kind::Information, "x:GetAddress", "x:Machine", "", "(address: x:Address) reads subject.address", "subject.state is samos:Running", "")
        .operation(Kind::Information, "x:List", "x:Service", "", "<machines: x:Machine> reads service.machines, <states: samos:State> reads machines.x:state", "unconditional", "")
        .operation(Kind::Information, "x:ListIn", "x:Service", "[(region: x:Region)], (page: xsd:integer = 1)", "<live: x:Machine> reads some region.live", "unconditional", "")
        .operation(Kind::Information, "x:Count", "x:Region", "", "<live: x:Machine> reads subject.live", "unconditional", "")
        .operation(Kind::Information, "x:Search", "x:Service", "[(word: xsd:string)]", "<found: x:Machine> reads some service.machines", "unconditional", "")
}

#[test]
fn a_false_condition_says_what_is_there_instead() {
    let world = with("", "subject.state is samos:Running", "");
    let found = check(&world, "x:web", &[]);
    assert_eq!(codes(&found), ["V0121"]);
    let finding = &found.findings[0];
    assert_eq!(finding.about, "subject.state is samos:Running");
    assert_eq!(
        finding.message,
        "`subject.state is samos:Running` is false: `state` of `x:web` is `x:stopped` (observed 2026-11-21T10:00:00Z by x:GetState)"
    );
    assert_eq!(found.concerns, [Concern::Conjunct(0)]);
    assert!(check(&world, "x:db", &[]).ready);
    let world = with("(n: xsd:integer = 1)", "n > 3", "");
    assert_eq!(
        check(&world, "x:db", &[]).findings[0].message,
        "`n > 3` is false"
    );
}

#[test]
fn an_unknown_condition_needs_the_request_that_reads_it() {
    let world = reading(with("", "exists subject.address", ""));
    let found = check(&world, "x:web", &[]);
    assert_eq!(codes(&found), ["V0122"]);
    assert_eq!(found.needs.len(), 1);
    let need = &found.needs[0];
    assert_eq!(
        (&need.entity, &need.property),
        (&iri("x:web"), &iri("x:address"))
    );
    assert_eq!(need.reads[0].operation, iri("x:GetAddress"));
    assert_eq!(
        found.findings[0].options,
        [Way::Read {
            operation: iri("x:GetAddress"),
            subject: iri("x:web"),
            ready: false
        }]
    );
    assert_eq!(
        found.findings[0].help,
        "read it by `x:GetAddress` on `x:web`"
    );
    let found = check(&world, "x:db", &[]);
    assert!(matches!(
        &found.findings[0].options[..],
        [Way::Read { ready: true, .. }]
    ));
}

#[test]
fn what_no_operation_reads_must_be_stated() {
    let world = with("", "subject.size < 3", "");
    let found = check(&world, "x:web", &[]);
    assert_eq!(
        found.findings[0].help,
        "state it as a fact: no operation reads it"
    );
    assert_eq!(found.needs[0].reads, []);
}

#[test]
fn a_listing_reads_through_the_service_and_a_parameter_through_its_argument() {
    let world = reading(with("", "x:north.live contains subject", ""))
        .entity("x:new", &["x:Machine"])
        .fact("x:new", "samos:service", "x:service");
    let found = check(&world, "x:web", &[]);
    let reads: Vec<_> = found.needs[0]
        .reads
        .iter()
        .map(|one| world.compact(&one.operation))
        .collect();
    // The one that reads all of it comes first.
    assert_eq!(reads, ["x:Count", "x:ListIn"]);
    assert_eq!(found.needs[0].reads[1].subject, iri("x:service"));
    assert_eq!(
        found.needs[0].reads[1].arguments.get("region"),
        Some(&vec![entity("x:north")])
    );

    let world = reading(with("", "subject.state is samos:Running", ""))
        .entity("x:new", &["x:Machine"])
        .fact("x:new", "samos:service", "x:service");
    let found = check(&world, "x:new", &[]);
    assert_eq!(found.needs[0].reads[0].operation, iri("x:List"));
    assert_eq!(found.needs[0].reads[0].subject, iri("x:service"));
    // Known to stand in the listing already.
    let world = world.fact("x:service", "x:machines", "x:new");
    assert_eq!(check(&world, "x:new", &[]).needs[0].reads.len(), 1);
}

#[test]
fn a_need_is_named_once_and_a_search_that_asks_for_more_is_none() {
    let world = reading(with(
        "",
        "exists service.machines and count(service.machines) < 9",
        "",
    ));
    let found = check(&world, "x:web", &[]);
    assert_eq!(codes(&found), ["V0122", "V0122"]);
    assert_eq!(found.needs.len(), 1);
    let reads: Vec<_> = found.needs[0]
        .reads
        .iter()
        .map(|one| world.compact(&one.operation))
        .collect();
    assert_eq!(reads, ["x:List"]);
}

#[test]
fn a_condition_on_a_missing_parameter_waits_for_it() {
    let world = with(
        "[(image: x:Image)], (level: x:Level), (other: x:Image)",
        "image.region == subject.region and level == \"high\" and exists other.region",
        "",
    );
    let found = check(&world, "x:web", &[]);
    assert_eq!(codes(&found), ["V0112", "V0123"]);
    assert_eq!(found.findings[1].help, "give `image`");
    assert!(found.needs.is_empty());
    // What was given wrongly is not as if it were not given.
    let found = check(&world, "x:web", &["image=img-1", "level=middle"]);
    assert_eq!(codes(&found), ["V0116", "V0122", "V0123"]);
}

#[test]
fn the_place_that_an_effect_changes_must_be_known() {
    let world = with(
        "(image: x:Image)",
        "unconditional",
        "subject.region.live += subject and clear image.region.live",
    );
    assert!(check(&world, "x:web", &[]).ready);
    let found = check(&world, "x:db", &[]);
    assert_eq!(codes(&found), ["V0124"]);
    assert_eq!(found.concerns, [Concern::Effect(0)]);
    assert_eq!(found.needs[0].property, iri("x:region"));
    let world = with(
        "[(image: x:Image)]",
        "unconditional",
        "clear image.region.live and delete subject.address",
    );
    assert_eq!(codes(&check(&world, "x:web", &[])), ["V0112", "V0124"]);
    let world = cloud().operation(
        Kind::Manipulation,
        "x:Do",
        "x:Machine",
        "",
        "<new: x:Machine>",
        "unconditional",
        "create new * subject.size and new.state = x:running",
    );
    assert_eq!(codes(&check(&world, "x:web", &[])), ["V0124"]);
    assert!(check(&world, "x:db", &[]).ready);
}

#[test]
fn the_subject_must_be_of_the_type_and_of_the_provider() {
    let world = with("[(n: x:Port)]", "subject.state is samos:Running", "");
    let found = check(&world, "x:disk", &[]);
    assert_eq!(
        codes(&found),
        ["V0103", "V0112"],
        "no condition is judged for what is no subject"
    );
    assert_eq!(
        found.findings[0].message,
        "`x:Do` is asked of a `x:Machine`, and `x:disk` is `x:Volume`"
    );
    assert_eq!(codes(&check(&world, "x:nobody", &["n=1"])), ["V0102"]);
    let world = world.entity("y:mine", &["x:Machine"]);
    let found = check(&world, "y:mine", &["n=1"]);
    assert_eq!(codes(&found), ["V0104"]);
    assert!(
        found.findings[0].message.contains("`y:cloud`"),
        "{}",
        found.findings[0].message
    );
}

#[test]
fn a_request_of_values_is_verified_by_name() {
    let world = with("[(image: x:Image)]", "unconditional", "");
    let request = Request {
        operation: iri("x:Do"),
        subject: iri("x:web"),
        arguments: [(Name::from("image"), vec![entity("x:image")])].into(),
    };
    let found = verify_request(&world, &request);
    assert!(found.ready);
    assert_eq!(found.request(), request);
    assert_eq!(supplied_by(&request.arguments).len(), 1);
    let unknown = Request {
        operation: iri("x:Doo"),
        ..request
    };
    let found = verify_request(&world, &unknown);
    assert_eq!(codes(&found), ["V0101"]);
    assert_eq!(found.findings[0].help, "did you mean `x:Do`?");
    let unknown = Request {
        operation: iri("z:SomethingElse"),
        ..unknown
    };
    assert!(
        verify_request(&world, &unknown).findings[0]
            .help
            .starts_with("`samos get")
    );
}

#[test]
fn every_conjunct_is_shown_with_its_truth_and_its_facts() {
    let world = with(
        "",
        "subject.state is samos:Stopped and subject.size < 3",
        "",
    );
    let found = check(&world, "x:web", &[]);
    let truths: Vec<_> = found.conditions.iter().map(|one| one.truth).collect();
    assert_eq!(
        truths,
        [samos_model::Truth::True, samos_model::Truth::Unknown]
    );
    assert!(found.conditions[0].because[0].contains("observed"));
    assert_eq!(
        found.conditions[1].because,
        ["`size` of `x:web` is not known"]
    );
}
