// Choosing things by name, however many there are: the server is asked for what is typed.
import { MultiSelect, Autocomplete } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { useGet } from "../api/client";
import type { EntityDetail, Hit, Listing } from "../api/shapes";
import { useTray } from "../parts/tray";
import { local } from "../words";

export function Things({ label, description, values, give, most }: { label: string; description?: string; values: string[]; give: (values: string[]) => void; most?: number }) {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text, 150);
  const tray = useTray();
  const query = new URLSearchParams({ limit: "60" });
  if (q) query.set("q", q);
  const instances = useGet<Listing<Hit>>(`/api/v1/instances?${query}`);
  const services = useGet<Listing<Hit>>(`/api/v1/services?${query}`);
  const data = useMemo(() => [...new Set([...tray.kept.map((one) => one.value), ...(instances.data?.items ?? []).map((one) => one.name), ...(services.data?.items ?? []).map((one) => one.name), ...values])], [instances.data, services.data, values, tray.kept]);
  return <MultiSelect label={label} description={description} searchable data={data} value={values} onChange={give} maxValues={most} searchValue={text} onSearchChange={setText} placeholder={values.length === 0 ? "web-1, lb-1 …" : ""} nothingFoundMessage="No thing of that name" filter={({ options }) => options} />;
}

const comparisons = ["is", "==", "!=", "contains", "<=", ">="];

/** A goal as text; what can come next is offered. */
export function GoalText({ value, give, error }: { value: string; give: (text: string) => void; error?: string }) {
  const [asked] = useDebouncedValue(value, 150);
  const token = /(\S*)$/.exec(asked)?.[1] ?? "";
  const before = asked.slice(0, asked.length - token.length);
  const entity = /^(\S+?:[^\s.]+)\.(\S*)$/.exec(token);
  const previous = before.trim().split(/\s+/).at(-1) ?? "";
  const isValue = comparisons.includes(previous);
  const isComparison = token === "" && before !== "" && !isValue && previous !== "and";
  const known = useGet<EntityDetail>(entity?.[1] ? `/api/v1/entities/${encodeURIComponent(entity[1])}` : null);
  const found = useGet<Listing<Hit>>(!entity && token.length > 0 && !isComparison ? `/api/v1/search?limit=12&q=${encodeURIComponent(token)}` : null);
  const offered = useMemo(() => {
    if (isComparison) return comparisons.map((one) => `${before}${one} `);
    if (entity && known.data) return [...new Set(known.data.facts.map((fact) => local(fact.name)))].filter((name) => name.toLowerCase().startsWith((entity[2] ?? "").toLowerCase())).map((name) => `${before}${entity[1]}.${name}`);
    const kinds = isValue ? ["entity", "type"] : ["entity"];
    return (found.data?.items ?? []).filter((hit) => kinds.includes(hit.kind)).map((hit) => `${before}${hit.name}`);
  }, [isComparison, isValue, entity?.[1], entity?.[2], known.data, found.data, before]);
  return <Autocomplete label="Goal, as text" description="such as ec2:web-1.state is samos:Running and rackspace:lb-1.nodes.address contains ec2:web-1.publicAddress" value={value} onChange={give} data={[...new Set(offered)]} filter={({ options }) => options} error={error} maxDropdownHeight={220} limit={20} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />;
}
