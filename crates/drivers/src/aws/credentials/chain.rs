//! The order in which credentials are looked for: environment, profile, container, instance.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Credentials, Environment, Profiles, served};
use crate::aws::error::Error;
use crate::aws::value::time_of_text;
use crate::transport::Transport;

/// What a step of the chain found.
#[derive(Debug)]
pub(crate) enum Found {
    /// Credentials.
    Credentials(Credentials),
    /// A role to take, in the name of whoever this is: a call to STS tells the credentials.
    Role(Box<Role>),
}

/// A role to take.
#[derive(Debug)]
pub(crate) struct Role {
    /// Who takes it; nobody where a token says it.
    pub(crate) by: Option<Found>,
    /// `AssumeRole` or `AssumeRoleWithWebIdentity`.
    pub(crate) operation: &'static str,
    /// The input of that operation.
    pub(crate) input: Value,
}

/// Where credentials are looked for.
pub(crate) struct Chain<'c> {
    pub(crate) environment: &'c Environment,
    pub(crate) profiles: &'c Profiles,
    pub(crate) transport: &'c Transport,
    pub(crate) now: SystemTime,
}

impl Chain<'_> {
    /// The first credentials in the order that users of AWS know.
    pub(crate) async fn find(&self) -> Result<Found, Error> {
        if let Some(credentials) = self.of_variables()? {
            return Ok(Found::Credentials(credentials));
        }
        self.profiles.check_chosen()?;
        if let Some(found) = self
            .of_profile(self.profiles.chosen(), &mut BTreeSet::new())
            .await?
        {
            return Ok(found);
        }
        if let Some(role) = self.of_web_identity() {
            return role.map(Found::Role);
        }
        if let Some(credentials) = served::of_container(self.environment, self.transport).await? {
            return Ok(Found::Credentials(credentials));
        }
        if let Some(credentials) = served::of_instance(self.environment, self.transport).await? {
            return Ok(Found::Credentials(credentials));
        }
        Err(nothing(
            "none in the environment (AWS_ACCESS_KEY_ID), in a profile (~/.aws), from a container or an instance; \
             set the variables, or choose a profile with AWS_PROFILE",
        ))
    }

    fn of_variables(&self) -> Result<Option<Credentials>, Error> {
        let variable = |name| self.environment.variable(name);
        match (
            variable("AWS_ACCESS_KEY_ID"),
            variable("AWS_SECRET_ACCESS_KEY"),
        ) {
            (Some(key), Some(secret)) => {
                let mut credentials = Credentials::new(key, secret);
                let token = variable("AWS_SESSION_TOKEN").or(variable("AWS_SECURITY_TOKEN"));
                credentials.session_token = token.map(|token| token.to_owned().into());
                Ok(Some(credentials))
            }
            (Some(_), None) => Err(nothing(
                "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not",
            )),
            _ => Ok(None),
        }
    }

    /// What a profile gives: a role, keys, a program's answer.
    async fn of_profile(
        &self,
        profile: &str,
        seen: &mut BTreeSet<String>,
    ) -> Result<Option<Found>, Error> {
        if !seen.insert(profile.to_owned()) {
            return Err(nothing(&format!(
                "the profiles refer to each other in a circle at `{profile}`"
            )));
        }
        let value = |key| self.profiles.value_of(profile, key);
        if let Some(role) = value("role_arn") {
            if value("web_identity_token_file").is_some() {
                return self
                    .web_role(profile, role)
                    .map(|role| Some(Found::Role(role)));
            }
            let by = self.source_of(profile, seen).await?;
            let mut input = json!({
                "RoleArn": role,
                "RoleSessionName": self.session_name(value("role_session_name")),
            });
            if let Some(fields) = input.as_object_mut() {
                if let Some(id) = value("external_id") {
                    fields.insert("ExternalId".to_owned(), id.into());
                }
                if let Some(seconds) =
                    value("duration_seconds").and_then(|text| text.parse::<u32>().ok())
                {
                    fields.insert("DurationSeconds".to_owned(), seconds.into());
                }
            }
            if value("mfa_serial").is_some() {
                return Err(nothing(&format!(
                    "profile `{profile}` wants a one-time code (mfa_serial), which samos does not ask for: \
                     take the role with `aws sts assume-role` and set the variables"
                )));
            }
            return Ok(Some(Found::Role(Box::new(Role {
                by: Some(by),
                operation: "AssumeRole",
                input,
            }))));
        }
        if let (Some(key), Some(secret)) =
            (value("aws_access_key_id"), value("aws_secret_access_key"))
        {
            let mut credentials = Credentials::new(key, secret);
            credentials.session_token =
                value("aws_session_token").map(|token| token.to_owned().into());
            return Ok(Some(Found::Credentials(credentials)));
        }
        if value("sso_session").is_some() || value("sso_start_url").is_some() {
            return Err(nothing(&format!(
                "profile `{profile}` signs in through a browser (sso), which samos does not do: \
                 run `aws configure export-credentials --profile {profile} --format env` and set what it prints"
            )));
        }
        if let Some(command) = value("credential_process") {
            return served::of_process(command)
                .await
                .map(|found| Some(Found::Credentials(found)));
        }
        Ok(None)
    }

    /// In whose name a profile takes its role.
    async fn source_of(&self, profile: &str, seen: &mut BTreeSet<String>) -> Result<Found, Error> {
        let value = |key| self.profiles.value_of(profile, key);
        if let Some(source) = value("source_profile") {
            if source == profile {
                // A profile may hold both the role and the keys that take it.
                if let (Some(key), Some(secret)) =
                    (value("aws_access_key_id"), value("aws_secret_access_key"))
                {
                    return Ok(Found::Credentials(Credentials::new(key, secret)));
                }
            }
            let found = Box::pin(self.of_profile(source, seen)).await?;
            return found.ok_or_else(|| {
                nothing(&format!(
                    "profile `{profile}` takes its role as `{source}`, which gives no credentials"
                ))
            });
        }
        let found = match value("credential_source") {
            Some("Environment") => self.of_variables()?,
            Some("EcsContainer") => served::of_container(self.environment, self.transport).await?,
            Some("Ec2InstanceMetadata") => {
                served::of_instance(self.environment, self.transport).await?
            }
            Some(other) => {
                return Err(nothing(&format!(
                    "profile `{profile}` names credential_source `{other}`: Environment, EcsContainer or Ec2InstanceMetadata"
                )));
            }
            None => {
                return Err(nothing(&format!(
                    "profile `{profile}` has a role_arn, but neither source_profile nor credential_source"
                )));
            }
        };
        found.map(Found::Credentials).ok_or_else(|| {
            nothing(&format!(
                "the credential_source of profile `{profile}` gives no credentials"
            ))
        })
    }

    fn of_web_identity(&self) -> Option<Result<Box<Role>, Error>> {
        let file = self.environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE")?;
        let role = self.environment.variable("AWS_ROLE_ARN")?;
        let session = self.session_name(self.environment.variable("AWS_ROLE_SESSION_NAME"));
        Some(web_identity(role, file, session))
    }

    fn web_role(&self, profile: &str, role: &str) -> Result<Box<Role>, Error> {
        let value = |key| self.profiles.value_of(profile, key);
        let file = value("web_identity_token_file").unwrap_or_default();
        web_identity(role, file, self.session_name(value("role_session_name")))
    }

    fn session_name(&self, given: Option<&str>) -> String {
        let since = self
            .now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        given.map_or_else(|| format!("samos-{}", since.as_secs()), str::to_owned)
    }
}

fn web_identity(role: &str, file: &str, session: String) -> Result<Box<Role>, Error> {
    let token = std::fs::read_to_string(file)
        .map_err(|error| nothing(&format!("cannot read the token file `{file}`: {error}")))?;
    let input = json!({
        "RoleArn": role,
        "RoleSessionName": session,
        "WebIdentityToken": token.trim(),
    });
    Ok(Box::new(Role {
        by: None,
        operation: "AssumeRoleWithWebIdentity",
        input,
    }))
}

/// The credentials in what STS answers.
pub(crate) fn assumed(answer: &Value) -> Option<Credentials> {
    let found = answer.get("Credentials")?;
    let text = |name: &str| found.get(name).and_then(Value::as_str);
    let mut credentials = Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?)
        .with_session_token(text("SessionToken")?);
    credentials.expires = text("Expiration").and_then(instant);
    Some(credentials)
}

/// A point in time as services write it.
pub(super) fn instant(text: &str) -> Option<SystemTime> {
    SystemTime::try_from(time_of_text(text)?).ok()
}

pub(super) fn nothing(message: &str) -> Error {
    Error::Credentials {
        message: message.to_owned(),
    }
}
