// What there is: services, instances, aspects with live state; operations.
import { Select, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useMemo, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { useGet } from "../api/client";
import type { EntityItem, Listing, OperationItem } from "../api/shapes";
import { StateChip } from "../parts/chips";
import { CopyMenu, curl } from "../parts/copy";
import { Answered, Nothing } from "../parts/failure";
import { Rows, type Column } from "../parts/rows";
import { useWorld } from "../parts/world";
import { ago, count, links, moment } from "../words";

const things: Column<EntityItem>[] = [
  { key: "name", title: "Name", width: "minmax(170px, 1.3fr)", cell: (row) => <Link className="plain" href={links.thing(row.name)}>{row.name}</Link>, by: (row) => row.name },
  { key: "provider", title: "Provider", width: "110px", cell: (row) => row.provider ?? "–", by: (row) => row.provider ?? "" },
  { key: "kind", title: "Kind", width: "minmax(190px, 1.2fr)", cell: (row) => <Link className="plain" href={links.type(row.kind)}>{row.kind}</Link>, by: (row) => row.kind },
  { key: "state", title: "State", width: "minmax(190px, 1fr)", cell: (row) => <StateChip state={row.state} />, by: (row) => row.state ?? "" },
  { key: "age", title: "Seen", width: "110px", cell: (row) => <span title={moment(row.observed_at)}>{row.observed_at ? ago(row.age_s) : "stated"}</span>, by: (row) => row.age_s ?? 1e12 },
  { key: "reads", title: "Reads", width: "75px", cell: (row) => row.reads, by: (row) => row.reads },
  { key: "changes", title: "Changes", width: "90px", cell: (row) => row.changes, by: (row) => row.changes },
  { key: "blocked", title: "Blocked", width: "90px", cell: (row) => (row.blocked > 0 ? `✖ ${row.blocked}` : "0"), by: (row) => row.blocked },
];

const operations: Column<OperationItem>[] = [
  { key: "name", title: "Operation", width: "minmax(230px, 2fr)", cell: (row) => <Link className="plain" href={links.operation(row.name)}>{row.name}</Link>, by: (row) => row.name },
  { key: "kind", title: "Does", width: "112px", cell: (row) => (row.kind === "information" ? "<= reads" : "~ changes"), by: (row) => row.kind },
  { key: "category", title: "Category", width: "95px", cell: (row) => row.category, by: (row) => row.category },
  { key: "provider", title: "Provider", width: "105px", cell: (row) => row.provider ?? "–", by: (row) => row.provider ?? "" },
  { key: "subject", title: "Asked of", width: "minmax(150px, 1fr)", cell: (row) => <Link className="plain" href={links.type(row.subject)}>{row.subject}</Link>, by: (row) => row.subject },
  { key: "needs", title: "Needs", width: "minmax(110px, 1fr)", cell: (row) => row.needs.join(", ") || "–" },
  { key: "gives", title: "Gives", width: "minmax(110px, 1fr)", cell: (row) => row.gives.join(", ") || "–" },
];

export default function Catalog({ kind }: { kind: string }) {
  const [, go] = useLocation();
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(params.get("q") ?? "");
  const [q] = useDebouncedValue(text, 200);
  const { status } = useWorld();
  const isOperations = kind === "operations";
  const query = new URLSearchParams({ limit: "10000" });
  if (q) query.set("q", q);
  for (const name of ["provider", "kind", "state"]) if (params.get(name)) query.set(name, params.get(name) as string);
  const path = `/api/v1/${kind}?${query}`;
  const list = useGet<Listing<EntityItem & OperationItem>>(path);
  useEffect(() => {
    if ((params.get("q") ?? "") !== q) setParams((old) => { if (q) old.set("q", q); else old.delete("q"); return old; }, { replace: true });
  }, [q, params, setParams]);
  const facets = useMemo(() => {
    const all = (key: "provider" | "kind" | "state") => [...new Set([...(list.data?.items ?? []).map((row) => row[key]).filter(Boolean), params.get(key)].filter(Boolean) as string[])].sort();
    return { provider: all("provider"), kind: all("kind"), state: isOperations ? [] : all("state") };
  }, [list.data, params, isOperations]);
  return (
    <>
      <div className="row between"><h1>Catalog</h1><CopyMenu of={[{ label: "CLI", text: `samos get ${kind}` }, { label: "curl", text: curl("GET", path) }, { label: "JSON", text: JSON.stringify(list.data?.items ?? [], null, 2) }]} /></div>
      <div className="scroll tabs">
        <SegmentedControl aria-label="What to list" value={kind} onChange={(next) => go(`/catalog/${next}`)} data={["instances", "services", "aspects", "operations"].map((value) => ({ value, label: `${value}${status ? ` ${status.counts[value as "services"]}` : ""}` }))} />
      </div>
      <div className="row">
        <TextInput aria-label="Part of the name" placeholder="Part of the name" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        {(["provider", "kind", "state"] as const).filter((name) => facets[name].length > 0).map((name) => (
          <Select key={name} aria-label={name} placeholder={name} clearable clearButtonProps={{ "aria-label": `Any ${name}` }} data={facets[name]} value={params.get(name)} w={170}
            onChange={(value) => setParams((old) => { if (value) old.set(name, value); else old.delete(name); return old; }, { replace: true })} />
        ))}
        {list.data && <span className="quiet small" role="status">{count(list.data.total, "row")}</span>}
      </div>
      <Answered of={list} what="Looking …">
        {(data) => data.items.length === 0
          ? <Nothing title="Nothing fits"><span>Take away a filter.</span></Nothing>
          : isOperations
            ? <Rows name="Operations" rows={data.items} columns={operations} minWidth={900} />
            : <Rows name={kind} rows={data.items} columns={things} minWidth={900} />}
      </Answered>
    </>
  );
}
