// Ask with SPARQL, or with a question in plain words; every view is a link.
import { Button, NumberInput, SegmentedControl, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { Refusal, send, useGet } from "../api/client";
import type { ExampleQuestion, Listing, SparqlResults, SparqlTerm } from "../api/shapes";
import { CopyMenu, curl } from "../parts/copy";
import { Answered, Failure, Waiting } from "../parts/failure";
import { Rows, type Column } from "../parts/rows";
import { useWhy } from "../parts/why";
import { useWorld } from "../parts/world";
import { csv, faultOf, format, triples } from "../explore/text";
import { count, links, type Short } from "../words";

const Editor = lazy(() => import("../explore/editor"));
const Web = lazy(() => import("../explore/web"));

interface Result { form: "rows" | "graph"; results: SparqlResults; text: string; stated: string; tookMs: string; isCut: boolean }

async function put(query: string, options: URLSearchParams): Promise<Result> {
  const accept = { accept: "application/sparql-results+json, application/n-triples;q=0.9", "content-type": "application/sparql-query" };
  const answer = await send("POST", `/sparql?${options}`, query, accept);
  const text = await answer.text();
  const isRows = (answer.headers.get("content-type") ?? "").includes("results+json");
  const withoutRules = new URLSearchParams(options);
  withoutRules.set("inferred", "false");
  const stated = isRows ? "" : await send("POST", `/sparql?${withoutRules}`, query, accept).then((one) => one.text()).catch(() => text);
  return { form: isRows ? "rows" : "graph", results: isRows ? (JSON.parse(text) as SparqlResults) : { head: {} }, text, stated, tookMs: answer.headers.get("samos-took-ms") ?? "", isCut: answer.headers.has("samos-truncated") };
}

export default function Explore() {
  const [params, setParams] = useSearchParams();
  const { short, status } = useWorld();
  const questions = useGet<Listing<ExampleQuestion>>("/api/v1/questions");
  const asked = params.get("query");
  const [text, setText] = useState(asked ?? "");
  const first = questions.data?.items[0]?.sparql;
  useEffect(() => { if (asked !== null) setText(asked); else if (first) setText((old) => old || first); }, [asked, first]);
  const inferred = params.get("inferred") !== "false";
  const sameAs = params.get("sameAs") !== "false";
  const timeout = Number(params.get("timeout") ?? status?.timeout_s ?? 10);
  const options = useMemo(() => {
    const all = new URLSearchParams();
    if (!inferred) all.set("inferred", "false");
    if (!sameAs) all.set("sameAs", "false");
    if (params.get("timeout")) all.set("timeout", params.get("timeout") as string);
    if (params.get("limit")) all.set("limit", params.get("limit") as string);
    return all;
  }, [inferred, sameAs, params]);
  const result = useQuery<Result, Refusal>({ queryKey: ["sparql", asked, options.toString()], queryFn: () => put(asked as string, options), enabled: asked !== null && asked.trim() !== "", retry: false });
  const set = (name: string, value: string | null) => setParams((old) => { if (value === null || value === "") old.delete(name); else old.set(name, value); return old; }, { replace: true });
  const run = (query = text) => { if (query === asked) void result.refetch(); else setParams((old) => { old.set("query", query); old.delete("view"); return old; }); };
  const fault = useMemo(() => (result.error && text === asked ? faultOf(result.error.message) : null), [result.error, text, asked]);
  return (
    <>
      <h1>Explore</h1>
      <div className="columns" style={{ gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 340px), 1fr))" }}>
        <section className="panel stack" style={{ minWidth: 0 }}>
          <Suspense fallback={<Waiting what="Opening the editor …" />}><Editor text={text} change={setText} run={() => run()} fault={fault} short={short} /></Suspense>
          <div className="row">
            <Button onClick={() => run()} loading={result.isFetching}>Ask <span className="small" style={{ marginLeft: 6 }}>Ctrl ↵</span></Button>
            <Button variant="default" onClick={() => setText(format(text))}>Format</Button>
            <CopyMenu of={[{ label: "CLI", text: `samos query '${text.replaceAll("'", "'\\''")}'` }, { label: "curl", text: curl("GET", `/sparql?${new URLSearchParams({ query: text })}`) }, { label: "SPARQL", text }]} />
          </div>
          <div className="row">
            <Switch label="Include inferred" checked={inferred} onChange={(event) => set("inferred", event.currentTarget.checked ? null : "false")} />
            <Switch label="All names (sameAs)" checked={sameAs} onChange={(event) => set("sameAs", event.currentTarget.checked ? null : "false")} />
            <NumberInput label="Seconds at most" value={timeout} min={1} max={status?.timeout_s ?? 60} w={130} size="xs" onBlur={(event) => set("timeout", event.currentTarget.value)} />
            <NumberInput label="Rows at most" value={params.get("limit") ? Number(params.get("limit")) : status?.max_rows ?? ""} min={1} w={130} size="xs" onBlur={(event) => set("limit", event.currentTarget.value.replace(/\D/g, ""))} />
          </div>
          <span className="small quiet">Things declared the same are one; without sameAs each is found under one of its names. Declared prefixes need no PREFIX.</span>
        </section>
        <section className="panel stack">
          <h2 style={{ margin: 0 }}>In plain words</h2>
          <Answered of={questions} what="…">
            {(list) => (
              <div className="stack tight" style={{ maxHeight: 360, overflow: "auto" }} tabIndex={0} role="region" aria-label="Questions in plain words">
                {[...new Set(list.items.map((one) => one.persona))].map((persona) => (
                  <div key={persona}><h3>{persona}</h3><ul style={{ margin: "0.2rem 0 0.4rem" }}>{list.items.filter((one) => one.persona === persona).map((one) => (
                    <li key={one.id}><Link href={links.explore(one.sparql)} aria-current={one.sparql === asked ? "true" : undefined}>{one.question}</Link></li>
                  ))}</ul></div>
                ))}
              </div>
            )}
          </Answered>
        </section>
      </div>
      {result.error && <Failure error={result.error} again={() => void result.refetch()} />}
      {asked && result.isPending && result.isFetching && <Waiting what="Asking …" />}
      {result.data && <Answer of={result.data} short={short} />}
    </>
  );
}

