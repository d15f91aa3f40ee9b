//! Plans are RDF, in P-Plan's and PROV-O's terms: ask about them with SPARQL.
#![allow(clippy::print_stdout, reason = "examples print")]

use samos::{Error, Samos, export};

fn main() -> Result<(), Error> {
    let mut samos = Samos::demo()?;
    let answer = samos.connect(&["ec2:web-1", "rackspace:lb-1"])?;
    if let Some(plan) = answer.plans.first() {
        println!("{}", export::turtle(plan));
    }
    samos.load_plans(&answer.plans);
    let passed_on = samos.query(
        "SELECT ?from ?variable ?to WHERE {
           ?variable p-plan:isOutputVarOf ?giver ; samos:name ?name .
           ?input samos:value ?variable .
           ?taker p-plan:hasInputVar ?input ; samos:operation ?to .
           ?giver samos:operation ?from
         } ORDER BY ?from ?to",
    )?;
    for row in passed_on.table().1 {
        println!("{}", row.join("  "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
