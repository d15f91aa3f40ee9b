// One plan in three equal views: list, graph, timeline; with live states where it runs.
import { SegmentedControl } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import type { Plan, Sentence, Step } from "../api/shapes";
import { Chip, Sign } from "../parts/chips";
import { Waiting } from "../parts/failure";
import { Scroll } from "../parts/scroll";
import { useWhy } from "../parts/why";
import { useWorld } from "../parts/world";
import { argumentText, links, local, signOf, took, valueText } from "../words";
import type { States } from "./states";

const PlanGraph = lazy(() => import("./graph"));

export function PlanViews({ plan, sentences, states }: { plan: Plan; sentences?: Sentence[]; states?: States }) {
  const [params, setParams] = useSearchParams();
  const view = params.get("view") ?? "graph";
  const signs = useMemo(() => sentences && new Map(sentences.map((one) => [one.step, one.sign])), [sentences]);
  return (
    <div className="stack">
      <div className="row between">
        <SegmentedControl
          aria-label="View of the plan" size="sm" value={view}
          onChange={(next) => setParams((old) => { old.set("view", next); return old; }, { replace: true })}
          data={[{ value: "graph", label: "Graph" }, { value: "list", label: "List" }, { value: "timeline", label: "Timeline" }]}
        />
        <span className="small quiet"><Sign of="+" /> adds <Sign of="~" /> changes <Sign of="-" /> deletes <Sign of="<=" /> reads</span>
      </div>
      {view === "graph" && <Suspense fallback={<Waiting what="Drawing …" />}><PlanGraph plan={plan} states={states} signs={signs} /></Suspense>}
      {view === "list" && <StepList plan={plan} sentences={sentences} states={states} />}
      {view === "timeline" && <Timeline plan={plan} states={states} />}
    </div>
  );
}

function because(step: Step): string {
  return step.because.map((one) => {
    if (one.why === "enables") return `because step ${one.step} requires ${one.condition}`;
    if (one.why === "gives") return `gives ${one.outcome} to step ${one.step}`;
    return one.why === "goal" ? `goal: ${one.text}` : one.text;
  }).join("; ");
}

export function StepList({ plan, sentences, states }: { plan: Plan; sentences?: Sentence[]; states?: States }) {
  const { short } = useWorld();
  const why = useWhy();
  const of = useMemo(() => new Map(sentences?.map((one) => [one.step, one])), [sentences]);
  return (
    <ol className="steps" aria-label="Steps of the plan">
      {plan.steps.map((step) => {
        const subject = valueText(step.subject, short);
        const look = states?.[String(step.id)];
        const incoming = plan.edges.filter((edge) => edge.to === step.id);
        const given = Object.entries(step.arguments);
        return (
          <li key={step.id} className={look && look.state !== "waiting" ? "changed" : ""} style={plan.steps.length > 60 ? { contentVisibility: "auto", containIntrinsicSize: "auto 90px" } : undefined}>
            <div className="row">
              <Sign of={of.get(step.id)?.sign ?? signOf(step)} />
              <strong>{step.id}</strong>
              <Link className="plain" href={links.operation(short(step.operation), step.subject.entity && subject)}><strong>{local(step.operation)}</strong></Link>
              <span>on {step.subject.entity ? <Link className="plain" href={links.thing(subject)}>{subject}</Link> : subject}</span>
              {look && <Chip of={look.state} />}
              {look?.note && <span className="small quiet">{look.note}</span>}
              <span className="grow" />
              {incoming.map((edge) => (
                <button key={`${edge.from}${edge.kind}`} type="button" className="chip" onClick={() => why({ title: `Why step ${edge.to} comes after step ${edge.from}`, grounds: edge.because })}>after {edge.from} · why?</button>
              ))}
            </div>
            {given.length > 0 && <div className="small mono">{given.map(([name, argument]) => `${name} = ${argumentText(argument, short)}`).join("   ")}</div>}
            <div className="small quiet">{of.get(step.id)?.because.join("; ") ?? because(step)}</div>
            <div className="small quiet">Undo: {of.get(step.id)?.undo ?? (step.undo.irreversible ? `not: ${step.undo.irreversible}` : step.undo.operation ? `by ${short(step.undo.operation)}` : "nothing to take back")}</div>
          </li>
        );
      })}
    </ol>
  );
}

/** By rounds before it ran; by the clock since. */
function Timeline({ plan, states }: { plan: Plan; states?: States }) {
  const looks = Object.values(states ?? {});
  const starts = looks.flatMap((look) => look.startedMs ?? []);
  const from = Math.min(...starts);
  const to = Math.max(...looks.map((look) => look.endedMs ?? look.startedMs ?? 0), from + 1);
  const ran = starts.length > 0;
  const whole = ran ? to - from : plan.cost.layers;
  return (
    <Scroll name="Timeline" className="panel">
      <table className="plain">
        <caption className="small quiet" style={{ textAlign: "left", paddingBottom: 6 }}>{ran ? `By the clock of the world: ${took(to - from)}` : `By rounds: what stands in the same round can run at once${plan.cost.makespan_s ? `; about ${plan.cost.makespan_s} s` : ""}`}</caption>
        <thead><tr><th>Step</th><th>{ran ? "Took" : "Round"}</th><th style={{ width: "60%" }}><span className="visually-hidden">Drawn</span></th></tr></thead>
        <tbody>
          {plan.steps.map((step) => {
            const look = states?.[String(step.id)];
            const start = ran ? (look?.startedMs ?? to) - from : step.layer - 1;
            const length = ran ? (look?.startedMs ? (look.endedMs ?? to) - look.startedMs : 0) : 1;
            return (
              <tr key={step.id}>
                <td>{step.id} {local(step.operation)}</td>
                <td>{ran ? took(look?.endedMs && look.startedMs ? length : null) || "–" : step.layer}</td>
                <td><div className="bars"><div className="lane"><div className={`bar ${look?.state ?? ""}`} style={{ position: "absolute", left: `${(100 * start) / whole}%`, width: `max(4px, ${(100 * length) / whole}%)` }} /></div></div></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
