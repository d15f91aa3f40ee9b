// The plans that were answered, saved or used.
import { Link } from "wouter";
import { useGet } from "../api/client";
import type { Listing, PlanItem } from "../api/shapes";
import { Chip } from "../parts/chips";
import { Answered, Nothing } from "../parts/failure";
import { Rows, type Column } from "../parts/rows";
import { links, moment } from "../words";

const columns: Column<PlanItem>[] = [
  { key: "title", title: "Plan", width: "minmax(240px, 3fr)", cell: (row) => <Link className="plain" href={links.plan(row.fingerprint)}>{row.title}</Link>, by: (row) => row.title },
  { key: "state", title: "State", width: "120px", cell: (row) => <Chip of={row.state} />, by: (row) => row.state },
  { key: "steps", title: "Steps", width: "80px", cell: (row) => row.steps, by: (row) => row.steps },
  { key: "changes", title: "Changes", width: "95px", cell: (row) => row.changes, by: (row) => row.changes },
  { key: "saved", title: "Kept", width: "110px", cell: (row) => (row.saved ? "saved" : "until the end"), by: (row) => Number(row.saved) },
  { key: "run", title: "Run", width: "140px", cell: (row) => (row.run ? <Link className="plain" href={links.run(row.run)}>{row.run}</Link> : "–") },
  { key: "at", title: "At", width: "190px", cell: (row) => moment(row.at), by: (row) => row.at },
];

export default function PlansPage() {
  const plans = useGet<Listing<PlanItem>>("/api/v1/plans?all=true&limit=10000");
  return (
    <>
      <h1>Plans</h1>
      <p style={{ margin: 0 }} className="quiet">Fresh: can run. Stale: the world changed, plan again. Used: has run; a plan runs once.</p>
      <Answered of={plans} what="Reading the plans …">
        {(list) => list.items.length > 0
          ? <Rows name="Plans" rows={list.items} columns={columns} minWidth={980} />
          : <Nothing title="No plans yet"><span>Ask for one: <Link href="/assist/goal">reach a goal</Link> or <Link href="/">open a card</Link>.</span></Nothing>}
      </Answered>
    </>
  );
}
