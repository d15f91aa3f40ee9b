//! An account of an OpenStack cloud as OpenStack's own tools are told of it: `clouds.yaml`, or variables that begin with `OS_`.
//!
//! In: the texts of the file and of the `secure.yaml` beside it, or variables by name. Out: the profile with its address, region
//! and settings, and credentials. Not here: where those files are, and signing in.

use std::collections::BTreeMap;

use samos_access::{AccountProfile, Credentials};
use samos_model::Finding;
use samos_model::codes::access as codes;
use samos_model::finding::nearest;
use serde::Deserialize;
use serde_json::Value;

/// Beside each other: what OpenStack's tools call it, and the account's setting of that meaning.
const SETTINGS: &[(&str, &str)] = &[
    ("project_name", "project"),
    ("tenant_name", "project"),
    ("project_id", "project_id"),
    ("user_domain_name", "user_domain"),
    ("user_domain_id", "user_domain_id"),
    ("project_domain_name", "project_domain"),
    ("project_domain_id", "project_domain_id"),
];
const SECRETS: &[(&str, &str)] = &[
    ("username", "user"),
    ("password", "password"),
    ("application_credential_id", "application_credential_id"),
    (
        "application_credential_secret",
        "application_credential_secret",
    ),
];

#[derive(Deserialize)]
struct CloudsFile {
    clouds: BTreeMap<String, Cloud>,
}

#[derive(Deserialize, Default)]
struct Cloud {
    #[serde(default)]
    auth: BTreeMap<String, Value>,
    region_name: Option<String>,
}

/// Takes an account from the text of a `clouds.yaml`, and from what the `secure.yaml` beside it adds.
///
/// # Errors
/// When the text is no such file, has no cloud of that name, or lacks the address or credentials.
pub fn account_of_clouds_file(
    profile: AccountProfile,
    cloud: &str,
    text: &str,
    secure: Option<&str>,
) -> Result<(AccountProfile, Credentials), Finding> {
    let mut words = BTreeMap::new();
    for (text, must) in [(Some(text), true), (secure, false)] {
        let Some(text) = text else { continue };
        // What the parser says may quote the text, and with it a password.
        let file: CloudsFile = serde_saphyr::from_str(text).map_err(|_| {
            malformed(
                "the file of clouds is not of the form `clouds: {NAME: {auth: {…}}}`",
                "compare it with what `openstack --os-cloud NAME token issue` accepts",
            )
        })?;
        match file.clouds.get(cloud) {
            Some(found) => {
                let auth = found.auth.iter();
                words.extend(auth.filter_map(|(name, value)| Some((name.clone(), word(value)?))));
                words.extend(Some("region_name".to_owned()).zip(found.region_name.clone()));
            }
            None if must => {
                let known: Vec<&str> = file.clouds.keys().map(String::as_str).collect();
                let help = match nearest(cloud, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", known.join(", ")),
                };
                return Err(malformed(
                    &format!("the file of clouds has no `{cloud}`"),
                    &help,
                ));
            }
            None => {}
        }
    }
    account(profile, &words)
}

/// Takes an account from variables, such as an `openrc` file sets.
///
/// # Errors
/// When the address or the credentials are not among them.
pub fn account_of_variables(
    profile: AccountProfile,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<(AccountProfile, Credentials), Finding> {
    let words = variables.into_iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("OS_")?.to_ascii_lowercase();
        (!value.is_empty()).then_some((name, value))
    });
    account(profile, &words.collect())
}

