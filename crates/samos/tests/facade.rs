//! The facade as an embedder meets it: names, questions, runs that are kept, and input that is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails a test"
)]

use std::path::{Path, PathBuf};

use samos::access::{AccountProfile, Credentials, Environment};
use samos::model::vocabulary::{rdf, samos as terms};
use samos::{
    Ending, Error, Fault, Format, GoingOn, Iri, Limits, Plan, Question, RunOptions, Samos, Source,
    TaskId, changes_of,
};

/// A folder that is gone again at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("facade-{name}"));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn message(error: &Error) -> String {
    error.to_string()
}

fn plan(samos: &Samos, goal: &str) -> Plan {
    let question = Question {
        goal: Some(goal.to_owned()),
        ..Question::default()
    };
    let answer = samos.plan(&samos.goal(&question).unwrap()).unwrap();
    answer.plans.into_iter().next().expect("there is a plan")
}

#[test]
fn a_name_may_be_bare_prefixed_or_full() {
    let samos = Samos::demo().unwrap();
    let full = "https://w3id.org/samos/aws/ec2#web-1";
    for name in ["web-1", "ec2:web-1", full, &format!("<{full}>")] {
        assert_eq!(samos.entity(name).unwrap().as_str(), full, "{name}");
    }
    let error = samos.entity("ec2:web-l").unwrap_err();
    assert!(
        message(&error).contains("did you mean `ec2:web-"),
        "{error}"
    );
    let error = samos.entity("ec2:Instance").unwrap_err();
    assert!(message(&error).contains("name of a known type"), "{error}");
    let error = samos.entity("rackspaec:lb-1").unwrap_err();
    assert!(message(&error).contains("`rackspace:lb-1`"), "{error}");
}

#[test]
fn a_question_is_asked_again_with_its_wants() {
    let samos = Samos::demo().unwrap();
    let question = Question {
        goal: Some("copy.sourceVolume == ec2:data-2".to_owned()),
        wants: vec!["copy=ec2:Snapshot".to_owned()],
        new: true,
        ..Question::default()
    };
    let first = samos.plan(&samos.goal(&question).unwrap()).unwrap();
    let again = samos
        .ask_again(&first.plans[0], false, &Limits::default())
        .unwrap();
    assert_eq!(first.plans[0].fingerprint, again.plans[0].fingerprint);
}

#[test]
fn every_wrong_part_of_a_question_is_told_at_once() {
    let samos = Samos::demo().unwrap();
    let question = Question {
        goal: Some("ec2:web-1.stat == ec2:running".to_owned()),
        wants: vec!["ec2:Snapshoot".to_owned()],
        givens: vec!["\"unclosed".to_owned()],
        ..Question::default()
    };
    let error = samos.goal(&question).unwrap_err();
    assert_eq!(error.findings().len(), 3, "{error}");
    let goal = error
        .findings()
        .iter()
        .find(|finding| finding.place.is_some())
        .unwrap();
    assert_eq!(goal.place.as_ref().unwrap().column, 11, "{goal}");
}

#[test]
fn a_plan_runs_once_and_is_taken_back() {
    let folder = Folder::new("once");
    let samos = Samos::builder()
        .world("demo")
        .data_directory(&folder.0)
        .build()
        .unwrap();
    let plan = plan(&samos, "ec2:web-1.state is samos:Running");
    let options = RunOptions::approving(changes_of(&plan));
    let refused = samos.apply(&plan, &RunOptions::approving(7)).unwrap_err();
    assert!(matches!(refused, Error::NotPermitted(_)), "{refused}");
    let run = samos.apply(&plan, &options).unwrap();
    assert!(run.is_done());
    let used = samos.apply(&plan, &options).unwrap_err();
    assert!(matches!(used, Error::Stale(_)), "{used}");
    // Another process comes later.
    let later = Samos::builder()
        .world("demo")
        .data_directory(&folder.0)
        .build()
        .unwrap();
    assert!(
        later
            .undo(run.id(), &mut samos::Unattended)
            .unwrap()
            .is_undone()
    );
    assert!(later.runs().unwrap()[0].is_undone());
}

#[test]
fn a_plan_edited_by_hand_is_not_run() {
    let samos = Samos::demo().unwrap();
    let mut plan = plan(&samos, "ec2:web-1.state is samos:Running");
    plan.steps[0].operation = "https://w3id.org/samos/aws/ec2#TerminateInstance".into();
    let error = samos.apply(&plan, &RunOptions::approving(1)).unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    assert!(!samos.verify(&plan).unwrap().is_empty());
}

