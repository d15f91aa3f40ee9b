//! Your own sophia graph as a world: one more machine, known to your program alone.
#![allow(clippy::print_stdout, reason = "examples print")]

use samos::{Error, Question, Samos};
use sophia::api::ns::{Namespace, rdf};
use sophia::api::term::{IriRef, SimpleTerm, Term};

/// Any type that implements sophia's `Graph` will do; the smallest is a vector of triples.
fn own_graph() -> Result<Vec<[SimpleTerm<'static>; 3]>, sophia::iri::InvalidIri> {
    let ec2 = Namespace::new("https://w3id.org/samos/aws/ec2#")?;
    let samos = Namespace::new("https://w3id.org/samos#")?;
    let machine = IriRef::new("https://example.org/mine#machine")?.into_term::<SimpleTerm<'_>>();
    let aws = IriRef::new("https://w3id.org/samos/aws#aws")?.into_term::<SimpleTerm<'_>>();
    Ok(vec![
        [
            machine.clone(),
            rdf::type_.into_term(),
            ec2.get("Instance")?.into_term(),
        ],
        [machine.clone(), samos.get("provider")?.into_term(), aws],
        [
            machine,
            ec2.get("state")?.into_term(),
            ec2.get("stopped")?.into_term(),
        ],
    ])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let graph = own_graph()?;
    // The clouds that are built in, without any facts.
    let mut samos = Samos::builder().build()?;
    samos.load(|knowledge| knowledge.load_graph("my own graph", &graph))?;
    println!("{}", start(&samos)?);
    Ok(())
}

/// The first step of starting the machine.
fn start(samos: &Samos) -> Result<String, Error> {
    let goal = samos.goal(&Question {
        goal: Some("<https://example.org/mine#machine>.state is samos:Running".to_owned()),
        ..Question::default()
    })?;
    let answer = samos.plan(&goal)?;
    let steps = answer.plans.iter().flat_map(|plan| &plan.steps);
    let names: Vec<&str> = steps.map(|step| step.operation.local()).collect();
    Ok(names.join(", "))
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
