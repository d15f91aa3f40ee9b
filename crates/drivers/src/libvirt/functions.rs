//! The functions of libvirt's library that can be called, as its remote protocol has them.
//!
//! A row for each: its number, what it takes in that order, what it gives. A new function is a new row. The numbers are those of
//! `remote_protocol.x` in libvirt's source; they have never changed since they were given out.

use serde_json::{Map, Value, json};

use super::xdr::{Broken, Reader, Writer};

/// One function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) number: u32,
    pub(crate) takes: &'static [Takes],
    pub(crate) gives: Gives,
}

/// What a function takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Takes {
    /// The domain named by `domain`, looked up first.
    Domain,
    /// The snapshot named by `snapshot` of the domain named by `domain`.
    Snapshot,
    /// The text `xml`.
    Xml,
    /// Yes or no, by name.
    Truth(&'static str),
    /// A number of 64 bits, by name.
    Long(&'static str),
    /// The bits of `flags`; none where they are not given.
    Flags,
    /// The results themselves and not only their number.
    Results,
}

/// What a function gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gives {
    Nothing,
    Domain,
    /// A list; the state of each is asked besides.
    Domains,
    State,
    Info,
    Autostart,
    Snapshot,
    Snapshots,
}

const fn function(
    name: &'static str,
    number: u32,
    takes: &'static [Takes],
    gives: Gives,
) -> Function {
    Function {
        name,
        number,
        takes,
        gives,
    }
}

#[rustfmt::skip]
const FUNCTIONS: &[Function] = &[
    function("virConnectListAllDomains", 273, &[Takes::Results, Takes::Flags], Gives::Domains),
    function("virDomainDefineXML", 11, &[Takes::Xml], Gives::Domain),
    function("virDomainUndefine", 35, &[Takes::Domain], Gives::Nothing),
    function("virDomainGetState", GET_STATE, &[Takes::Domain, Takes::Flags], Gives::State),
    function("virDomainGetInfo", 16, &[Takes::Domain], Gives::Info),
    function("virDomainGetAutostart", 15, &[Takes::Domain], Gives::Autostart),
    function("virDomainSetAutostart", 29, &[Takes::Domain, Takes::Truth("autostart")], Gives::Nothing),
    function("virDomainSetMemoryFlags", 204, &[Takes::Domain, Takes::Long("memory"), Takes::Flags], Gives::Nothing),
    function("virDomainCreate", 9, &[Takes::Domain], Gives::Nothing),
    function("virDomainShutdown", 33, &[Takes::Domain], Gives::Nothing),
    function("virDomainDestroy", 12, &[Takes::Domain], Gives::Nothing),
    function("virDomainReboot", 27, &[Takes::Domain, Takes::Flags], Gives::Nothing),
    function("virDomainSuspend", 34, &[Takes::Domain], Gives::Nothing),
    function("virDomainResume", 28, &[Takes::Domain], Gives::Nothing),
    function("virDomainListAllSnapshots", 274, &[Takes::Domain, Takes::Results, Takes::Flags], Gives::Snapshots),
    function("virDomainSnapshotCreateXML", 185, &[Takes::Domain, Takes::Xml, Takes::Flags], Gives::Snapshot),
    function("virDomainRevertToSnapshot", 192, &[Takes::Snapshot, Takes::Flags], Gives::Nothing),
    function("virDomainSnapshotDelete", 193, &[Takes::Snapshot, Takes::Flags], Gives::Nothing),
];
/// Finds a domain by its name.
pub(crate) const LOOK_UP_BY_NAME: u32 = 23;
/// Asks what a domain is in.
pub(crate) const GET_STATE: u32 = 212;

/// The function of that name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|one| one.name == name)
}

/// A domain as the protocol passes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Domain {
    pub(crate) name: String,
    uuid: [u8; 16],
    /// Of the running ones.
    id: i32,
}

