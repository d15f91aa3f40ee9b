// What went wrong, with its code and what to do; and that something is still being asked.
import { Button, Loader } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { Link } from "wouter";
import { Refusal } from "../api/client";
import type { Finding } from "../api/shapes";
import { links } from "../words";
import { Told } from "./chips";

export function Findings({ findings }: { findings: Finding[] }) {
  return (
    <ul className="steps">
      {findings.map((one, index) => (
        <li key={index}>
          <div className="row">
            <span className={`chip ${one.severity === "error" ? "no" : "ask"}`}>
              <span aria-hidden>{one.severity === "error" ? "✖" : "!"}</span> {one.severity} {/^[A-Z]\d{4}$/.test(one.code) ? <Link href={links.code(one.code)}>{one.code}</Link> : one.code}
            </span>
            <span className="say"><Told text={one.message} /></span>
          </div>
          {one.file && <div className="small quiet mono">{one.file}{one.line ? `:${one.line}` : ""}{one.column ? `:${one.column}` : ""}</div>}
          {one.help && <div><strong>What to do:</strong> <Told text={one.help} /></div>}
        </li>
      ))}
    </ul>
  );
}

export function Failure({ error, again }: { error: Error; again?: () => void }) {
  const findings = error instanceof Refusal && error.findings.length > 0
    ? error.findings
    : [{ severity: "error", code: error instanceof Refusal ? error.code : "page", message: error.message, help: "try again; if it stays, look at what the server prints" }];
  return (
    <div className="panel stack" role="alert">
      <h2>No answer</h2>
      <Findings findings={findings} />
      {again && <div><Button variant="default" onClick={again}>Try again</Button></div>}
    </div>
  );
}

export function Waiting({ what }: { what: string }) {
  return (
    <div className="panel row" role="status">
      <Loader size="sm" type="dots" aria-hidden /> <span>{what}</span>
    </div>
  );
}

export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return <div className="panel stack tight"><strong>{title}</strong>{children}</div>;
}

interface Asked<T> { data: T | undefined; error: Error | null; isPending: boolean; refetch: () => unknown }

/** The answer, or that it is being waited for, or why there is none. */
export function Answered<T>({ of, what, children }: { of: Asked<T>; what: string; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <Failure error={of.error} again={() => void of.refetch()} />;
  return <Waiting what={what} />;
}

/** A fault of the page itself; the rest of the frame stays. */
export class Fence extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  override render() {
    if (this.state.error) return <Failure error={this.state.error} again={() => this.setState({ error: null })} />;
    return this.props.children;
  }
}
