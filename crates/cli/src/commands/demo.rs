//! `samos demo`: the paper's figure 9 in the demo world: planned, explained, checked, run, undone.

use clap::Args;
use samos::{RunOptions, Samos, changes_of};

use super::{apply, runs};
use crate::failure::{Exit, Failure};
use crate::render::names::ShortNames;
use crate::render::plan::Detail;
use crate::render::{self, table};
use crate::session::Session;

/// The arguments of `demo`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {}

/// The two things of figure 9.
const SUBJECTS: [&str; 2] = ["ec2:web-1", "rackspace:lb-1"];

/// Plays figure 9. Nothing is kept: it can be played again.
pub(crate) fn run(session: &Session, _: &Arguments) -> Result<Exit, Failure> {
    let samos = Samos::builder().world("demo").build()?;
    let out = &session.output;
    let say = |text: &str| out.data(text);
    say(
        "samos knows what each operation of a cloud needs and gives. Ask it for a safe sequence.\n",
    )?;

    say("$ samos get instances --world demo")?;
    say(&instances(&samos))?;

    say("\nweb-1 is stopped. Put it behind the load balancer of another cloud:\n\n")?;
    say("$ samos connect ec2:web-1 rackspace:lb-1 --world demo --out web-1.plan")?;
    let mut answer = samos.connect(&SUBJECTS)?;
    let others = answer.plans.len().saturating_sub(1);
    answer.plans.truncate(1);
    say(&render::answer::answer(
        &answer,
        samos.world(),
        Detail::Short,
    ))?;
    let Some(plan) = answer.plans.first() else {
        return Ok(Exit::NothingFound);
    };
    if others > 0 {
        say(&format!(
            "({others} other ways are left out here; connect shows them.)"
        ))?;
    }

    say("\n$ samos show web-1.plan --world demo -o wide")?;
    let names = ShortNames::of_plans(samos.world(), &answer.plans);
    say(&render::plan::plan(
        plan,
        samos.world(),
        &names,
        Detail::Wide,
    ))?;

    say("\n$ samos verify web-1.plan --world demo")?;
    let findings = samos.verify(plan)?;
    say(&format!(
        "Verified: {} steps, {} findings of the independent checker.\n\n",
        plan.steps.len(),
        findings.len()
    ))?;

    let changes = changes_of(plan);
    say(&format!(
        "$ samos apply web-1.plan --world demo --approve {changes}"
    ))?;
    let report = apply::carry_out(session, &samos, plan, &RunOptions::approving(changes))?;
    say(&render::run::steps(&report, samos.world()))?;
    say(&runs::outcome(&report))?;

    say(
        "\nNow you: samos plan --help, samos explain ec2:StartInstance --world demo, samos prepare --on ec2:web-1 --world demo",
    )?;
    Ok(runs::exit_of(&report, false))
}

fn instances(samos: &Samos) -> String {
    let world = samos.world();
    let all = samos::catalogue::members(world, samos::model::vocabulary::samos::SERVICE_INSTANCE);
    let rows = all
        .iter()
        .map(|iri| samos::catalogue::entity(world, iri))
        .map(|row| {
            vec![
                row.name,
                row.provider.unwrap_or_default(),
                row.kind,
                row.state.unwrap_or_default(),
                row.reads.to_string(),
                row.changes.to_string(),
                row.blocked.to_string(),
            ]
        });
    let heading = [
        "NAME", "PROVIDER", "KIND", "STATE", "READS", "CHANGES", "BLOCKED",
    ];
    table::columns(&heading, rows)
}
