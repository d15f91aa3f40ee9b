// IOSR as a picture: two services and, between them, the points where what one gives is what the other takes.
import { useMemo } from "react";
import { Link } from "wouter";
import type { Answer } from "../api/shapes";
import { links, local } from "../words";

export function pointNames(answer: Answer): Map<string, number> {
  const all = new Map<string, number>();
  for (const plan of answer.plans) {
    for (const name of new Set((plan.goal.points ?? []).map((point) => local(point.types[1])))) all.set(name, (all.get(name) ?? 0) + 1);
  }
  return all;
}

export function Bridge({ answer, subjects, chosen, choose }: { answer: Answer; subjects: string[]; chosen: string | null; choose: (point: string | null) => void }) {
  const points = useMemo(() => [...pointNames(answer)].sort((a, b) => b[1] - a[1]), [answer]);
  const [left, ...right] = subjects;
  return (
    <section className="panel stack" aria-label="Orchestration points">
      <h2 style={{ margin: 0 }}>Where they meet</h2>
      <div className="bridge">
        <div className="end"><Link href={links.thing(left ?? "")}>{left}</Link></div>
        <div className="stack tight" style={{ alignItems: "center" }}>
          {points.length === 0 && <span className="quiet">no point where they meet</span>}
          {points.map(([name, plans]) => (
            <button key={name} type="button" className={`chip inferred ${chosen === name ? "live" : ""}`} aria-pressed={chosen === name} onClick={() => choose(chosen === name ? null : name)}>
              ── {name} · {plans} {plans === 1 ? "plan" : "plans"} ──
            </button>
          ))}
          {points.length > 1 && <span className="small quiet">choose a point to see only its plans</span>}
        </div>
        <div className="end stack tight">{right.map((one) => <Link key={one} href={links.thing(one)}>{one}</Link>)}</div>
      </div>
    </section>
  );
}
