// A class or datatype: what is one, what gives and takes one.
import { Link } from "wouter";
import { useGet } from "../api/client";
import type { Named, TypeDetail } from "../api/shapes";
import { Answered } from "../parts/failure";
import { useWhy } from "../parts/why";
import { links } from "../words";

export default function TypePage({ name }: { name: string }) {
  const detail = useGet<TypeDetail>(`/api/v1/types/${encodeURIComponent(name)}`);
  const why = useWhy();
  const list = (title: string, all: Named[], to: (name: string) => string) => all.length > 0 && (
    <section className="panel"><h2>{title} <span className="quiet">{all.length}</span></h2><div className="row">{all.map((one) => <Link key={one.iri + one.name} href={to(one.name)}>{one.name}</Link>)}</div></section>
  );
  return (
    <Answered of={detail} what={`Looking at ${name} …`}>
      {(of) => (
        <>
          <section className="panel stack"><h1>{of.name}</h1><span className="mono small quiet">{of.iri}</span>{of.comment && <p style={{ margin: 0 }}>{of.comment}</p>}
            <span>{of.known} known{of.key ? `, told apart by ${of.key}` : ""}</span></section>
          <section className="panel"><h2>The same as</h2>{of.same_as.length === 0 ? <span className="quiet">nothing else</span> : <div className="row">{of.same_as.map((one) => (
            <span key={one.iri} className="row"><Link href={links.type(one.name)}>{one.name}</Link><button type="button" className="chip inferred" onClick={() => why({ title: `${of.name} is the same as ${one.name}`, statement: { subject: of.name, predicate: "owl:equivalentClass", object: one.name } })}>why?</button></span>
          ))}</div>}</section>
          {list("Things of this type", of.individuals, links.thing)}
          {list("Operations asked of it", of.operations, links.operation)}
          {list("Given by", of.given_by.map((one) => one.operation), links.operation)}
          {list("Taken by", of.taken_by.map((one) => one.operation), links.operation)}
          {list("Above it", of.above, links.type)}
        </>
      )}
    </Answered>
  );
}
