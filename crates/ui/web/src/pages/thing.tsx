// A thing and the four buttons of the paper's panel: description, use as input, information, manipulation.
import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, Redirect, useSearchParams } from "wouter";
import { ask, factsChanged, useGet } from "../api/client";
import type { EntityDetail, Fact, FactValue, Offered } from "../api/shapes";
import { Chip, Inferred, StateChip, Told } from "../parts/chips";
import { CopyMenu, curl } from "../parts/copy";
import { Answered, Failure } from "../parts/failure";
import { Scroll } from "../parts/scroll";
import { useTray } from "../parts/tray";
import { useWhy } from "../parts/why";
import { useWorld } from "../parts/world";
import { ago, count, links, local, moment } from "../words";

export default function Thing({ name }: { name: string }) {
  const path = `/api/v1/entities/${encodeURIComponent(name)}`;
  const detail = useGet<EntityDetail>(path);
  // A name in an answer may be that of an operation or a type.
  const other = useGet<{ is: string; name?: string }>(detail.error?.status === 404 ? `/api/v1/explain/${encodeURIComponent(name)}` : null);
  if (other.data?.is === "operation") return <Redirect to={links.operation(name)} replace />;
  if (other.data?.is === "type") return <Redirect to={links.type(name)} replace />;
  return <Answered of={detail} what={`Looking at ${name} …`}>{(data) => <Panel of={data} path={path} />}</Answered>;
}

function Panel({ of, path }: { of: EntityDetail; path: string }) {
  const [params, setParams] = useSearchParams();
  const tray = useTray();
  const tab = params.get("tab") ?? "information";
  const refresh = useMutation({ mutationFn: () => ask<{ answered: number }>("POST", `${path}/refresh`), onSuccess: factsChanged });
  return (
    <>
      <section className="panel stack">
        <div className="row between top">
          <div className="stack tight heading">
            <div className="row"><h1>{of.name}</h1><StateChip state={of.state} /></div>
            <div className="row small quiet"><Link className="plain" href={links.type(of.kind)}>{of.kind}</Link>{of.provider && <span>at {of.provider}</span>}<span>{of.observed_at ? `state seen ${ago(of.age_s)}` : "state not observed"}</span></div>
          </div>
          <div className="row">
            <Button variant="default" onClick={() => tray.put({ value: of.name, text: of.name, kind: local(of.kind) })}>Use as input</Button>
            <CopyMenu of={[{ label: "CLI", text: `samos prepare --on ${of.name}` }, { label: "curl", text: curl("GET", path) }, { label: "SPARQL", text: `DESCRIBE <${of.iri}>` }, { label: "JSON", text: JSON.stringify(of, null, 2) }]} />
          </div>
        </div>
        <div className="scroll tabs">
          <SegmentedControl aria-label="What to show" value={tab} onChange={(next) => setParams((old) => { old.set("tab", next); return old; }, { replace: true })}
            data={[{ value: "description", label: "Description" }, { value: "information", label: `Information ${of.facts.length}` }, { value: "manipulation", label: `Manipulation ${of.manipulation.length}` }, { value: "reads", label: `Requests ${of.information.length}` }]} />
        </div>
      </section>
      {tab === "description" && <Description of={of} />}
      {tab === "information" && (
        <section className="panel stack">
          <div className="row between">
            <h2>Information</h2>
            <div className="row"><span role="status" className="small quiet">{refresh.data ? `${count(refresh.data.answered, "request")} answered` : ""}</span>
              <Button loading={refresh.isPending} onClick={() => refresh.mutate()}>Refresh all at once</Button></div>
          </div>
          {refresh.error && <Failure error={refresh.error} />}
          <Facts of={of} />
        </section>
      )}
      {tab === "manipulation" && <Offers of={of} offers={of.manipulation} title="Manipulation" />}
      {tab === "reads" && <Offers of={of} offers={of.information} title="Information requests" />}
    </>
  );
}

