// CCSR: subjects by operations that mean the same; each cell ready, or not and why; shared inputs once.
import { Switch, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import type { Answer, Plan, RequestFinding } from "../api/shapes";
import { Scroll } from "../parts/scroll";
import { useWhy } from "../parts/why";
import { useWorld } from "../parts/world";
import { changes, links, local } from "../words";

interface Cell { step?: number; findings?: RequestFinding[]; operation: string }

export function Matrix({ answer, subjects, chosen, choose }: { answer: Answer; subjects: string[]; chosen: Plan | undefined; choose: (plan: Plan) => void }) {
  const { short } = useWorld();
  const why = useWhy();
  const [reads, setReads] = useState(false);
  const groups = answer.plans.filter((plan) => reads || changes(plan) > 0 || (plan.steps.length === 0 && plan.not_ready?.length));
  const cells = useMemo(() => new Map(answer.plans.map((plan) => {
    const row = new Map<string, Cell>();
    for (const one of plan.not_ready ?? []) row.set(short(one.subject), { findings: one.findings, operation: one.operation });
    for (const step of plan.steps) if (step.subject.entity) row.set(short(step.subject.entity), { step: step.id, operation: step.operation });
    return [plan.fingerprint, row];
  })), [answer.plans, short]);
  const names = [...new Set([...subjects, ...[...cells.values()].flatMap((row) => [...row.keys()])])];
  return (
    <section className="panel stack">
      <div className="row between"><h2 style={{ margin: 0 }}>Who can do what, now</h2><Switch label="Reads too" checked={reads} onChange={(event) => setReads(event.currentTarget.checked)} /></div>
      <Scroll name="Matrix of subjects and operations"><table className="plain matrix">
        <thead><tr><th>Subject</th>{groups.map((plan) => (
          <th key={plan.fingerprint}>
            <button type="button" className={`chip ${plan === chosen ? "live" : ""}`} aria-pressed={plan === chosen} onClick={() => choose(plan)}>{plan === chosen ? "▶ " : ""}{(plan.group?.operations ?? []).map((one) => local(one)).filter((one, at, all) => all.indexOf(one) === at).join(" ≡ ") || local(plan.group?.name ?? "")}</button>
            {(plan.group?.operations.length ?? 0) > 1 && <div><button type="button" className="chip inferred" onClick={() => why({ title: `Why ${(plan.group?.operations ?? []).map((one) => short(one)).join(" and ")} mean the same`, lines: (plan.group?.operations ?? []).map((one) => short(one)), note: "They are grouped because what they take, require and make is equivalent by the ontology, or because they are declared to be similar." })}>the same · why?</button></div>}
          </th>
        ))}</tr></thead>
        <tbody>{names.map((name) => (
          <tr key={name}><td><Link className="plain" href={links.thing(name)}>{name}</Link></td>
            {groups.map((plan) => {
              const cell = cells.get(plan.fingerprint)?.get(name);
              if (!cell) return <td key={plan.fingerprint}><span className="quiet">– <span className="visually-hidden">does not offer it</span></span></td>;
              if (cell.step !== undefined) return <td key={plan.fingerprint}><span className="chip ok">✔ ready</span></td>;
              const lines = cell.findings?.map((one) => one.message) ?? [];
              const inputs = cell.findings?.every((one) => one.code === "V0112");
              return <td key={plan.fingerprint}><button type="button" className={`chip ${inputs ? "ask" : "no"}`} title={lines.join("\n")} onClick={() => why({ title: `Why ${local(cell.operation)} on ${name} is not ready`, lines: (cell.findings ?? []).map((one) => `${one.message}. ${one.help}`) })}>{inputs ? "… needs inputs" : "✖ blocked"} · why?</button></td>;
            })}</tr>
        ))}</tbody>
      </table></Scroll>
    </section>
  );
}

/** What several of them still need, asked once. */
export function SharedInputs({ answer, given, give }: { answer: Answer; given: Record<string, string>; give: (name: string, value: string) => void }) {
  const needed = useMemo(() => {
    const all = new Map<string, Set<string>>();
    for (const plan of answer.plans) for (const one of plan.not_ready ?? []) for (const finding of one.findings) {
      if (finding.code === "V0112") all.set(finding.about, (all.get(finding.about) ?? new Set()).add(finding.help));
    }
    for (const name of Object.keys(given)) if (!all.has(name)) all.set(name, new Set());
    return [...all];
  }, [answer.plans, given]);
  if (needed.length === 0) return null;
  return (
    <section className="panel stack">
      <h2 style={{ margin: 0 }}>Shared inputs, typed once</h2>
      <div className="cards">{needed.map(([name, helps]) => <Shared key={name} name={name} help={[...helps].join("; ")} value={given[name] ?? ""} give={(value) => give(name, value)} />)}</div>
    </section>
  );
}

function Shared({ name, help, value, give }: { name: string; help: string; value: string; give: (value: string) => void }) {
  const [text, setText] = useState(value);
  return <TextInput label={name} description={help} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={() => text !== value && give(text)} onKeyDown={(event) => event.key === "Enter" && give(text)} />;
}
