// BASR, "what is still missing?": the form of an operation, its conditions with live truth, ways to satisfy each.
import { Autocomplete, Button, MultiSelect, Select, TagsInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { ask, factsChanged, useGet, usePost } from "../api/client";
import type { Answer, OperationDetail, ParameterDetail, Preparation, PreparedOperation, RequestFinding, Way } from "../api/shapes";
import { Chip, Told } from "../parts/chips";
import { CopyMenu, curl } from "../parts/copy";
import { Answered, Failure } from "../parts/failure";
import { useTray } from "../parts/tray";
import { useWhy } from "../parts/why";
import { useWorld } from "../parts/world";
import { commandLine, count, links, local, valueText } from "../words";

export default function OperationPage({ name }: { name: string }) {
  const detail = useGet<OperationDetail>(`/api/v1/operations/${encodeURIComponent(name)}`);
  return <Answered of={detail} what={`Looking at ${name} …`}>{(data) => <Form of={data} />}</Answered>;
}

type Given = Record<string, string[]>;

function givenOf(params: URLSearchParams): Given {
  const given: Given = {};
  for (const one of params.getAll("set")) {
    const cut = one.indexOf("=");
    if (cut > 0) (given[one.slice(0, cut)] ??= []).push(one.slice(cut + 1));
  }
  return given;
}

function Form({ of }: { of: OperationDetail }) {
  const [params, setParams] = useSearchParams();
  const { isDemo } = useWorld();
  const subject = params.get("on") ?? of.subjects[0]?.name ?? null;
  const given = useMemo(() => givenOf(params), [params]);
  const words = useMemo(() => Object.entries(given).flatMap(([name, all]) => all.filter(Boolean).map((value) => `${name}=${value}`)), [given]);
  const question = useMemo(() => (subject ? { operation: of.name, subject, arguments: words } : null), [of.name, subject, words]);
  const [asked] = useDebouncedValue(question, 250);
  const check = usePost<Preparation>("/api/v1/check", asked);
  const give = (name: string, values: string[]) => setParams((old) => {
    const all = old.getAll("set").filter((one) => !one.startsWith(`${name}=`));
    old.delete("set");
    for (const one of [...all, ...values.map((value) => `${name}=${value}`)]) old.append("set", one);
    if (subject) old.set("on", subject);
    return old;
  }, { replace: true });
  const prepared = check.data?.operations[0];
  return (
    <>
      <section className="panel stack">
        <div className="row between top">
          <div className="stack tight heading">
            <h1>{local(of.name)}</h1>
            <div className="row small quiet"><span className="chip">{of.kind === "information" ? "<= reads" : "~ changes"}</span><span>{of.category}</span>{of.provider && <span>{of.provider.name}</span>}<span>asked of a <Link href={links.type(of.subject.name)}>{of.subject.name}</Link></span></div>
          </div>
          <CopyMenu of={[{ label: "CLI", text: commandLine("check", { operation: of.name, subject: subject ?? "", arguments: words }, isDemo ? "demo" : "") }, { label: "curl", text: curl("POST", "/api/v1/check", question) }, { label: "SPARQL", text: `DESCRIBE <${of.iri}>` }, { label: "JSON", text: JSON.stringify(check.data ?? of, null, 2) }]} />
        </div>
        {of.comment && <p style={{ margin: 0 }}>{of.comment}</p>}
        {prepared && <Verdict of={of} prepared={prepared} />}
        {prepared && subject && <Doing of={of} subject={subject} words={words} prepared={prepared} />}
      </section>
      <div className="columns three">
        <section className="panel stack" aria-label="Inputs">
          <h2>Inputs</h2>
          <Select label="Subject" searchable allowDeselect={false} data={[...new Set([...(subject ? [subject] : []), ...of.subjects.map((one) => one.name)])]} value={subject} onChange={(value) => value && setParams((old) => { old.set("on", value); return old; })} description={`a ${of.subject.name}`} />
          {of.parameters.map((parameter) => <Field key={parameter.name} of={parameter} values={given[parameter.name] ?? []} give={(values) => give(parameter.name, values)} finding={prepared?.findings.find((one) => one.about === parameter.name)} />)}
          {of.parameters.length === 0 && <span className="quiet">It takes nothing but its subject.</span>}
        </section>
        <section className="panel stack" aria-label="Conditions">
          <h2>Conditions</h2>
          {check.error && <Failure error={check.error} again={() => void check.refetch()} />}
          {!subject && <span>There is no {of.subject.name} that it could be asked of.</span>}
          {prepared && <Conditions prepared={prepared} />}
          {!prepared && !check.error && of.requires.map((one) => <div key={one}>{one}</div>)}
          <details><summary>What it gives and makes</summary>
            <ul>{of.outcomes.map((one) => <li key={one.name}>{one.name}: <Link href={links.type(one.type_name)}>{one.type_name}</Link>{one.multiple ? ", several" : ""}</li>)}{of.makes.map((one) => <li key={one}><code>{one}</code></li>)}</ul>
            {of.same_as.length > 0 && <div>The same as {of.same_as.map((one) => <Link key={one.iri} href={links.operation(one.name)}>{one.name}</Link>)}</div>}
            {of.specified_at && <div className="small quiet mono">{of.specified_at}</div>}
          </details>
        </section>
        <section className="panel stack" aria-label="Ways to satisfy">
          <h2>Ways to satisfy</h2>
          {prepared?.findings.length === 0 && <span>Nothing is open.</span>}
          {prepared?.findings.map((finding, index) => <Ways key={index} finding={finding} give={give} values={given} parameters={of.parameters} />)}
        </section>
      </div>
    </>
  );
}

function Field({ of, values, give, finding }: { of: ParameterDetail; values: string[]; give: (values: string[]) => void; finding: RequestFinding | undefined }) {
  const tray = useTray();
  const first = values[0] ?? "";
  const [asked] = useDebouncedValue(first, 300);
  const format = usePost<{ ok: boolean; message: string | null; expected: string | null }>("/api/v1/format", !of.is_entity && asked ? { type: of.type, value: asked } : null);
  const bad = asked && format.data && !format.data.ok ? `${format.data.message ?? "wrong format"}; expected: ${format.data.expected ?? of.expected ?? ""}` : finding && values.length > 0 ? finding.message : undefined;
  const enumerated = /^one of (.+)$/.exec(of.expected ?? "")?.[1]?.match(/"([^"]+)"/g)?.map((one) => one.slice(1, -1));
  const options = [...new Set([...of.candidates.map((one) => one.name), ...(enumerated ?? []), ...tray.kept.map((one) => one.value)])];
  const common = {
    label: of.name, withAsterisk: of.mandatory, error: bad,
    description: <>{of.type_name}{of.expected ? `, ${of.expected}` : ""}{of.default ? `; ${of.default} when left empty` : of.mandatory ? "" : "; may be left out"}</>,
    placeholder: of.default ?? (of.is_entity ? "a name" : of.expected ?? ""), data: options,
  };
  if (of.multiple && of.is_entity && options.length > 0) return <MultiSelect {...common} searchable data={[...new Set([...options, ...values])]} value={values} onChange={give} />;
  if (of.multiple) return <TagsInput {...common} value={values} onChange={give} />;
  return <Autocomplete {...common} value={first} onChange={(value) => give(value ? [value] : [])} />;
}

