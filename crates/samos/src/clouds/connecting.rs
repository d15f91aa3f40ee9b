//! What sends in the name of each account: the driver that its library asks for, with its credentials.
//!
//! Which library that is, the account says, or its provider's mappings: how a library's requests travel and how one signs in is
//! theirs to say. Not here: which requests there are.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex};

use samos_access::{
    AccountProfile, Accounts, CheckFailure, CredentialCheck, Credentials, Opener, Policies, Whom,
};
use samos_drivers::aws::{AwsDriver, Environment, Settings};
use samos_drivers::haproxy::HaproxyDriver;
use samos_drivers::http::identity::{
    ClientCredentials, Domain, Keystone, Proof, RackspaceKey, Scope, Shown,
};
use samos_drivers::http::{Authentication, HttpDriver};
use samos_drivers::libvirt::LibvirtDriver;
use samos_drivers::{ConnectionSettings, Driver, SendError, SendOptions, Transport as Connections};
use samos_mapping::{Class, Library, Mappings, SignIn, Transport};
use samos_model::codes::access as codes;
use samos_model::finding::nearest;
use samos_model::{Finding, World};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Cloud, Clouds};
use crate::Error;

/// The endpoint of accounts that stand for no cloud: what is asked of them is played from the specifications.
const SIMULATED: &str = "simulated";
/// How many requests a second go to a region of an account that does not say.
const USUAL_RATE: NonZeroU32 = NonZeroU32::MIN.saturating_add(99);
/// What tells who asks, in the credentials of an account whose library does not say how one signs in; each excludes the others.
const PROOFS: [&str; 3] = ["token", "client_id", "user"];

/// Makes every account of a file ready.
pub(crate) fn connect(
    path: &Path,
    opener: Option<&Opener>,
    environment: &Environment,
    mappings: Arc<Mappings>,
    world: &dyn World,
    expand: &dyn Fn(&str) -> Option<samos_model::Iri>,
) -> Result<Clouds, Error> {
    let accounts = Accounts::open(path).map_err(|error| error.finding())?;
    let profiles = accounts.profiles().map_err(|error| error.finding())?;
    let kept = accounts
        .with_credentials()
        .map_err(|error| error.finding())?;
    let unlocked = match opener {
        Some(opener) if accounts.has_key().map_err(|error| error.finding())? => {
            Some(accounts.unlock(opener).map_err(|error| error.finding())?)
        }
        _ => None,
    };
    let runtime = tokio::runtime::Runtime::new().map_err(Error::internal)?;
    let mut clouds = Vec::new();
    for mut profile in profiles {
        let credentials = accounts
            .credentials_if_any(&profile.name, unlocked.as_ref())
            .map_err(|error| error.finding())?;
        let account = Account {
            profile: &profile,
            credentials: &credentials,
            is_locked: unlocked.is_none() && kept.contains(&profile.name),
        };
        // A driver may look for the runtime that it will run on.
        let _entered = runtime.enter();
        let (driver, library) = match is_simulated(&profile) {
            true => (None, None),
            false => {
                let library = account.library(&mappings, world)?;
                let driver = account.driver(&library, environment)?;
                (Some(driver), Some(library.name.to_owned()))
            }
        };
        let policies = Policies::read(&profile, world, expand).map_err(Error::Invalid)?;
        profile.library = library;
        clouds.push(Cloud {
            profile,
            policies,
            driver,
            credentials,
        });
    }
    Ok(Clouds {
        mappings,
        clouds,
        runtime: runtime.handle().clone(),
        threads: Some(runtime),
        accounts: Mutex::new(accounts),
        gate: super::gate(),
        wall: super::now_ms,
    })
}

/// Was the account added to play with: is it asked of the simulated provider?
fn is_simulated(profile: &AccountProfile) -> bool {
    profile.endpoint.as_deref() == Some(SIMULATED)
}

struct Account<'a> {
    profile: &'a AccountProfile,
    credentials: &'a Credentials,
    /// Are there credentials that nothing opened?
    is_locked: bool,
}

