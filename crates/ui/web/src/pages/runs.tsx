// The runs, the newest first.
import { Link } from "wouter";
import { useGet } from "../api/client";
import type { Listing, RunItem } from "../api/shapes";
import { Chip } from "../parts/chips";
import { Answered, Nothing } from "../parts/failure";
import { Rows, type Column } from "../parts/rows";
import { links, moment } from "../words";

const columns: Column<RunItem>[] = [
  { key: "title", title: "Run", width: "minmax(240px, 3fr)", cell: (row) => <Link className="plain" href={links.run(row.run)}>{row.title}</Link>, by: (row) => row.title },
  { key: "run", title: "Name", width: "150px", cell: (row) => <code>{row.run}</code>, by: (row) => row.run },
  { key: "state", title: "State", width: "150px", cell: (row) => <Chip of={row.state} />, by: (row) => row.state },
  { key: "changes", title: "Changes", width: "95px", cell: (row) => row.changes, by: (row) => row.changes },
  { key: "started", title: "Began", width: "200px", cell: (row) => moment(row.started_at), by: (row) => row.started_at ?? "" },
];

export default function RunsPage() {
  const runs = useGet<Listing<RunItem>>("/api/v1/runs");
  return (
    <>
      <h1>Runs</h1>
      <Answered of={runs} what="Reading the runs …">
        {(list) => list.items.length > 0
          ? <Rows name="Runs" rows={list.items} columns={columns} minWidth={860} />
          : <Nothing title="Nothing has run yet"><span>A plan is run from its page: <Link href="/">open a card</Link>, then “Run in demo”.</span></Nothing>}
      </Answered>
    </>
  );
}