#[test]
fn what_can_be_done_is_kept_up_to_date_with_the_store() {
    let folder = Folder::new("standing");
    let mut samos = Samos::builder().data_directory(&folder.0).build().unwrap();
    let [start, stop] =
        ["ec2:StartInstance", "ec2:StopInstance"].map(|one| samos.operation(one).unwrap());
    let mut standing = samos.standing();
    assert!(standing.ready(&start).is_empty());
    let mut kept_up = |samos: &mut Samos| {
        let outcome = samos.keep_up(&mut standing);
        let counts = [&start, &stop].map(|one| standing.counts(one).ready);
        (outcome.is_anew, counts)
    };
    let insert =
        "INSERT DATA { ec2:vm a ec2:Instance ; samos:provider aws:aws ; ec2:state ec2:stopped }";
    let changes = [
        (insert, [1, 0]),
        ("INSERT DATA { ec2:vm ec2:state ec2:running }", [0, 1]),
        ("INSERT DATA { ec2:vm samos:name \"vm\" }", [0, 1]),
        ("DELETE WHERE { ec2:vm ec2:state ?state }", [0, 0]),
    ];
    for (sparql, counts) in changes {
        samos.update(sparql).unwrap();
        assert_eq!(kept_up(&mut samos), (false, counts), "{sparql}");
    }
    // One that is seen is taken in as it comes.
    let seen = |property: Iri, value: &str| samos::ObservedFact {
        entity: Iri::from("https://w3id.org/samos/aws/ec2#seen"),
        property,
        values: [samos::Value::Entity(Iri::from(value))].into(),
        complete: true,
        seen: samos::model::Observation {
            at: "2026-01-01T00:00:00Z".to_owned(),
            source: "urn:test:Look".to_owned(),
        },
    };
    let aws = samos.entity("aws:aws").unwrap();
    let facts = [
        seen(
            Iri::from(rdf::TYPE),
            "https://w3id.org/samos/aws/ec2#Instance",
        ),
        seen(Iri::from(terms::PROVIDER), aws.as_str()),
        seen(
            Iri::from("https://w3id.org/samos/aws/ec2#state"),
            "https://w3id.org/samos/aws/ec2#stopped",
        ),
    ];
    samos.observe(&facts).unwrap();
    assert_eq!(kept_up(&mut samos), (false, [1, 0]));
    // Asked by name it says the same, and why.
    let ready = samos.ready(&samos::ReadyQuestion {
        operation: Some("ec2:StartInstance".to_owned()),
        subjects: Vec::new(),
        listed: 10,
    });
    let operations = ready.unwrap().operations;
    let [only] = &operations[..] else {
        panic!("one operation was asked about")
    };
    let open = &only.not_ready[0].conditions[0];
    assert_eq!((only.subjects, only.ready), (2, 1));
    assert_eq!(open.truth, samos::Truth::Unknown);
    assert_eq!(open.condition, "subject.state is samos:Stopped");
}

#[test]
fn facts_of_the_data_directory_outlive_the_process_and_half_a_write() {
    let folder = Folder::new("facts");
    let open = || Samos::builder().data_directory(&folder.0).build();
    let insert =
        "INSERT DATA { ec2:vm a ec2:Instance ; samos:provider aws:aws ; ec2:state ec2:stopped }";
    let mut samos = open().unwrap();
    assert!(samos.is_empty());
    samos.update(insert).unwrap();
    // Half a transaction, as a crash leaves it: never acknowledged, so it may go.
    let half = folder.0.join("facts.db-wal");
    let mut written = std::fs::read(&half).unwrap_or_default();
    written.extend([7; 300]);
    drop(samos);
    std::fs::write(&half, written).unwrap();
    let mut samos = open().unwrap();
    assert!(!samos.is_empty());
    samos
        .update("INSERT DATA { ec2:vm samos:name \"vm\" }")
        .unwrap();
    assert!(open().unwrap().entity("ec2:vm").is_ok());
    play_with(&mut samos, "aws:aws");
    let plan = plan(&samos, "ec2:vm.state is samos:Running");
    assert!(
        samos
            .apply(&plan, &RunOptions::approving(1))
            .unwrap()
            .is_done()
    );
    let after = open().unwrap();
    assert!(samos.may_apply(&plan).is_err());
    let answer = after.ask_again(&plan, false, &Limits::default()).unwrap();
    assert!(answer.plans[0].steps.is_empty(), "it is running already");
}