impl Account<'_> {
    /// The library that it is called through: the one chosen, or the first that serves its provider.
    fn library<'m>(&self, mappings: &'m Mappings, world: &dyn World) -> Result<Library<'m>, Error> {
        let provider = &self.profile.provider;
        let name = match &self.profile.library {
            Some(name) => name.as_str(),
            None => {
                let serving = mappings.libraries_of(world, provider);
                serving.first().copied().ok_or_else(|| {
                    self.wrong(
                        format!("no mapping serves `{}`", world.compact(provider)),
                        "map its operations (`mappings/README.md` shows how), or name a provider that `samos coverage` lists",
                    )
                })?
            }
        };
        mappings.library(name).ok_or_else(|| {
            let help = match nearest(name, mappings.all_libraries()) {
                Some(near) => format!("did you mean `{near}`? Remove the account and add it again"),
                None => "`samos coverage` lists the libraries; remove the account and add it again"
                    .to_owned(),
            };
            self.wrong(format!("there is no library `{name}`"), &help)
        })
    }

    /// What sends requests of a library in its name.
    fn driver(
        &self,
        library: &Library<'_>,
        environment: &Environment,
    ) -> Result<Box<dyn Driver>, Error> {
        Ok(match library.transport {
            Transport::Model => Box::new(self.aws(environment)?),
            Transport::Http => Box::new(self.http(library.sign_in)?),
            Transport::Libvirt => Box::new(self.libvirt()?),
            Transport::Socket => {
                Box::new(HaproxyDriver::new(self.endpoint()?).limited_to(self.rate()?))
            }
        })
    }

    fn wrong(&self, message: impl std::fmt::Display, help: &str) -> Error {
        let message = format!("account `{}`: {message}", self.profile.name);
        Finding::error(codes::ACCOUNT_MALFORMED, message, help).into()
    }

    fn endpoint(&self) -> Result<String, Error> {
        let missing = || self.wrong("it has no endpoint", "add it again with --endpoint");
        self.profile.endpoint.clone().ok_or_else(missing)
    }

    fn secret(&self, name: &str) -> Result<SecretString, Error> {
        self.unlocked()?;
        self.credentials.get(name).cloned().ok_or_else(|| {
            self.wrong(
                format!("its credentials have no `{name}`"),
                "remove the account and add it again with all that it needs",
            )
        })
    }

    fn unlocked(&self) -> Result<(), Error> {
        if self.is_locked {
            return Err(self.wrong(
                "its credentials are locked",
                "unlock them with the key file or passphrase",
            ));
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Result<String, Error> {
        Ok(self.secret(name)?.expose_secret().to_owned())
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.profile.settings.get(name).cloned()
    }

    /// How many requests a second each of its regions gets.
    fn rate(&self) -> Result<NonZeroU32, Error> {
        let Some(text) = self.setting("rate") else {
            return Ok(USUAL_RATE);
        };
        text.parse().map_err(|_| {
            self.wrong(
                format!("its rate `{text}` is no number of requests a second"),
                "give it as --setting rate=20",
            )
        })
    }

    /// Whose certificates are trusted, and with which certificate it shows itself.
    fn connections(&self) -> Result<ConnectionSettings, Error> {
        let mut settings = ConnectionSettings::default();
        if let Some(path) = self.setting("authority") {
            let read = std::fs::read_to_string(&path);
            settings.authority = Some(read.map_err(|error| {
                self.wrong(
                    format!("its authority `{path}` cannot be read: {error}"),
                    "give the file of the authority's certificate: --setting authority=FILE",
                )
            })?);
        }
        if self.credentials.get("client_certificate").is_some() {
            let mut pem = self.text("client_certificate")?;
            // One file often holds both.
            if self.credentials.get("client_key").is_some() {
                pem = format!("{pem}\n{}", self.text("client_key")?);
            }
            settings.client_certificate = Some(SecretString::from(pem));
        }
        Ok(settings)
    }

    fn aws(&self, environment: &Environment) -> Result<AwsDriver, Error> {
        self.unlocked()?;
        let models = self.setting("models").ok_or_else(|| {
            self.wrong(
                "it does not say where AWS's models are",
                "install botocore (`pip install botocore`) and give its folder: --setting models=…/botocore/data",
            )
        })?;
        let mut settings = Settings::new(models);
        settings.region.clone_from(&self.profile.region);
        settings.address.clone_from(&self.profile.endpoint);
        settings.addresses = self.endpoints();
        settings.environment = environment.clone();
        settings.connections = self.connections()?;
        settings.requests_per_second = Some(self.rate()?);
        if self.credentials.get("access_key_id").is_some() {
            let key = self.text("access_key_id")?;
            let secret = self.text("secret_access_key")?;
            let credentials = samos_drivers::aws::Credentials::new(key, secret);
            settings.credentials = Some(match self.credentials.get("session_token") {
                Some(token) => credentials.with_session_token(token.expose_secret().to_owned()),
                None => credentials,
            });
        }
        AwsDriver::new(settings).map_err(|error| self.unready(&error))
    }

    fn libvirt(&self) -> Result<LibvirtDriver, Error> {
        let driver = LibvirtDriver::new(&self.endpoint()?).map_err(|error| {
            self.wrong(
                error,
                "add it again with --endpoint qemu:///system or the like",
            )
        })?;
        Ok(driver.limited_to(self.rate()?))
    }

    fn http(&self, sign_in: Option<SignIn>) -> Result<HttpDriver, Error> {
        self.unlocked()?;
        let authentication = match sign_in {
            Some(SignIn::Keystone) => Authentication::Keystone(self.keystone()?),
            Some(SignIn::RackspaceKey) => Authentication::RackspaceKey(RackspaceKey {
                address: self.endpoint()?,
                user: self.text("user")?,
                key: self.secret("api_key")?,
            }),
            None => self.by_credentials()?,
        };
        let connections = Connections::new(&self.connections()?);
        let connections = connections.map_err(|error| self.unready(&error))?;
        // `endpoint.compute=…` stands in front of what a catalogue says.
        let mut endpoints = self.endpoints();
        // Where one signs in, a catalogue says where all else is; else one address serves all.
        let at_endpoint = if sign_in.is_some() { "identity" } else { "" };
        if sign_in.is_some() || endpoints.is_empty() || self.profile.endpoint.is_some() {
            let endpoint = self.endpoint()?;
            endpoints.entry(at_endpoint.to_owned()).or_insert(endpoint);
        }
        let region = self.profile.region.clone();
        let driver = HttpDriver::new(connections, authentication, endpoints, region);
        Ok(driver.limited_to(self.rate()?))
    }

    /// Addresses of single services.
    fn endpoints(&self) -> BTreeMap<String, String> {
        let settings = self.profile.settings.iter();
        let named = settings.filter_map(|(name, value)| {
            Some((name.strip_prefix("endpoint.")?.to_owned(), value.clone()))
        });
        named.collect()
    }

    fn keystone(&self) -> Result<Keystone, Error> {
        // A user and a project may be of different domains; `domain` stands for both.
        let domain = |name: &str| match self.setting(&format!("{name}_id")) {
            Some(id) => Domain::Id(id),
            None => {
                let named = self.setting(name).or_else(|| self.setting("domain"));
                Domain::Named(named.unwrap_or_else(|| "Default".to_owned()))
            }
        };
        let application = "application_credential_secret";
        let proof = if self.credentials.get(application).is_some() {
            Proof::ApplicationCredential {
                id: self.text("application_credential_id")?,
                secret: self.secret(application)?,
            }
        } else {
            Proof::Password {
                user: self.text("user")?,
                domain: domain("user_domain"),
                password: self.secret("password")?,
            }
        };
        let scope = match (self.setting("project_id"), self.setting("project")) {
            (Some(id), _) => Scope::ProjectId(id),
            (None, Some(name)) => Scope::Project {
                name,
                domain: domain("project_domain"),
            },
            (None, None) => Scope::Implied,
        };
        Ok(Keystone {
            address: self.endpoint()?,
            proof,
            scope,
        })
    }

    /// Signing in by what the account has.
    fn by_credentials(&self) -> Result<Authentication, Error> {
        let help = "give `token`; or `user` and `password`; or `client_id`, `client_secret` and `token_url`; or a client certificate alone; or nothing";
        let has = |name: &&&str| self.credentials.get(name).is_some();
        let proofs: Vec<&str> = PROOFS.iter().filter(has).copied().collect();
        Ok(match proofs.as_slice() {
            ["token"] => Authentication::Bearer(self.secret("token")?),
            ["user"] => Authentication::Basic {
                user: self.text("user")?,
                password: self.secret("password")?,
            },
            ["client_id"] => Authentication::ClientCredentials(ClientCredentials {
                address: match self.setting("token_url") {
                    Some(address) => address,
                    None => self.text("token_url")?,
                },
                client: self.text("client_id")?,
                secret: self.secret("client_secret")?,
                scope: self.setting("scope").unwrap_or_default(),
                shown: self.shown()?,
            }),
            [] => {
                let is_known = |name: &str| matches!(name, "client_certificate" | "client_key");
                if let Some(other) = self.credentials.names().find(|name| !is_known(name)) {
                    let message = format!("its credential `{other}` has no meaning by itself");
                    return Err(self.wrong(message, help));
                }
                Authentication::Open
            }
            several => {
                let message = format!(
                    "its credentials are of several kinds: {}",
                    several.join(", ")
                );
                return Err(self.wrong(message, help));
            }
        })
    }

    /// How a client proves who it is where tokens are given.
    fn shown(&self) -> Result<Shown, Error> {
        let Some(name) = self.setting("client_auth") else {
            return Ok(Shown::default());
        };
        Shown::named(&name).ok_or_else(|| {
            self.wrong(
                format!("`{name}` is no way to show a client's secret"),
                "--setting client_auth=client_secret_basic, or client_secret_post",
            )
        })
    }

    fn unready(&self, error: &SendError) -> Error {
        let message = self.credentials.redact(&error.to_string());
        self.wrong(message, "correct the account's settings")
    }
}

/// Asks the provider who an account is, in a way that changes nothing.
pub(crate) struct Asking<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) mappings: &'a Mappings,
    pub(crate) world: &'a (dyn World + Sync),
}

