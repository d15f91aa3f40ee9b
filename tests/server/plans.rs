//! From a question to a run: asked, looked at, approved, carried out, taken back.

use samos_server::WorldKind;
use serde_json::{Value, json};

use super::client::{Reply, Server};

/// Asks figure 9 and gives the best plan.
fn figure_9(server: &Server) -> Value {
    let answer = server.post(
        "/api/v1/connect",
        &json!({"subjects": ["ec2:web-1", "rackspace:lb-1"]}),
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["plans"][0].clone()
}

/// Waits for a run by its events, as a page does.
fn ended(server: &Server, run: &str) -> Value {
    super::events::until(server, 0, |event| {
        event["type"] == "io.samos.run.ended" && event["subject"] == run
    })
}

fn apply(server: &Server, plan: &Value, order: &Value) -> Reply {
    server.post(
        &format!(
            "/api/v1/plans/{}/apply",
            plan["fingerprint"].as_str().unwrap()
        ),
        order,
    )
}

#[test]
fn a_plan_is_asked_approved_run_and_taken_back() {
    let server = Server::demo();
    let plan = figure_9(&server);
    let place = format!("/api/v1/plans/{}", plan["fingerprint"].as_str().unwrap());
    let detail = server.get(&place).json();
    assert_eq!(detail["state"], "fresh", "{detail}");
    let changes = detail["changes"].as_u64().unwrap();
    assert_eq!(detail["sentences"].as_array().unwrap().len(), 3);

    assert_eq!(
        apply(&server, &plan, &json!({"approve": changes + 1})).status,
        403
    );
    assert_eq!(
        server
            .post(
                &format!("{place}/approval"),
                &json!({"changes": changes + 1})
            )
            .status,
        403
    );
    let approved = server
        .post(&format!("{place}/approval"), &json!({"changes": changes}))
        .json();
    let begun = apply(&server, &plan, &json!({"approval": approved["approval"]}));
    assert_eq!(begun.status, 202, "{}", begun.body);
    let run = begun.json()["run"].as_str().unwrap().to_owned();
    let end = ended(&server, &run);
    assert_eq!(end["data"]["state"], "done", "{end}");

    let done = server.get(&format!("/api/v1/runs/{run}")).json();
    assert_eq!(done["state"], "done");
    assert_eq!(
        done["tasks"],
        json!({"1": "done", "2": "done", "3": "done"}),
        "{done}"
    );
    assert_eq!(
        server.get("/api/v1/entities/ec2:web-1").json()["state"],
        "running"
    );
    assert_eq!(server.get(&place).json()["state"], "used");
    assert_eq!(
        apply(&server, &plan, &json!({"approve": changes})).status,
        409
    );
    let steps = server
        .get(&format!("/api/v1/runs/{run}/transitions"))
        .json();
    assert!(steps["total"].as_u64().unwrap() > 10, "{steps}");

    let made = "ASK { ?step samos:ofRun ?run ; samos:operation ec2:StartInstance . ?change prov:wasGeneratedBy ?step ; prov:specializationOf ec2:web-1 ; samos:after ec2:running }";
    let asked = format!("/sparql?query={}", super::client::escaped(made));
    assert_eq!(server.get(&asked).json()["boolean"], true);
    let graph = format!("/store?graph=urn:samos:run:{run}");
    assert_eq!(server.get(&graph).status, 200);

    let from = super::events::latest(&server);
    assert_eq!(
        server
            .post(&format!("/api/v1/runs/{run}/undo"), &json!({}))
            .status,
        202
    );
    let end = super::events::until(&server, from, |event| event["type"] == "io.samos.run.ended");
    assert_eq!(end["data"]["state"], "undone", "{end}");
    let undone = server.get(&format!("/api/v1/runs/{run}")).json();
    let tasks = undone["tasks"].as_object().unwrap();
    let taken_back: Vec<&String> = tasks
        .keys()
        .filter(|task| task.contains("-undo-"))
        .collect();
    assert_eq!(taken_back.len(), 2, "{undone}");
    assert!(tasks.values().all(|state| state == "done"), "{undone}");
    assert_eq!(
        server.get("/api/v1/entities/ec2:web-1").json()["state"],
        "stopped"
    );

    assert_eq!(server.post("/api/v1/demo/reset", &json!({})).status, 204);
    assert_eq!(server.get("/api/v1/runs").json()["total"], 0);
    assert_eq!(server.get(&asked).json()["boolean"], false);
}

#[test]
fn what_a_run_could_not_do_is_planned_anew_and_followed() {
    let server = Server::demo();
    let plan = figure_9(&server);
    let order = json!({"approve": 2, "on_failure": "replan", "retries": 0,
        "faults": {"seed": 1, "refuse": 1000}});
    let begun = apply(&server, &plan, &order);
    assert_eq!(begun.status, 202, "{}", begun.body);
    let run = begun.json()["run"].as_str().unwrap().to_owned();
    assert_eq!(ended(&server, &run)["data"]["state"], "needs_new_plan");

    let anew = server.post(&format!("/api/v1/runs/{run}/replan"), &json!({}));
    assert_eq!(anew.status, 200, "{}", anew.body);
    let anew = anew.json()["plans"][0].clone();
    let order = json!({"approve": 2, "follows": run});
    let begun = apply(&server, &anew, &order);
    assert_eq!(begun.status, 202, "{}", begun.body);
    let second = begun.json()["run"].as_str().unwrap().to_owned();
    assert_eq!(ended(&server, &second)["data"]["state"], "done");
    let first = server.get(&format!("/api/v1/runs/{run}")).json();
    assert!(first["receipt"].to_string().contains(&second), "{first}");
    let unknown = server.post("/api/v1/runs/r-none/replan", &json!({}));
    assert_eq!(unknown.status, 404, "{}", unknown.body);
}

#[test]
fn a_run_is_paused_goes_on_and_another_is_cancelled() {
    let server = Server::with(WorldKind::Demo, |configuration| {
        // Slow enough to be spoken to.
        configuration.speed = Some(20.0);
    });
    let begin = || {
        let begun = apply(&server, &figure_9(&server), &json!({"approve": 2}));
        assert_eq!(begun.status, 202, "{}", begun.body);
        begun.json()["run"].as_str().unwrap().to_owned()
    };
    let say =
        |run: &str, what: &str| server.post(&format!("/api/v1/runs/{run}/{what}"), &json!({}));
    let until_ended = |from: u64| {
        super::events::until(&server, from, |event| event["type"] == "io.samos.run.ended")
    };

    let run = begin();
    assert_eq!(say(&run, "pause").status, 202);
    assert_eq!(until_ended(0)["data"]["state"], "paused");
    let paused = server.get(&format!("/api/v1/runs/{run}")).json();
    assert_eq!(paused["state"], "paused", "{paused}");
    assert_ne!(paused["tasks"]["3"], "done", "{paused}");
    assert_eq!(say(&run, "pause").status, 409, "nothing is under way");

    let from = super::events::latest(&server);
    assert_eq!(say(&run, "resume").status, 202);
    assert_eq!(until_ended(from)["data"]["state"], "done");

    assert_eq!(server.post("/api/v1/demo/reset", &json!({})).status, 204);
    let from = super::events::latest(&server);
    let run = begin();
    assert_eq!(say(&run, "cancel").status, 202);
    assert_eq!(until_ended(from)["data"]["state"], "cancelled");
    let cancelled = server.get(&format!("/api/v1/runs/{run}")).json();
    assert_eq!(cancelled["tasks"]["3"], "skipped", "{cancelled}");
}

#[test]
fn an_approval_is_for_one_plan_and_one_run() {
    let server = Server::demo();
    let answer = server
        .post(
            "/api/v1/connect",
            &json!({"subjects": ["ec2:web-1", "rackspace:lb-1"]}),
        )
        .json();
    let (one, other) = (&answer["plans"][0], &answer["plans"][1]);
    let changes = one["cost"]["manipulations"].as_u64().unwrap();
    let place = format!(
        "/api/v1/plans/{}/approval",
        one["fingerprint"].as_str().unwrap()
    );
    let approved = server.post(&place, &json!({"changes": changes})).json();
    let order = json!({"approval": approved["approval"]});
    let refused = apply(&server, other, &order);
    assert_eq!(
        (refused.status, refused.json()["code"].clone()),
        (403, json!("H0111"))
    );
    assert_eq!(apply(&server, one, &order).status, 403, "it was used up");
}

#[test]
fn plans_are_written_in_other_forms() {
    let server = Server::demo();
    let plan = figure_9(&server);
    for (form, beginning) in [
        ("mermaid", "flowchart TD"),
        ("dot", "digraph plan"),
        ("turtle", "@prefix"),
        ("json", "{"),
        ("arazzo", "{"),
    ] {
        let reply = server.post(&format!("/api/v1/export?to={form}"), &plan);
        assert_eq!(reply.status, 200, "{form}");
        assert!(reply.body.starts_with(beginning), "{form}: {}", reply.body);
    }
    let workflow = server.post("/api/v1/export?to=arazzo", &plan).json();
    let steps = workflow["workflows"][0]["steps"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(steps.len(), 3);
    assert_eq!(
        steps[2]["requestBody"]["payload"]["address"], "$steps.step-2.outputs.address",
        "{workflow:#}"
    );
}

#[test]
fn a_goal_is_explained_and_searched_for_no_longer_than_said() {
    let server = Server::demo();
    let mut question = json!({
        "goal": "ec2:web-1.state is samos:Running",
        "alternatives": 2,
        "diverse": true,
        "explain": true,
        "why_not": "rackspace:AddNode",
        "limits": {"time_limit_ms": 60_000},
    });
    let answer = server.post("/api/v1/plan", &question);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.json();
    let told = &answer["explanation"];
    assert_eq!(told["complete"], true, "{answer:#}");
    let must = told["must"].to_string();
    assert!(must.contains("StartInstance"), "{told:#}");
    assert_eq!(told["why_not"]["is_in_best"], false, "{told:#}");
    assert_eq!(answer["search"]["complete"], true, "{answer:#}");

    // Where there is no time, nothing is said to be all there is.
    question["limits"] = json!({"time_limit_ms": 0});
    let at_once = server.post("/api/v1/plan", &question).json();
    assert_eq!(at_once["search"]["limit"], "time", "{at_once:#}");
    assert_eq!(at_once["search"]["complete"], false, "{at_once:#}");
    question["from"] = answer["plans"][0].clone();
    assert_eq!(server.post("/api/v1/plan", &question).status, 400);
}

#[test]
fn the_catalog_says_what_there_is_and_why() {
    let server = Server::demo();
    let instances = server.get("/api/v1/instances?state=stopped").json();
    assert_eq!(instances["items"][0]["name"], "ec2:web-1", "{instances}");
    let detail = server.get("/api/v1/entities/ec2:web-1").json();
    let state = detail["facts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|fact| fact["name"] == "samos:state");
    assert_eq!(state.unwrap()["values"][0]["inferred"], true, "{detail}");
    let why = server
        .get("/api/v1/why?subject=ec2:web-1&predicate=samos:state&object=ec2:stopped")
        .json();
    assert_eq!(why["holds"], true, "{why}");
    let operation = server.get("/api/v1/operations/rackspace:AddNode").json();
    assert!(
        operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"] == "address"),
        "{operation}"
    );
    let checked = server
        .post(
            "/api/v1/check",
            &json!({"operation": "rackspace:AddNode", "subject": "rackspace:lb-1"}),
        )
        .json();
    assert_eq!(checked["operations"][0]["ready"], false, "{checked}");
    for card in server.get("/api/v1/demo").json()["items"]
        .as_array()
        .unwrap()
    {
        let reply = server.post(card["path"].as_str().unwrap(), &card["request"]);
        assert_eq!(reply.status, 200, "{card}: {}", reply.body);
    }
    for question in server.get("/api/v1/questions").json()["items"]
        .as_array()
        .unwrap()
    {
        let query = super::client::escaped(question["sparql"].as_str().unwrap());
        let reply = server.get(&format!("/sparql?query={query}"));
        assert_eq!(reply.status, 200, "{question}: {}", reply.body);
        let empty = reply.header("content-type").contains("json")
            && reply.json()["results"]["bindings"]
                .as_array()
                .is_some_and(Vec::is_empty);
        assert!(
            !empty || question["id"] == "plans" || question["id"] == "runs",
            "{question} has no answer"
        );
    }
}
