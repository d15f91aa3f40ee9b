//! The four reasoners, and goals, each asked one question of the demo world.
#![allow(clippy::print_stdout, reason = "examples print")]

use samos::{Answer, Error, Limits, Question, Samos, export};

fn main() -> Result<(), Error> {
    let samos = Samos::demo()?;

    // BASR: what is still missing before a node can be added?
    let prepared = samos.check(
        "rackspace:AddNode",
        "rackspace:lb-1",
        &[] as &[&str],
        &Limits::default(),
    )?;
    for finding in prepared
        .operations
        .iter()
        .flat_map(|operation| &operation.findings)
    {
        println!("BASR  {}: {} ways", finding.about, finding.options.len());
    }

    // CCSR: what can be done to machines of two clouds at once?
    let answer = samos.together(&["ec2:web-2", "rackspace:test-1"], &[] as &[&str])?;
    for group in answer.plans.iter().filter_map(|plan| plan.group.as_ref()) {
        println!("CCSR  {}", group.name);
    }

    // SCSR: which chains make a step possible that is not possible now?
    print(
        "SCSR",
        &samos,
        &samos.chain(&["ec2:web-2"], &["type=ec2:m3-large"])?,
    );

    // IOSR: how can a machine of one cloud and a load balancer of another work together?
    print(
        "IOSR",
        &samos,
        &samos.connect(&["ec2:web-1", "rackspace:lb-1"])?,
    );

    // Goals: a new snapshot of a volume.
    let goal = samos.goal(&Question {
        goal: Some("copy.sourceVolume == ec2:data-2".to_owned()),
        wants: vec!["copy=ec2:Snapshot".to_owned()],
        new: true,
        ..Question::default()
    })?;
    print("Goal", &samos, &samos.plan(&goal)?);
    Ok(())
}

/// The best plan in a line.
fn print(reasoner: &str, samos: &Samos, answer: &Answer) {
    let Some(plan) = answer.plans.first() else {
        println!("{reasoner}  nothing found");
        return;
    };
    let steps: Vec<String> = plan
        .steps
        .iter()
        .map(|step| export::short(&step.operation, samos.world()))
        .collect();
    println!("{reasoner}  {}", steps.join(" → "));
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
