//! Plans as pictures: Mermaid and Graphviz. Solid lines carry values, dotted ones enable, dashed ones only order.

use std::fmt::Write as _;

use samos_model::operation::Kind;
use samos_model::plan::{Edge, EdgeKind, Step};
use samos_model::{Plan, World};

use super::{argument_text, short, value_text};

/// The plan as a Mermaid flow chart.
#[must_use = "this makes text and changes nothing"]
pub fn mermaid(plan: &Plan, world: &dyn World) -> String {
    let mut text = String::from("flowchart TD\n");
    for step in &plan.steps {
        let lines: Vec<String> = label(step, world)
            .iter()
            .map(|line| for_mermaid(line))
            .collect();
        let (open, close) = match step.kind {
            Kind::Information => ("([", "])"),
            Kind::Manipulation => ("[", "]"),
        };
        let _ = writeln!(
            text,
            "  s{}{open}\"{}\"{close}",
            step.id,
            lines.join("<br/>")
        );
    }
    for edge in &plan.edges {
        let arrow = match edge.kind {
            EdgeKind::Data => "-->",
            EdgeKind::Cause => "-.->",
            EdgeKind::Order => "---->",
        };
        let _ = writeln!(
            text,
            "  s{} {arrow}|\"{}\"| s{}",
            edge.from,
            for_mermaid(&reason(edge)),
            edge.to
        );
    }
    text
}

/// The plan as a Graphviz digraph.
#[must_use = "this makes text and changes nothing"]
pub fn dot(plan: &Plan, world: &dyn World) -> String {
    let mut text =
        String::from("digraph plan {\n  rankdir=TB;\n  node [fontname=\"sans-serif\"];\n");
    for step in &plan.steps {
        let lines: Vec<String> = label(step, world)
            .iter()
            .map(|line| for_dot(line))
            .collect();
        let shape = match step.kind {
            Kind::Information => "ellipse",
            Kind::Manipulation => "box",
        };
        let _ = writeln!(
            text,
            "  s{} [shape={shape}, label=\"{}\"];",
            step.id,
            lines.join("\\n")
        );
    }
    for edge in &plan.edges {
        let style = match edge.kind {
            EdgeKind::Data => "solid",
            EdgeKind::Cause => "dotted",
            EdgeKind::Order => "dashed",
        };
        let _ = writeln!(
            text,
            "  s{} -> s{} [style={style}, label=\"{}\"];",
            edge.from,
            edge.to,
            for_dot(&reason(edge))
        );
    }
    text.push_str("}\n");
    text
}

/// What stands in a step's box, line by line.
fn label(step: &Step, world: &dyn World) -> Vec<String> {
    let mut lines = vec![
        format!("{} {}", step.id, short(&step.operation, world)),
        format!("on {}", value_text(&step.subject, world)),
    ];
    for (name, argument) in &step.arguments {
        lines.push(format!("{name} = {}", argument_text(argument, world)));
    }
    lines
}

/// What stands at an edge.
fn reason(edge: &Edge) -> String {
    edge.because
        .conditions
        .first()
        .or(edge.because.axioms.first())
        .or(edge.because.observations.first())
        .cloned()
        .unwrap_or_default()
}

fn for_mermaid(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn for_dot(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
