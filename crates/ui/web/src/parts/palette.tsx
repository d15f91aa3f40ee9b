// Search everything, from anywhere: Ctrl-K.
import { Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useId, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { useGet } from "../api/client";
import type { Hit, Listing } from "../api/shapes";
import { links } from "../words";

const places = [
  ["Home", "/"], ["Catalog: instances", "/catalog/instances"], ["Catalog: services", "/catalog/services"], ["Catalog: aspects", "/catalog/aspects"], ["Catalog: operations", "/catalog/operations"],
  ["Assist: what is still missing?", "/assist/check"], ["Assist: the same to many", "/assist/together"], ["Assist: chains in one cloud", "/assist/chain"],
  ["Assist: make services work together", "/assist/connect"], ["Assist: reach a goal", "/assist/goal"], ["Plans", "/plans"], ["Runs", "/runs"], ["Explore with SPARQL", "/explore"], ["Providers", "/providers"],
] as const;

function placeOf(hit: Hit): string {
  const to: Record<string, (name: string) => string> = {
    entity: links.thing, operation: links.operation, type: links.type, provider: () => "/providers", plan: links.plan, run: links.run, code: links.code,
  };
  return (to[hit.kind] ?? links.thing)(hit.name);
}

export function Palette({ opened, close }: { opened: boolean; close: () => void }) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 150);
  const [at, setAt] = useState(0);
  const [, go] = useLocation();
  const id = useId();
  const { data } = useGet<Listing<Hit>>(opened && asked ? `/api/v1/search?limit=20&q=${encodeURIComponent(asked)}` : null);
  const options = useMemo(() => {
    const own = places.filter(([title]) => title.toLowerCase().includes(text.trim().toLowerCase()))
      .map(([title, to]) => ({ title, note: "page", to: to as string }));
    const hits = (asked ? data?.items ?? [] : []).map((hit) => ({ title: hit.name, note: [hit.kind, hit.note].filter(Boolean).join(" · "), to: placeOf(hit) }));
    return [...hits, ...own];
  }, [text, asked, data]);
  useEffect(() => setAt(0), [text]);
  useEffect(() => { if (opened) setText(""); }, [opened]);
  const choose = (index: number) => {
    const option = options[index];
    if (!option) return;
    close();
    go(option.to);
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((old) => Math.min(old + 1, options.length - 1));
    else if (event.key === "ArrowUp") setAt((old) => Math.max(old - 1, 0));
    else if (event.key === "Enter") choose(at);
    else return;
    event.preventDefault();
  };
  return (
    <Modal opened={opened} onClose={close} title="Search everything" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      <div className="palette stack">
        <TextInput
          data-autofocus aria-label="Name of a thing, operation, plan, run, code or page" placeholder="web-1, StartInstance, sha256:…, S4001" value={text}
          onChange={(event) => setText(event.currentTarget.value)} onKeyDown={press}
          role="combobox" aria-expanded="true" aria-controls={`${id}-list`} aria-activedescendant={options[at] ? `${id}-${at}` : undefined}
        />
        <div role="listbox" id={`${id}-list`} aria-label="Found" style={{ maxHeight: "50vh", overflow: "auto" }}>
          {options.map((option, index) => (
            <div key={`${option.to}${index}`} id={`${id}-${index}`} role="option" aria-selected={index === at} className="row between" onClick={() => choose(index)} onMouseMove={() => setAt(index)}>
              <span>{option.title}</span><span className="quiet small">{option.note}</span>
            </div>
          ))}
        </div>
        {asked && options.length === 0 && <p className="quiet">Nothing has “{asked}” in its name.</p>}
      </div>
    </Modal>
  );
}
