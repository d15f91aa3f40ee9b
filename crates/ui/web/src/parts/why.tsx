// The drawer that answers "why?" on every page: conclusion, rule, premises, file and line, or observation.
import { Drawer } from "@mantine/core";
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import { useGet } from "../api/client";
import type { Grounds, Proof, Why } from "../api/shapes";
import { local, modelText, moment } from "../words";
import { Told } from "./chips";
import { Answered } from "./failure";
import { useWorld } from "./world";

type Asked =
  | { title: string; statement: { subject: string; predicate: string; object: string } }
  | { title: string; grounds: Grounds; note?: string }
  | { title: string; lines: string[]; note?: string };

const Ask = createContext<(asked: Asked) => void>(() => undefined);

export function useWhy(): (asked: Asked) => void {
  return useContext(Ask);
}

export function WhyDrawer({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = useCallback(() => setAsked(null), []);
  const show = useMemo(() => (one: Asked) => setAsked(one), []);
  return (
    <Ask.Provider value={show}>
      {children}
      <Drawer opened={asked !== null} onClose={close} position="right" size="lg" title={<strong>Why?</strong>} closeButtonProps={{ "aria-label": "Close" }}>
        {asked && (
          <div className="stack">
            <h2>{asked.title}</h2>
            {"statement" in asked && <Proved {...asked.statement} />}
            {"grounds" in asked && <GroundsList grounds={asked.grounds} />}
            {"lines" in asked && <ul>{asked.lines.map((line) => <li key={line}><Told text={line} /></li>)}</ul>}
            {"note" in asked && asked.note && <p className="quiet">{asked.note}</p>}
          </div>
        )}
      </Drawer>
    </Ask.Provider>
  );
}

function Proved({ subject, predicate, object }: { subject: string; predicate: string; object: string }) {
  const path = `/api/v1/why?${new URLSearchParams({ subject, predicate, object })}`;
  const why = useGet<Why>(path);
  return (
    <Answered of={why} what="Looking for the proof …">
      {(answer) => answer.proof
        ? <>
            <ProofTree proof={answer.proof} open />
            <p className="small quiet">Dashed lines are inferred; full lines are stated in a file or observed.</p>
            <p className="small mono quiet">samos why {subject} {predicate} {object}</p>
          </>
        : <p>It does not hold, as far as is known.</p>}
    </Answered>
  );
}

function ProofTree({ proof, open }: { proof: Proof; open?: boolean }) {
  const { short } = useWorld();
  const predicate = proof.predicate.endsWith("#type") ? "is a" : local(proof.predicate);
  const object = modelText(proof.object, short);
  const because = proof.because;
  const sentence = (
    <span>{short(proof.subject)} {predicate} <strong>{object}</strong></span>
  );
  if (because === "deeper") return <div className="proof inferred">{sentence} <span className="quiet">(the proof goes deeper)</span></div>;
  if ("inferred" in because) {
    return (
      <details className="proof inferred" open={open}>
        <summary>{sentence} <span className="chip inferred">inferred</span></summary>
        <div className="small quiet">rule <code>{because.inferred.rule}</code>: {because.inferred.meaning}</div>
        {because.inferred.premises.map((premise, index) => <ProofTree key={index} proof={premise} open={open} />)}
      </details>
    );
  }
  if ("observed" in because) {
    return <div className="proof">{sentence} <span className="chip live">observed</span> <span className="small quiet">{moment(because.observed.at)} by {short(because.observed.source)}</span></div>;
  }
  const place = "stated" in because ? because.stated.place : because.specified.place;
  return (
    <div className="proof">
      {sentence} <span className="chip">{"stated" in because ? "stated" : "specified"}</span>{" "}
      {place && <code className="small">{place.file}{place.line ? `:${place.line}` : ""}</code>}
    </div>
  );
}

function GroundsList({ grounds }: { grounds: Grounds }) {
  const part = (title: string, lines: string[], mark: string) => lines.length > 0 && (
    <section>
      <h3>{title}</h3>
      <ul>{lines.map((line) => <li key={line}><Told text={line} /> <span className={`chip ${mark === "axiom" ? "inferred" : ""}`}>{mark}</span></li>)}</ul>
    </section>
  );
  const none = grounds.axioms.length + grounds.conditions.length + grounds.observations.length === 0;
  return (
    <>
      {part("Conditions", grounds.conditions, "specified")}
      {part("What the ontology says", grounds.axioms, "axiom")}
      {part("What was observed", grounds.observations, "observed")}
      {none && <p>It comes first so that the order stays safe; nothing else is behind it.</p>}
    </>
  );
}
