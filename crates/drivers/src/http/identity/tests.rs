use super::*;
use serde_json::json;

fn answered(status: u16, headers: &[(&str, &str)], document: &Value) -> http::Response<Bytes> {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::from(document.to_string())).unwrap()
}

#[test]
fn keystone_gives_a_token_and_where_services_are() {
    let keystone = Keystone {
        address: "http://identity/v3/".into(),
        proof: Proof::Password {
            user: "demo".into(),
            domain: Domain::Id("default".into()),
            password: "hidden-word".to_owned().into(),
        },
        scope: Scope::Project {
            name: "samos".into(),
            domain: Domain::Named("Default".into()),
        },
    };
    assert!(!format!("{keystone:?}").contains("hidden-word"));
    let request = keystone.request().unwrap();
    assert_eq!(request.uri(), "http://identity/v3/auth/tokens");
    let sent: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(sent["auth"]["scope"]["project"]["name"], "samos");
    assert_eq!(
        sent["auth"]["scope"]["project"]["domain"]["name"],
        "Default"
    );
    assert_eq!(
        sent["auth"]["identity"]["password"]["user"]["domain"],
        json!({"id": "default"})
    );
    let by_id = Keystone {
        scope: Scope::ProjectId("5f1f2c9e".into()),
        ..keystone
    };
    let sent: Value = serde_json::from_slice(by_id.request().unwrap().body()).unwrap();
    assert_eq!(
        sent["auth"]["scope"],
        json!({"project": {"id": "5f1f2c9e"}})
    );
    let document = json!({"token": {"expires_at": "2030-01-01T00:00:00.000000Z", "catalog": [
        {"type": "compute", "name": "nova", "endpoints": [
            {"interface": "admin", "region": "R1", "url": "http://admin"},
            {"interface": "public", "region": "R1", "url": "http://nova/v2.1"},
            {"interface": "public", "region": "R2", "url": "http://nova2/v2.1"},
        ]},
    ]}});
    let session =
        Keystone::session(&answered(201, &[("X-Subject-Token", "t-1")], &document)).unwrap();
    assert!(session.lasts(SystemTime::UNIX_EPOCH));
    let address = |service, region| session.catalogue.address(service, region);
    assert_eq!(
        address("compute", Some("R2")).as_deref(),
        Some("http://nova2/v2.1")
    );
    assert_eq!(address("nova", None).as_deref(), Some("http://nova/v2.1"));
    assert_eq!(address("compute", Some("R3")), None);
    assert!(!format!("{session:?}").contains("t-1"));
}

#[test]
fn wrong_credentials_are_told_from_a_service_out_of_order() {
    let refused = json!({"error": {"message": "wrong password", "code": 401}});
    assert!(matches!(
        Keystone::session(&answered(401, &[], &refused)),
        Err(SendError::NotSignedIn { .. })
    ));
    for status in [408, 413, 429, 500, 503] {
        assert!(matches!(
            RackspaceKey::session(&answered(status, &[], &json!({}))),
            Err(SendError::Unreachable { .. })
        ));
    }
    assert!(matches!(
        RackspaceKey::session(&answered(200, &[], &json!({}))),
        Err(SendError::Malformed { .. })
    ));
}

#[test]
fn a_client_token_ends() {
    let now = SystemTime::UNIX_EPOCH;
    let document = json!({"access_token": "t", "expires_in": 60});
    let session = ClientCredentials::session(&answered(200, &[], &document), now).unwrap();
    assert!(session.lasts(now + Duration::from_secs(59)));
    assert!(!session.lasts(now + Duration::from_secs(61)));
}
