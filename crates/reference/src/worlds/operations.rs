//! The operations of a random provider: some of a store of templates, each with chance variations.

use samos_model::Kind;

use super::{Random, RandomWorld, named};

/// What one template says; `@` stands for the provider's prefix.
struct Template {
    kind: Kind,
    name: &'static str,
    subject: &'static str,
    parameters: &'static str,
    outcomes: &'static str,
    preconditions: &'static [&'static str],
    postconditions: &'static [&'static str],
}

const fn changes(
    name: &'static str,
    subject: &'static str,
    parameters: &'static str,
    outcomes: &'static str,
    preconditions: &'static [&'static str],
    postconditions: &'static [&'static str],
) -> Template {
    Template {
        kind: Kind::Manipulation,
        name,
        subject,
        parameters,
        outcomes,
        preconditions,
        postconditions,
    }
}

const fn tells(
    name: &'static str,
    subject: &'static str,
    outcomes: &'static str,
    preconditions: &'static [&'static str],
) -> Template {
    Template {
        kind: Kind::Information,
        name,
        subject,
        parameters: "",
        outcomes,
        preconditions,
        postconditions: &[""],
    }
}

const TEMPLATES: &[Template] = &[
    changes(
        "Start",
        "Instance",
        "",
        "",
        &[
            "subject.@:state is samos:Stopped",
            "subject.@:state == @:stopped",
            "not subject.@:state is samos:Running",
            "subject.@:state in {@:stopped, @:paused}",
        ],
        &[
            "subject.@:state = @:running",
            "subject.@:state = @:running and renew subject.@:address",
        ],
    ),
    changes(
        "Stop",
        "Instance",
        "(force: xsd:boolean = false)",
        "",
        &[
            "subject.@:state is samos:Running",
            "(subject.@:state == @:running or subject.@:state == @:paused)",
            "subject.samos:state is samos:Running and force == false",
        ],
        &[
            "subject.@:state = @:stopped",
            "subject.@:state = @:stopped and clear subject.@:address",
        ],
    ),
    changes(
        "Pause",
        "Instance",
        "",
        "",
        &["subject.@:state == @:running"],
        &["subject.@:state = @:paused"],
    ),
    changes(
        "Grow",
        "Instance",
        "",
        "",
        &[
            "subject.@:size < 2",
            "subject.@:size < 2 and subject.@:state is samos:Stopped",
            "subject.@:size + 1 <= service.@:quota",
        ],
        &["subject.@:size += 1"],
    ),
    changes(
        "Resize",
        "Instance",
        "[(size: xsd:integer)]",
        "",
        &[
            "subject.@:size != size",
            "subject.@:state is samos:Stopped and size <= 2",
        ],
        &["subject.@:size = size"],
    ),
    changes(
        "Create",
        "Compute",
        "",
        "(made: @:Instance)",
        &[
            "count(subject.@:instances) < subject.@:quota",
            "count(subject.@:instances) < 2",
        ],
        &[
            "create made and made.@:state = @:stopped and subject.@:instances += made",
            "create made and made.@:state = @:running and subject.@:instances += made and made.@:size = 1",
        ],
    ),
    changes(
        "CreateMany",
        "Compute",
        "(image: @:Image)",
        "<made: @:Instance>",
        &[
            "count(subject.@:instances) + 2 <= subject.@:quota and exists image.samos:name",
            "count(subject.@:instances) < 1",
        ],
        &["create made * 2 and made.@:state = @:stopped and subject.@:instances += made"],
    ),
    changes(
        "Delete",
        "Instance",
        "",
        "",
        &[
            "subject.@:state is samos:Stopped",
            "not exists subject.@:nodes",
        ],
        &["delete subject"],
    ),
    changes(
        "Allocate",
        "Compute",
        "",
        "(made: @:Address)",
        &["count(subject.@:pool) < 1"],
        &["create made and subject.@:pool += made"],
    ),
    changes(
        "Associate",
        "Instance",
        "[(address: @:Address)]",
        "",
        &[
            "not exists subject.@:address",
            "not exists address.@:holder",
            "subject.@:state is samos:Running",
        ],
        &["subject.@:address = address"],
    ),
    changes(
        "Release",
        "Instance",
        "",
        "",
        &["exists subject.@:address"],
        &["clear subject.@:address"],
    ),
    changes(
        "Attach",
        "Instance",
        "[(address: @:Address)]",
        "",
        &[
            "not subject.@:nodes contains address",
            "subject.@:state is samos:Running",
            "count(subject.@:nodes) < 2",
            "unconditional",
        ],
        &["subject.@:nodes += address"],
    ),
    changes(
        "AttachAll",
        "Instance",
        "[<addresses: @:Address>], (weight: xsd:integer)",
        "",
        &[
            "not subject.@:nodes contains addresses and weight < 3",
            "subject.@:state is samos:Running and count(addresses) > 1",
        ],
        &["subject.@:nodes += addresses"],
    ),
    changes(
        "Detach",
        "Instance",
        "[(address: @:Address)]",
        "",
        &["subject.@:nodes contains address"],
        &["subject.@:nodes -= address"],
    ),
    changes(
        "Block",
        "Instance",
        "[(address: @:Address)]",
        "",
        &["unconditional", "subject.@:nodes contains address"],
        &[
            "subject.@:blocked += address",
            "subject.@:blocked += address and subject.@:nodes -= address",
        ],
    ),
    tells(
        "LookAtAddress",
        "Instance",
        "(address: @:Address) reads subject.@:address",
        &["unconditional", "subject.@:state is samos:Running"],
    ),
    tells(
        "LookAtState",
        "Instance",
        "(state: @:InstanceState) reads subject.@:state",
        &["unconditional"],
    ),
];

