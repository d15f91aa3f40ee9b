// Never empty: what there is, and three questions that are already filled in.
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import { ask, factsChanged, useGet } from "../api/client";
import type { DemoCard, EntityItem, Listing, RunItem } from "../api/shapes";
import { Chip, StateChip } from "../parts/chips";
import { Answered, Failure } from "../parts/failure";
import { Scroll } from "../parts/scroll";
import { useWorld } from "../parts/world";
import { count, links, local } from "../words";

export function placeOf(card: Pick<DemoCard, "reasoner" | "request">): string {
  const q = card.request;
  const query = new URLSearchParams();
  if (card.reasoner === "check" && q.operation) return links.operation(q.operation, q.subject, q.arguments);
  const subjects = q.subjects ?? (q.subject ? [q.subject] : []);
  for (const one of subjects) query.append("on", one);
  for (const one of q.arguments ?? []) query.append("set", one);
  if (q.goal) query.set("goal", q.goal);
  for (const one of q.wants ?? []) query.append("want", one);
  if (card.reasoner === "together" && "title" in card) query.set("pick", String(card.title).split(" ")[0] ?? "");
  query.set("ask", "1");
  return `/assist/${card.reasoner === "plan" ? "goal" : card.reasoner}?${query}`;
}

export function Home() {
  const { isDemo, status } = useWorld();
  const cards = useGet<Listing<DemoCard>>("/api/v1/demo");
  const instances = useGet<Listing<EntityItem>>("/api/v1/instances?limit=12");
  const runs = useGet<Listing<RunItem>>("/api/v1/runs");
  const reset = useMutation({ mutationFn: () => ask("POST", "/api/v1/demo/reset"), onSuccess: factsChanged });
  return (
    <>
      <div className="stack tight">
        <h1>Ask for a safe sequence</h1>
        <p style={{ margin: 0, maxWidth: "60em" }}>This engine knows what each cloud operation needs and gives. Say what you want; it finds the steps, says why each is there, checks them, and runs them when you approve.</p>
      </div>
      <Answered of={cards} what="Laying out …">
        {(list) => list.items.length > 0
          ? (
            <section aria-label="Questions to begin with" className="cards">
              {list.items.map((card) => (
                <Link key={card.id} href={placeOf(card)} className="card">
                  <strong>{card.title}</strong>
                  <span>{card.sentence}</span>
                  <span className="go">{card.reasoner === "check" ? "Show what is open" : "Find the plan"} →</span>
                </Link>
              ))}
            </section>
          )
          : (
            <section aria-label="Questions to begin with" className="cards">
              <Link href="/assist/connect" className="card"><strong>Make two services work together</strong><span>Pick one of each cloud.</span><span className="go">Pick →</span></Link>
              <Link href="/assist/together" className="card"><strong>Do the same to many</strong><span>Across clouds, each with its reason.</span><span className="go">Pick →</span></Link>
              <Link href="/assist/goal" className="card"><strong>Reach a goal</strong><span>Say which state, get the cheapest plan.</span><span className="go">Say →</span></Link>
            </section>
          )}
      </Answered>
      <div className="columns">
        <section className="panel">
          <div className="row between" style={{ marginBottom: 8 }}><h2>{isDemo ? "Two simulated clouds" : "What runs"}</h2><Link href="/catalog/instances">All {status?.counts.instances ?? ""}</Link></div>
          <Answered of={instances} what="Looking …">
            {(list) => (
              <Scroll name="What runs"><table className="plain">
                <thead><tr><th>Name</th><th className="wide-only">Kind</th><th>State</th></tr></thead>
                <tbody>{list.items.map((row) => (
                  <tr key={row.iri}><td><Link className="plain" href={links.thing(row.name)}>{row.name}</Link></td><td className="wide-only" title={row.kind}>{local(row.kind)}</td><td><StateChip state={row.state} /></td></tr>
                ))}</tbody>
              </table></Scroll>
            )}
          </Answered>
        </section>
        <div className="stack" style={{ gap: "1rem" }}>
          {status && (
            <section className="panel stack">
              <h2>What it knows</h2>
              <ul style={{ margin: 0 }}>
                <li><Link href="/catalog/operations">{count(status.counts.operations, "operation")}</Link> of <Link href="/providers">{count(status.counts.providers, "provider")}</Link></li>
                <li><Link href="/catalog/services">{count(status.counts.services, "service")}</Link>, <Link href="/catalog/aspects">{count(status.counts.aspects, "aspect")}</Link></li>
                <li><Link href="/explore">Questions in plain words</Link>, answered with SPARQL</li>
              </ul>
            </section>
          )}
          <section className="panel stack">
            <div className="row between"><h2>Runs</h2><Link href="/runs">All</Link></div>
            {runs.data && runs.data.items.length > 0
              ? <ul style={{ margin: 0 }}>{runs.data.items.slice(0, 5).map((run) => <li key={run.run}><Link className="plain" href={links.run(run.run)}>{run.title}</Link> <Chip of={run.state} /></li>)}</ul>
              : <span className="quiet">None yet: open a card above and run its plan.</span>}
            {isDemo && <div><Button size="compact-sm" variant="default" loading={reset.isPending} onClick={() => reset.mutate()}>Begin the demo anew</Button></div>}
            {reset.error && <Failure error={reset.error} />}
          </section>
        </div>
      </div>
    </>
  );
}
