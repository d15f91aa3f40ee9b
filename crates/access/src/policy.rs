//! What an account may do, in Cedar.
//!
//! In: an account's policies, a request and the world that says what its names mean. Out: yes, or no and which policy
//! says so. The account is the principal `Account::"NAME"`; the operation is the action, in the groups
//! `Action::"information"` or `Action::"manipulation"`; the subject is the resource `Subject::"IRI"`, in
//! `SubjectType::"CLASS"` for each of its classes and all above, and in `Provider::"IRI"`. Names may be written with
//! declared prefixes. Where a policy says `permit`, only what is permitted is allowed; where none does, all is that is
//! not forbidden. A policy that cannot be evaluated forbids.
//! Not here: whether a request is right; verifiers tell that.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::str::FromStr as _;

use cedar_policy::{
    Authorizer, Context, Decision as CedarDecision, Effect, Entities, Entity, EntityId,
    EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, Request as CedarRequest,
};
use samos_model::codes::access as codes;
use samos_model::finding::nearest;
use samos_model::world::World;
use samos_model::{Finding, Iri, Kind, Operation, Request};

use crate::AccountProfile;

const ACCOUNT: &str = "Account";
pub(crate) const ACTION: &str = "Action";
pub(crate) const SUBJECT: &str = "Subject";
pub(crate) const SUBJECT_TYPE: &str = "SubjectType";
pub(crate) const PROVIDER: &str = "Provider";
const KINDS: [&str; 5] = [ACCOUNT, ACTION, SUBJECT, SUBJECT_TYPE, PROVIDER];
const INFORMATION: &str = "information";
const MANIPULATION: &str = "manipulation";

/// The policies of one account, read.
#[derive(Clone, Debug)]
pub struct Policies {
    account: EntityUid,
    text: PolicyText,
    read_only: bool,
}

/// May it be done?
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Yes.
    Allowed,
    /// No.
    Denied {
        /// The policies that say so; none where nothing permits it.
        by: Vec<String>,
        /// Why, in words.
        message: String,
    },
}

impl Decision {
    /// A finding where it may not be done.
    #[must_use = "this makes a value and changes nothing"]
    pub fn finding(&self) -> Option<Finding> {
        match self {
            Self::Allowed => None,
            Self::Denied { message, .. } => Some(Finding::error(
                codes::DENIED,
                message.clone(),
                "use another account, or change what this one may do",
            )),
        }
    }
}

impl Policies {
    /// Reads an account's policies. `expand` gives the IRI that a prefixed name stands for.
    ///
    /// # Errors
    /// What is wrong with them: nothing is allowed then.
    pub fn read(
        profile: &AccountProfile,
        world: &dyn World,
        expand: &dyn Fn(&str) -> Option<Iri>,
    ) -> Result<Self, Vec<Finding>> {
        let vocabulary = Vocabulary {
            whose: format!("account `{}`", profile.name),
            kinds: &KINDS,
            help: "correct it; `samos explain U0302` shows one",
            stands: &|kind, name| (kind == ACCOUNT).then(|| name == profile.name),
            near: &|kind| (kind == ACCOUNT).then(|| profile.name.clone()),
        };
        let mut text = PolicyText::read(&profile.policy, &vocabulary, world, expand)?;
        if !text.permits {
            text.permit_all().map_err(|error| {
                vec![Finding::error(
                    codes::POLICY_MALFORMED,
                    format!("the policy of {}: {error}", vocabulary.whose),
                    vocabulary.help,
                )]
            })?;
        }
        Ok(Self {
            account: uid(ACCOUNT, &profile.name),
            text,
            read_only: profile.read_only,
        })
    }

    /// May the account send this request?
    #[must_use = "a denied request must not be sent"]
    pub fn decide(&self, world: &dyn World, request: &Request) -> Decision {
        let words = format!(
            "account `{}` may not call `{}` on `{}`",
            self.account.id().unescaped(),
            world.compact(&request.operation),
            world.compact(&request.subject)
        );
        let Some(operation) = world.operation(&request.operation) else {
            return denied(&words, Vec::new(), "the operation is not known");
        };
        if self.read_only && operation.kind == Kind::Manipulation {
            return denied(&words, vec!["read only".to_owned()], "it is read only");
        }
        let (action, resource, mut entities) = operation_entities(world, request, operation);
        entities.push(Entity::new_no_attrs(self.account.clone(), HashSet::new()));
        let asked = Entities::from_entities(entities, None)
            .map_err(|error| error.to_string())
            .and_then(|entities| {
                let account = self.account.clone();
                CedarRequest::new(account, action, resource, Context::empty(), None)
                    .map(|request| (request, entities))
                    .map_err(|error| error.to_string())
            });
        self.text.judge(asked, &words)
    }
}

