//! A provider of the user's own: described in the data directory, mapped there twice, and really asked, by whichever library and
//! credentials its account has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here fails a test"
)]

mod park;

use std::path::{Path, PathBuf};

use park::Park;
use samos::access::{AccountProfile, Credentials, Environment, Opener, new_key_file};
use samos::{Error, Plan, Question, RenderOptions, RunOptions, RunReport, Samos};

const ONTOLOGY: &str = include_str!("park/park.ttl");
const REST: &str = include_str!("park/rest.yaml");
const FORM: &str = include_str!("park/form.yaml");
const TOKEN: &str = "planted-token";

/// A data directory of its own, gone again at the end.
struct Folder {
    folder: PathBuf,
    opener: Opener,
}

impl Folder {
    fn new(name: &str, mappings: &[(&str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("libraries-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("world")).unwrap();
        std::fs::create_dir_all(folder.join("mappings")).unwrap();
        std::fs::write(folder.join("world/park.ttl"), ONTOLOGY).unwrap();
        for (name, text) in mappings {
            std::fs::write(folder.join("mappings").join(name), text).unwrap();
        }
        let opener = Opener::KeyFile(new_key_file());
        Self { folder, opener }
    }

    fn open(&self) -> Samos {
        let samos = Samos::builder().data_directory(&self.folder).build();
        samos.unwrap()
    }

    fn connected(&self) -> Samos {
        let mut samos = self.open();
        samos
            .connect_accounts(Some(&self.opener), &Environment::default())
            .unwrap();
        samos
    }

    /// An account with a sleeping machine.
    fn account(&self, park: &Park, library: Option<&str>, credentials: &Credentials) -> Samos {
        let mut samos = self.open();
        let mut profile = AccountProfile::new("park", samos.entity("park:park").unwrap());
        profile.endpoint = Some(park.address());
        profile.library = library.map(str::to_owned);
        samos
            .add_account(profile, credentials, Some(&self.opener))
            .unwrap();
        samos
            .update(
                "INSERT DATA { park:m1 a park:Machine ; park:machineId \"m000001\" ; samos:provider park:park ; \
                 samos:account <https://w3id.org/samos/account/park> ; park:state park:asleep ; samos:knownEmpty park:address }",
            )
            .unwrap();
        self.connected()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn token() -> Credentials {
    Credentials::default().with("token", TOKEN)
}

fn waking(samos: &Samos) -> Plan {
    let question = Question {
        goal: Some("park:m1.state is samos:Running".to_owned()),
        ..Question::default()
    };
    let answer = samos.plan(&samos.goal(&question).unwrap()).unwrap();
    answer.plans.into_iter().next().expect("there is a plan")
}

fn run(samos: &Samos, plan: &Plan) -> Result<RunReport, Error> {
    samos.apply(plan, &RunOptions::approving(1))
}

#[test]
fn of_two_libraries_the_account_says_which_is_used() {
    for (library, expected) in [
        ("park/rest", "POST /machines/m000001/wake"),
        ("park/form", "POST /do"),
    ] {
        let name = library.replace('/', "-");
        let data = Folder::new(&name, &[("rest.yaml", REST), ("form.yaml", FORM)]);
        let park = Park::open(&[&format!("Bearer {TOKEN}")]);
        let samos = data.account(&park, Some(library), &token());
        let plan = waking(&samos);
        assert_eq!(plan.steps[0].library.as_deref(), Some(library));
        assert!(run(&samos, &plan).unwrap().is_done());
        assert!(park.is_awake());
        let changes = park.heard("POST ");
        assert_eq!(changes.len(), 1);
        assert!(changes[0].starts_with(expected), "{}", changes[0]);
    }
}

#[test]
fn where_the_account_does_not_the_user_does_for_all_and_plans_made_before_are_stale() {
    let data = Folder::new("preferred", &[("rest.yaml", REST), ("form.yaml", FORM)]);
    let park = Park::open(&[&format!("Bearer {TOKEN}")]);
    let samos = data.account(&park, None, &token());
    // Nobody says anything: the first by name.
    let before = waking(&samos);
    assert_eq!(before.steps[0].library.as_deref(), Some("park/form"));
    let unknown = samos
        .prefer_libraries(&["park/rset".to_owned()])
        .unwrap_err();
    assert!(
        unknown.to_string().contains("did you mean `park/rest`"),
        "{unknown}"
    );
    samos.prefer_libraries(&["park/rest".to_owned()]).unwrap();
    let samos = data.connected();
    let stale = run(&samos, &before).unwrap_err();
    assert!(stale.to_string().contains("the mapping changed"), "{stale}");
    assert!(park.heard("POST ").is_empty());
    let after = waking(&samos);
    assert_eq!(after.steps[0].library.as_deref(), Some("park/rest"));
    assert!(run(&samos, &after).unwrap().is_done());
    assert!(park.heard("POST ")[0].starts_with("POST /machines/m000001/wake"));
    let known = samos.libraries().unwrap();
    let rest = known
        .iter()
        .find(|library| library.name == "park/rest")
        .unwrap();
    assert_eq!((rest.preferred, rest.operations), (Some(1), 2));
}

#[test]
fn a_mapping_that_changed_makes_a_plan_stale() {
    let data = Folder::new("stale", &[("rest.yaml", REST)]);
    let park = Park::open(&[&format!("Bearer {TOKEN}")]);
    let plan = waking(&data.account(&park, None, &token()));
    let changed = REST.replace("delay_ms: 10", "delay_ms: 20");
    assert_ne!(changed, REST);
    std::fs::write(data.folder.join("mappings/rest.yaml"), changed).unwrap();
    let stale = run(&data.connected(), &plan).unwrap_err();
    assert!(matches!(stale, Error::Stale(_)), "{stale}");
    assert!(stale.to_string().contains("the mapping changed"), "{stale}");
    assert!(park.heard("POST ").is_empty());
}

#[test]
fn an_account_signs_in_by_what_it_has() {
    let basic = Credentials::default()
        .with("user", "Aladdin")
        .with("password", "open sesame");
    for (name, credentials, proof) in [
        ("bearer", token(), "Bearer planted-token"),
        ("basic", basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    ] {
        let data = Folder::new(name, &[("rest.yaml", REST)]);
        let park = Park::open(&[proof]);
        let samos = data.account(&park, None, &credentials);
        let verified = samos.verify_accounts(&[], Some(&data.opener), &Environment::default());
        assert_eq!(verified.unwrap()[0].1.name, "the keeper");
        assert!(run(&samos, &waking(&samos)).unwrap().is_done());
        assert!(park.is_awake());
    }
    let data = Folder::new("refused", &[("rest.yaml", REST)]);
    let park = Park::open(&["Bearer another"]);
    let samos = data.account(&park, None, &token());
    let refused = samos
        .verify_accounts(&[], Some(&data.opener), &Environment::default())
        .unwrap_err();
    assert_eq!(refused.findings()[0].code, "U0203", "{refused}");
    assert!(!refused.to_string().contains("planted"), "{refused}");
}

#[test]
fn who_is_too_busy_to_answer_refuses_nobody() {
    for status in [429, 503, 504] {
        let data = Folder::new(&format!("busy-{status}"), &[("rest.yaml", REST)]);
        let park = Park::open(&[&format!("Bearer {TOKEN}")]);
        let samos = data.account(&park, None, &token());
        park.fail(status);
        let unanswered = samos
            .verify_accounts(&[], Some(&data.opener), &Environment::default())
            .unwrap_err();
        assert_eq!(unanswered.findings()[0].code, "U0204", "{unanswered}");
        assert!(unanswered.to_string().contains("not now"), "{unanswered}");
    }
}

#[test]
fn credentials_that_are_locked_or_of_several_kinds_are_told() {
    let data = Folder::new("locked", &[("rest.yaml", REST)]);
    let park = Park::open(&[]);
    drop(data.account(&park, None, &token()));
    let locked = data
        .open()
        .connect_accounts(None, &Environment::default())
        .unwrap_err();
    assert!(locked.to_string().contains("locked"), "{locked}");

    let data = Folder::new("both", &[("rest.yaml", REST)]);
    let mut samos = data.open();
    let mut profile = AccountProfile::new("park", samos.entity("park:park").unwrap());
    profile.endpoint = Some(park.address());
    let both = token().with("user", "Aladdin");
    samos
        .add_account(profile, &both, Some(&data.opener))
        .unwrap();
    let several = samos
        .connect_accounts(Some(&data.opener), &Environment::default())
        .unwrap_err();
    assert!(
        several.to_string().contains("several kinds: token, user"),
        "{several}"
    );
}

#[test]
fn credentials_that_end_while_a_plan_runs_are_told_with_the_next_step() {
    let data = Folder::new("ended", &[("rest.yaml", REST)]);
    let park = Park::open(&[&format!("Bearer {TOKEN}")]);
    let mut samos = data.account(&park, None, &token());
    // They are good when they are asked about.
    samos.refresh("park:m1").unwrap();
    let plan = waking(&samos);
    park.admit(&["Bearer another"]);
    let ended = run(&samos, &plan);
    let told = match &ended {
        Ok(report) => serde_json::to_string(&report.receipt).unwrap(),
        Err(error) => error.to_string(),
    };
    assert!(told.contains("refuses the account's credentials"), "{told}");
    assert!(told.contains("samos accounts verify park"), "{told}");
    assert!(!told.contains("planted"), "{told}");
    assert!(!park.is_awake());
}

#[test]
fn with_credentials_that_are_not_good_nothing_is_begun() {
    let data = Folder::new("bad", &[("rest.yaml", REST)]);
    let park = Park::open(&["Bearer another"]);
    let samos = data.account(&park, None, &token());
    let error = run(&samos, &waking(&samos)).unwrap_err();
    assert_eq!(error.findings()[0].code, "U0203", "{error}");
    assert!(!error.to_string().contains("planted"), "{error}");
    assert!(samos.runs().unwrap().is_empty() && !park.is_awake());
}

#[test]
fn a_mapping_that_does_not_fit_is_refused_with_its_place() {
    let wrong = REST.replace("{subject.key}/wake", "{subject.kee}/wake");
    let data = Folder::new("wrong", &[("rest.yaml", &wrong)]);
    let error = data.open().coverage().unwrap_err();
    let finding = &error.findings()[0];
    let place = finding.place.as_ref().expect("it has a place");
    assert!(place.file.ends_with("mappings/rest.yaml"), "{finding}");
    let line = wrong.lines().position(|line| line.contains("subject.kee"));
    assert_eq!(place.line as usize, line.unwrap() + 1, "{finding}");
}

#[test]
fn what_would_be_sent_is_shown_to_the_letter_without_its_secrets() {
    let data = Folder::new("shown", &[("rest.yaml", REST)]);
    let park = Park::open(&[&format!("Bearer {TOKEN}")]);
    let samos = data.account(&park, None, &token());
    let none: [&str; 0] = [];
    let shown = |signed: bool, secrets: bool| {
        let options = RenderOptions {
            signed,
            secrets,
            ..RenderOptions::default()
        };
        let rendered = samos.rendered("park:Wake", "park:m1", &none, &options);
        let rendered = rendered.unwrap().remove(0);
        let text = serde_json::to_string(&rendered).unwrap();
        let request = rendered.request.expect("the account knows where it goes");
        (request.address, text)
    };
    let (address, unsigned) = shown(false, false);
    assert_eq!(address, format!("{}/machines/m000001/wake", park.address()));
    assert!(!unsigned.contains("authorization"), "{unsigned}");
    let (_, hidden) = shown(true, false);
    assert!(
        hidden.contains("authorization") && !hidden.contains(TOKEN),
        "{hidden}"
    );
    let (_, told) = shown(true, true);
    assert!(told.contains("Bearer planted-token"), "{told}");
    assert!(park.heard("").is_empty(), "nothing is sent");
}
