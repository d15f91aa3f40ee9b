// Triples as a graph that grows node by node; what is inferred is dashed.
import "@xyflow/react/dist/base.css";
import dagre from "@dagrejs/dagre";
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps } from "@xyflow/react";
import { useComputedColorScheme } from "@mantine/core";
import { memo, useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { useWorld } from "../parts/world";
import { links, local } from "../words";
import { triples, type Triple } from "./text";

const MOST = 220;

interface Shown extends Record<string, unknown> { text: string; isLiteral: boolean }
const Term = memo(function Term({ data }: NodeProps<Node<Shown>>) {
  return (
    <div className="node" style={{ width: 180, borderStyle: data.isLiteral ? "dotted" : "solid" }}>
      <Handle type="target" position={Position.Left} isConnectable={false} style={{ visibility: "hidden" }} />
      <div className="clip" title={data.text}>{data.text}</div>
      <Handle type="source" position={Position.Right} isConnectable={false} style={{ visibility: "hidden" }} />
    </div>
  );
});
const nodeTypes = { term: Term };

async function described(iri: string, inferred: boolean): Promise<string> {
  const query = new URLSearchParams({ query: `DESCRIBE <${iri}>`, ...(inferred ? {} : { inferred: "false" }) });
  const answer = await fetch(`/sparql?${query}`, { headers: { accept: "application/n-triples" } });
  return answer.ok ? answer.text() : "";
}

export default function Web({ text, stated }: { text: string; stated: string }) {
  const { short } = useWorld();
  const [, go] = useLocation();
  const scheme = useComputedColorScheme("light");
  const [more, setMore] = useState<{ all: string; stated: string }>({ all: "", stated: "" });
  const [grown, setGrown] = useState<string[]>([]);
  useEffect(() => { setMore({ all: "", stated: "" }); setGrown([]); }, [text]);
  const { shown, sure, total } = useMemo(() => {
    const key = (one: Triple) => `${one.s} ${one.p} ${one.o}`;
    const all = new Map(triples(`${text}\n${more.all}`).map((one) => [key(one), one]));
    return { shown: [...all.values()].slice(0, MOST), sure: new Set(triples(`${stated}\n${more.stated}`).map(key)), total: all.size };
  }, [text, stated, more]);
  const { nodes, edges } = useMemo(() => {
    const graph = new dagre.graphlib.Graph();
    graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 170 });
    graph.setDefaultEdgeLabel(() => ({}));
    const terms = new Map<string, Shown>();
    const lines: Edge[] = shown.map((one, index) => {
      const target = one.isLiteral ? `"${one.s}${one.p}${one.o}` : one.o;
      terms.set(one.s, { text: short(one.s), isLiteral: false });
      terms.set(target, { text: one.isLiteral ? one.o : short(one.o), isLiteral: one.isLiteral });
      graph.setEdge(one.s, target);
      const isInferred = !sure.has(`${one.s} ${one.p} ${one.o}`);
      return { id: String(index), source: one.s, target, label: `${local(one.p)}${isInferred ? " (inferred)" : ""}`, markerEnd: { type: MarkerType.ArrowClosed }, style: { stroke: "var(--wait)", strokeDasharray: isInferred ? "6 4" : undefined }, labelStyle: { fill: "var(--mantine-color-text)" }, labelBgStyle: { fill: "var(--panel)" } };
    });
    for (const id of terms.keys()) graph.setNode(id, { width: 180, height: 38 });
    dagre.layout(graph);
    return {
      edges: lines,
      nodes: [...terms].map(([id, data]): Node<Shown> => {
        const at = graph.node(id) as { x: number; y: number };
        return { id, type: "term", data, position: { x: at.x - 90, y: at.y - 19 } };
      }),
    };
  }, [shown, sure, short]);
  const grow = async (id: string) => {
    if (id.startsWith('"') || id.startsWith("_:")) return;
    if (grown.includes(id)) { go(links.thing(short(id))); return; }
    const [all, only] = await Promise.all([described(id, true), described(id, false)]);
    setGrown((old) => [...old, id]);
    setMore((old) => ({ all: `${old.all}\n${all}`, stated: `${old.stated}\n${only}` }));
  };
  return (
    <figure className="stack tight" style={{ margin: 0 }}>
      <div className="flow">
        <ReactFlow key={nodes.length} nodes={nodes} edges={edges} nodeTypes={nodeTypes} colorMode={scheme} fitView minZoom={0.05} fitViewOptions={{ maxZoom: 1 }} nodesConnectable={false} onNodeClick={(_, node) => void grow(node.id)} onlyRenderVisibleElements={nodes.length > 80} aria-label="Triples as a graph">
          <Background color="var(--line)" /><Controls showInteractive={false} />
        </ReactFlow>
      </div>
      <figcaption className="small quiet">A click on a node grows the graph around it; a second click opens its page. Dashed: inferred. {total > MOST ? `${MOST} of ${total} triples are drawn; the text has all.` : ""}</figcaption>
    </figure>
  );
}
