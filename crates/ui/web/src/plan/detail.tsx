// A plan that the server keeps: header, checked or not, views, other forms.
import { Button, Menu } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import { ask, queries, useGet, usePost } from "../api/client";
import type { Finding, Plan, PlanDetail } from "../api/shapes";
import { Chip } from "../parts/chips";
import { CopyMenu, curl } from "../parts/copy";
import { Answered, Findings } from "../parts/failure";
import { useWhy } from "../parts/why";
import { useWorld } from "../parts/world";
import { count, links, local, moment } from "../words";
import { RunIt } from "./approve";
import { PlanViews } from "./views";

export function PlanCard({ fingerprint, isPage = false }: { fingerprint: string; isPage?: boolean }) {
  const detail = useGet<PlanDetail>(`/api/v1/plans/${fingerprint}`);
  return <Answered of={detail} what="Reading the plan …">{(data) => <Kept detail={data} isPage={isPage} />}</Answered>;
}

function Kept({ detail, isPage }: { detail: PlanDetail; isPage: boolean }) {
  const { plan } = detail;
  const why = useWhy();
  const { short } = useWorld();
  const checked = usePost<{ findings: Finding[] }>("/api/v1/verify", plan);
  const path = `/api/v1/plans/${plan.fingerprint}`;
  const save = useMutation({ mutationFn: () => ask("POST", "/api/v1/plans", plan), onSuccess: () => queries.invalidateQueries({ queryKey: ["get", path] }) });
  const Title = isPage ? "h1" : "h2";
  return (
    <section className="panel stack" aria-label="Plan">
      <div className="row between top">
        <div className="stack tight heading">
          <Title>{detail.title}</Title>
          <div className="row small">
            <Chip of={detail.state} />
            <Link className="plain mono" href={links.plan(plan.fingerprint)} title={plan.fingerprint}>{plan.fingerprint.slice(0, 19)}…</Link>
            <span className="quiet">facts from {moment(plan.made_from.facts_at) || "files only"}</span>
            <button type="button" className="chip" onClick={() => why({ title: "What the fingerprint stands for", lines: [`ontology ${plan.made_from.ontology}`, `mapping ${plan.made_from.mapping ?? "none: providers are simulated"}`, `facts at ${plan.made_from.facts_at ?? "no time: stated in files"}`], note: "When one of these changes, the plan is stale. When it has run, it is used." })}>what is that?</button>
          </div>
        </div>
        <div className="row">
          {!detail.saved && detail.state !== "used" && <Button size="compact-sm" variant="default" loading={save.isPending} onClick={() => save.mutate()}>Save</Button>}
          <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
            <Menu.Target><Button size="compact-sm" variant="default">Other forms</Button></Menu.Target>
            <Menu.Dropdown>
              {["json", "turtle", "mermaid", "dot", "arazzo", "pddl"].map((form) => <Menu.Item key={form} component="a" href={`${path}/export?to=${form}`} target="_blank">{form}</Menu.Item>)}
            </Menu.Dropdown>
          </Menu>
          <CopyMenu of={[{ label: "curl", text: curl("GET", path) }, { label: "JSON", text: JSON.stringify(plan, null, 2) }, { label: "CLI", text: `curl … '${path}/export?to=json' > a.plan && samos apply a.plan --approve ${detail.changes}` }]} />
        </div>
      </div>
      <Summary plan={plan} />
      {checked.data && (checked.data.findings.length === 0
        ? <div className="answer-line"><strong>✔ Checked:</strong> the independent checker replayed the plan in every order it allows and found nothing.</div>
        : <Findings findings={checked.data.findings} />)}
      {checked.isPending && <span className="small quiet" role="status">The checker replays it …</span>}
      <Points plan={plan} />
      {plan.assumptions.length > 0 && (
        <div className="answer-line cut"><strong>? Taken for granted</strong>, and looked at again before the step acts: {plan.assumptions.map((one) => `${one.text} (step ${one.step})`).join("; ")}</div>
      )}
      {detail.findings.length > 0 && <Findings findings={detail.findings} />}
      <RunIt detail={detail} />
      <PlanViews plan={plan} sentences={detail.sentences} />
      {plan.not_ready && plan.not_ready.length > 0 && (
        <details><summary>{count(plan.not_ready.length, "subject")} not ready</summary>
          <ul>{plan.not_ready.map((one) => <li key={one.subject + one.operation}>{short(one.subject)}: {one.findings.map((finding) => finding.message).join("; ")}</li>)}</ul>
        </details>
      )}
    </section>
  );
}

export function Summary({ plan }: { plan: Plan }) {
  const reads = plan.steps.length - plan.cost.manipulations;
  return (
    <p style={{ margin: 0 }}>
      <strong>{count(plan.cost.manipulations, "change")}</strong>, {count(reads, "read")}, {count(plan.cost.layers, "round")}
      {plan.cost.makespan_s !== null && <>, about {plan.cost.makespan_s} s</>}
      {plan.cost.price !== null && plan.cost.price > 0 && <>, costs {plan.cost.price}</>}
      . Needs from you: <strong>nothing</strong>.
    </p>
  );
}

function Points({ plan }: { plan: Plan }) {
  const why = useWhy();
  const points = plan.goal.points ?? [];
  if (points.length === 0) return null;
  return (
    <div className="row small">
      <strong>Orchestration points</strong>
      {points.map((point) => {
        const edge = plan.edges.find((one) => one.from === point.from && one.to === point.to && one.kind === "data");
        return (
          <button key={`${point.from}${point.to}${point.parameter}`} type="button" className="chip inferred" onClick={() => why({ title: `Why ${point.outcome} of step ${point.from} can be ${point.parameter} of step ${point.to}`, grounds: edge?.because ?? { axioms: [], conditions: [], observations: [] }, note: `Both call this a ${local(point.types[1])}.` })}>
            {point.outcome} → {point.parameter}: both are a {local(point.types[1])} · why?
          </button>
        );
      })}
    </div>
  );
}