function Answer({ of, short }: { of: Result; short: Short }) {
  const [params, setParams] = useSearchParams();
  const [, go] = useLocation();
  const isAsk = of.results.boolean !== undefined;
  const views = of.form === "graph" ? ["graph", "table", "triples"] : ["table", "json", "csv"];
  const view = views.includes(params.get("view") ?? "") ? (params.get("view") as string) : (views[0] as string);
  const rows = of.results.results?.bindings ?? [];
  const names = of.results.head.vars ?? [];
  const things = useMemo(() => [...new Set(rows.flatMap((row) => { const term = row[names[0] ?? ""]; return term?.type === "uri" ? [short(term.value)] : []; }))].slice(0, 200), [rows, names, short]);
  const text = view === "csv" ? csv(of.results) : view === "json" ? JSON.stringify(of.results, null, 2) : of.text;
  const href = useMemo(() => URL.createObjectURL(new Blob([text], { type: "text/plain" })), [text]);
  useEffect(() => () => URL.revokeObjectURL(href), [href]);
  const found = useMemo(() => (of.form === "graph" ? triples(of.text) : []), [of]);
  return (
    <section className="panel stack" aria-label="Answer">
      <div className="row between">
        <SegmentedControl aria-label="Form of the answer" value={view} data={views} onChange={(next) => setParams((old) => { old.set("view", next); return old; }, { replace: true })} />
        <span role="status" className="small quiet">{isAsk ? "" : count(of.form === "graph" ? found.length : rows.length, of.form === "graph" ? "triple" : "row")}{of.isCut ? ", cut at the limit" : ""}{of.tookMs ? ` in ${Number(of.tookMs).toFixed(1)} ms` : ""}</span>
        <div className="row">
          {things.length > 0 && <Button size="compact-sm" variant="default" onClick={() => go(`/assist/together?${new URLSearchParams([...things.map((one) => ["on", one] as [string, string]), ["ask", "1"]])}`)}>Use as selection</Button>}
          <Button size="compact-sm" variant="default" component="a" href={href} download={`answer.${view === "csv" ? "csv" : view === "json" ? "json" : of.form === "graph" ? "nt" : "json"}`}>Save as file</Button>
        </div>
      </div>
      {isAsk && <div className={`answer-line ${of.results.boolean ? "" : "none"}`}><strong>{of.results.boolean ? "✔ yes" : "✖ no"}</strong></div>}
      {view === "table" && !isAsk && of.form === "rows" && <Table rows={rows} names={names} short={short} />}
      {view === "table" && of.form === "graph" && <Table names={["subject", "predicate", "object"]} short={short} rows={found.map((one) => ({ subject: { type: "uri", value: one.s }, predicate: { type: "uri", value: one.p }, object: { type: one.isLiteral ? "literal" : "uri", value: one.o } }))} isTriples />}
      {view === "graph" && <Suspense fallback={<Waiting what="Drawing …" />}><Web text={of.text} stated={of.stated} /></Suspense>}
      {["json", "csv", "triples"].includes(view) && <pre className="text" tabIndex={0}>{text.slice(0, 200_000)}</pre>}
    </section>
  );
}

function Table({ rows, names, short, isTriples = false }: { rows: Record<string, SparqlTerm>[]; names: string[]; short: Short; isTriples?: boolean }) {
  const why = useWhy();
  const columns = useMemo<Column<Record<string, SparqlTerm>>[]>(() => [
    ...names.map((name) => ({ key: name, title: name, width: "minmax(140px, 1fr)", by: (row: Record<string, SparqlTerm>) => row[name]?.value ?? "", cell: (row: Record<string, SparqlTerm>) => <Value of={row[name]} short={short} /> })),
    ...(isTriples ? [{ key: " why", title: "Why", width: "80px", cell: (row: Record<string, SparqlTerm>) => (
      <button type="button" className="chip" onClick={() => why({ title: `${short(row.subject?.value ?? "")} ${short(row.predicate?.value ?? "")} ${short(row.object?.value ?? "")}`, statement: { subject: `<${row.subject?.value}>`, predicate: `<${row.predicate?.value}>`, object: row.object?.type === "uri" ? `<${row.object.value}>` : JSON.stringify(row.object?.value) } })}>why?</button>
    ) }] : [{ key: " why", title: "Why", width: "80px", cell: (row: Record<string, SparqlTerm>) => (
      <button type="button" className="chip" onClick={() => why({ title: "Where this row comes from", lines: names.map((name) => `${name} = ${row[name] ? short(row[name].value) : "nothing"}`), note: "Open a value to see its facts; each fact there has its own proof." })}>why?</button>
    ) }]),
  ], [names, short, isTriples, why]);
  return <Rows name="Answer" rows={rows} columns={columns} minWidth={Math.max(320, names.length * 160)} height="60vh" />;
}

function Value({ of, short }: { of: SparqlTerm | undefined; short: Short }) {
  if (!of) return <span className="quiet">–</span>;
  if (of.type !== "uri") return <span title={of.datatype ? short(of.datatype) : undefined}>{of.value}</span>;
  const name = short(of.value);
  return <Link className="plain" href={name === of.value ? links.explore(`DESCRIBE <${of.value}>`) : links.thing(name)} title={of.value}>{name}</Link>;
}