impl Domain {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Broken> {
        Ok(Self {
            name: reader.text()?,
            uuid: reader.take(16)?.try_into().map_err(|_| Broken)?,
            id: reader.signed()?,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.text(&self.name);
        writer.raw(&self.uuid);
        writer.raw(&self.id.to_be_bytes());
    }

    fn to_json(&self) -> Value {
        let uuid = uuid::Uuid::from_bytes(self.uuid);
        json!({ "name": self.name, "uuid": uuid.to_string(), "id": self.id })
    }
}

/// An argument that is missing, or of another kind; in words.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Misfit(pub(crate) String);

impl Function {
    pub(crate) fn takes_a_domain(&self) -> bool {
        self.takes
            .iter()
            .any(|one| matches!(one, Takes::Domain | Takes::Snapshot))
    }

    /// The arguments as the protocol wants them. `domain`: the one that `domain` names.
    pub(crate) fn arguments(
        &self,
        arguments: &Map<String, Value>,
        domain: Option<&Domain>,
    ) -> Result<Vec<u8>, Misfit> {
        let mut writer = Writer::default();
        let domain = || domain.ok_or_else(|| Misfit("`domain` is missing".to_owned()));
        for one in self.takes {
            match *one {
                Takes::Domain => domain()?.write(&mut writer),
                Takes::Snapshot => {
                    writer.text(text(arguments, "snapshot")?);
                    domain()?.write(&mut writer);
                }
                Takes::Xml => writer.text(text(arguments, "xml")?),
                Takes::Truth(name) => writer.unsigned(u32::from(truth(arguments, name)?)),
                Takes::Long(name) => writer.long(number(arguments, name)?),
                Takes::Flags if !arguments.contains_key("flags") => writer.unsigned(0),
                Takes::Flags => {
                    let flags = number(arguments, "flags")?;
                    let flags = u32::try_from(flags).map_err(|_| misfit("flags", "32 bits"))?;
                    writer.unsigned(flags);
                }
                Takes::Results => writer.unsigned(1),
            }
        }
        Ok(writer.into_bytes())
    }
}

impl Gives {
    /// What came back, by the names of the library's own results.
    pub(crate) fn read(self, reader: &mut Reader<'_>) -> Result<Value, Broken> {
        Ok(match self {
            Self::Nothing => Value::Null,
            Self::Domain => Domain::read(reader)?.to_json(),
            Self::Domains => {
                let all = reader.list(Domain::read)?;
                all.iter().map(Domain::to_json).collect()
            }
            Self::State => json!({ "state": reader.signed()?, "reason": reader.signed()? }),
            Self::Info => json!({
                "state": reader.unsigned()?,
                "maxMem": reader.long()?,
                "memory": reader.long()?,
                "nrVirtCpu": reader.unsigned()?,
                "cpuTime": reader.long()?,
            }),
            Self::Autostart => json!({ "autostart": reader.signed()? }),
            Self::Snapshot => snapshot(reader)?,
            Self::Snapshots => Value::Array(reader.list(snapshot)?),
        })
    }
}

fn snapshot(reader: &mut Reader<'_>) -> Result<Value, Broken> {
    let name = reader.text()?;
    let domain = Domain::read(reader)?;
    Ok(json!({ "name": name, "domain": domain.name }))
}

fn misfit(name: &str, kind: &str) -> Misfit {
    Misfit(format!("`{name}` is missing or not {kind}"))
}

pub(crate) fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<&'a str, Misfit> {
    let given = arguments.get(name).and_then(Value::as_str);
    given.ok_or_else(|| misfit(name, "a text"))
}

/// A number, or its digits: a template gives text.
fn number(arguments: &Map<String, Value>, name: &str) -> Result<u64, Misfit> {
    let number = match arguments.get(name) {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(digits)) => digits.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| misfit(name, "a number"))
}

fn truth(arguments: &Map<String, Value>, name: &str) -> Result<bool, Misfit> {
    match arguments.get(name) {
        Some(Value::Bool(truth)) => Ok(*truth),
        Some(Value::String(word)) if word == "true" || word == "1" => Ok(true),
        Some(Value::String(word)) if word == "false" || word == "0" => Ok(false),
        Some(Value::Number(number)) if number.as_u64() == Some(1) => Ok(true),
        Some(Value::Number(number)) if number.as_u64() == Some(0) => Ok(false),
        _ => Err(misfit(name, "yes or no")),
    }
}
