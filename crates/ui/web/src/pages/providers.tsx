// Who provides: how far described and mapped, with which credentials, how fresh the facts, what went wrong last.
import { useQuery } from "@tanstack/react-query";
import { Progress } from "@mantine/core";
import { Link } from "wouter";
import { ask, useGet } from "../api/client";
import type { Connection, Listing, ProviderItem, RunDetail, RunItem } from "../api/shapes";
import { Chip } from "../parts/chips";
import { Answered } from "../parts/failure";
import { useWorld } from "../parts/world";
import { count, links, local, moment } from "../words";

export default function Providers() {
  const providers = useGet<Listing<ProviderItem>>("/api/v1/providers");
  const { status, isDemo } = useWorld();
  const errors = useErrors();
  return (
    <>
      <h1>Providers</h1>
      <Answered of={providers} what="Looking …">
        {(list) => (
          <div className="columns">
            {list.items.map((one) => {
              const { operations, mapped, missing, libraries } = one.coverage;
              const mine = errors.data?.filter((error) => error.provider === one.iri) ?? [];
              return (
                <section key={one.iri} className="panel stack">
                  <div className="row between"><h2 style={{ margin: 0 }}>{one.label ?? one.name}</h2><Chip of={one.credentials} /></div>
                  <div className="row small"><Link href={`/catalog/operations?provider=${local(one.name)}`}>{count(operations, "operation")}</Link><span>{count(one.services, "service")}</span><span>{count(one.accounts, "account")}</span></div>
                  <span>{mapped} of {operations} operations are mapped to requests of its interface{one.credentials === "simulated" ? "; in this world they are simulated" : ""}</span>
                  <Progress value={(100 * mapped) / Math.max(operations, 1)} aria-label="Mapped operations" />
                  {Object.keys(libraries).length > 0 && <span className="small quiet">{Object.entries(libraries).map(([library, number]) => `${library}: ${number}`).join(", ")}</span>}
                  {missing.length > 0 && <details><summary>{count(missing.length, "operation")} not mapped</summary><div className="row small">{missing.map((name) => <Link key={name} href={links.operation(name)}>{local(name)}</Link>)}</div></details>}
                  <table className="plain"><tbody>
                    <tr><td>Last facts</td><td>{moment(one.last_facts_at) || "none observed"}</td></tr>
                    <tr><td>May run</td><td>{status?.allows.run ? "✔ plans may run" : "⊘ reading only: --allow-run allows it"}</td></tr>
                    <tr><td>May change facts</td><td>{status?.allows.update ? "✔ updates are allowed" : "⊘ no"}</td></tr>
                    {one.connections.map((account) => <Account key={account.name} account={account} />)}
                    <tr><td>Last errors</td><td>{mine.length === 0 ? "none in the runs kept" : <ul style={{ margin: 0, paddingLeft: "1rem" }}>{mine.slice(0, 5).map((error) => <li key={error.run + error.message}><Link href={links.run(error.run)}>{error.operation}</Link>: {error.message}</li>)}</ul>}</td></tr>
                  </tbody></table>
                </section>
              );
            })}
          </div>
        )}
      </Answered>
      <section className="panel stack">
        <h2>Add a provider</h2>
        <ol style={{ margin: 0 }}>
          <li>Import what its vendor describes: <code>samos import openapi FILE --out DIR</code> or <code>samos import botocore:SERVICE --out DIR</code></li>
          <li>Fill in what the import says is missing: conditions, effects; <code>samos validate DIR</code> tells where.</li>
          <li>{isDemo ? "Serve it" : "Serve again with it"}: <code>samos serve --world DIR</code></li>
        </ol>
      </section>
    </>
  );
}

/** In whose name requests are sent, what it may, and what failed. */
function Account({ account }: { account: Connection }) {
  return (
    <tr>
      <td>Account {account.entity ? <Link href={links.thing(account.entity)}>{account.name}</Link> : account.name}</td>
      <td>
        <div className="row small"><Chip of={account.credentials} />{account.connected ? "connected" : "not connected"}; {account.read_only ? "may only read" : "may read and change"}{account.policy ? ", within its policies" : ""}</div>
        <div className="small quiet">{[account.region, account.endpoint, account.library].filter(Boolean).join(" · ")}</div>
        {account.policy && <details><summary>Policies</summary><pre className="small">{account.policy}</pre></details>}
        {account.failures.length > 0 && <ul style={{ margin: 0, paddingLeft: "1rem" }}>{account.failures.map((one) => <li key={one.at + one.operation}><Link href={links.operation(one.operation)}>{local(one.operation)}</Link> on {local(one.subject)}: {one.what}, {moment(one.at)}</li>)}</ul>}
      </td>
    </tr>
  );
}

function useErrors() {
  return useQuery({
    queryKey: ["get", "/api/v1/runs", "errors"],
    queryFn: async () => {
      const runs = await ask<Listing<RunItem>>("GET", "/api/v1/runs");
      const bad = runs.items.filter((run) => !["done", "running", "undone"].includes(run.state)).slice(0, 10);
      const details = await Promise.all(bad.map((run) => ask<RunDetail>("GET", `/api/v1/runs/${encodeURIComponent(run.run)}`)));
      return details.flatMap((detail) => (detail.receipt?.receipt?.steps ?? detail.receipt?.steps ?? []).filter((step) => step.failure).map((step) => ({
        run: detail.run, operation: local(step.operation), message: step.failure?.message ?? "", provider: detail.plan.steps.find((one) => one.id === step.step)?.provider ?? "",
      })));
    },
  });
}