#[test]
fn an_image_opens_what_the_log_says_and_is_never_believed_against_it() {
    let folder = Folder::new("image");
    let open = || Samos::builder().data_directory(&folder.0).build().unwrap();
    let image = folder.0.join("facts.image");
    let named = |samos: &Samos| {
        let asked = samos.query("SELECT ?name { ?one samos:name ?name } ORDER BY ?name");
        let (_, rows) = asked.unwrap().table();
        rows.concat().join(" ")
    };
    let add = |name: &str| {
        let sparql = format!(
            "INSERT DATA {{ ec2:{name} a ec2:Instance ; samos:provider aws:aws ; samos:name \"{name}\" }}"
        );
        open().update(&sparql).unwrap();
    };
    add("vm-one");
    let copy = folder.0.join("copy.db");
    std::fs::copy(folder.0.join("facts.db"), &copy).unwrap();
    add("vm-two");
    assert!(image.exists());
    let all = named(&open());
    assert!(all.contains("vm-one") && all.contains("vm-two"), "{all}");
    let digest = open().world().made_from();
    // Without one, with a damaged one, and with one of other ontologies, everything is read anew.
    std::fs::remove_file(&image).unwrap();
    assert_eq!(named(&open()), all);
    assert_eq!(open().world().made_from(), digest);
    let whole = std::fs::read(&image).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 50) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&image, &damaged).unwrap();
        assert_eq!(named(&open()), all, "damaged at {at}");
    }
    std::fs::write(&image, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(named(&open()), all);
    let own = folder.0.join("world");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(
        own.join("own.ttl"),
        "@prefix ec2: <https://w3id.org/samos/aws/ec2#> . @prefix samos: <https://w3id.org/samos#> . ec2:vm-three a ec2:Instance ; samos:name \"vm-three\" .",
    )
    .unwrap();
    assert!(named(&open()).contains("vm-three"));
    std::fs::remove_dir_all(&own).unwrap();
    assert_eq!(named(&open()), all);
    // An older log that was put back.
    std::fs::rename(&copy, folder.0.join("facts.db")).unwrap();
    let older = named(&open());
    assert!(
        older.contains("vm-one") && !older.contains("vm-two"),
        "{older}"
    );
}

/// An account of a provider that is played.
fn play_with(samos: &mut Samos, provider: &str) {
    let provider = samos.entity(provider).unwrap();
    let name = format!("play-{}", samos.accounts().unwrap().len());
    let mut account = AccountProfile::new(name, provider);
    account.endpoint = Some("simulated".to_owned());
    let none = Credentials::default();
    samos.add_account(account, &none, None).unwrap();
    samos
        .connect_accounts(None, &Environment::default())
        .unwrap();
}

#[test]
fn without_an_account_nothing_is_played_in_secret_and_nothing_is_written_down() {
    let folder = Folder::new("nobody");
    let open = || Samos::builder().data_directory(&folder.0).build().unwrap();
    let mut samos = open();
    samos
        .update("INSERT DATA { ec2:vm a ec2:Instance ; samos:provider aws:aws ; ec2:state ec2:stopped }")
        .unwrap();
    let goal = "ec2:vm.state is samos:Running";
    let start = plan(&samos, goal);
    let before = samos.world().made_from();
    let told = |error: Error| error.findings()[0].code.to_string();
    let none: [&str; 0] = [];
    let approved = RunOptions::approving(1);
    assert_eq!(told(samos.apply(&start, &approved).unwrap_err()), "U0105");
    assert_eq!(told(samos.refresh("ec2:vm").unwrap_err()), "U0105");
    let tried = samos.conform("ec2:StartInstance", "ec2:vm", &none, 1);
    assert_eq!(told(tried.unwrap_err()), "U0105");
    assert_eq!(samos.world().made_from(), before);
    assert!(open().runs().unwrap().is_empty());

    // Two that it could be of are no better than none; said of which it is, it is played, and the report says so.
    play_with(&mut samos, "aws:aws");
    play_with(&mut samos, "aws:aws");
    let start = plan(&samos, goal);
    assert_eq!(told(samos.apply(&start, &approved).unwrap_err()), "U0105");
    samos
        .update("INSERT DATA { ec2:vm samos:account <https://w3id.org/samos/account/play-1> }")
        .unwrap();
    let run = samos.apply(&plan(&samos, goal), &approved).unwrap();
    assert!(run.is_done());
    assert!(run.simulated.contains("aws:aws"), "{:?}", run.simulated);
}