function Verdict({ prepared }: { of: OperationDetail; prepared: PreparedOperation }) {
  const open = prepared.findings.length;
  const all = prepared.conditions.length + prepared.findings.filter((one) => !prepared.conditions.some((condition) => condition.condition === one.about)).length;
  return (
    <div className={`answer-line ${prepared.ready ? "" : "none"}`} role="status">
      {prepared.ready
        ? <><strong>✔ Ready.</strong> {count(prepared.conditions.length, "condition")}, none open.</>
        : <><strong>✖ {open} of {all} open.</strong> It waits for: {prepared.findings.map((one) => one.about).join("; ")}.</>}
    </div>
  );
}

/** Runs through a plan, so that everything is checked and approved the same way. */
function Doing({ of, subject, words, prepared }: { of: OperationDetail; subject: string; words: string[]; prepared: PreparedOperation }) {
  const [, go] = useLocation();
  const { short } = useWorld();
  const conditions = prepared.findings.filter((one) => one.code === "V0121").map((one) => grounded(one.about, subject, words));
  const goal = conditions.join(" and ");
  const plan = useMutation({
    mutationFn: () => (prepared.ready
      ? ask<Answer>("POST", "/api/v1/together", { subjects: [subject], arguments: words })
      : ask<Answer>("POST", "/api/v1/plan", { goal })),
    onSuccess: (answer) => {
      const mine = prepared.ready ? answer.plans.find((one) => one.group?.operations.some((operation) => short(operation) === of.name) || one.steps[0]?.operation === of.iri) : answer.plans[0];
      if (mine) go(links.plan(mine.fingerprint));
    },
  });
  const missing = prepared.findings.filter((one) => one.code !== "V0121");
  const label = prepared.ready ? `Plan ${local(of.name)}` : "Find the plan that opens the way";
  const hasPlan = prepared.ready || conditions.length > 0;
  return (
    <div className="stack tight">
      <div className="row">
        {hasPlan ? <Button loading={plan.isPending} onClick={() => plan.mutate()}>{label}</Button> : <Button disabled>{`${local(of.name)} waits for ${missing.map((one) => one.about).join(", ")}`}</Button>}
        {!prepared.ready && goal && <span className="small quiet">goal: <code>{goal}</code></span>}
      </div>
      {plan.error && <Failure error={plan.error} />}
      {plan.data && plan.data.plans.length === 0 && <div className="answer-line none">No plan{plan.data.search.complete ? " exists (search complete)" : " was found before the search was cut"}. {plan.data.nearest?.text} <Link href={links.goal(goal)}>See what is nearest</Link></div>}
    </div>
  );
}

