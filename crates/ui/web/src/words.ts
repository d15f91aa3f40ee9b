// Names, values and times as people read them.
import type { Argument, ModelValue, Plan, PlanValue, Step } from "./api/shapes";

export type Short = (iri: string) => string;

/** With its prefix where one is known. */
export function shortener(prefixes: Record<string, string>): Short {
  const all = Object.entries(prefixes).sort((a, b) => b[1].length - a[1].length);
  return (iri) => {
    if (!iri.includes("://") && !iri.startsWith("urn:")) return iri;
    for (const [prefix, namespace] of all) {
      if (iri.startsWith(namespace) && iri.length > namespace.length && !/[/#]/.test(iri.slice(namespace.length))) {
        return `${prefix}:${iri.slice(namespace.length)}`;
      }
    }
    return iri;
  };
}

/** The part behind the prefix or the last `#` or `/`. */
export function local(name: string): string {
  const cut = Math.max(name.lastIndexOf("#"), name.lastIndexOf("/"));
  const rest = cut >= 0 ? name.slice(cut + 1) : name;
  return rest.includes(":") ? rest.slice(rest.indexOf(":") + 1) : rest;
}

export function prefixOf(name: string): string {
  return name.includes(":") && !name.includes("://") ? name.slice(0, name.indexOf(":")) : "";
}

/** In an address: readable where that is allowed. */
export function slug(name: string): string {
  return encodeURIComponent(name).replaceAll("%3A", ":");
}

export const links = {
  thing: (name: string) => `/things/${slug(name)}`,
  operation: (name: string, on?: string, given: string[] = []) => {
    const query = new URLSearchParams();
    if (on) query.set("on", on);
    for (const one of given) query.append("set", one);
    const text = query.toString();
    return `/operations/${slug(name)}${text ? `?${text}` : ""}`;
  },
  type: (name: string) => `/types/${slug(name)}`,
  plan: (fingerprint: string) => `/plans/${fingerprint}`,
  run: (run: string) => `/runs/${slug(run)}`,
  code: (code: string) => `/codes/${slug(code)}`,
  goal: (goal: string) => `/assist/goal?${new URLSearchParams({ goal })}`,
  explore: (query: string) => `/explore?${new URLSearchParams({ query })}`,
};

export function valueText(value: PlanValue, short: Short): string {
  if (value.entity) return short(value.entity);
  if (value.given) return `a given ${short(value.given)}`;
  if (value.from) return `${value.from.outcome} of step ${value.from.step}`;
  if (value.before) return `${value.before.path} before step ${value.before.step}`;
  return String(value.value ?? "");
}

export function argumentText(argument: Argument, short: Short): string {
  return Array.isArray(argument) ? argument.map((one) => valueText(one, short)).join(", ") : valueText(argument, short);
}

export function modelText(value: ModelValue, short: Short): string {
  return "Entity" in value ? short(value.Entity) : value.Literal.lexical;
}

export function ago(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 1) return "just now";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

export function took(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "";
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function moment(at: string | null | undefined): string {
  if (!at) return "";
  return at.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
}

export function clock(at: string): string {
  return at.slice(11, 23).replace("Z", "");
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** The number of changes that has to be approved. */
export function changes(plan: Plan): number {
  return plan.steps.filter((step) => step.kind === "manipulation").length;
}

/** As Terraform writes it; the server says it better where it was asked. */
export function signOf(step: Step): string {
  if (step.kind === "information") return "<=";
  const name = local(step.operation);
  if (/^(Create|Add|Allocate|Run|Register|Attach|Copy|Allow|Import|Upload|Put)/.test(name)) return "+";
  if (/^(Delete|Remove|Release|Terminate|Deregister|Revoke)/.test(name)) return "-";
  return "~";
}

export const signWords: Record<string, string> = { "+": "adds", "~": "changes", "-": "deletes", "<=": "reads" };

/** What would be typed instead. */
export function commandLine(reasoner: string, q: { subjects?: string[]; subject?: string; operation?: string; arguments?: string[]; goal?: string; wants?: string[] }, world: string): string {
  const quote = (text: string) => (/^[\w:.@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const parts = ["samos", reasoner];
  if (reasoner === "check" && q.operation) parts.push(quote(q.operation));
  if (reasoner === "connect") parts.push(...(q.subjects ?? []).map(quote));
  else for (const one of q.subjects ?? (q.subject ? [q.subject] : [])) parts.push("--on", quote(one));
  for (const one of q.arguments ?? []) parts.push("--set", quote(one));
  if (q.goal) parts.push("--goal", quote(q.goal));
  for (const one of q.wants ?? []) parts.push("--want", quote(one));
  if (world) parts.push("--world", quote(world));
  return parts.join(" ");
}