#[test]
fn a_world_with_an_error_is_refused_and_loading_one_changes_nothing() {
    let broken = Source::new(
        "broken.ttl",
        "@prefix ec2: <https://w3id.org/samos/aws/ec2#> .\nec2:a ec2:b",
        Format::Turtle,
    );
    let error = Samos::builder().source(broken.clone()).build().unwrap_err();
    assert_eq!(
        error.findings()[0].place.as_ref().unwrap().line,
        2,
        "{error}"
    );
    let mut samos = Samos::demo().unwrap();
    let before = samos.world().made_from();
    samos.load(|knowledge| knowledge.load(&broken)).unwrap_err();
    assert_eq!(samos.world().made_from(), before);
}

#[test]
fn strange_names_and_values_are_told_not_panicked_on() {
    let samos = Samos::demo().unwrap();
    for text in [
        "", ":", "::", "<", "<>", "=", "a=", "=a", "é:ü", "ec2:", "\"", "[(", "{}", "\u{0}", "a b",
        "urn:", "_:x",
    ] {
        let question = Question {
            goal: Some(text.to_owned()),
            wants: vec![text.to_owned()],
            givens: vec![text.to_owned()],
            subjects: vec![text.to_owned()],
            ..Question::default()
        };
        assert!(samos.goal(&question).is_err(), "{text}");
        assert!(samos.entity(text).is_err(), "{text}");
        assert!(samos.operation(text).is_err(), "{text}");
        let _ = samos.supplied(&[text]);
        let _ = samos.why(text, text, text);
        let _ = samos.query(text);
        let _ = samos.explain(text);
        let _ = samos::parse_plan(text, "text");
    }
}

/// A plan that gives a machine a name.
fn renaming(samos: &Samos, name: &str) -> Plan {
    let limits = Limits::default();
    let argument = format!("name={name}");
    let checked = samos
        .check("ec2:RenameInstance", "ec2:web-1", &[argument], &limits)
        .unwrap();
    let prepared = checked.operations.first().unwrap();
    samos.plan_of(&checked.subject, prepared).unwrap()
}

#[test]
fn a_step_of_which_nobody_knows_is_decided_by_its_user() {
    let folder = Folder::new("decided");
    let mut samos = Samos::builder()
        .world("demo")
        .data_directory(&folder.0)
        .build()
        .unwrap();
    let first = renaming(&samos, "front");
    assert!(
        samos
            .carry_out(&first, &RunOptions::approving(1))
            .unwrap()
            .is_done()
    );
    // It has that name already, so that nothing shows whether the request whose answer is lost took effect.
    let plan = renaming(&samos, "front");
    let mut options = RunOptions::approving(1);
    options.faults.script = [(1, Fault::LoseAnswer)].into();
    let run = samos.apply(&plan, &options).unwrap();
    let step = TaskId::step(1);
    assert_eq!(
        run.receipt.ending,
        Some(Ending::Undecided { tasks: vec![step] })
    );
    let decided = |step: TaskId, took_effect: bool| GoingOn {
        decided: [(step, took_effect)].into(),
        ..GoingOn::default()
    };
    let nobody = &mut samos::Unattended;
    let other = decided(TaskId::step(7), true);
    let error = samos.resume_with(run.id(), &other, nobody).unwrap_err();
    assert!(message(&error).contains("decide"), "{error}");
    let again = samos.resume(run.id(), nobody).unwrap();
    assert_eq!(
        again.receipt.ending, run.receipt.ending,
        "looking tells nothing"
    );
    let sent = samos
        .resume_with(run.id(), &decided(step, false), nobody)
        .unwrap();
    assert!(sent.is_done(), "{:?}", sent.receipt);
    assert_eq!(
        sent.receipt.steps.first().unwrap().attempts,
        2,
        "sent again"
    );
    let error = samos
        .resume_with(run.id(), &decided(step, true), nobody)
        .unwrap_err();
    assert!(
        message(&error).contains("decide"),
        "nothing is open: {error}"
    );
}
