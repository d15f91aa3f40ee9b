// The four reasoners and goals: what is missing, the same to many, chains in one cloud, services together, a goal.
import { Autocomplete, Button, SegmentedControl, Select, TagsInput, TextInput } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useAnswer, useGet } from "../api/client";
import type { EntityDetail, Listing, OperationItem, Plan, Question } from "../api/shapes";
import { Bridge } from "../assist/bridge";
import { LeftOut, Nearest, Plans, SearchLine } from "../assist/answer";
import { Matrix, SharedInputs } from "../assist/matrix";
import { GoalText, Things } from "../assist/picking";
import { CopyMenu, curl } from "../parts/copy";
import { Answered } from "../parts/failure";
import { useWorld } from "../parts/world";
import { PlanCard } from "../plan/detail";
import { changes, commandLine, links, local } from "../words";

const modes = [
  { value: "goal", label: "Reach a goal" }, { value: "connect", label: "Services together" }, { value: "together", label: "The same to many" },
  { value: "chain", label: "Chains in one cloud" }, { value: "check", label: "What is missing?" },
];
const purpose: Record<string, string> = {
  goal: "Say which state things should be in, or what you want to have; the cheapest plan that is sure to work comes back.",
  connect: "Pick services of different clouds. What one gives and another takes is found by meaning; nothing is left for you to enter.",
  together: "Pick things of any cloud. Operations that mean the same are one column; each cell is ready, or says why not.",
  chain: "All sequences in which each step makes the next one possible, with no operation twice, from what is true now.",
  check: "Pick a thing and an operation: each input and condition, whether it is true now, and every way to satisfy it.",
};

export default function Assist({ mode }: { mode: string }) {
  const [, go] = useLocation();
  const [params] = useSearchParams();
  return (
    <>
      <h1>Assist</h1>
      <div className="scroll tabs"><SegmentedControl aria-label="Kind of assistance" value={mode} data={modes} onChange={(next) => {
        const kept = new URLSearchParams();
        for (const one of params.getAll("on")) kept.append("on", one);
        go(`/assist/${next}${kept.size > 0 ? `?${kept}` : ""}`);
      }} /></div>
      <p style={{ margin: 0 }} className="quiet">{purpose[mode] ?? purpose.goal}</p>
      {mode === "check" ? <Missing /> : <Asking key={mode} mode={mode} />}
    </>
  );
}

function Missing() {
  const [params, setParams] = useSearchParams();
  const [, go] = useLocation();
  const on = params.getAll("on").slice(0, 1);
  const offered = useGet<Listing<OperationItem>>(on[0] ? `/api/v1/operations?limit=1000&subject=${encodeURIComponent(on[0])}` : null);
  return (
    <section className="panel stack">
      <Things label="Thing" values={on} most={1} give={(values) => setParams((old) => { old.delete("on"); for (const one of values) old.append("on", one); return old; })} />
      <Select label="Operation" searchable disabled={!on[0]} data={(offered.data?.items ?? []).map((one) => one.name)} value={null} placeholder={on[0] ? "Choose one" : "Pick a thing first"} onChange={(value) => value && go(links.operation(value, on[0]))} />
      {on[0] && <div><Button variant="default" onClick={() => go(`${links.thing(on[0] as string)}?tab=manipulation`)}>See all operations of {on[0]}</Button></div>}
    </section>
  );
}

function read(params: URLSearchParams) {
  return {
    subjects: params.getAll("on"), arguments: params.getAll("set"), goal: params.get("goal") ?? "", wants: params.getAll("want"),
    givens: params.getAll("given"), minimize: params.get("minimize") ?? "", alternatives: Number(params.get("alternatives") ?? 0),
  };
}

function bodyOf(mode: string, asked: ReturnType<typeof read>): Question | null {
  const goal = asked.goal || undefined;
  if (mode === "goal") {
    if (!goal && asked.wants.length === 0) return null;
    return { goal, wants: asked.wants, givens: asked.givens, subjects: asked.subjects, minimize: asked.minimize || undefined, alternatives: asked.alternatives || undefined };
  }
  if (asked.subjects.length === 0 || (mode === "connect" && asked.subjects.length < 2)) return null;
  if (mode === "connect") return { subjects: asked.subjects, goal, alternatives: asked.alternatives || undefined };
  return mode === "together" ? { subjects: asked.subjects, arguments: asked.arguments } : { subjects: asked.subjects, arguments: asked.arguments, goal };
}

