//! Samos in ten lines: load a world, ask, check, run.
#![allow(clippy::print_stdout, reason = "examples print")]

use samos::{Error, RunOptions, Samos};

fn main() -> Result<(), Error> {
    let samos = Samos::demo()?;
    let answer = samos.connect(&["ec2:web-1", "rackspace:lb-1"])?;
    let Some(plan) = answer.plans.first() else {
        return Ok(());
    };
    println!("{} findings", samos.verify(plan)?.len());
    let run = samos.apply(plan, &RunOptions::approving(plan.cost.manipulations))?;
    println!("{} steps, done: {}", run.receipt.steps.len(), run.is_done());
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
