// Signs with words: truth, readiness, states, what a step does. The word carries the meaning.
import type { ReactNode } from "react";
import { signWords } from "../words";

const table: Record<string, [string, string, string]> = {
  true: ["ok", "✔", "true"], false: ["no", "✖", "false"], unknown: ["ask", "?", "unknown"],
  ready: ["ok", "✔", "ready"], needs_inputs: ["ask", "…", "needs inputs"], blocked: ["no", "✖", "blocked"], not_permitted: ["no", "⊘", "not permitted"],
  fresh: ["ok", "●", "fresh"], stale: ["ask", "◌", "stale"], used: ["", "✓", "used"],
  waiting: ["", "○", "waiting"], rechecking: ["live", "◔", "re-checking"], calling: ["live", "◑", "calling"], confirming: ["live", "◕", "confirming"],
  unanswered: ["ask", "?", "no answer, looking"], done: ["ok", "✔", "done"], failed: ["no", "✖", "failed"], skipped: ["", "–", "skipped"],
  running: ["live", "▶", "running"], stopped: ["ask", "■", "stopped"], open: ["live", "▶", "open"], undone: ["ok", "↶", "undone"], undecided: ["ask", "?", "undecided"],
  cancelled: ["", "–", "cancelled"], timed_out: ["no", "⌛", "timed out"], undone_in_part: ["ask", "↶", "undone in part"], needs_new_plan: ["ask", "↻", "needs a new plan"],
  simulated: ["live", "◇", "simulated"], present: ["ok", "✔", "present"], missing: ["no", "✖", "missing"], refused: ["no", "⊘", "refused"],
};

export function Chip({ of, children }: { of: string; children?: ReactNode }) {
  const [tone, sign, word] = table[of] ?? ["", "•", of];
  return <span className={`chip ${tone}`} data-state={of}><span aria-hidden>{sign}</span> {children ?? word}</span>;
}

/** The state of a thing, in the provider's word: nothing is claimed about good or bad. */
export function StateChip({ state }: { state: string | null | undefined }) {
  if (!state) return <span className="quiet">–</span>;
  const sign = /run|active|available|enabled|associated|inuse/i.test(state) ? "●" : /stop|end|delet|error|fail/i.test(state) ? "■" : "◌";
  return <span className="chip"><span aria-hidden>{sign}</span> {state}</span>;
}

export function Inferred({ onWhy }: { onWhy?: () => void }) {
  return onWhy
    ? <button type="button" className="chip inferred" onClick={onWhy}>inferred · why?</button>
    : <span className="chip inferred">inferred</span>;
}

const tones: Record<string, string> = { "+": "add", "-": "del", "~": "mod", "<=": "read" };

export function Sign({ of }: { of: string }) {
  return <span className={`sign ${tones[of] ?? ""}`} title={signWords[of]}><span aria-hidden>{of}</span><span className="visually-hidden">{signWords[of]}</span></span>;
}

/** A sentence in which names stand in backticks. */
export function Told({ text }: { text: string }) {
  return <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