/// `words` by the names that stand under `auth`.
fn account(
    mut profile: AccountProfile,
    words: &BTreeMap<String, String>,
) -> Result<(AccountProfile, Credentials), Finding> {
    let lacks = |what: &str| {
        malformed(
            &format!("no `{what}` is said"),
            &format!(
                "set OS_{}, or write it under `auth` of the cloud in clouds.yaml",
                what.to_ascii_uppercase()
            ),
        )
    };
    let address = words.get("auth_url").ok_or_else(|| lacks("auth_url"))?;
    let address = address.trim_end_matches('/');
    // Told without a version, the tools ask which there are.
    profile.endpoint = Some(if address.ends_with("/v3") {
        address.to_owned()
    } else {
        format!("{address}/v3")
    });
    if let Some(region) = words.get("region_name") {
        profile.region = Some(region.clone());
    }
    for (theirs, ours) in SETTINGS {
        if let Some(value) = words.get(*theirs) {
            profile.settings.insert((*ours).to_owned(), value.clone());
        }
    }
    let mut credentials = Credentials::default();
    for (theirs, ours) in SECRETS {
        if let Some(secret) = words.get(*theirs) {
            credentials = credentials.with(*ours, secret.clone());
        }
    }
    let wanted = if credentials.get("application_credential_id").is_some() {
        ["application_credential_id", "application_credential_secret"]
    } else {
        ["username", "password"]
    };
    match wanted.iter().find(|name| !words.contains_key(**name)) {
        Some(missing) => Err(lacks(missing)),
        None => Ok((profile, credentials)),
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn malformed(message: &str, help: &str) -> Finding {
    Finding::error(codes::ACCOUNT_MALFORMED, message, help)
}

#[cfg(test)]
mod tests {
    use samos_model::Iri;
    use secrecy::ExposeSecret as _;

    use super::*;

    const FILE: &str = "
clouds:
  lab:
    auth:
      auth_url: http://127.0.0.1:5000
      username: demo
      project_name: shop
      user_domain_id: default
      project_domain_name: Default
    region_name: RegionOne
  robot:
    auth: {auth_url: http://127.0.0.1:5000/v3/, application_credential_id: a1, application_credential_secret: s3cret}
";

    fn profile() -> AccountProfile {
        AccountProfile::new(
            "lab",
            Iri::from("https://w3id.org/samos/openstack#openstack"),
        )
    }

    #[test]
    fn a_cloud_of_the_file_is_an_account() {
        let secure = "clouds: {lab: {auth: {password: 12345}}}";
        let (profile, credentials) =
            account_of_clouds_file(profile(), "lab", FILE, Some(secure)).unwrap();
        assert_eq!(
            profile.endpoint.as_deref(),
            Some("http://127.0.0.1:5000/v3")
        );
        assert_eq!(profile.region.as_deref(), Some("RegionOne"));
        let settings: Vec<(&str, &str)> = profile
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("project", "shop"),
            ("project_domain", "Default"),
            ("user_domain_id", "default"),
        ];
        assert_eq!(settings, expected);
        assert_eq!(credentials.get("user").unwrap().expose_secret(), "demo");
        assert_eq!(
            credentials.get("password").unwrap().expose_secret(),
            "12345"
        );
    }

    #[test]
    fn an_application_credential_needs_no_user() {
        let (profile, credentials) =
            account_of_clouds_file(profile(), "robot", FILE, None).unwrap();
        assert_eq!(
            profile.endpoint.as_deref(),
            Some("http://127.0.0.1:5000/v3")
        );
        let names: Vec<&str> = credentials.names().collect();
        assert_eq!(
            names,
            ["application_credential_id", "application_credential_secret"]
        );
    }

    #[test]
    fn variables_are_an_account() {
        let variables = [
            ("OS_AUTH_URL", "http://127.0.0.1:5000/v3"),
            ("OS_USERNAME", "demo"),
            ("OS_PASSWORD", "hidden"),
            ("OS_PROJECT_ID", "5f1f2c9e"),
            ("OS_TOKEN", ""),
            ("PATH", "/bin"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (profile, _) = account_of_variables(profile(), variables).unwrap();
        assert_eq!(profile.settings.get("project_id").unwrap(), "5f1f2c9e");
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_secret_repeated() {
        let said = |result: Result<_, Finding>| {
            let finding: Finding = result
                .map(|_: (AccountProfile, Credentials)| ())
                .unwrap_err();
            format!("{} {}", finding.message, finding.help)
        };
        let of = |cloud, text| said(account_of_clouds_file(profile(), cloud, text, None));
        assert!(of("lab", FILE).contains("`password`"));
        assert!(of("lap", FILE).contains("did you mean `lab`"));
        assert!(!of("lab", "clouds: [hidden-word]").contains("hidden-word"));
        assert!(said(account_of_variables(profile(), [])).contains("OS_AUTH_URL"));
    }
}
