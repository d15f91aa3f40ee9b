//! Runs on a real account through the server: several at once, one after the other where they touch the same, taken up again
//! after the process ended, decided by their user. The account is a load balancer of the tests' own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use samos::access::{AccountProfile, Credentials, Environment};
use samos::{Attendant, Question, Record, RunOptions, Samos, Transition, changes_of};
use samos_server::WorldKind;
use serde_json::{Value, json};

use super::client::Server;

#[path = "../../crates/samos/tests/support/balancer.rs"]
mod balancer;

use balancer::Balancer;

/// A data directory with an account of a balancer.
struct Stage {
    folder: PathBuf,
    balancer: Balancer,
}

impl Stage {
    fn new(name: &str, servers: usize) -> Self {
        let folder = std::env::temp_dir().join(format!("samos-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let balancer = Balancer::begin(&folder, servers);
        let stage = Self { folder, balancer };
        let mut samos = Samos::builder()
            .data_directory(stage.folder.join("data"))
            .build()
            .unwrap();
        let mut profile = AccountProfile::new("front", samos.entity("haproxy:haproxy").unwrap());
        profile.endpoint = Some(stage.balancer.socket().display().to_string());
        samos
            .add_account(profile, &Credentials::default(), None)
            .unwrap();
        connected(&stage.folder)
            .unwrap()
            .inventory("https://w3id.org/samos/account/front")
            .unwrap();
        stage
    }

    fn serve(&self) -> Server {
        Server::with(WorldKind::Data, |configuration| {
            let folder = self.folder.clone();
            configuration.load = Arc::new(move || connected(&folder));
            configuration.may_run = true;
        })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn connected(folder: &Path) -> Result<Samos, samos::Error> {
    let mut samos = Samos::builder()
        .data_directory(folder.join("data"))
        .build()?;
    samos.connect_accounts(None, &Environment::default())?;
    Ok(samos)
}

/// What must hold so that these are drained.
fn drained(samos: &Samos, servers: &[&str]) -> String {
    let class = samos.iri("haproxy:Server").unwrap();
    let path = samos.iri("haproxy:serverPath").unwrap();
    let all = samos.world().entities_of(&class);
    let conditions = servers.iter().map(|name| {
        let named = |server: &&samos::Iri| {
            let paths = samos.world().values(server, &path).members;
            paths
                .iter()
                .any(|one| one.to_string().contains(&format!("web/{name}")))
        };
        let server = all.iter().find(named).unwrap();
        format!("<{server}>.serverState == haproxy:drain")
    });
    conditions.collect::<Vec<_>>().join(" and ")
}

/// Approves the plan that drains these, and begins it.
fn drain(server: &Server, stage: &Stage, servers: &[&str]) -> String {
    let goal = drained(&connected(&stage.folder).unwrap(), servers);
    let answer = server.post("/api/v1/plan", &json!({"goal": goal}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let plan = answer.json()["plans"][0].clone();
    let place = format!(
        "/api/v1/plans/{}/apply",
        plan["fingerprint"].as_str().unwrap()
    );
    let begun = server.post(&place, &json!({"approve": servers.len(), "at_once": 4}));
    assert_eq!(begun.status, 202, "{}", begun.body);
    begun.json()["run"].as_str().unwrap().to_owned()
}

fn ended(server: &Server, after: u64, run: &str) -> Value {
    super::events::until(server, after, |event| {
        event["type"] == "io.samos.run.ended" && event["subject"] == run
    })
}

#[test]
fn runs_go_on_at_once_unless_they_touch_the_same() {
    let stage = Stage::new("at-once", 3);
    let server = stage.serve();
    stage.balancer.hold("set server web/s1");
    let slow = drain(&server, &stage, &["s1"]);
    stage.balancer.until_heard("set server web/s1", 1);
    // Another machine's run begins and ends meanwhile.
    let quick = drain(&server, &stage, &["s2"]);
    assert_eq!(ended(&server, 0, &quick)["data"]["state"], "done");
    // What touches the same waits, and hears that it shall not begin.
    let waiting = drain(&server, &stage, &["s1", "s3"]);
    let cancelled = server.post(&format!("/api/v1/runs/{waiting}/cancel"), &json!({}));
    assert_eq!(cancelled.status, 202, "{}", cancelled.body);
    assert_eq!(stage.balancer.times_heard("set server web/s3"), 0);
    assert_eq!(
        server.get(&format!("/api/v1/runs/{slow}")).json()["state"],
        "running"
    );
    stage.balancer.let_go("set server web/s1");
    assert_eq!(ended(&server, 0, &slow)["data"]["state"], "done");
    let end = ended(&server, 0, &waiting);
    // By then the first run has done half of it, so it is stale, or it heard in time that it is not wanted.
    assert!(
        ["failed", "cancelled"].contains(&end["data"]["state"].as_str().unwrap()),
        "{end}"
    );
    assert_eq!(stage.balancer.times_heard("set server web/s3"), 0);
    for server in ["s1", "s2"] {
        assert_eq!(stage.balancer.admin(server), 8, "drained");
    }
}

/// Ends the process, as far as the run can tell, once it knows what it will send first.
struct Dying;

impl Attendant for Dying {
    fn saw(&mut self, record: &Record) {
        if matches!(record.transition, Transition::Bound { .. }) {
            std::panic::resume_unwind(Box::new("the process ends"));
        }
    }
}

#[test]
fn open_runs_are_taken_up_when_the_server_begins() {
    let stage = Stage::new("taken-up", 2);
    let run = {
        let samos = connected(&stage.folder).unwrap();
        let question = Question {
            goal: Some(drained(&samos, &["s1", "s2"])),
            ..Question::default()
        };
        let goal = samos.goal(&question).unwrap();
        let plan = samos.plan(&goal).unwrap().plans.remove(0);
        let options = RunOptions::approving(changes_of(&plan));
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            samos.apply_watched(&plan, &options, &mut Dying)
        }));
        assert!(died.is_err());
        samos::run_of(&plan)
    };
    assert_eq!(stage.balancer.times_heard("set server"), 0);
    let server = stage.serve();
    let end = ended(&server, 0, &run);
    assert_eq!(end["data"]["state"], "done", "{end}");
    assert_eq!(
        (stage.balancer.admin("s1"), stage.balancer.admin("s2")),
        (8, 8)
    );
    drop(server);
    // What is over is not taken up again.
    let heard = stage.balancer.times_heard("set server");
    let server = stage.serve();
    assert_eq!(
        server.get(&format!("/api/v1/runs/{run}")).json()["state"],
        "done"
    );
    assert_eq!(stage.balancer.times_heard("set server"), heard);
}

#[test]
fn a_run_that_failed_is_gone_on_with_as_its_user_says() {
    let stage = Stage::new("told", 1);
    let server = stage.serve();
    stage.balancer.tell("set server", "Permission denied\n");
    let run = drain(&server, &stage, &["s1"]);
    assert_eq!(ended(&server, 0, &run)["data"]["state"], "stopped");
    let resume = format!("/api/v1/runs/{run}/resume");
    for wrong in [
        json!({"at_onec": 1}),
        json!({"decided": {"x": true}}),
        json!({"retries": -1}),
    ] {
        assert_eq!(server.post(&resume, &wrong).status, 400, "{wrong}");
    }
    // Nobody wonders whether the step took effect, so there is nothing to decide.
    let from = super::events::latest(&server);
    let begun = server.post(&resume, &json!({"decided": {"1": true}}));
    assert_eq!(begun.status, 202);
    let end = ended(&server, from, &run);
    assert_eq!(end["data"]["problem"]["code"], "X0105", "{end}");
    stage.balancer.tell_no_more("set server");
    let from = super::events::latest(&server);
    let begun = server.post(
        &resume,
        &json!({"retries": 1, "deadline_s": 60, "at_once": 2}),
    );
    assert_eq!(begun.status, 202, "{}", begun.body);
    assert_eq!(ended(&server, from, &run)["data"]["state"], "done");
    let transitions = server.get(&format!("/api/v1/runs/{run}/transitions")).body;
    assert!(transitions.contains("\"allowed\""), "{transitions}");
    // Without a body it is resumed as ever: here there is nothing left to do.
    let from = super::events::latest(&server);
    assert_eq!(server.ask("POST", &resume, &[], "").status, 202);
    assert_eq!(
        ended(&server, from, &run)["data"]["problem"]["code"],
        "X0105"
    );
}
