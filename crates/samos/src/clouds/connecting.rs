//! What sends in the name of each account: the driver that its library asks for, with its credentials.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use samos_access::{
    AccountProfile, Accounts, CheckFailure, CredentialCheck, Credentials, Opener, Policies, Whom,
};
use samos_drivers::aws::{AwsDriver, Environment, Settings};
use samos_drivers::haproxy::HaproxyDriver;
use samos_drivers::http::identity::{Keystone, Proof, RackspaceKey, Scope};
use samos_drivers::http::{Authentication, HttpDriver};
use samos_drivers::libvirt::LibvirtDriver;
use samos_drivers::{ConnectionSettings, Driver, SendError, SendOptions, Transport};
use samos_mapping::{Call, Mappings};
use samos_model::codes::access as codes;
use samos_model::{Finding, World};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Cloud, Clouds};
use crate::Error;

/// The endpoint of accounts that stand for no cloud: what is asked of them is played from the specifications.
const SIMULATED: &str = "simulated";

/// Makes every account of a file ready.
pub(crate) fn connect(
    path: &Path,
    opener: Option<&Opener>,
    environment: &Environment,
    world: &dyn World,
    expand: &dyn Fn(&str) -> Option<samos_model::Iri>,
) -> Result<Clouds, Error> {
    let accounts = Accounts::open(path).map_err(|error| error.finding())?;
    let profiles = accounts.profiles().map_err(|error| error.finding())?;
    let unlocked = match opener {
        Some(opener) if accounts.has_key().map_err(|error| error.finding())? => {
            Some(accounts.unlock(opener).map_err(|error| error.finding())?)
        }
        _ => None,
    };
    let (mappings, findings) = Mappings::load(samos_mapping::BUILT_IN);
    if !findings.is_empty() {
        return Err(Error::Invalid(findings));
    }
    let runtime = tokio::runtime::Runtime::new().map_err(Error::internal)?;
    let mut clouds = Vec::new();
    for profile in profiles {
        let credentials = accounts
            .credentials_if_any(&profile.name, unlocked.as_ref())
            .map_err(|error| error.finding())?;
        // A driver may look for the runtime that it will run on.
        let _entered = runtime.enter();
        let driver = match is_simulated(&profile) {
            true => None,
            false => Some(driver(&profile, &credentials, environment, world)?),
        };
        let policies = Policies::read(&profile, world, expand).map_err(Error::Invalid)?;
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

/// The driver of an account.
fn driver(
    profile: &AccountProfile,
    credentials: &Credentials,
    environment: &Environment,
    world: &dyn World,
) -> Result<Box<dyn Driver>, Error> {
    let account = Account {
        profile,
        credentials,
    };
    Ok(match account.kind(world).as_str() {
        "aws" => Box::new(account.aws(environment)?),
        "rackspace" => Box::new(account.rackspace()?),
        "openstack" => Box::new(account.openstack()?),
        "haproxy" => Box::new(HaproxyDriver::new(account.endpoint()?)),
        "libvirt" => Box::new(account.libvirt()?),
        other => return Err(account.wrong(
            format!("no driver is known by `{other}`"),
            "set the account's library to aws/botocore, rackspace/rest, openstack/rest, libvirt/virt or haproxy/socket",
        )),
    })
}

/// Was the account added to play with: is it asked of the simulated provider?
fn is_simulated(profile: &AccountProfile) -> bool {
    profile.endpoint.as_deref() == Some(SIMULATED)
}

struct Account<'a> {
    profile: &'a AccountProfile,
    credentials: &'a Credentials,
}

impl Account<'_> {
    /// The family of libraries that it is called through: the one chosen, or that of its provider's name.
    fn kind(&self, world: &dyn World) -> String {
        let provider = world.compact(&self.profile.provider);
        let (name, mark) = match &self.profile.library {
            Some(library) => (library.as_str(), '/'),
            None => (provider.as_str(), ':'),
        };
        name.split(mark).next().unwrap_or_default().to_owned()
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
        self.credentials.get(name).cloned().ok_or_else(|| {
            self.wrong(
                format!("its credentials have no `{name}`, or are locked"),
                "unlock them with the key file or passphrase, or add the account again",
            )
        })
    }

    fn text(&self, name: &str) -> Result<String, Error> {
        Ok(self.secret(name)?.expose_secret().to_owned())
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.profile.settings.get(name).cloned()
    }

    fn aws(&self, environment: &Environment) -> Result<AwsDriver, Error> {
        let models = self.setting("models").ok_or_else(|| {
            self.wrong(
                "it does not say where AWS's models are",
                "install botocore (`pip install botocore`) and give its folder: --setting models=…/botocore/data",
            )
        })?;
        let mut settings = Settings::new(models);
        settings.region.clone_from(&self.profile.region);
        settings.address.clone_from(&self.profile.endpoint);
        settings.environment = environment.clone();
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
        LibvirtDriver::new(&self.endpoint()?).map_err(|error| {
            self.wrong(
                error,
                "add it again with --endpoint qemu:///system or the like",
            )
        })
    }

    fn rackspace(&self) -> Result<HttpDriver, Error> {
        let authentication = Authentication::RackspaceKey(RackspaceKey {
            address: self.endpoint()?,
            user: self.text("user")?,
            key: self.secret("api_key")?,
        });
        // The catalogue does not list the service that gives it; users and tenants are asked for where one signs in.
        self.http(authentication, &[("identity", self.endpoint()?)])
    }

    fn openstack(&self) -> Result<HttpDriver, Error> {
        let domain = self
            .setting("domain")
            .unwrap_or_else(|| "Default".to_owned());
        let proof = if self
            .credentials
            .get("application_credential_secret")
            .is_some()
        {
            Proof::ApplicationCredential {
                id: self.text("application_credential_id")?,
                secret: self.secret("application_credential_secret")?,
            }
        } else {
            Proof::Password {
                user: self.text("user")?,
                domain: domain.clone(),
                password: self.secret("password")?,
            }
        };
        let scope = match self.setting("project") {
            Some(name) => Scope::Project { name, domain },
            None => Scope::Implied,
        };
        let keystone = Keystone {
            address: self.endpoint()?,
            proof,
            scope,
        };
        self.http(Authentication::Keystone(keystone), &[])
    }

    /// `known` are the addresses of services that no catalogue lists.
    fn http(
        &self,
        authentication: Authentication,
        known: &[(&str, String)],
    ) -> Result<HttpDriver, Error> {
        let transport = Transport::new(&ConnectionSettings::default());
        let transport = transport.map_err(|error| self.unready(&error))?;
        // `endpoint.compute=…` stands in front of what the catalogue says.
        let settings = self.profile.settings.iter().filter_map(|(name, value)| {
            Some((name.strip_prefix("endpoint.")?.to_owned(), value.clone()))
        });
        let known = known
            .iter()
            .map(|(name, address)| ((*name).to_owned(), address.clone()));
        let endpoints: BTreeMap<String, String> = known.chain(settings).collect();
        let region = self.profile.region.clone();
        Ok(HttpDriver::new(
            transport,
            authentication,
            endpoints,
            region,
        ))
    }

    fn unready(&self, error: &SendError) -> Error {
        let message = self.credentials.redact(&error.to_string());
        self.wrong(message, "correct the account's settings")
    }
}