/** A condition of the specification, said of the things at hand. */
function grounded(condition: string, subject: string, words: string[]): string {
  let text = condition.replace(/\bsubject\b/g, subject);
  for (const word of words) {
    const cut = word.indexOf("=");
    text = text.replace(new RegExp(`\\b${word.slice(0, cut)}\\b(?=[.\\s]|$)`, "g"), word.slice(cut + 1));
  }
  return text;
}

function Conditions({ prepared }: { prepared: PreparedOperation }) {
  const why = useWhy();
  if (prepared.conditions.length === 0) return <span>It has none: it can always be asked.</span>;
  return (
    <ul className="steps">
      {prepared.conditions.map((one) => (
        <li key={one.condition}>
          <div className="row"><Chip of={one.truth} /><code className="say">{one.condition}</code></div>
          <div className="row small"><span className="quiet say"><Told text={one.because[0] ?? "not observed yet"} /></span>
            <button type="button" className="chip" onClick={() => why({ title: one.condition, lines: one.because.length > 0 ? one.because : ["Nothing was observed that would decide it: look first, with a read beside."] })}>why?</button></div>
        </li>
      ))}
    </ul>
  );
}

function Ways({ finding, give, values, parameters }: { finding: RequestFinding; give: (name: string, values: string[]) => void; values: Given; parameters: ParameterDetail[] }) {
  const { short } = useWorld();
  const isParameter = parameters.some((one) => one.name === finding.about);
  return (
    <div className="stack tight">
      <div><Chip of={finding.truth === "unknown" ? "unknown" : "false"}>{finding.code}</Chip> <strong>{finding.about}</strong></div>
      <div className="small quiet"><Told text={finding.help} /></div>
      <ul style={{ margin: 0, paddingLeft: "1.1rem" }}>
        {finding.options.slice(0, 12).map((way, index) => <li key={index}><WayOut way={way} use={isParameter ? (value) => give(finding.about, parameters.find((one) => one.name === finding.about)?.multiple ? [...(values[finding.about] ?? []), value] : [value]) : undefined} short={short} /></li>)}
      </ul>
      {finding.options.length > 12 && <span className="small quiet">and {finding.options.length - 12} more</span>}
    </div>
  );
}

function WayOut({ way, use, short }: { way: Way; use?: (value: string) => void; short: (iri: string) => string }) {
  const look = useMutation({ mutationFn: (on: string) => ask("POST", `/api/v1/entities/${encodeURIComponent(on)}/refresh`), onSuccess: factsChanged });
  const operation = way.operation ? short(way.operation) : "";
  const on = way.subject ? short(way.subject) : undefined;
  const link = <><Link href={links.operation(operation, on)}>{local(operation)}</Link> on {on}</>;
  if (way.way === "use" && way.value) {
    const text = valueText(way.value, short);
    return <>already known: <strong>{text}</strong> {way.fit && way.fit !== "exact" && <span className="quiet">({way.fit})</span>} {use && <button type="button" className="chip live" onClick={() => use(text)}>use it</button>}</>;
  }
  if (way.way === "read") return <>look again with {link} {on && <button type="button" className="chip live" disabled={look.isPending} onClick={() => look.mutate(on)}>{look.isSuccess ? "✔ looked" : "check now"}</button>}</>;
  if (way.way === "call") return <>{link} {way.outcome ? <>gives <code>{way.outcome}</code></> : "makes it true"} {!way.ready && <span className="chip ask">… not ready itself</span>}</>;
  if (way.way === "wait") return <>wait: it becomes {way.becomes ? short(way.becomes) : "so"} by itself</>;
  return <>enter it: {way.expected}</>;
}