function Asking({ mode }: { mode: string }) {
  const [params, setParams] = useSearchParams();
  const { isDemo } = useWorld();
  const asked = useMemo(() => read(params), [params]);
  const [draft, setDraft] = useState(asked);
  useEffect(() => setDraft(asked), [asked]);
  const body = useMemo(() => (params.get("ask") || mode === "goal" ? bodyOf(mode, asked) : null), [mode, asked, params]);
  const reasoner = mode === "goal" ? "plan" : mode;
  const key = useMemo(() => (body ? JSON.stringify(body) : ""), [body]);
  const answer = useAnswer(reasoner, useMemo(() => (key ? (JSON.parse(key) as Question) : null), [key]));
  const put = (next: typeof draft) => setParams(() => {
    const query = new URLSearchParams();
    for (const one of next.subjects) query.append("on", one);
    for (const one of next.arguments) query.append("set", one);
    for (const one of next.wants) query.append("want", one);
    for (const one of next.givens) query.append("given", one);
    if (next.goal) query.set("goal", next.goal);
    if (next.minimize) query.set("minimize", next.minimize);
    if (next.alternatives) query.set("alternatives", String(next.alternatives));
    if (params.get("pick")) query.set("pick", params.get("pick") as string);
    query.set("ask", "1");
    return query;
  });
  const ready = bodyOf(mode, draft) !== null;
  return (
    <>
      <form className="panel stack" onSubmit={(event) => { event.preventDefault(); put(draft); }}>
        {mode !== "goal" && <Things label={mode === "connect" ? "Services" : "Subjects"} description={mode === "connect" ? "two or more, of different clouds" : undefined} values={draft.subjects} give={(subjects) => setDraft({ ...draft, subjects })} />}
        {mode === "goal" && <GoalForm give={(goal) => setDraft({ ...draft, goal: draft.goal ? `${draft.goal} and ${goal}` : goal })} />}
        {mode !== "together" && (mode === "goal"
          ? <GoalText value={draft.goal} give={(goal) => setDraft({ ...draft, goal })} />
          : <GoalText value={draft.goal} give={(goal) => setDraft({ ...draft, goal })} />)}
        {mode === "goal" && (
          <div className="columns three">
            <TagsInput label="Or things to have" description="types, such as samos:PublicIPAddress" value={draft.wants} onChange={(wants) => setDraft({ ...draft, wants })} />
            <Select label="Cheapest by" data={["operations", "layers", "cost", "makespan", "pareto"]} value={draft.minimize || "operations"} allowDeselect={false} onChange={(minimize) => setDraft({ ...draft, minimize: minimize ?? "" })} description="what to have least of" />
            <Select label="Alternatives" data={["1", "3", "10"]} value={String(draft.alternatives || 1)} allowDeselect={false} onChange={(value) => setDraft({ ...draft, alternatives: Number(value) })} description="how many plans at most" />
          </div>
        )}
        {mode === "chain" && <TagsInput label="Inputs" description="name=value; chains use only what is given" value={draft.arguments} onChange={(given) => setDraft({ ...draft, arguments: given })} />}
        <div className="row between">
          <Button type="submit" disabled={!ready} loading={answer.isFetching}>Find</Button>
          {body && <CopyMenu of={[{ label: "CLI", text: commandLine(reasoner, body, isDemo ? "demo" : "") }, { label: "curl", text: curl("POST", `/api/v1/${reasoner}`, body) }, { label: "JSON", text: JSON.stringify(answer.data ?? body, null, 2) }]} />}
        </div>
      </form>
      {body && (
        <Answered of={answer} what="Reasoning …">
          {(data) => mode === "together"
            ? <Together of={data} subjects={asked.subjects} given={asked.arguments} give={(given) => put({ ...asked, arguments: given })} />
            : <Found of={data} mode={mode} subjects={asked.subjects} />}
        </Answered>
      )}
    </>
  );
}

