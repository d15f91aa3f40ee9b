// A plan as a drawing: solid edges carry values, dashed ones enable, dotted ones only order.
import "@xyflow/react/dist/base.css";
import { Background, Controls, Handle, MarkerType, MiniMap, Position, ReactFlow, type Edge as Line, type Node, type NodeProps } from "@xyflow/react";
import { useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { memo, useMemo } from "react";
import type { Edge, Plan, Step } from "../api/shapes";
import { Chip, Sign } from "../parts/chips";
import { useWhy } from "../parts/why";
import { useWorld } from "../parts/world";
import { local, signOf, valueText } from "../words";
import type { States } from "./states";
import { HEIGHT, places, WIDTH } from "./layout";

interface Shown extends Record<string, unknown> { step: Step; sign: string; subject: string; state?: string; isNarrow: boolean }
const active = new Set(["rechecking", "calling", "confirming", "unanswered"]);

const StepNode = memo(function StepNode({ data }: NodeProps<Node<Shown>>) {
  const { step, sign, subject, state, isNarrow } = data;
  return (
    <div className={`node ${step.kind} ${state ?? ""} ${state && active.has(state) ? "active" : ""}`} style={{ height: HEIGHT, width: WIDTH }}>
      <Handle type="target" position={isNarrow ? Position.Top : Position.Left} isConnectable={false} style={{ visibility: "hidden" }} />
      <div className="clip"><Sign of={sign} /><strong>{step.id} {local(step.operation)}</strong></div>
      <div className="clip quiet">{subject}</div>
      <div>{state ? <Chip of={state} /> : <span className="small quiet">{step.kind === "information" ? "reads" : "changes"}</span>}</div>
      <Handle type="source" position={isNarrow ? Position.Bottom : Position.Right} isConnectable={false} style={{ visibility: "hidden" }} />
    </div>
  );
});

const colours: Record<string, string> = { done: "var(--ok)", failed: "var(--no)", unknown: "var(--ask)", waiting: "var(--line)", calling: "var(--live)", confirming: "var(--live)", rechecking: "var(--live)" };
const nodeTypes = { step: StepNode };

/** What links two steps, short enough for an edge. */
export function linkText(edge: Edge, plan: Plan): string {
  const point = plan.goal.points?.find((one) => one.from === edge.from && one.to === edge.to);
  if (point) return `${point.outcome} is a ${local(point.types[1])}`;
  const first = edge.because.conditions[0] ?? edge.because.axioms[0] ?? "";
  const made = /^`(.+?)` makes `(.+?)` true/.exec(first);
  if (made) return `makes ${made[2]}`;
  const given = /^outcome `(.+?)` is parameter `(.+?)`/.exec(first);
  if (given) return `${given[1]} → ${given[2]}`;
  return first.replaceAll("`", "") || edge.kind;
}

export default function PlanGraph({ plan, states, signs }: { plan: Plan; states?: States; signs?: Map<number, string> }) {
  const { short } = useWorld();
  const why = useWhy();
  const scheme = useComputedColorScheme("light");
  const isNarrow = useMediaQuery("(max-width: 640px)") ?? false;
  const isLong = plan.steps.length > 60;
  const labels = useMemo(() => plan.edges.map((edge) => (isLong ? "" : clipped(linkText(edge, plan)))), [plan, isLong]);
  const at = useMemo(() => places(plan, isNarrow, labels), [plan, isNarrow, labels]);
  const nodes = useMemo<Node<Shown>[]>(() => plan.steps.map((step) => ({
    id: String(step.id), type: "step", position: at.get(step.id) ?? { x: 0, y: 0 }, width: WIDTH, height: HEIGHT,
    data: { step, sign: signs?.get(step.id) ?? signOf(step), subject: valueText(step.subject, short), state: states?.[String(step.id)]?.state, isNarrow },
    ariaLabel: `Step ${step.id}: ${local(step.operation)} on ${valueText(step.subject, short)}`,
  })), [plan, at, states, signs, short, isNarrow]);
  const edges = useMemo<Line[]>(() => plan.edges.map((edge, index) => ({
    id: String(index), source: String(edge.from), target: String(edge.to), label: labels[index] || undefined,
    markerEnd: { type: MarkerType.ArrowClosed, color: "var(--wait)" },
    style: { stroke: "var(--wait)", strokeWidth: edge.kind === "data" ? 2.2 : 1.6, strokeDasharray: edge.kind === "data" ? undefined : edge.kind === "cause" ? "7 5" : "2 4" },
    labelStyle: { fill: "var(--mantine-color-text)" }, labelBgStyle: { fill: "var(--panel)" },
    ariaLabel: `From step ${edge.from} to step ${edge.to}: ${linkText(edge, plan)}`,
  })), [plan, labels]);
  return (
    <figure style={{ margin: 0 }} className="stack tight">
      <div className="flow" style={isNarrow ? { height: 460 } : plan.steps.length <= 6 ? { height: 300 } : undefined}>
        <ReactFlow
          key={`${plan.fingerprint}${isNarrow}`} nodes={nodes} edges={edges} nodeTypes={nodeTypes} colorMode={scheme} fitView={!isLong}
          fitViewOptions={{ maxZoom: 1 }} defaultViewport={{ x: 20, y: 20, zoom: isLong ? 0.55 : 1 }} minZoom={0.05} nodesDraggable={false} nodesConnectable={false} onlyRenderVisibleElements={isLong}
          onEdgeClick={(_, line) => {
            const edge = plan.edges[Number(line.id)];
            if (edge) why({ title: `Why step ${edge.to} comes after step ${edge.from}`, grounds: edge.because });
          }}
          aria-label={`Drawing of the plan: ${plan.steps.length} steps`}
        >
          <Background color="var(--line)" />
          <Controls showInteractive={false} />
          {isLong && <MiniMap pannable zoomable ariaLabel="The whole plan" nodeColor={(node) => colours[(node.data as Shown).state ?? ""] ?? "var(--wait)"} />}
        </ReactFlow>
      </div>
      <figcaption className="small quiet">Solid: a value flows. Dashed: one makes the other possible. Dotted: only the order. Click a link to see why; the list says the same.</figcaption>
    </figure>
  );
}

function clipped(text: string): string {
  return text.length > 38 ? `${text.slice(0, 36)}…` : text;
}