function Description({ of }: { of: EntityDetail }) {
  const why = useWhy();
  const { short } = useWorld();
  const docs = of.facts.filter((fact) => /documentation|seeAlso|isDefinedBy/.test(fact.name));
  return (
    <section className="panel stack">
      <h2>Description</h2>
      <p style={{ margin: 0 }}>{of.comment ?? `${/^[AEIOU]/.test(local(of.kind)) ? "An" : "A"} ${local(of.kind)}${of.provider ? ` of ${of.provider}` : ""}.`}</p>
      {docs.map((fact) => fact.values.map((one) => <a key={one.value} href={one.value} rel="noreferrer">{local(fact.name)}: {one.value}</a>))}
      <Scroll name="Description"><table className="plain"><tbody>
        <tr><td>Full name</td><td className="mono">{of.iri}</td></tr>
        {of.label && <tr><td>Called</td><td>{of.label}</td></tr>}
        {of.account && <tr><td>Account</td><td><Link href={links.thing(of.account.name)}>{of.account.name}</Link></td></tr>}
        {of.service && <tr><td>Service</td><td><Link href={links.thing(of.service.name)}>{of.service.name}</Link></td></tr>}
        <tr><td>Is a</td><td><div className="row">{of.types.map((type) => (
          <span key={type.iri} className="row" style={{ gap: 4 }}><Link href={links.type(type.name)}>{type.name}</Link>
            <button type="button" className="chip" aria-label={`Why is it a ${type.name}?`} onClick={() => why({ title: `${of.name} is a ${type.name}`, statement: { subject: of.name, predicate: "a", object: short(type.iri) } })}>why?</button></span>
        ))}</div></td></tr>
      </tbody></table></Scroll>
      <div><Link href={links.explore(`DESCRIBE <${of.iri}>`)}>See it as a graph</Link></div>
    </section>
  );
}

function Facts({ of }: { of: EntityDetail }) {
  const { short } = useWorld();
  return (
    <Scroll name="Information"><table className="plain">
      <thead><tr><th>Property</th><th>Value</th><th>Seen</th><th>By the call</th></tr></thead>
      <tbody>{of.facts.map((fact) => (
        <tr key={fact.property}>
          <td title={fact.property}>{fact.name}</td>
          <td><div className="stack tight">{fact.values.length === 0 ? <span className="quiet">none (known to be empty)</span> : fact.values.map((one) => <ValueCell key={one.value} of={of} fact={fact} value={one} />)}
            {!fact.complete && <span className="small quiet">there may be more</span>}</div></td>
          <td><span title={moment(fact.observed_at)}>{fact.observed_at ? ago(fact.age_s) : "stated"}</span></td>
          <td>{fact.source ? <Link className="plain" href={links.operation(short(fact.source))}>{local(fact.source)}</Link> : "–"}</td>
        </tr>
      ))}</tbody>
    </table></Scroll>
  );
}

function ValueCell({ of, fact, value }: { of: EntityDetail; fact: Fact; value: FactValue }) {
  const why = useWhy();
  const tray = useTray();
  const object = value.datatype ? `"${value.value}"^^<${value.datatype}>` : value.value.includes("://") ? `<${value.value}>` : value.value;
  const show = () => why({ title: `${of.name} ${local(fact.name)} ${value.text}`, statement: { subject: of.name, predicate: fact.name, object } });
  return (
    <div className="row" style={{ gap: 6 }}>
      {value.is_entity ? <Link href={links.thing(value.text)} className={value.inferred ? "inferred-text" : "plain"}>{value.text}</Link> : <span className={value.inferred ? "inferred-text" : ""}>{value.text}</span>}
      {value.inferred ? <Inferred onWhy={show} /> : <button type="button" className="chip" aria-label={`Why is ${local(fact.name)} ${value.text}?`} onClick={show}>why?</button>}
      <button type="button" className="chip" aria-label={`Use ${value.text} as input`} onClick={() => tray.put({ value: value.is_entity ? value.text : value.value, text: value.text, kind: local(fact.name) })}>use</button>
    </div>
  );
}

function Offers({ of, offers, title }: { of: EntityDetail; offers: Offered[]; title: string }) {
  const [text, setText] = useState("");
  const order = ["ready", "needs_inputs", "blocked", "unknown", "not_permitted"];
  const shown = offers.filter((one) => one.name.toLowerCase().includes(text.toLowerCase())).sort((a, b) => order.indexOf(a.chip) - order.indexOf(b.chip) || a.name.localeCompare(b.name));
  return (
    <section className="panel stack">
      <div className="row between"><h2>{title}</h2><TextInput aria-label="Part of the name" placeholder="Part of the name" value={text} onChange={(event) => setText(event.currentTarget.value)} /></div>
      <ul className="steps">
        {shown.map((one) => (
          <li key={one.operation}>
            <div className="row">
              <Link className="plain" href={links.operation(one.name, of.name)}><strong>{local(one.name)}</strong></Link>
              <Chip of={one.chip}>{one.chip === "needs_inputs" ? `needs ${count(one.findings.filter((finding) => finding.code === "V0112").length || one.needs.length, "input")}` : one.chip === "blocked" ? "blocked by state" : undefined}</Chip>
              {one.needs.length > 0 && <span className="small quiet">takes {one.needs.join(", ")}</span>}
              {one.gives.length > 0 && <span className="small quiet">gives {one.gives.join(", ")}</span>}
            </div>
            {one.findings.map((finding, index) => <div key={index} className="small"><Told text={finding.message} />{finding.help && <span className="quiet"> → <Told text={finding.help} /></span>}</div>)}
          </li>
        ))}
        {shown.length === 0 && <li>Nothing fits.</li>}
      </ul>
    </section>
  );
}
