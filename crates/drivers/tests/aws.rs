//! The AWS driver against a server that plays tricks: what is sent again, what never is, what becomes of unreadable answers, where
//! credentials come from, and that no secret shows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "vendor/fetch.rs"]
mod fetch;
#[path = "peers/scripted.rs"]
mod scripted;

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use samos_drivers::aws::{AwsDriver, Credentials, Environment, Settings};
use samos_drivers::{Driver as _, SendError, SendOptions};
use samos_mapping::call::{Answer, Call};
use scripted::{Reply, Server};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

const SECRET: &str = "planted-secret-key";

fn settings(server: &Server) -> Settings {
    let mut settings = Settings::new(fetch::botocore());
    settings.address = Some(server.address());
    settings.region = Some("eu-west-1".into());
    settings.credentials =
        Some(Credentials::new("AKID", SECRET).with_session_token("planted-token"));
    settings.clock = || SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    settings
}

fn call(service: &str, operation: &str, input: Value) -> Call {
    Call::Model {
        service: service.into(),
        operation: operation.into(),
        input,
        region: None,
    }
}

fn send(settings: Settings, call: &Call, options: &SendOptions) -> Result<Answer, SendError> {
    let driver = AwsDriver::new(settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(driver.send(call, options))
}

fn describe() -> Call {
    call("ec2", "DescribeInstances", json!({}))
}

fn start() -> Call {
    call("ec2", "StartInstances", json!({"InstanceIds": ["i-1"]}))
}

const EMPTY: &str = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>";
const THROTTLED: &str = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slow down</Message></Error></Errors></Response>";
const BROKEN: &str = "<Response><Errors><Error><Code>InternalError</Code><Message>oops</Message></Error></Errors></Response>";

#[test]
fn a_request_is_signed_and_its_answer_read() {
    let server = Server::play(vec![Reply::text(200, EMPTY)]);
    let answer = send(settings(&server), &describe(), &SendOptions::reading()).unwrap();
    assert_eq!(answer.document, json!({"Reservations": []}));
    let request = server.requests().remove(0);
    assert!(
        request.contains("Credential=AKID/20231114/eu-west-1/ec2/aws4_request"),
        "{request}"
    );
    assert!(
        request.contains("x-amz-security-token: planted-token"),
        "{request}"
    );
    assert!(
        request.ends_with("Action=DescribeInstances&Version=2016-11-15"),
        "{request}"
    );
}

#[test]
fn what_was_throttled_is_sent_again_even_if_it_changes_something() {
    let server = Server::play(vec![
        Reply::text(503, THROTTLED),
        Reply::text(200, "<StartInstancesResponse/>"),
    ]);
    let answer = send(settings(&server), &start(), &SendOptions::default()).unwrap();
    assert_eq!(answer.error, None);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn what_may_have_taken_effect_is_not_sent_again() {
    let server = Server::play(vec![
        Reply::text(500, BROKEN),
        Reply::text(200, "<StartInstancesResponse/>"),
    ]);
    let answer = send(settings(&server), &start(), &SendOptions::default()).unwrap();
    assert_eq!(answer.error.unwrap().code, "InternalError");
    assert_eq!(server.requests().len(), 1);

    let server = Server::play(vec![
        Reply::Hangup,
        Reply::text(200, "<StartInstancesResponse/>"),
    ]);
    let error = send(settings(&server), &start(), &SendOptions::default()).unwrap_err();
    assert!(matches!(error, SendError::Lost { .. }), "{error}");
    assert!(error.may_have_taken_effect());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn information_is_asked_for_again() {
    let server = Server::play(vec![
        Reply::Hangup,
        Reply::text(500, BROKEN),
        Reply::text(200, EMPTY),
    ]);
    let answer = send(settings(&server), &describe(), &SendOptions::reading()).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_token_makes_it_the_same_request() {
    let server = Server::play(vec![
        Reply::Hangup,
        Reply::text(200, "<RunInstancesResponse/>"),
    ]);
    let run = call("ec2", "RunInstances", json!({"MinCount": 1, "MaxCount": 1}));
    let options = SendOptions {
        token: Some("step-7".into()),
        ..SendOptions::default()
    };
    send(settings(&server), &run, &options).unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(
        requests
            .iter()
            .all(|request| request.contains("ClientToken=step-7"))
    );
}

#[test]
fn unreadable_answers_are_told_as_such() {
    let page = "<!DOCTYPE html><html><body>Welcome to the hotel</body></html>";
    for (reply, words) in [
        (Reply::text(200, page), "HTML"),
        (
            Reply::text(200, "<DescribeInstancesResponse><reservationSet>"),
            "XML breaks off",
        ),
        (Reply::text(200, "{\"json\": 1}"), "XML"),
        (
            Reply::Announced {
                bytes: 500,
                sent: "<Describe",
            },
            "broke off",
        ),
        (Reply::Endless, "larger than 64 MiB"),
    ] {
        let server = Server::play(vec![reply]);
        let error = send(settings(&server), &describe(), &SendOptions::default()).unwrap_err();
        assert!(matches!(error, SendError::Malformed { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn the_deadline_ends_a_silent_server() {
    let server = Server::play(vec![Reply::Silence]);
    let options = SendOptions {
        deadline: Duration::from_millis(200),
        ..SendOptions::default()
    };
    let error = send(settings(&server), &start(), &options).unwrap_err();
    assert!(matches!(error, SendError::Lost { .. }), "{error}");
}

#[test]
fn what_cannot_be_rendered_never_leaves() {
    let server = Server::play(vec![]);
    for (call, words) in [
        (
            call("ec3", "DescribeInstances", json!({})),
            "did you mean `ec2`",
        ),
        (
            call("ec2", "DescribeInstance", json!({})),
            "did you mean `DescribeInstances`",
        ),
        (
            call("ec2", "DescribeInstances", json!({"InstanceId": []})),
            "did you mean `InstanceIds`",
        ),
        (
            call(
                "s3",
                "GetObject",
                json!({"Bucket": "bucket", "Key": "a/../b"}),
            ),
            "`..`",
        ),
    ] {
        let error = send(settings(&server), &call, &SendOptions::default()).unwrap_err();
        assert!(matches!(error, SendError::NotSent { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_role_is_taken_in_the_name_of_a_profile() {
    let answer = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLEKEY</AccessKeyId>\
        <SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken>\
        <Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    let server = Server::play(vec![Reply::text(200, answer), Reply::text(200, EMPTY)]);
    let home = std::env::temp_dir().join(format!("samos-aws-{}", std::process::id()));
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    let config = "[profile work]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = keys\nregion = eu-central-1\n";
    std::fs::write(home.join(".aws/config"), config).unwrap();
    let keys = format!("[keys]\naws_access_key_id = SOURCE\naws_secret_access_key = {SECRET}\n");
    std::fs::write(home.join(".aws/credentials"), keys).unwrap();
    let mut settings = settings(&server);
    settings.credentials = None;
    settings.region = None;
    settings.environment = Environment {
        variables: [("AWS_PROFILE".to_owned(), "work".to_owned())].into(),
        home: Some(home.clone()),
    };
    send(settings, &describe(), &SendOptions::reading()).unwrap();
    let requests = server.requests();
    assert!(
        requests[0].contains("Credential=SOURCE/20231114/eu-central-1/sts/"),
        "{}",
        requests[0]
    );
    assert!(
        requests[0].contains("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"),
        "{}",
        requests[0]
    );
    assert!(
        requests[1].contains("Credential=ROLEKEY/20231114/eu-central-1/ec2/"),
        "{}",
        requests[1]
    );
    std::fs::remove_dir_all(home).unwrap();
}

#[test]
fn the_host_of_a_container_serves_credentials() {
    let told = json!({"AccessKeyId": "TASK", "SecretAccessKey": SECRET, "Token": "t", "Expiration": "2030-01-01T00:00:00Z"});
    let server = Server::play(vec![
        Reply::text(200, &told.to_string()),
        Reply::text(200, EMPTY),
    ]);
    let mut settings = settings(&server);
    settings.credentials = None;
    let address = format!("{}/creds", server.address());
    settings.environment.variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI".to_owned(), address),
        (
            "AWS_CONTAINER_AUTHORIZATION_TOKEN".to_owned(),
            "pass".to_owned(),
        ),
    ]
    .into();
    send(settings, &describe(), &SendOptions::reading()).unwrap();
    let requests = server.requests();
    assert!(
        requests[0].starts_with("GET /creds HTTP/1.1")
            && requests[0].contains("authorization: pass")
    );
    assert!(requests[1].contains("Credential=TASK/"));
}

#[test]
fn an_instance_serves_credentials_by_a_session_of_its_own() {
    let told = json!({"AccessKeyId": "ROLE", "SecretAccessKey": SECRET, "Token": "t"});
    let server = Server::play(vec![
        Reply::text(200, "session"),
        Reply::text(200, "my-role"),
        Reply::text(200, &told.to_string()),
        Reply::text(200, EMPTY),
    ]);
    let mut settings = settings(&server);
    settings.credentials = None;
    settings.environment.variables = [(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT".to_owned(),
        server.address(),
    )]
    .into();
    send(settings, &describe(), &SendOptions::reading()).unwrap();
    let requests = server.requests();
    assert!(requests[0].starts_with("PUT /latest/api/token"));
    assert!(requests[2].starts_with("GET /latest/meta-data/iam/security-credentials/my-role"));
    assert!(requests[2].contains("x-aws-ec2-metadata-token: session"));
    assert!(requests[3].contains("Credential=ROLE/"));
}

const ENDED: &str = "<Response><Errors><Error><Code>ExpiredToken</Code><Message>it has ended</Message></Error></Errors></Response>";

#[test]
fn credentials_that_end_on_the_way_are_fetched_anew_and_the_request_sent_again() {
    let told = |key: &str| {
        let told =
            json!({"AccessKeyId": key, "SecretAccessKey": format!("{SECRET}-{key}"), "Token": "t"});
        Reply::text(200, &told.to_string())
    };
    let server = Server::play(vec![
        told("FIRST"),
        Reply::text(400, ENDED),
        told("SECOND"),
        Reply::text(200, "<StartInstancesResponse/>"),
    ]);
    let mut settings = settings(&server);
    settings.credentials = None;
    let address = format!("{}/creds", server.address());
    settings.environment.variables =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI".to_owned(), address)].into();
    // What is refused took no effect, so that a change is sent again too.
    let answer = send(settings, &start(), &SendOptions::default()).unwrap();
    assert_eq!(answer.error, None);
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests[1].contains("Credential=FIRST/"), "{}", requests[1]);
    assert!(
        requests[3].contains("Credential=SECOND/"),
        "{}",
        requests[3]
    );
}

#[test]
fn credentials_of_ones_own_that_have_ended_are_told_as_such() {
    let server = Server::play(vec![
        Reply::text(400, ENDED),
        Reply::text(200, "<StartInstancesResponse/>"),
    ]);
    let error = send(settings(&server), &start(), &SendOptions::default()).unwrap_err();
    assert!(matches!(error, SendError::NotSignedIn { .. }), "{error}");
    assert!(
        error.to_string().contains("it has ended (ExpiredToken)"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn nobody_to_ask_is_said_with_what_to_do() {
    let server = Server::play(vec![]);
    let mut settings = settings(&server);
    settings.credentials = None;
    settings.environment.variables =
        [("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned())].into();
    let error = send(settings, &describe(), &SendOptions::reading()).unwrap_err();
    assert!(matches!(error, SendError::NotSignedIn { .. }), "{error}");
    assert!(error.to_string().contains("AWS_ACCESS_KEY_ID"), "{error}");
}

#[test]
fn no_secret_shows() {
    let server = Server::play(vec![]);
    let settings = settings(&server);
    let mut environment = Environment::default();
    environment
        .variables
        .insert("AWS_SECRET_ACCESS_KEY".into(), SECRET.into());
    let shown = format!("{:?} {:?}", settings, environment);
    assert!(!shown.contains("planted"), "{shown}");
    let driver = AwsDriver::new(settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let call = describe();
    let options = SendOptions::reading();
    let shown = runtime.block_on(driver.preview(&call, &options, true));
    let signed = shown.unwrap().unwrap();
    let proof = signed.headers.iter().find(|header| header.is_secret);
    assert!(proof.is_some_and(|header| header.value.expose_secret().contains("Signature=")));
    let preview = format!("{signed:?}");
    assert!(!preview.contains("planted"), "{preview}");
}

#[test]
fn a_region_gets_no_more_than_its_rate() {
    let server = Server::play(vec![
        Reply::text(200, EMPTY),
        Reply::text(200, EMPTY),
        Reply::text(200, EMPTY),
    ]);
    let mut settings = settings(&server);
    settings.requests_per_second = NonZeroU32::new(2);
    let driver = AwsDriver::new(settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let started = std::time::Instant::now();
    runtime.block_on(async {
        for _ in 0..3 {
            driver
                .send(&describe(), &SendOptions::reading())
                .await
                .unwrap();
        }
    });
    assert!(started.elapsed() >= Duration::from_millis(400));
}
