//! The AWS driver on moto: a server with AWS's real wire protocols, set to check keys and signatures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

#[path = "vendor/fetch.rs"]
mod fetch;
#[path = "moto/server.rs"]
mod server;

use samos_drivers::aws::{AwsDriver, Credentials, Settings};
use samos_drivers::{Driver as _, SendOptions};
use samos_mapping::call::{Answer, Call};
use serde_json::{Value, json};
use server::Moto;

/// An account on a server.
struct Account {
    driver: AwsDriver,
    runtime: tokio::runtime::Runtime,
}

impl Account {
    fn new(moto: &Moto, credentials: Credentials) -> Self {
        let mut settings = Settings::new(fetch::botocore());
        settings.address = Some(moto.address());
        settings.region = Some("us-east-1".into());
        settings.credentials = Some(credentials);
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        Self {
            driver: AwsDriver::new(settings).unwrap(),
            runtime: runtime.enable_all().build().unwrap(),
        }
    }

    fn answer(&self, service: &str, operation: &str, input: Value) -> Answer {
        let call = Call::Model {
            service: service.into(),
            operation: operation.into(),
            input,
            region: None,
        };
        let options = SendOptions::default();
        let sent = self.driver.send(&call, &options);
        self.runtime
            .block_on(sent)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    fn outcome(&self, service: &str, operation: &str, input: Value) -> Value {
        let answer = self.answer(service, operation, input);
        assert_eq!(answer.error, None, "{operation}");
        answer.document
    }

    fn refusal(&self, service: &str, operation: &str, input: Value) -> String {
        self.answer(service, operation, input)
            .error
            .expect(operation)
            .code
    }
}

#[test]
fn every_protocol_with_signatures_checked() {
    let moto = Moto::start();
    let founder = Account::new(&moto, Credentials::new("test", "test"));
    founder.outcome("iam", "CreateUser", json!({"UserName": "someone"}));
    let may_all =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let policy = json!({"UserName": "someone", "PolicyName": "all", "PolicyDocument": may_all});
    founder.outcome("iam", "PutUserPolicy", policy);
    let key = founder.outcome("iam", "CreateAccessKey", json!({"UserName": "someone"}));
    let text = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    doors(&founder);
    moto.check_signatures();

    let impostor = Account::new(&moto, Credentials::new(text("AccessKeyId"), "guessed"));
    assert_eq!(
        impostor.refusal("ec2", "DescribeInstances", json!({})),
        "AuthFailure"
    );

    let account = Account::new(
        &moto,
        Credentials::new(text("AccessKeyId"), text("SecretAccessKey")),
    );
    instances(&account);
    objects(&account);
    balancers_and_databases(&account);
    tables(&account);
}

/// EC2's own protocol.
fn instances(account: &Account) {
    let run = json!({"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro"});
    let made = account.outcome("ec2", "RunInstances", run);
    let id = made["Instances"][0]["InstanceId"].clone();
    assert_eq!(made["Instances"][0]["InstanceType"], "t3.micro");
    let found = account.outcome("ec2", "DescribeInstances", json!({"InstanceIds": [id]}));
    assert_eq!(found["Reservations"][0]["Instances"][0]["InstanceId"], id);
    account.outcome("ec2", "StopInstances", json!({"InstanceIds": [id]}));
    let refused = account.refusal(
        "ec2",
        "StartInstances",
        json!({"InstanceIds": ["i-0123456789abcdef0"]}),
    );
    assert_eq!(refused, "InvalidInstanceID.NotFound");
}

/// REST with XML: S3, with keys that are hard to sign.
fn objects(account: &Account) {
    account.outcome("s3", "CreateBucket", json!({"Bucket": "odd-keys"}));
    let keys = [
        "a b+c/ü&=?#%.txt",
        "//double//slash",
        "plain",
        "ends/",
        "~tilde_-.x",
        "quo\"te<>'",
        "%41",
        "😀",
    ];
    for key in keys {
        let body = format!("what is in {key}");
        account.outcome("s3", "PutObject", json!({"Bucket": "odd-keys", "Key": key, "Body": body, "Metadata": {"made-by": "samos"}}));
        let found = account.outcome("s3", "GetObject", json!({"Bucket": "odd-keys", "Key": key}));
        assert_eq!(found["Body"], body.as_str());
        assert_eq!(found["Metadata"], json!({"made-by": "samos"}));
    }
    let listed = account.outcome("s3", "ListObjectsV2", json!({"Bucket": "odd-keys"}));
    let mut found: Vec<&str> = listed["Contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["Key"].as_str().unwrap())
        .collect();
    let mut wanted = keys.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    assert_eq!(
        account.refusal(
            "s3",
            "GetObject",
            json!({"Bucket": "odd-keys", "Key": "missing"})
        ),
        "NoSuchKey"
    );
    let bytes = json!({"base64": "AP8Q"});
    account.outcome(
        "s3",
        "PutObject",
        json!({"Bucket": "odd-keys", "Key": "bytes", "Body": bytes, "ChecksumAlgorithm": "SHA256"}),
    );
    let found = account.outcome(
        "s3",
        "GetObject",
        json!({"Bucket": "odd-keys", "Key": "bytes"}),
    );
    assert_eq!(found["Body"], bytes);
}

/// The query protocol.
fn balancers_and_databases(account: &Account) {
    let listeners = json!([{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}]);
    let balancer = json!({"LoadBalancerName": "lb-1", "Listeners": listeners, "AvailabilityZones": ["us-east-1a"]});
    account.outcome("elb", "CreateLoadBalancer", balancer);
    let found = account.outcome(
        "elb",
        "DescribeLoadBalancers",
        json!({"LoadBalancerNames": ["lb-1"]}),
    );
    assert_eq!(
        found["LoadBalancerDescriptions"][0]["ListenerDescriptions"][0]["Listener"]["InstancePort"],
        8080
    );
    let database = json!({
        "DBInstanceIdentifier": "db-1",
        "DBInstanceClass": "db.t3.micro",
        "Engine": "postgres",
        "MasterUsername": "someone",
        "MasterUserPassword": "long-enough",
        "AllocatedStorage": 20,
    });
    account.outcome("rds", "CreateDBInstance", database);
    let found = account.outcome(
        "rds",
        "DescribeDBInstances",
        json!({"DBInstanceIdentifier": "db-1"}),
    );
    assert_eq!(found["DBInstances"][0]["AllocatedStorage"], 20);
    assert_eq!(
        account.refusal(
            "rds",
            "DescribeDBInstances",
            json!({"DBInstanceIdentifier": "none"})
        ),
        "DBInstanceNotFound"
    );
}

/// JSON.
fn tables(account: &Account) {
    let table = json!({
        "TableName": "t",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    account.outcome("dynamodb", "CreateTable", table);
    account.outcome(
        "dynamodb",
        "PutItem",
        json!({"TableName": "t", "Item": {"id": {"S": "1"}, "n": {"N": "2.5"}}}),
    );
    let found = account.outcome(
        "dynamodb",
        "GetItem",
        json!({"TableName": "t", "Key": {"id": {"S": "1"}}}),
    );
    assert_eq!(found["Item"]["n"]["N"], "2.5");
    let refused = account.refusal("dynamodb", "DescribeTable", json!({"TableName": "none"}));
    assert_eq!(refused, "ResourceNotFoundException");
}

/// REST with JSON, before signatures are checked: moto refuses anybody's in a GET of this protocol.
fn doors(account: &Account) {
    account.outcome("apigateway", "CreateRestApi", json!({"name": "doors"}));
    let found = account.outcome("apigateway", "GetRestApis", json!({}));
    assert_eq!(found["items"][0]["name"], "doors");
}
