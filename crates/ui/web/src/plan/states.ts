// How far each step of a run is, from the transitions of its journal, up to any of them.
import type { Plan, TransitionItem } from "../api/shapes";

export interface Look { state: string; note?: string; startedMs?: number; endedMs?: number; attempts: number; operation?: string }
/** By task: a step's number, or `N-undo-M`. */
export type States = Record<string, Look>;

const moves: Record<string, string> = {
  bound: "rechecking", intent: "calling", answered: "confirming", lost: "unanswered", done: "done", failed: "failed", undecided: "unknown", skipped: "skipped",
};
const settled = new Set(["done", "failed", "skipped", "unknown"]);

export interface Played { states: States; isPaused: boolean; ending: string | null }

/** Nothing is shown as failed that is only unknown. */
export function played(plan: Plan, items: TransitionItem[], upTo = items.length): Played {
  const states: States = Object.fromEntries(plan.steps.map((step) => [String(step.id), { state: "waiting", attempts: 0 }]));
  let isPaused = false;
  let ending: string | null = null;
  for (const { transition: t, at_ms } of items.slice(0, upTo)) {
    if (t.change === "resumed") {
      isPaused = false;
      ending = null;
      for (const look of Object.values(states)) if (["failed", "skipped", "unknown"].includes(look.state)) look.state = "waiting";
    }
    if (t.change === "paused") isPaused = true;
    if (t.change === "finished") ending = t.ending ?? "ended";
    if (t.change === "undoing") for (const one of t.tasks ?? []) states[one.task] = { state: "waiting", attempts: 0, operation: one.request.operation };
    if (!t.task) continue;
    const look = (states[t.task] ??= { state: "waiting", attempts: 0 });
    const next = moves[t.change];
    if (next) look.state = next;
    if (t.change === "decided") look.state = t.took_effect ? "confirming" : "rechecking";
    if (t.change === "refused") look.state = "rechecking";
    if (t.change === "bound") look.startedMs ??= at_ms;
    if (t.change === "intent") look.attempts = t.attempt ?? look.attempts + 1;
    look.note = t.why ?? t.message ?? t.failure?.message ?? (next ? undefined : look.note);
    if (settled.has(look.state)) look.endedMs = at_ms;
  }
  return { states, isPaused, ending };
}

/** A transition as a sentence. */
export function told(t: TransitionItem["transition"], local: (iri: string) => string): string {
  const task = t.task ? (t.task.includes("-undo-") ? `taking back step ${t.task.split("-")[0]}` : `step ${t.task}`) : "";
  switch (t.change) {
    case "begun": return "the run exists; its whole plan is written down";
    case "approved": return "the changes are approved";
    case "paused": return "paused: nothing new is begun";
    case "resumed": return "it goes on";
    case "bound": return `${task}: ${t.request ? `${local(t.request.operation)} on ${local(t.request.subject)}` : "request known"}; its facts are looked at again`;
    case "observed": return `${task}: ${t.readings?.length ?? 0} facts read`;
    case "waiting": return `${task}: ${t.why}`;
    case "intent": return `${task}: sent${(t.attempt ?? 1) > 1 ? `, attempt ${t.attempt}` : ""}`;
    case "answered": return `${task}: answered; its effect is awaited`;
    case "refused": return `${task}: refused (${t.class}): ${t.message}`;
    case "lost": return `${task}: no answer came: ${t.message}. Whether it took effect is being found out`;
    case "decided": return `${task}: it ${t.took_effect ? "took" : "did not take"} effect, as ${t.by} shows`;
    case "done": return `${task}: done, its effect was seen`;
    case "failed": return `${task}: cannot be done: ${t.failure?.message ?? ""}`;
    case "undecided": return `${task}: nobody knows whether it took effect: ${t.message}`;
    case "stopping": return `nothing new is begun (${t.cause})`;
    case "skipped": return `${task}: given up before it was sent`;
    case "undoing": return `what was done is being taken back, ${t.tasks?.length ?? 0} requests`;
    case "finished": return `ended: ${t.ending}`;
    default: return `${task} ${t.change}`;
  }
}
