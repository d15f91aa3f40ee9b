//! What can be done now, asked again and again while facts come in.

use serde_json::{Value, json};

use super::client::Server;

fn ask(server: &Server, path: &str, question: &Value) -> Value {
    let reply = server.post(path, question);
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn see(server: &Server, entity: &str, cells: &[(&str, &str)]) {
    let facts = cells.iter().map(|(property, value)| {
        json!({"entity": entity, "property": property, "values": [value], "complete": true})
    });
    let reply = server.post("/api/v1/observations", &Value::from_iter(facts));
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[test]
fn what_can_be_done_follows_what_is_seen() {
    let server = Server::writable();
    let start = json!({"operation": "ec2:StartInstance"});
    let nothing = ask(&server, "/api/v1/ready", &start);
    assert_eq!(nothing["operations"], json!([]), "{nothing}");
    for name in ["ec2:one", "ec2:two"] {
        let cells = [
            ("rdf:type", "ec2:Instance"),
            ("samos:provider", "aws:aws"),
            ("ec2:state", "ec2:stopped"),
        ];
        see(&server, name, &cells);
    }
    let both = ask(&server, "/api/v1/ready", &start);
    assert_eq!(both["operations"][0]["ready"], 2, "{both}");
    see(&server, "ec2:one", &[("ec2:state", "ec2:running")]);
    let one = ask(&server, "/api/v1/ready", &start);
    let operation = &one["operations"][0];
    assert_eq!(
        (&operation["ready"], &operation["subjects"]),
        (&json!(1), &json!(2)),
        "{one}"
    );
    assert_eq!(
        operation["not_ready"][0]["conditions"],
        json!([{"condition": "subject.state is samos:Stopped", "truth": "false"}])
    );
    let of_one = json!({"subjects": ["ec2:one"], "operation": "ec2:StopInstance"});
    let stop = ask(&server, "/api/v1/ready", &of_one);
    assert_eq!(
        stop["operations"][0]["on"].as_array().map(Vec::len),
        Some(1),
        "{stop}"
    );
    let groups = ask(&server, "/api/v1/ready/together", &start);
    let group = &groups["groups"][0];
    assert_eq!(
        (&group["ready"], &group["subjects"]),
        (&json!(1), &json!(2)),
        "{groups}"
    );
    let unknown = server.post("/api/v1/ready", &json!({"operation": "ec2:NoSuchThing"}));
    assert!((400..500).contains(&unknown.status), "{}", unknown.body);
}
