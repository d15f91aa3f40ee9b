// A plan of 500 steps in 25 layers, each step enabled by two of the layer before.
export function plan500() {
  const grounds = { axioms: [], conditions: ["`ec2:m.state = ec2:running` makes `subject.state is samos:Running` true"], observations: [] };
  const steps = Array.from({ length: 500 }, (_, n) => ({
    id: n + 1, operation: "https://w3id.org/samos/aws/ec2#StartInstance", provider: null, account: null, library: null, kind: "manipulation",
    subject: { entity: `https://w3id.org/samos/aws/ec2#machine-${n}` }, arguments: {}, layer: Math.floor(n / 20) + 1, because: [{ why: "goal", text: "running" }], undo: { irreversible: "a test" },
  }));
  const edges = steps.slice(20).flatMap((step) => [20, 19].filter((back) => back === 20 || step.id % 20 !== 0).map((back) => ({ from: step.id - back, to: step.id, kind: "cause", because: grounds })));
  return {
    format: 1, fingerprint: "sha256:500", goal: { condition: "all run" }, assumptions: [], made_from: { ontology: "sha256:0", mapping: null, facts_at: null },
    steps, edges, cost: { operations: 500, layers: 25, manipulations: 500, price: null, makespan_s: 60 },
  };
}
