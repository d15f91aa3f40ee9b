// A run: the whole plan from the first second, live states, what was sent, and any moment of it again.
import { Button, Slider } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import { ask, queries, useGet, type Refusal } from "../api/client";
import type { Listing, PlanDetail, RunDetail, StepReceipt, TransitionItem } from "../api/shapes";
import { Chip } from "../parts/chips";
import { CopyMenu, curl } from "../parts/copy";
import { Answered, Failure, Findings } from "../parts/failure";
import { Scroll } from "../parts/scroll";
import { useWorld } from "../parts/world";
import { Again } from "../plan/approve";
import { played, told } from "../plan/states";
import { PlanViews } from "../plan/views";
import { clock, count, links, local, modelText, moment, took } from "../words";

export default function RunPage({ run }: { run: string }) {
  const path = `/api/v1/runs/${encodeURIComponent(run)}`;
  const detail = useGet<RunDetail>(path);
  const journal = useGet<Listing<TransitionItem>>(`${path}/transitions`);
  useEffect(() => {
    const events = new EventSource(`/events?run=${encodeURIComponent(run)}`);
    const transitions = ["get", `${path}/transitions`];
    const ended = () => {
      void queries.invalidateQueries({ queryKey: ["get", path] });
      void queries.invalidateQueries({ queryKey: transitions });
    };
    events.addEventListener("run.transition", (event) => {
      const { data, time } = JSON.parse((event as MessageEvent<string>).data) as { time: string; data: { record: { at_ms: number } & TransitionItem["transition"] } };
      queries.setQueryData<Listing<TransitionItem>>(transitions, (old) => {
        const { at_ms, ...transition } = data.record;
        const last = old?.items.at(-1);
        // What the list had already is not shown twice.
        if (!old || (last && last.at_ms >= at_ms && old.items.some((one) => one.at_ms === at_ms && one.transition.change === transition.change && one.transition.task === transition.task))) return old;
        return { ...old, items: [...old.items, { number: old.items.length, at: new Date(at_ms).toISOString() || time, at_ms, transition }], total: old.total + 1 };
      });
    });
    events.addEventListener("run.ended", ended);
    events.addEventListener("missed", ended);
    return () => events.close();
  }, [run, path]);
  return (
    <Answered of={detail} what="Looking for the run …">
      {(data) => <Shown detail={data} items={journal.data?.items ?? []} path={path} />}
    </Answered>
  );
}

function Shown({ detail, items, path }: { detail: RunDetail; items: TransitionItem[]; path: string }) {
  const [params, setParams] = useSearchParams();
  const chosen = params.get("at");
  const at = chosen === null ? items.length : Math.min(Number(chosen), items.length);
  const { states, ending } = useMemo(() => played(detail.plan, items, at), [detail.plan, items, at]);
  const plan = useGet<PlanDetail>(`/api/v1/plans/${detail.fingerprint}`);
  const receipt = detail.receipt?.receipt?.steps ?? detail.receipt?.steps ?? [];
  const isOver = !["running", "open"].includes(detail.state);
  const counted = Object.values(states).filter((look) => look.state === "done").length;
  const scrub = (to: number) => setParams((old) => { if (to >= items.length) old.delete("at"); else old.set("at", String(to)); return old; }, { replace: true });
  const undos = Object.entries(states).filter(([task]) => task.includes("-undo-"));
  return (
    <>
      <section className="panel stack">
        <div className="row between top">
          <div className="stack tight heading">
            <h1>{plan.data?.title ?? "Run"}</h1>
            <div className="row small"><span aria-live="polite"><Chip of={detail.state} /></span><code>{detail.run}</code><span className="quiet">plan <Link className="plain mono" href={links.plan(detail.fingerprint)}>{detail.fingerprint.slice(0, 19)}…</Link></span>
              <span className="quiet">{moment(detail.started_at)}</span></div>
          </div>
          <CopyMenu of={[{ label: "CLI", text: `samos show ${detail.run}` }, { label: "curl", text: curl("GET", path) }, { label: "JSON", text: JSON.stringify(detail, null, 2) }, { label: "curl of the stream", text: curl("GET", `/events?run=${detail.run}`) }]} />
        </div>
        <div aria-live="polite"><strong>{counted} of {detail.plan.steps.length}</strong> steps done{ending && at === items.length ? `; ${ending}` : ""}.</div>
        {detail.problem && <Findings findings={detail.problem.findings} />}
        {isOver && <Next detail={detail} plan={plan.data} path={path} />}
        {detail.state === "running" && <Meanwhile path={path} />}
        <PlanViews plan={detail.plan} sentences={plan.data?.sentences} states={states} />
        {undos.length > 0 && (
          <div className="row"><strong>Taken back</strong>{undos.map(([task, look]) => <span key={task} className="row"><span>{look.operation ? local(look.operation) : ""} (step {task.split("-")[0]})</span><Chip of={look.state} /></span>)}</div>
        )}
        {items.length > 1 && (
          <div className="stack tight">
            <label htmlFor="moment" className="small"><strong>Any moment again</strong> <span className="quiet">{at < items.length ? `moment ${at} of ${items.length}` : "now"}{items[at - 1] ? `: ${told((items[at - 1] as TransitionItem).transition, local)}` : ""}</span></label>
            <Slider thumbProps={{ id: "moment" }} thumbLabel="Moment of the run" min={0} max={items.length} value={at} onChange={scrub} label={null} />
          </div>
        )}
      </section>
      <div className="columns">
        <Changed receipt={receipt} />
        <Feed items={items} at={at} />
      </div>
      {receipt.length > 0 && <Sent receipt={receipt} />}
    </>
  );
}

