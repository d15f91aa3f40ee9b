//! A plan run on simulated providers that refuse and lose answers, watched as it goes; then taken back.
#![allow(clippy::print_stdout, reason = "examples print")]

use samos::{Error, Faults, Question, RunOptions, Samos, changes_of};

fn main() -> Result<(), Error> {
    // Runs that shall be resumed or undone later need a folder to be kept in.
    let folder = std::env::temp_dir().join(format!("samos-example-{}", std::process::id()));
    let samos = Samos::builder()
        .world("demo")
        .data_directory(&folder)
        .build()?;
    let goal = samos.goal(&Question {
        goal: Some("ec2:web-2.type == ec2:m3-large".to_owned()),
        ..Question::default()
    })?;
    let answer = samos.plan(&goal)?;
    let Some(plan) = answer.plans.first() else {
        return Ok(());
    };
    let options = RunOptions {
        faults: Faults {
            seed: 7,
            refuse: 300,
            lose_answer: 100,
            ..RunOptions::default().faults
        },
        ..RunOptions::approving(changes_of(plan))
    };
    let mut transitions = 0;
    let run = samos.apply_watched(plan, &options, &mut |_: &samos::Record| transitions += 1)?;
    println!("seed 7: {transitions} transitions, done: {}", run.is_done());
    for step in &run.receipt.steps {
        println!(
            "step {}: {:?} after {} attempts",
            step.step, step.state, step.attempts
        );
    }
    let undone = samos.undo(run.id(), &mut samos::Unattended)?;
    println!("taken back: {}", undone.is_undone());
    // Whether it can be removed or not does not matter here.
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