fn denied(words: &str, by: Vec<String>, why: &str) -> Decision {
    Decision::Denied {
        by,
        message: format!("{words}: {why}"),
    }
}

/// What names a set of policies may use.
pub(crate) struct Vocabulary<'a> {
    /// Of whom they speak, in words.
    pub(crate) whose: String,
    /// The kinds of things they may name.
    pub(crate) kinds: &'a [&'static str],
    /// What to do about a malformed one.
    pub(crate) help: &'static str,
    /// Does a name of this kind stand as it is written? `None` where the world says so.
    pub(crate) stands: &'a dyn Fn(&str, &str) -> Option<bool>,
    /// The name of this kind that was probably meant.
    pub(crate) near: &'a dyn Fn(&str) -> Option<String>,
}

/// A set of policies with every name in full.
#[derive(Clone, Debug)]
pub(crate) struct PolicyText {
    set: PolicySet,
    /// By Cedar's name of a policy, ours: its `@id`, or its number.
    names: BTreeMap<String, String>,
    /// Does any of them permit something?
    permits: bool,
}

impl PolicyText {
    /// Reads policies; a finding for whatever is wrong with them.
    pub(crate) fn read(
        text: &str,
        vocabulary: &Vocabulary<'_>,
        world: &dyn World,
        expand: &dyn Fn(&str) -> Option<Iri>,
    ) -> Result<Self, Vec<Finding>> {
        let malformed = |message: String| {
            let message = format!("the policy of {}: {message}", vocabulary.whose);
            vec![Finding::error(
                codes::POLICY_MALFORMED,
                message,
                vocabulary.help,
            )]
        };
        let written = PolicySet::from_str(text)
            .map_err(|errors| malformed(errors.to_string().replace('\n', " ")))?;
        if written.templates().next().is_some() {
            return Err(malformed("it has a slot that nothing fills".to_owned()));
        }
        let mut policies: Vec<&Policy> = written.policies().collect();
        policies.sort_by_key(|policy| number_of(policy.id()));
        let mut findings = Vec::new();
        let mut set = PolicySet::new();
        let mut names = BTreeMap::new();
        for (policy, number) in policies.iter().zip(1..) {
            let name = policy
                .annotation("id")
                .map_or_else(|| format!("policy {number}"), |id| format!("`{id}`"));
            let full = with_full_names(policy, &name, vocabulary, world, expand, &mut findings);
            names.insert(policy.id().to_string(), name);
            if let Some(full) = full {
                set.add(full)
                    .map_err(|error| malformed(error.to_string()))?;
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let permits = policies
            .iter()
            .any(|policy| policy.effect() == Effect::Permit);
        Ok(Self {
            set,
            names,
            permits,
        })
    }

    /// Permits what is not forbidden.
    fn permit_all(&mut self) -> Result<(), String> {
        let id = Some(PolicyId::new("everything"));
        let all = Policy::parse(id, "permit (principal, action, resource);")
            .map_err(|error| error.to_string())?;
        self.set.add(all).map_err(|error| error.to_string())
    }

    /// What they say to a question; `words` begin the sentence of a no.
    pub(crate) fn judge(
        &self,
        asked: Result<(CedarRequest, Entities), String>,
        words: &str,
    ) -> Decision {
        let Ok((request, entities)) = asked else {
            return denied(words, Vec::new(), "its policies cannot be evaluated");
        };
        let response = Authorizer::new().is_authorized(&request, &self.set, &entities);
        let name = |id: &PolicyId| {
            let id = id.to_string();
            self.names.get(&id).cloned().unwrap_or(id)
        };
        let mut by: Vec<String> = response.diagnostics().reason().map(name).collect();
        by.sort();
        if let Some(error) = response.diagnostics().errors().next() {
            return denied(words, by, &format!("a policy cannot be evaluated: {error}"));
        }
        match response.decision() {
            CedarDecision::Allow => Decision::Allowed,
            CedarDecision::Deny if by.is_empty() => denied(words, by, "no policy permits it"),
            CedarDecision::Deny => {
                let why = format!("{} forbids it", by.join(" and "));
                denied(words, by, &why)
            }
        }
    }
}

/// A request to a provider as Cedar sees it: the action, the resource, and both with all they are in.
pub(crate) fn operation_entities(
    world: &dyn World,
    request: &Request,
    operation: &Operation,
) -> (EntityUid, EntityUid, Vec<Entity>) {
    let subject = world.canonical(&request.subject);
    let action = uid(ACTION, request.operation.as_str());
    let resource = uid(SUBJECT, subject.as_str());
    let mut types = world.types_of(&subject);
    if types.is_empty() {
        // What a plan makes before it uses it is at least what the operation is offered on.
        types.push(operation.subject.clone());
    }
    let classes: BTreeSet<Iri> = types
        .iter()
        .flat_map(|class| world.types_above(class))
        .collect();
    let mut above: HashSet<EntityUid> = classes
        .iter()
        .map(|class| uid(SUBJECT_TYPE, class.as_str()))
        .collect();
    let provider = world.provider_of(&subject);
    if let Some(provider) = provider.or_else(|| operation.provider.clone()) {
        above.insert(uid(PROVIDER, provider.as_str()));
    }
    let group = match operation.kind {
        Kind::Information => INFORMATION,
        Kind::Manipulation => MANIPULATION,
    };
    let entities = vec![
        Entity::new_no_attrs(action.clone(), HashSet::from([uid(ACTION, group)])),
        Entity::new_no_attrs(resource.clone(), above),
    ];
    (action, resource, entities)
}

/// The policy with every name in full; a finding for each that does not exist, as a forbidding policy with a misspelt
/// name would never apply.
fn with_full_names(
    policy: &Policy,
    name: &str,
    vocabulary: &Vocabulary<'_>,
    world: &dyn World,
    expand: &dyn Fn(&str) -> Option<Iri>,
    findings: &mut Vec<Finding>,
) -> Option<Policy> {
    let mut full = BTreeMap::new();
    for literal in policy.entity_literals() {
        let written = literal.type_name().to_string();
        let kind = vocabulary.kinds.iter().find(|kind| **kind == written);
        let text = literal.id().unescaped().to_owned();
        let iri = expand(&text).unwrap_or_else(|| Iri::from(text.as_str()));
        let kind = kind.copied();
        let known = match kind.unwrap_or_default() {
            ACTION if text == INFORMATION || text == MANIPULATION => continue,
            kind => match (vocabulary.stands)(kind, &text) {
                Some(true) => continue,
                Some(false) => false,
                None => match kind {
                    ACTION => world.operation(&iri).is_some(),
                    SUBJECT_TYPE => world.is_class(&iri),
                    // A thing may come to be later.
                    SUBJECT | PROVIDER => iri.as_str().contains(':'),
                    _ => false,
                },
            },
        };
        match kind.filter(|_| known) {
            Some(kind) => {
                full.insert(literal, uid(kind, iri.as_str()));
            }
            None => findings.push(unknown(vocabulary, name, &written, &text, world)),
        }
    }
    policy.sub_entity_literals(full).ok()
}

fn unknown(
    vocabulary: &Vocabulary<'_>,
    policy: &str,
    kind: &str,
    text: &str,
    world: &dyn World,
) -> Finding {
    let (what, near) = match kind {
        ACTION => {
            let names: Vec<String> = world
                .operations()
                .iter()
                .map(|operation| world.compact(&operation.iri))
                .collect();
            let near = nearest(text, names.iter().map(String::as_str)).map(str::to_owned);
            (format!("the operation `{text}`"), near)
        }
        SUBJECT_TYPE => (format!("the class `{text}`"), None),
        ACCOUNT if vocabulary.kinds.contains(&ACCOUNT) => (
            format!("the account `{text}`, and is kept with another"),
            (vocabulary.near)(kind),
        ),
        SUBJECT | PROVIDER => (format!("`{text}`, whose prefix is not declared"), None),
        known if vocabulary.kinds.contains(&known) => {
            (format!("the {} `{text}`", known.to_lowercase()), None)
        }
        _ => (
            format!("`{kind}`, which is no kind of thing"),
            nearest(kind, vocabulary.kinds.iter().copied()).map(str::to_owned),
        ),
    };
    let help = near.map_or_else(
        || format!("the kinds of things are {}", vocabulary.kinds.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Finding::error(
        codes::POLICY_UNKNOWN_NAME,
        format!("{policy} of {} names {what}", vocabulary.whose),
        help,
    )
}

/// Cedar numbers policies as they stand in the text: `policy0`, `policy1`.
fn number_of(id: &PolicyId) -> u64 {
    let id = id.to_string();
    id.trim_start_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .unwrap_or(u64::MAX)
}

/// A kind is one of the words above.
pub(crate) fn uid(kind: &'static str, name: &str) -> EntityUid {
    let id = EntityId::new(name);
    let named =
        EntityTypeName::from_str(kind).map(|kind| EntityUid::from_type_name_and_id(kind, id));
    #[allow(
        clippy::expect_used,
        reason = "the words above are Cedar identifiers, as a test shows"
    )]
    named.expect("a kind is a Cedar identifier")
}
