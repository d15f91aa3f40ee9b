// From a plan to its run: an approval bound to fingerprint and number of changes.
import { Button, Modal, NumberInput, Select, Switch } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { ask, factsChanged } from "../api/client";
import type { PlanDetail } from "../api/shapes";
import { Failure } from "../parts/failure";
import { useWorld } from "../parts/world";
import { count, links } from "../words";

export function RunIt({ detail }: { detail: PlanDetail }) {
  const { isDemo, status } = useWorld();
  const [, go] = useLocation();
  const [params] = useSearchParams();
  const follows = params.get("follows");
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState<number | string>("");
  const [otherwise, setOtherwise] = useState("stop");
  const [faults, setFaults] = useState(false);
  const { plan, changes } = detail;
  const run = useMutation({
    mutationFn: async () => {
      const path = `/api/v1/plans/${plan.fingerprint}`;
      const approved = await ask<{ approval: string }>("POST", `${path}/approval`, { changes });
      return ask<{ run: string }>("POST", `${path}/apply`, {
        approval: approved.approval, on_failure: otherwise, ...(follows ? { follows } : {}), ...(faults ? { faults: { seed: Date.now() % 1_000, slow: 300, lose: 300, refuse: 200 } } : {}),
      });
    },
    onSuccess: ({ run: begun }) => { setOpened(false); go(links.run(begun)); },
    onError: factsChanged,
  });
  if (detail.state === "used" && detail.run) return <Button component={Link} href={links.run(detail.run)}>See its run</Button>;
  if (detail.state === "stale") return <Again detail={detail} />;
  if (status && !status.allows.run) return <span className="chip ask">Running is not allowed here: start the server with --allow-run</span>;
  const what = `${count(changes, "change")}`;
  return (
    <div className="stack">
      <div className="row">
        {isDemo && <Button loading={run.isPending} onClick={() => run.mutate()}>Run in demo (approves {what})</Button>}
        <Button variant={isDemo ? "default" : "filled"} onClick={() => setOpened(true)}>{isDemo ? "Run with choices …" : "Approve and run …"}</Button>
      </div>
      {run.error && <Failure error={run.error} />}
      <Modal opened={opened} onClose={() => setOpened(false)} title={`Approve ${what}`} closeButtonProps={{ "aria-label": "Close" }}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); run.mutate(); }}>
          <p style={{ margin: 0 }}>This runs <strong>{what}</strong> and {count(plan.steps.length - changes, "read")}. The approval is for this plan only, <code>{plan.fingerprint.slice(0, 18)}…</code>, for one run, for five minutes.</p>
          {detail.irreversible.length > 0 && <p className="chip no" style={{ whiteSpace: "normal" }}>✖ cannot be taken back: step {detail.irreversible.join(", ")}</p>}
          <NumberInput data-autofocus label={`Type ${changes} to approve`} value={typed} onChange={setTyped} min={0} allowDecimal={false} />
          <Select label="When a step cannot be done" value={otherwise} onChange={(value) => setOtherwise(value ?? "stop")} allowDeselect={false} data={[{ value: "stop", label: "stop: begin nothing new" }, { value: "undo", label: "undo: take back what was done" }, { value: "replan", label: "replan: ask again from there" }]} />
          {isDemo && <Switch label="Let the simulated clouds misbehave (slow, refused and lost answers)" checked={faults} onChange={(event) => setFaults(event.currentTarget.checked)} />}
          <Button type="submit" disabled={Number(typed) !== changes || typed === ""} loading={run.isPending}>Run</Button>
          {run.error && <Failure error={run.error} />}
        </form>
      </Modal>
    </div>
  );
}

/** The same question, of today's facts; of what a run could not do, where one is named. */
export function Again({ detail, after }: { detail: PlanDetail; after?: string }) {
  const [, go] = useLocation();
  const again = useMutation({
    mutationFn: () => after
      ? ask<{ plans: { fingerprint: string }[] }>("POST", `/api/v1/runs/${encodeURIComponent(after)}/replan`)
      : ask<{ plans: { fingerprint: string }[] }>("POST", "/api/v1/plan", { from: detail.plan }),
    onSuccess: (answer) => { const first = answer.plans[0]; if (first) go(links.plan(first.fingerprint) + (after ? `?follows=${encodeURIComponent(after)}` : "")); },
  });
  return (
    <div className="stack tight">
      <div><Button variant="default" loading={again.isPending} onClick={() => again.mutate()}>Plan again from today’s facts</Button></div>
      {again.error && <Failure error={again.error} />}
      {again.data && again.data.plans.length === 0 && <span className="chip ok">✔ nothing is left to do, or there is no plan any more</span>}
    </div>
  );
}