/// Asks the provider who an account is, in a way that changes nothing.
pub(crate) struct Asking<'a> {
    pub(crate) environment: &'a Environment,
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
            };
            let unready = |error: Error| CheckFailure::Unanswered {
                message: error.to_string(),
            };
            if is_simulated(profile) {
                let name = profile.name.clone();
                return Ok(Whom { name });
            }
            let options = SendOptions::reading();
            let named = |name: &str| Whom {
                name: name.to_owned(),
            };
            match account.kind(self.world).as_str() {
                "aws" => {
                    let call = Call::Model {
                        service: "sts".to_owned(),
                        operation: "GetCallerIdentity".to_owned(),
                        input: serde_json::json!({}),
                        region: None,
                    };
                    let driver = account.aws(self.environment).map_err(unready)?;
                    let answer = driver.send(&call, &options).await.map_err(unanswered)?;
                    if let Some(error) = answer.error {
                        let message = format!("{}: {}", error.code, error.message);
                        return Err(CheckFailure::Refused { message });
                    }
                    let arn = answer
                        .document
                        .get("Arn")
                        .and_then(serde_json::Value::as_str);
                    Ok(named(arn.unwrap_or(&profile.name)))
                }
                "rackspace" => {
                    let driver = account.rackspace().map_err(unready)?;
                    driver.sign_in(options.deadline).await.map_err(unanswered)?;
                    Ok(named(&account.text("user").map_err(unready)?))
                }
                "openstack" => {
                    let driver = account.openstack().map_err(unready)?;
                    driver.sign_in(options.deadline).await.map_err(unanswered)?;
                    Ok(named(&profile.name))
                }
                "libvirt" => {
                    let call = Call::Libvirt {
                        function: "virConnectListAllDomains".to_owned(),
                        arguments: serde_json::Map::new(),
                    };
                    let driver = account.libvirt().map_err(unready)?;
                    driver.send(&call, &options).await.map_err(unanswered)?;
                    Ok(named(&profile.name))
                }
                _ => {
                    let call = Call::Socket {
                        command: "show info".to_owned(),
                    };
                    let driver = HaproxyDriver::new(account.endpoint().map_err(unready)?);
                    driver.send(&call, &options).await.map_err(unanswered)?;
                    Ok(named(&profile.name))
                }
            }
        })
    }
}

fn unanswered(error: SendError) -> CheckFailure {
    match error {
        SendError::NotSignedIn { message } => CheckFailure::Refused { message },
        error => CheckFailure::Unanswered {
            message: error.to_string(),
        },
    }
}