/// Adds some operations to the provider.
///
/// With `passing`, some of them leave what they change in a state that passes by itself.
pub(super) fn add(
    made: &mut RandomWorld,
    p: &str,
    random: &mut Random,
    mut passing: Option<&mut Random>,
) {
    let wanted = 3 + random.below(4);
    let mut names: Vec<&str> = Vec::new();
    while names.len() < wanted {
        let Some(template) = random.pick(TEMPLATES) else {
            return;
        };
        if names.contains(&template.name) {
            continue;
        }
        names.push(template.name);
        let with_prefix = |text: &str| text.replace('@', p);
        let precondition = with_prefix(random.text(template.preconditions));
        let mut postcondition = with_prefix(random.text(template.postconditions));
        if let Some(random) = passing.as_deref_mut()
            && random.chance(50)
        {
            for (state, before) in [
                ("stopped", "stopping"),
                ("running", "starting"),
                ("paused", "pausing"),
            ] {
                let (state, before) = (named(p, state), named(p, before));
                postcondition =
                    postcondition.replace(&format!("= {state}"), &format!("= {before}"));
            }
        }
        let takes = random
            .chance(60)
            .then(|| amounts(made.seed, &named(p, template.name)));
        made.grow(|estate| {
            let name = named(p, template.name);
            let estate = estate.operation(
                template.kind,
                &name,
                &named(p, template.subject),
                &with_prefix(template.parameters),
                &with_prefix(template.outcomes),
                &precondition,
                &postcondition,
            );
            match takes {
                Some((cost, seconds)) => estate.takes(&name, cost, seconds),
                None => estate,
            }
        });
    }
}

/// What an operation costs and how long it takes. Drawn apart, so that a world is otherwise what it was before amounts
/// differed.
fn amounts(seed: u64, name: &str) -> (f64, f64) {
    let bytes = name.bytes().map(u64::from);
    let own = bytes.fold(seed ^ 0x00A3_0075, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte)
    });
    let mut random = Random::new(own);
    let cost = random.pick(&[0.0, 0.25, 1.0, 1.5, 4.0, 10.0]).copied();
    let seconds = random.pick(&[0.5, 1.0, 2.0, 5.0, 30.0]).copied();
    (cost.unwrap_or(1.5), seconds.unwrap_or(30.0))
}
