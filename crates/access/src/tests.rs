//! Accounts as a user meets them, and secrets that must show up nowhere.

use std::path::PathBuf;
use std::pin::Pin;

use futures::executor::block_on;
use samos_model::reply::ErrorClass;
use samos_model::{Iri, Kind, Name, Request, Value};
use samos_reference::estate::{Estate, iri};
use secrecy::{ExposeSecret as _, SecretString};

use crate::*;

/// Planted in credentials; must be found nowhere.
const SECRETS: [&str; 3] = ["wJalrXUtnFEMI/K7MDENG+x", "hunter2 and more", "AKIAPLANTED"];

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("samos-access-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn planted() -> Credentials {
    Credentials::default()
        .with("secret_access_key", SECRETS[0])
        .with("password", SECRETS[1])
        .with("access_key_id", SECRETS[2])
}

fn passphrase(text: &str) -> Opener {
    Opener::Passphrase(SecretString::from(text.to_owned()))
}

fn profile(name: &str) -> AccountProfile {
    AccountProfile::new(name, iri("a:cloud"))
}

fn holds_secret(text: &str) -> bool {
    SECRETS.iter().any(|secret| text.contains(secret))
}

#[test]
fn accounts_are_kept_sealed_and_opened_by_what_sealed_them() {
    let folder = folder("sealed");
    let path = folder.join("accounts.db");
    for (opener, wrong) in [
        (passphrase("open sesame"), passphrase("open barley")),
        (
            Opener::KeyFile(new_key_file()),
            Opener::KeyFile(new_key_file()),
        ),
    ] {
        let _ = std::fs::remove_file(&path);
        let mut accounts = Accounts::open(&path).unwrap();
        assert!(!accounts.has_key().unwrap());
        assert_eq!(
            accounts.add(&profile("prod"), &planted(), None),
            Err(Error::WrongKey)
        );
        accounts
            .add(&profile("prod"), &planted(), Some(&opener))
            .unwrap();
        let again = accounts
            .add(&profile("prod"), &planted(), None)
            .unwrap_err();
        assert_eq!(again.code(), "U0102");
        // Another needs no key: it is sealed to the public half.
        let second = Credentials::default().with("password", "second secret");
        accounts.add(&profile("test"), &second, None).unwrap();
        drop(accounts);

        let accounts = Accounts::open(&path).unwrap();
        let names: Vec<String> = accounts
            .profiles()
            .unwrap()
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["prod", "test"]);
        assert_eq!(accounts.unlock(&wrong).unwrap_err().code(), "U0201");
        let unlocked = accounts.unlock(&opener).unwrap();
        let credentials = accounts.credentials("prod", &unlocked).unwrap();
        let secret = credentials.get("password").unwrap();
        assert_eq!(secret.expose_secret(), SECRETS[1]);
        let near = accounts.profile("prd").unwrap_err();
        assert_eq!(
            (near.code(), near.help().as_str()),
            ("U0101", "did you mean `prod`?")
        );
        for file in std::fs::read_dir(&folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!holds_secret(&String::from_utf8_lossy(&bytes)));
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "nobody but its owner reads it");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn damaged_credentials_are_an_error_with_a_code() {
    let folder = folder("damaged");
    let path = folder.join("accounts.db");
    let opener = passphrase("open sesame");
    let mut accounts = Accounts::open(&path).unwrap();
    accounts
        .add(&profile("prod"), &planted(), Some(&opener))
        .unwrap();
    let unlocked = accounts.unlock(&opener).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    for damage in [
        "UPDATE accounts SET sealed = substr(sealed, 1, length(sealed) - 5)",
        "UPDATE accounts SET sealed = CAST('nonsense' AS BLOB)",
        "UPDATE accounts SET sealed = NULL",
    ] {
        other.execute_batch(damage).unwrap();
        let error = accounts.credentials("prod", &unlocked).unwrap_err();
        assert!(
            ["U0202", "U0201", "U0104"].contains(&error.code()),
            "{damage}: {error}"
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A provider that repeats what it was sent.
struct Echo {
    refuses: bool,
}

impl CredentialCheck for Echo {
    fn check<'a>(
        &'a self,
        profile: &'a AccountProfile,
        credentials: &'a Credentials,
    ) -> Pin<Box<dyn Future<Output = Result<Whom, CheckFailure>> + Send + 'a>> {
        let told: Vec<&str> = credentials
            .names()
            .map(|name| credentials.get(name).unwrap().expose_secret())
            .collect();
        let message = format!("I was sent {} by {}", told.join(", "), profile.name);
        Box::pin(async move {
            if self.refuses {
                Err(CheckFailure::Refused { message })
            } else {
                Ok(Whom { name: message })
            }
        })
    }
}

#[test]
fn no_secret_shows_in_what_is_printed_noted_or_said() {
    let folder = folder("secrets");
    let path = folder.join("accounts.db");
    let opener = passphrase(SECRETS[1]);
    let mut accounts = Accounts::open(&path).unwrap();
    let mut shown = vec![format!("{:?} {:#?} {opener:?}", planted(), planted())];
    accounts
        .add(&profile("prod"), &planted(), Some(&opener))
        .unwrap();
    let unlocked = accounts.unlock(&opener).unwrap();
    shown.push(format!("{accounts:?} {unlocked:?}"));
    let names = ["prod".to_owned(), "none".to_owned()];
    let refused =
        block_on(accounts.verify(&names, Some(&unlocked), &Echo { refuses: true })).unwrap_err();
    assert_eq!(
        refused
            .iter()
            .map(|finding| &*finding.code)
            .collect::<Vec<_>>(),
        ["U0203", "U0101"]
    );
    shown.extend(
        refused
            .iter()
            .map(|finding| format!("{finding} {finding:?}")),
    );
    let good =
        block_on(accounts.verify(&names[..1], Some(&unlocked), &Echo { refuses: false })).unwrap();
    shown.push(format!("{good:?}"));
    let wrong = accounts.unlock(&Opener::KeyFile(SecretString::from(SECRETS[0].to_owned())));
    shown.push(format!("{wrong:?}"));
    let request = Request {
        operation: iri("a:SetPassword"),
        subject: iri("a:web-1"),
        arguments: [(
            Name::from("password"),
            vec![Value::Literal(samos_model::Literal::string(SECRETS[1]))],
        )]
        .into(),
    };
    let entry = AuditEntry::of("2026-01-01T00:00:00Z", "prod", None, &request, Deed::Sent);
    accounts.note(&entry).unwrap();
    shown.push(format!("{:?}", accounts.audit().unwrap()));
    let panicked = std::panic::catch_unwind(|| {
        let credentials = planted();
        panic!("a fault beside {credentials:?}")
    });
    let words = panicked.unwrap_err();
    shown.push(words.downcast_ref::<String>().unwrap().clone());
    shown.push(planted().redact(&format!("?key={}&p=hunter2%20and%20more", SECRETS[0])));
    for text in shown {
        assert!(!holds_secret(&text) && !text.contains("hunter2"), "{text}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_secret_is_no_setting() {
    for (name, value) in [
        ("api_key", "x"),
        ("Secret-Access-Key", "x"),
        ("adminPassword", "x"),
    ] {
        let mut one = profile("prod");
        one.settings.insert(name.to_owned(), value.to_owned());
        assert_eq!(one.check().unwrap_err().code(), "U0103", "{name}");
    }
    let mut one = profile("prod");
    one.endpoint = Some("https://user:word@cloud.example/v2".to_owned());
    assert_eq!(one.check().unwrap_err().code(), "U0103");
    one.endpoint = Some("https://cloud.example/v2?who=me@here".to_owned());
    assert_eq!(one.check(), Ok(()));
    assert!(profile("a b").check().is_err() && profile("").check().is_err());
}

#[test]
fn the_audit_log_shows_that_it_was_touched() {
    let folder = folder("audit");
    let path = folder.join("accounts.db");
    let mut accounts = Accounts::open(&path).unwrap();
    let request = Request {
        operation: iri("a:Start"),
        subject: iri("a:web-1"),
        arguments: Default::default(),
    };
    let deeds = [
        Deed::Sent,
        Deed::Answered,
        Deed::Refused {
            class: ErrorClass::Quota,
        },
        Deed::Lost,
        Deed::Denied {
            by: vec!["read only".to_owned()],
        },
    ];
    for deed in &deeds {
        let entry = AuditEntry::of(
            "2026-01-01T00:00:00Z",
            "prod",
            Some("r1-1".to_owned()),
            &request,
            deed.clone(),
        );
        accounts.note(&entry).unwrap();
    }
    let (entries, head) = accounts.audit().unwrap();
    assert_eq!(head.entries, 5);
    assert!(
        entries
            .iter()
            .zip(&deeds)
            .all(|(entry, deed)| entry.deed == *deed)
    );
    drop(accounts);
    for (damage, at) in [
        (
            "UPDATE audit SET body = replace(body, 'web-1', 'web-2') WHERE n = 2",
            2,
        ),
        ("DELETE FROM audit WHERE n = 3", 3),
        ("DELETE FROM audit WHERE n = 5", 5),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET n = n + 10 WHERE n > 3", 4),
        ("INSERT INTO audit VALUES (6, '{}', 'sha256:00')", 6),
        ("UPDATE audit_head SET entries = 4", 6),
    ] {
        let copy = folder.join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        rusqlite::Connection::open(&copy)
            .unwrap()
            .execute_batch(damage)
            .unwrap();
        let error = Accounts::open(&copy).unwrap().audit().unwrap_err();
        assert!(
            matches!(error, Error::AuditBroken { entry, .. } if entry == at),
            "{damage}: {error}"
        );
        assert_eq!(error.code(), "U0401");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn world() -> Estate {
    let world = Estate::new()
        .provider("a:Cloud", "a:cloud")
        .class("a:Machine", &["a:Cloud", "samos:ServiceInstance"])
        .class("a:Big", &["a:Machine"])
        .class("a:Disk", &["a:Cloud", "samos:ServiceInstance"])
        .entity("a:web-1", &["a:Machine"])
        .entity("a:db-1", &["a:Big"])
        .entity("a:disk-1", &["a:Disk"]);
    let world = world.operation(Kind::Information, "a:Look", "a:Machine", "", "", "", "");
    let world = world.operation(Kind::Manipulation, "a:Start", "a:Machine", "", "", "", "");
    let world = world.operation(Kind::Manipulation, "a:End", "a:Machine", "", "", "", "");
    world.operation(Kind::Manipulation, "a:Wipe", "a:Disk", "", "", "", "")
}

fn expand(text: &str) -> Option<Iri> {
    text.contains(':').then(|| iri(text))
}

/// What of all is allowed.
fn allowed(read_only: bool, policy: &str) -> Vec<&'static str> {
    let world = world();
    let mut one = profile("prod");
    one.read_only = read_only;
    one.policy = policy.to_owned();
    let policies = Policies::read(&one, &world, &expand).unwrap();
    let asked = [
        ("a:Look", "a:web-1"),
        ("a:Look", "a:db-1"),
        ("a:Start", "a:web-1"),
        ("a:Start", "a:db-1"),
        ("a:End", "a:web-1"),
        ("a:End", "a:db-1"),
        ("a:Wipe", "a:disk-1"),
    ];
    let names = [
        "look web",
        "look db",
        "start web",
        "start db",
        "end web",
        "end db",
        "wipe",
    ];
    let mut yes = Vec::new();
    for ((operation, subject), name) in asked.into_iter().zip(names) {
        let request = Request {
            operation: iri(operation),
            subject: iri(subject),
            arguments: Default::default(),
        };
        match policies.decide(&world, &request) {
            Decision::Allowed => yes.push(name),
            denied @ Decision::Denied { .. } => assert_eq!(denied.finding().unwrap().code, "U0301"),
        }
    }
    yes
}

#[test]
fn policies_allow_and_deny_by_operation_and_subject() {
    let all = [
        "look web",
        "look db",
        "start web",
        "start db",
        "end web",
        "end db",
        "wipe",
    ];
    assert_eq!(allowed(false, ""), all);
    assert_eq!(allowed(true, ""), ["look web", "look db"]);
    assert_eq!(
        allowed(
            false,
            r#"forbid (principal, action == Action::"a:End", resource);"#
        ),
        ["look web", "look db", "start web", "start db", "wipe"]
    );
    assert_eq!(
        allowed(
            false,
            r#"forbid (principal, action in Action::"manipulation", resource in SubjectType::"a:Big");"#
        ),
        ["look web", "look db", "start web", "end web", "wipe"]
    );
    assert_eq!(
        allowed(
            false,
            r#"permit (principal, action in Action::"information", resource);
               permit (principal == Account::"prod", action == Action::"a:Start", resource == Subject::"a:web-1");"#
        ),
        ["look web", "look db", "start web"]
    );
    assert_eq!(
        allowed(
            false,
            r#"permit (principal, action, resource in Provider::"a:cloud");
               forbid (principal, action, resource) unless { resource in SubjectType::"a:Machine" };"#
        ),
        [
            "look web",
            "look db",
            "start web",
            "start db",
            "end web",
            "end db"
        ]
    );
    // One that cannot be evaluated forbids.
    assert!(
        allowed(
            false,
            "forbid (principal, action, resource) when { resource.owner == 1 };"
        )
        .is_empty()
    );
}

#[test]
fn a_policy_that_names_what_does_not_exist_is_refused() {
    let world = world();
    let refused = |policy: &str| {
        let mut one = profile("prod");
        one.policy = policy.to_owned();
        let findings = Policies::read(&one, &world, &expand).unwrap_err();
        (findings[0].code.to_string(), findings[0].help.clone())
    };
    let (code, help) = refused(r#"forbid (principal, action == Action::"a:Strat", resource);"#);
    assert_eq!(code, "U0303");
    assert!(help.contains("Start"), "{help}");
    for policy in [
        r#"forbid (principal, action, resource in SubjectType::"a:Machin");"#,
        r#"forbid (principal == Account::"test", action, resource);"#,
        r#"forbid (principal, action, resource in Subjects::"a:web-1");"#,
    ] {
        assert_eq!(refused(policy).0, "U0303", "{policy}");
    }
    assert_eq!(refused("forbid (principal, action").0, "U0302");
    assert_eq!(
        refused("forbid (principal == ?principal, action, resource);").0,
        "U0302"
    );
}

#[test]
fn a_denial_names_the_policy() {
    let world = world();
    let mut one = profile("prod");
    one.policy = r#"@id("keep machines") forbid (principal, action == Action::"a:End", resource);"#
        .to_owned();
    let policies = Policies::read(&one, &world, &expand).unwrap();
    let request = Request {
        operation: iri("a:End"),
        subject: iri("a:web-1"),
        arguments: Default::default(),
    };
    let Decision::Denied { by, message } = policies.decide(&world, &request) else {
        panic!("it is denied");
    };
    assert_eq!(by, ["`keep machines`"]);
    assert!(message.ends_with("`keep machines` forbids it"), "{message}");
}