impl CredentialCheck for Asking<'_> {
    fn check<'a>(
        &'a self,
        profile: &'a AccountProfile,
        credentials: &'a Credentials,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Whom, CheckFailure>> + Send + 'a>> {
        Box::pin(async move {
            let account = Account {
                profile,
                credentials,
                is_locked: false,
            };
            let unready = |error: Error| CheckFailure::Unanswered {
                message: error.to_string(),
            };
            if is_simulated(profile) {
                let name = profile.name.clone();
                return Ok(Whom { name });
            }
            let library = account
                .library(self.mappings, self.world)
                .map_err(unready)?;
            let driver = account
                .driver(&library, self.environment)
                .map_err(unready)?;
            whom(&*driver, &library, profile).await
        })
    }
}

/// Who the provider says that asks, by the request that its library has for that, if it has one.
pub(super) async fn whom(
    driver: &dyn Driver,
    library: &Library<'_>,
    profile: &AccountProfile,
) -> Result<Whom, CheckFailure> {
    let named = |name: String| Whom { name };
    let options = SendOptions::reading();
    driver.sign_in(options.deadline).await.map_err(unanswered)?;
    let Some(verification) = library.verification else {
        return Ok(named(profile.name.clone()));
    };
    let answer = driver.send(&verification.call, &options).await;
    let answer = answer.map_err(unanswered)?;
    if let Some(error) = &answer.error {
        let message = format!("{}: {}", error.code, error.message);
        return Err(match library.class_of(&answer) {
            // That says nothing of who asks.
            Some(Class::Throttled | Class::Unavailable | Class::Lost) => {
                CheckFailure::Unanswered { message }
            }
            _ => CheckFailure::Refused { message },
        });
    }
    let name = verification.name_in(&answer);
    Ok(named(name.unwrap_or_else(|| profile.name.clone())))
}

fn unanswered(error: SendError) -> CheckFailure {
    match error {
        SendError::NotSignedIn { message } => CheckFailure::Refused { message },
        error => CheckFailure::Unanswered {
            message: error.to_string(),
        },
    }
}