/** What can be said to a run that is under way. */
function Meanwhile({ path }: { path: string }) {
  const say = useMutation<unknown, Refusal, string>({ mutationFn: (what) => ask("POST", `${path}/${what}`) });
  return (
    <div className="stack tight">
      <div className="row">
        <Button variant="default" disabled={say.isPending} onClick={() => say.mutate("pause")}>Pause after this step</Button>
        <Button variant="default" disabled={say.isPending} onClick={() => say.mutate("cancel")}>Cancel</Button>
        <span className="quiet small" aria-live="polite">{say.isSuccess ? `Said: ${say.variables}. What was sent is still waited for.` : ""}</span>
      </div>
      {say.error && <Failure error={say.error} />}
    </div>
  );
}

/** What can be done now; where nobody knows, that is to look again. */
function Next({ detail, plan, path }: { detail: RunDetail; plan: PlanDetail | undefined; path: string }) {
  const again = useMutation<unknown, Refusal, string>({
    mutationFn: (what) => ask("POST", `${path}/${what}`),
    onSettled: () => { void queries.invalidateQueries({ queryKey: ["get", path] }); void queries.invalidateQueries({ queryKey: ["get", `${path}/transitions`] }); },
  });
  const { isDemo } = useWorld();
  const isDone = detail.state === "done";
  const wants = detail.state === "undecided" ? "Look again and go on" : "Go on";
  const taken = detail.state === "undone";
  return (
    <div className="stack">
      <div className={`answer-line ${isDone || taken ? "" : "cut"}`}>
        {isDone && <>✔ Done: {count(detail.changes, "change")} made and seen.{isDemo && <> Try it on your accounts, read-only first: <code>samos serve</code>.</>}</>}
        {detail.state === "undecided" && <>? Nobody knows whether a step took effect: its answer was lost. It is not drawn as failed. Look again; what is seen decides.</>}
        {taken && <>↶ What was done is taken back.</>}
        {detail.state === "paused" && <>Paused: nothing new is begun. Go on when you like, or take back what was done.</>}
        {!isDone && !taken && !["undecided", "paused"].includes(detail.state) && <>It ended as <strong>{detail.state.replaceAll("_", " ")}</strong>. What was done stays; go on, take it back, or plan again from here.</>}
      </div>
      <div className="row">
        {!isDone && !taken && <Button loading={again.isPending} onClick={() => again.mutate("resume")}>{wants}</Button>}
        {!taken && <Button variant="default" loading={again.isPending} onClick={() => again.mutate("undo")}>Take it back</Button>}
        {plan && !isDone && <Again detail={plan} after={detail.run} />}
      </div>
      {again.error && <Failure error={again.error} />}
    </div>
  );
}

function Changed({ receipt }: { receipt: StepReceipt[] }) {
  const { short } = useWorld();
  const rows = receipt.flatMap((step) => (step.changes ?? []).map((cell) => ({ step: step.step, ...cell })));
  return (
    <section className="panel">
      <h2>What changed</h2>
      {rows.length === 0 && <span className="quiet">Nothing that was seen so far.</span>}
      {rows.length > 0 && (
        <Scroll name="What changed"><table className="plain">
          <thead><tr><th>Step</th><th>Thing</th><th>Property</th><th>Now</th></tr></thead>
          <tbody>{rows.map((row, index) => (
            <tr key={index}><td>{row.step}</td><td><Link className="plain" href={links.thing(short(row.entity))}>{short(row.entity)}</Link></td><td>{local(row.property)}</td>
              <td>{row.before && row.before.length > 0 && <><s>{row.before.map((one) => modelText(one, short)).join(", ")}</s> → </>}{row.after.map((one) => modelText(one, short)).join(", ") || "nothing"}</td></tr>
          ))}</tbody>
        </table></Scroll>
      )}
    </section>
  );
}

function Sent({ receipt }: { receipt: StepReceipt[] }) {
  const { short } = useWorld();
  return (
    <section className="panel">
      <h2>What was sent</h2>
        <Scroll name="What was sent"><table className="plain">
          <thead><tr><th>Step</th><th>Request</th><th>Attempts</th><th>Took</th><th>Gave</th></tr></thead>
          <tbody>{receipt.map((step) => (
            <tr key={step.step}><td>{step.step}</td><td>{local(step.operation)} {step.request && <span className="quiet">{short(step.request.subject)}{Object.entries(step.request.arguments).map(([name, all]) => ` ${name}=${all.map((one) => modelText(one, short)).join(",")}`)}</span>}</td><td>{step.attempts}</td><td>{took(step.took_ms)}</td>
              <td>{Object.entries(step.outcomes).map(([name, all]) => `${name} = ${all.map((one) => modelText(one, short)).join(", ")}`).join("; ") || step.failure?.message || "–"}</td></tr>
          ))}</tbody>
        </table></Scroll>
    </section>
  );
}

function Feed({ items, at }: { items: TransitionItem[]; at: number }) {
  return (
    <section className="panel">
      <h2>What happened, newest first</h2>
      <ol className="feed" tabIndex={0} aria-label="Transitions">
        {items.slice(0, at).reverse().map((item) => <li key={item.number}><time>{clock(item.at)}</time><span>{told(item.transition, local)}</span></li>)}
      </ol>
      {items.length === 0 && <span className="quiet">Waiting for the first …</span>}
    </section>
  );
}
