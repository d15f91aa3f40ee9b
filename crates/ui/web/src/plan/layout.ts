// Where the steps of a plan stand in a drawing: dagre for what people read, layers for what is too long for it.
import dagre from "@dagrejs/dagre";
import type { Plan } from "../api/shapes";

export const WIDTH = 210;
export const HEIGHT = 84;
const MOST_FOR_DAGRE = 120;

export type Places = Map<number, { x: number; y: number }>;

/** `labels` are the texts on the edges, for which room is left. */
export function places(plan: Plan, isNarrow: boolean, labels: string[]): Places {
  return plan.steps.length <= MOST_FOR_DAGRE ? drawn(plan, isNarrow, labels) : layered(plan);
}

function drawn(plan: Plan, isNarrow: boolean, labels: string[]): Places {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: isNarrow && plan.edges.length > 0 ? "TB" : "LR", nodesep: 28, ranksep: isNarrow ? 70 : 56 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const step of plan.steps) graph.setNode(String(step.id), { width: WIDTH, height: HEIGHT });
  plan.edges.forEach((edge, index) => {
    const width = isNarrow ? 0 : (labels[index]?.length ?? 0) * 6.4;
    graph.setEdge(String(edge.from), String(edge.to), { width, height: width > 0 ? 18 : 0, labelpos: "c" });
  });
  dagre.layout(graph);
  return new Map(plan.steps.map((step) => {
    const at = graph.node(String(step.id)) as { x: number; y: number };
    return [step.id, { x: at.x - WIDTH / 2, y: at.y - HEIGHT / 2 }];
  }));
}

/** A column a layer; within it, near to what a step waits for. */
function layered(plan: Plan): Places {
  const before = new Map<number, number[]>();
  for (const edge of plan.edges) before.set(edge.to, [...(before.get(edge.to) ?? []), edge.from]);
  const columns = new Map<number, number[]>();
  for (const step of plan.steps) columns.set(step.layer, [...(columns.get(step.layer) ?? []), step.id]);
  const result: Places = new Map();
  for (const layer of [...columns.keys()].sort((a, b) => a - b)) {
    const wish = (id: number) => {
      const seen = (before.get(id) ?? []).flatMap((from) => result.get(from)?.y ?? []);
      return seen.length > 0 ? seen.reduce((a, b) => a + b, 0) / seen.length : id;
    };
    const members = (columns.get(layer) ?? []).map((id) => [wish(id), id] as const).sort((a, b) => a[0] - b[0]);
    members.forEach(([, id], row) => result.set(id, { x: (layer - 1) * (WIDTH + 110), y: row * (HEIGHT + 22) }));
  }
  return result;
}
