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

interface Shown extends Record<string, unknown> { text: string; said: [string, string][] }
const SAID = 6;
const Term = memo(function Term({ data }: NodeProps<Node<Shown>>) {
  return (
    <div className="node" style={{ width: 220 }}>
      <Handle type="target" position={Position.Left} isConnectable={false} style={{ visibility: "hidden" }} />
      <div className="clip" title={data.text}><strong>{data.text}</strong></div>
      {data.said.length > 0 && <dl>{data.said.slice(0, SAID).map(([name, value]) => <div key={name + value}><dt>{name}</dt><dd title={value}>{value}</dd></div>)}{data.said.length > SAID && <div><dt>and {data.said.length - SAID} more</dt></div>}</dl>}
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
    graph.setGraph({ rankdir: "LR", nodesep: 12, ranksep: 260 });
    graph.setDefaultEdgeLabel(() => ({}));
    const terms = new Map<string, Shown>();
    const term = (id: string) => {
      const found = terms.get(id) ?? { text: short(id), said: [] };
      terms.set(id, found);
      return found;
    };
    const lines: Edge[] = shown.flatMap((one, index) => {
      const isInferred = !sure.has(`${one.s} ${one.p} ${one.o}`);
      const name = `${local(one.p)}${isInferred ? " (inferred)" : ""}`;
      if (one.isLiteral) {
        term(one.s).said.push([name, one.o]);
        return [];
      }
      term(one.s);
      term(one.o);
      graph.setEdge(one.s, one.o);
      return [{ id: String(index), source: one.s, target: one.o, label: name, markerEnd: { type: MarkerType.ArrowClosed }, style: { stroke: "var(--wait)", strokeDasharray: isInferred ? "6 4" : undefined }, labelStyle: { fill: "var(--mantine-color-text)" }, labelBgStyle: { fill: "var(--panel)" } }];
    });
    const height = (data: Shown) => 38 + Math.min(data.said.length, SAID + 1) * 17;
    for (const [id, data] of terms) graph.setNode(id, { width: 220, height: height(data) });
    dagre.layout(graph);
    return {
      edges: lines,
      nodes: [...terms].map(([id, data]): Node<Shown> => {
        const at = graph.node(id) as { x: number; y: number };
        return { id, type: "term", data, position: { x: at.x - 110, y: at.y - height(data) / 2 } };
      }),
    };
  }, [shown, sure, short]);
  const grow = async (id: string) => {
    if (id.startsWith("_:")) return;
    if (grown.includes(id)) { go(links.thing(short(id))); return; }
    const [all, only] = await Promise.all([described(id, true), described(id, false)]);
    setGrown((old) => [...old, id]);
    setMore((old) => ({ all: `${old.all}\n${all}`, stated: `${old.stated}\n${only}` }));
  };
  return (
    <figure className="stack tight" style={{ margin: 0 }}>
      <div className="flow">
        <ReactFlow key={nodes.length} nodes={nodes} edges={edges} nodeTypes={nodeTypes} colorMode={scheme} fitView minZoom={0.05} fitViewOptions={{ maxZoom: 1, minZoom: 0.55 }} nodesConnectable={false} onNodeClick={(_, node) => void grow(node.id)} onlyRenderVisibleElements={nodes.length > 80} aria-label="Triples as a graph">
          <Background color="var(--line)" /><Controls showInteractive={false} />
        </ReactFlow>
      </div>
      <figcaption className="small quiet">A click on a node grows the graph around it; a second click opens its page. Dashed: inferred. {total > MOST ? `${MOST} of ${total} triples are drawn; the text has all.` : ""}</figcaption>
    </figure>
  );
}
