// What every page knows: which world is served, its prefixes, and that facts may have changed.
import { createContext, useContext, useEffect, useMemo, type ReactNode } from "react";
import { factsChanged, queries, useGet } from "../api/client";
import type { Status } from "../api/shapes";
import { shortener, type Short } from "../words";

interface WorldKnown { status: Status | undefined; failure: Error | null; short: Short; isDemo: boolean }

const Known = createContext<WorldKnown>({ status: undefined, failure: null, short: (iri) => iri, isDemo: false });

export function useWorld(): WorldKnown {
  return useContext(Known);
}

export function WorldKnowledge({ children }: { children: ReactNode }) {
  const { data: status, error } = useGet<Status>("/api/v1/status");
  const known = useMemo(
    () => ({ status, failure: error, short: shortener(status?.prefixes ?? {}), isDemo: status?.world.kind === "demo" }),
    [status, error],
  );
  useEffect(() => {
    const events = new EventSource("/events");
    const runs = () => {
      void queries.invalidateQueries({ queryKey: ["get", "/api/v1/runs"] });
      void queries.invalidateQueries({ queryKey: ["get", "/api/v1/plans?all=true"] });
    };
    events.addEventListener("facts.changed", factsChanged);
    events.addEventListener("run.accepted", runs);
    events.addEventListener("run.ended", runs);
    events.addEventListener("plan.saved", runs);
    return () => events.close();
  }, []);
  return <Known.Provider value={known}>{children}</Known.Provider>;
}