function Found({ of, mode, subjects }: { of: import("../api/shapes").Answer; mode: string; subjects: string[] }) {
  const [params, setParams] = useSearchParams();
  const point = params.get("point");
  const plans = point ? of.plans.filter((plan) => plan.goal.points?.some((one) => local(one.types[1]) === point)) : of.plans;
  const noun = mode === "chain" ? "chain" : "plan";
  const isReached = mode === "goal" && of.plans.length === 1 && of.plans[0]?.steps.length === 0;
  return (
    <>
      <SearchLine search={of.search} found={of.plans.length} what={noun} />
      {isReached && <div className="answer-line">✔ Nothing to do: it is so already.</div>}
      {mode === "connect" && <Bridge answer={of} subjects={subjects} chosen={point} choose={(next) => setParams((old) => { if (next) old.set("point", next); else old.delete("point"); old.delete("plan"); return old; }, { replace: true })} />}
      <Nearest answer={of} />
      <Plans plans={plans} title={mode === "chain" ? "Chains" : "Plans"} />
      <LeftOut answer={of} what={mode === "chain" ? "Chains" : "Candidates"} />
    </>
  );
}

function Together({ of, subjects, given, give }: { of: import("../api/shapes").Answer; subjects: string[]; given: string[]; give: (given: string[]) => void }) {
  const [params, setParams] = useSearchParams();
  const wanted = params.get("plan");
  const pick = (params.get("pick") ?? "").toLowerCase();
  const name = (plan: Plan) => [plan.group?.name ?? "", ...(plan.group?.operations ?? [])].map((one) => local(one).toLowerCase()).join(" ");
  const changing = [...of.plans].filter((plan) => changes(plan) > 0).sort((a, b) => b.steps.length - a.steps.length);
  const chosen = of.plans.find((plan) => wanted !== null && plan.fingerprint.startsWith(wanted)) ?? changing.find((plan) => pick && name(plan).split(" ").some((one) => one.startsWith(pick))) ?? changing[0] ?? of.plans[0];
  const values = Object.fromEntries(given.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]));
  return (
    <>
      <SearchLine search={of.search} found={of.plans.length} what="group" />
      <Matrix answer={of} subjects={subjects} chosen={chosen} choose={(plan) => setParams((old) => { old.set("plan", plan.fingerprint.slice(0, 20)); return old; }, { replace: true })} />
      <SharedInputs answer={of} given={values} give={(key, value) => give([...given.filter((one) => !one.startsWith(`${key}=`)), ...(value ? [`${key}=${value}`] : [])])} />
      {chosen && <PlanCard key={chosen.fingerprint} fingerprint={chosen.fingerprint} />}
      <LeftOut answer={of} what="Groups" />
    </>
  );
}

/** A goal put together from a thing, a property and a value. */
function GoalForm({ give }: { give: (goal: string) => void }) {
  const [thing, setThing] = useState<string[]>([]);
  const [property, setProperty] = useState("");
  const [how, setHow] = useState("is");
  const [value, setValue] = useState("");
  const detail = useGet<EntityDetail>(thing[0] ? `/api/v1/entities/${encodeURIComponent(thing[0])}` : null);
  const states = ["samos:Running", "samos:Stopped", "samos:Active", "samos:Available", "samos:InUse", "samos:Ended"];
  return (
    <div className="columns" style={{ gridTemplateColumns: "repeat(auto-fit, minmax(150px, 1fr))", alignItems: "end" }}>
      <Things label="Thing" values={thing} most={1} give={setThing} />
      <Autocomplete label="Property" data={[...new Set((detail.data?.facts ?? []).map((fact) => local(fact.name)))]} value={property} onChange={setProperty} placeholder="state" />
      <Select label="Comparison" data={["is", "==", "!=", "contains", "<=", ">="]} value={how} onChange={(next) => setHow(next ?? "is")} allowDeselect={false} />
      {property.toLowerCase().includes("state") ? <Autocomplete label="Value" data={states} value={value} onChange={setValue} /> : <TextInput label="Value" value={value} onChange={(event) => setValue(event.currentTarget.value)} />}
      <Button variant="default" disabled={!thing[0] || !property || !value} onClick={() => give(`${thing[0]}.${property} ${how} ${value}`)}>Add to the goal</Button>
    </div>
  );
}
