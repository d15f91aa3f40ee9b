// What a reasoner answered: how complete, which plans, what was left out, and what is nearest where there is none.
import { Link, useSearchParams } from "wouter";
import type { Answer, Plan, Search } from "../api/shapes";
import { Scroll } from "../parts/scroll";
import { useWorld } from "../parts/world";
import { PlanCard } from "../plan/detail";
import { changes, count, links, local, signOf, valueText, type Short } from "../words";
import { Sign } from "../parts/chips";

export function SearchLine({ search, found, what = "plan" }: { search: Search; found: number; what?: string }) {
  return (
    <div className={`answer-line ${found === 0 ? "none" : search.complete ? "" : "cut"}`} role="status">
      {found > 0 ? <strong>✔ {count(found, what)}. </strong> : <strong>✖ No {what}{search.complete ? " exists" : " found"}. </strong>}
      Looked at {search.considered.toLocaleString("en")}, kept {search.kept}.{" "}
      {search.complete ? "Search complete: what is not here does not exist." : `Search cut at ${search.limit ?? "a limit"}: some may be missing.`}
    </div>
  );
}

/** A plan as a sentence. */
export function sentence(plan: Plan, short: Short): string {
  return plan.steps.map((step) => `${local(step.operation)} on ${local(valueText(step.subject, short))}`).join(" → ");
}

export function Plans({ plans, title = "Plans" }: { plans: Plan[]; title?: string }) {
  const [params, setParams] = useSearchParams();
  const { short } = useWorld();
  const chosen = plans.find((plan) => plan.fingerprint.startsWith(params.get("plan") ?? "-")) ?? plans[0];
  if (!chosen) return null;
  const choose = (plan: Plan) => setParams((old) => { old.set("plan", plan.fingerprint.slice(0, 20)); return old; }, { replace: true });
  return (
    <>
      {plans.length > 1 && (
        <section className="panel stack">
          <h2 style={{ margin: 0 }}>{title} <span className="quiet small">fewest changes first; choose one to draw it</span></h2>
          <Scroll name={title} style={{ maxHeight: "19rem", overflow: "auto" }}><table className="plain">
            <thead><tr><th><span className="visually-hidden">Chosen</span></th><th>What happens</th><th>Steps</th><th>Changes</th><th>Time</th><th>Can be undone</th></tr></thead>
            <tbody>{plans.map((plan) => {
              const stuck = plan.steps.filter((step) => step.undo.irreversible);
              return (
                <tr key={plan.fingerprint}>
                  <td><input type="radio" name="plan" aria-label={`Choose: ${sentence(plan, short)}`} checked={plan === chosen} onChange={() => choose(plan)} /></td>
                  <td style={{ minWidth: 220 }}>{plan.steps.slice(0, 8).map((step) => <span key={step.id}><span className="operation"><Sign of={signOf(step)} />{local(step.operation)}</span> <span className="quiet">{local(valueText(step.subject, short))}</span> </span>)}{plan.steps.length > 8 && "…"}</td>
                  <td>{plan.steps.length}</td><td>{changes(plan)}</td><td>{plan.cost.makespan_s === null ? "–" : `${plan.cost.makespan_s} s`}</td>
                  <td>{stuck.length === 0 ? "✔ all" : `✖ not ${stuck.map((step) => step.id).join(", ")}`}</td>
                </tr>
              );
            })}</tbody>
          </table></Scroll>
        </section>
      )}
      <PlanCard key={chosen.fingerprint} fingerprint={chosen.fingerprint} />
    </>
  );
}

export function Nearest({ answer }: { answer: Answer }) {
  const near = answer.nearest;
  if (answer.plans.length > 0) return null;
  return (
    <section className="panel stack" aria-label="Nearest miss">
      <h2 style={{ margin: 0 }}>What would make one</h2>
      {!near && <span>Nothing small was found that would make a plan. {answer.search.complete ? "" : "The search was cut; ask for something narrower, or of fewer things."}</span>}
      {near && (
        <>
          <p style={{ margin: 0 }}>{near.text}</p>
          {near.blocked_at && <span>It ends at <code>{near.blocked_at}</code>.</span>}
          <ul style={{ margin: 0 }}>{near.changes.map((one) => <li key={one.text}><strong>{one.change === "fact" ? "if it were so that" : one.change === "value" ? "if you gave" : "if it were allowed that"}</strong> {one.text} {one.type && <Link href={links.type(local(one.type))}>{local(one.type)}</Link>}</li>)}</ul>
          <span className="small quiet">{near.proven_smallest ? "Proven: no smaller set of changes is enough." : "The smallest that was found."}</span>
        </>
      )}
    </section>
  );
}

export function LeftOut({ answer, what }: { answer: Answer; what: string }) {
  const dropped = answer.dropped ?? [];
  if (dropped.length === 0) return null;
  const total = dropped.reduce((sum, one) => sum + one.count, 0);
  return (
    <section className="panel">
      <details open={answer.plans.length === 0}>
        <summary><strong>{what} not offered</strong>: {total.toLocaleString("en")} in {count(dropped.length, "group")}</summary>
        <Scroll name={`${what} not offered`}><table className="plain"><thead><tr><th>Why not</th><th>How many</th><th>For example</th></tr></thead>
          <tbody>{dropped.map((one) => <tr key={one.reason}><td>{one.reason}</td><td>{one.count.toLocaleString("en")}</td><td className="small">{one.example || "–"}</td></tr>)}</tbody></table></Scroll>
      </details>
    </section>
  );
}
