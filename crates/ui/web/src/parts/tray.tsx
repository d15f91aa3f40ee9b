// "Use as input": things put aside here fill any parameter that takes them.
import { ActionIcon, Button } from "@mantine/core";
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";

export interface Kept { value: string; text: string; kind: string }
interface TrayKnown { kept: Kept[]; put: (one: Kept) => void; drop: (value: string) => void; clear: () => void }

const Tray = createContext<TrayKnown>({ kept: [], put: () => undefined, drop: () => undefined, clear: () => undefined });
const KEY = "samos.tray";

export function useTray(): TrayKnown {
  return useContext(Tray);
}

function read(): Kept[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as Kept[];
  } catch {
    return [];
  }
}

export function TrayKeeper({ children }: { children: ReactNode }) {
  const [kept, setKept] = useState<Kept[]>(read);
  useEffect(() => sessionStorage.setItem(KEY, JSON.stringify(kept)), [kept]);
  const known = useMemo(() => ({
    kept,
    put: (one: Kept) => setKept((all) => [...all.filter((other) => other.value !== one.value), one]),
    drop: (value: string) => setKept((all) => all.filter((other) => other.value !== value)),
    clear: () => setKept([]),
  }), [kept]);
  return <Tray.Provider value={known}>{children}</Tray.Provider>;
}

export function TrayBar() {
  const { kept, drop, clear } = useTray();
  if (kept.length === 0) return null;
  return (
    <section className="panel row" aria-label="Tray: values to use as inputs" style={{ position: "sticky", bottom: 8, marginTop: "1rem", boxShadow: "0 2px 14px #0003", zIndex: 5 }}>
      <strong>Tray</strong>
      {kept.map((one) => (
        <span key={one.value} className="chip live">
          {one.text} <span className="quiet">{one.kind}</span>
          <ActionIcon size="xs" variant="transparent" color="gray" c="inherit" aria-label={`Remove ${one.text} from the tray`} onClick={() => drop(one.value)}>×</ActionIcon>
        </span>
      ))}
      <span className="grow quiet small wide-only">fills parameters of any form</span>
      <Button size="compact-sm" variant="default" onClick={clear}>Empty</Button>
    </section>
  );
}
