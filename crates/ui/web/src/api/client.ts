// Asks the server and turns what goes wrong into something with a code and a next step.
import { keepPreviousData, QueryClient, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Answer, Finding, Problem } from "./shapes";

/** Why there is no answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly findings: Finding[];
  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.code = problem.code;
    this.findings = problem.findings ?? [];
  }
}

function problemOf(status: number, code: string, message: string, help: string): Problem {
  const finding: Finding = { severity: "error", code, message, help };
  return { type: "about:blank", title: message, status, detail: message, code, findings: [finding] };
}

async function refusal(response: Response): Promise<Refusal> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as Problem;
    if (body.findings || body.detail || body.title) return new Refusal({ ...body, status: response.status });
  } catch {
    // Not problem details: a proxy's page, or nothing.
  }
  const help = response.status === 401
    ? "open the address that `samos serve` printed, with its token"
    : "look at what the server prints; then try again";
  return new Refusal(problemOf(response.status, `HTTP ${response.status}`, text.slice(0, 300) || response.statusText, help));
}

/** Sends a request; whatever goes wrong is a {@link Refusal}. */
export async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch (error) {
    throw new Refusal(problemOf(0, "no answer", `the server does not answer (${String(error)})`, "is `samos serve` still running? Start it again, then try again"));
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 1 && error instanceof Refusal && error.status === 0,
    },
  },
});

/** What a GET answers; nothing is asked while the path is null. */
export function useGet<T>(path: string | null): UseQueryResult<T, Refusal> {
  return useQuery({ queryKey: ["get", path], queryFn: () => ask<T>("GET", path as string), enabled: path !== null }) as UseQueryResult<T, Refusal>;
}

/** What a question answers. Questions change nothing, so they are kept like pages. */
export function usePost<T>(path: string, body: unknown | null): UseQueryResult<T, Refusal> {
  const options = { queryKey: ["post", path, body], queryFn: () => ask<T>("POST", path, body), enabled: body !== null };
  // A form's checklist stays while the next one is asked for.
  const kept = path === "/api/v1/check" ? { ...options, placeholderData: keepPreviousData } : options;
  return useQuery(kept as typeof options) as UseQueryResult<T, Refusal>;
}

export function useAnswer(reasoner: string, body: unknown | null): UseQueryResult<Answer, Refusal> {
  return usePost<Answer>(`/api/v1/${reasoner}`, body);
}

/** Forgets what depends on facts. */
export function factsChanged(): void {
  void queries.invalidateQueries({ predicate: (query) => query.queryKey[1] !== "/api/v1/questions" && query.queryKey[1] !== "/api/v1/demo" });
}
