// What the server answers, as far as the pages look at it. The whole description is /api/openapi.json.

export interface Finding { severity: string; code: string; file?: string; line?: number; column?: number; message: string; help: string }
export interface Problem { type: string; title: string; status: number; detail: string; code: string; findings: Finding[] }
export interface Listing<T> { items: T[]; total: number; offset: number; limit: number }
export interface Named { name: string; iri: string }

export interface Status {
  version: string;
  world: { name: string; kind: "demo" | "files" | "data"; badge: string };
  number: number;
  facts_at: string | null;
  facts_age_s: number | null;
  counts: Record<"services" | "instances" | "aspects" | "operations" | "providers" | "runs" | "plans", number>;
  allows: { update: boolean; run: boolean };
  prefixes: Record<string, string>;
  last_event: number;
  timeout_s: number;
  max_rows: number;
}
export interface Hit { kind: string; name: string; iri: string | null; label: string | null; note: string | null }
export interface DemoCard { id: string; title: string; sentence: string; reasoner: string; path: string; request: Question }
export interface Question {
  operation?: string; subject?: string; subjects?: string[]; arguments?: string[]; goal?: string; wants?: string[];
  givens?: string[]; new?: boolean; minimize?: string; alternatives?: number; assume?: boolean; excluding?: boolean; from?: Plan;
}
export interface ExampleQuestion { id: string; question: string; persona: string; sparql: string }
export interface CodeItem { code: string; title: string; explanation: string }

export interface EntityItem {
  name: string; iri: string; label: string | null; provider: string | null; kind: string; state: string | null;
  observed_at: string | null; age_s: number | null; reads: number; changes: number; blocked: number;
}
export interface FactValue { value: string; text: string; is_entity: boolean; datatype: string | null; inferred: boolean }
export interface Fact {
  property: string; name: string; values: FactValue[]; complete: boolean;
  observed_at: string | null; source: string | null; age_s: number | null;
}
export type Chip = "ready" | "needs_inputs" | "blocked" | "unknown" | "not_permitted";
export interface Offered {
  operation: string; name: string; kind: Kind; ready: boolean; chip: Chip; needs: string[]; gives: string[]; findings: RequestFinding[];
}
export interface EntityDetail extends EntityItem {
  types: Named[]; comment: string | null; account: Named | null; service: Named | null;
  facts: Fact[]; information: Offered[]; manipulation: Offered[];
}
export type Kind = "information" | "manipulation";
export interface OperationItem {
  name: string; iri: string; kind: Kind; category: string; provider: string | null; subject: string; needs: string[]; gives: string[];
}
export interface ParameterDetail {
  name: string; type: string; type_name: string; mandatory: boolean; multiple: boolean; default: string | null;
  is_entity: boolean; expected: string | null; candidates: Named[];
}
export interface OperationDetail {
  name: string; iri: string; comment: string | null; kind: Kind; category: string; provider: Named | null; subject: Named;
  subjects: Named[]; parameters: ParameterDetail[]; outcomes: { name: string; type: string; type_name: string; multiple: boolean }[];
  requires: string[]; makes: string[]; cost: number | null; duration_s: number | null; same_as: Named[]; specified_at: string | null;
}
export interface TypeDetail {
  name: string; iri: string; comment: string | null; same_as: Named[]; above: Named[]; key: string | null; known: number;
  individuals: Named[]; operations: Named[]; given_by: { operation: Named; by: string }[]; taken_by: { operation: Named; by: string }[];
}
export interface ProviderItem {
  name: string; iri: string; label: string | null; services: number; accounts: number;
  coverage: { operations: number; mapped: number; missing: string[]; libraries: Record<string, number> }; credentials: string; connections: Connection[]; last_facts_at: string | null;
}
export interface Connection {
  name: string; entity: string | null; endpoint: string | null; region: string | null; library: string | null; credentials: string; connected: boolean; read_only: boolean; policy: string | null;
  failures: { at: string; operation: string; subject: string; what: string }[];
}

export interface PlanValue {
  value?: unknown; type?: string; entity?: string; given?: string;
  from?: { step: number; outcome: string; index?: number }; before?: { step: number; path: string };
}
export interface Reason { why: string; text?: string; step?: number; condition?: string; outcome?: string; parameter?: string }
export interface Undo {
  operation?: string; subject?: PlanValue; arguments?: Record<string, Argument>; except?: string[]; irreversible?: string; reads_only?: boolean;
}
export type Argument = PlanValue | PlanValue[];
export interface Step {
  id: number; operation: string; provider: string | null; account: string | null; library: string | null; kind: Kind;
  subject: PlanValue; arguments: Record<string, Argument>; layer: number; because: Reason[]; undo: Undo;
}
export interface Grounds { axioms: string[]; conditions: string[]; observations: string[] }
export interface Edge { from: number; to: number; kind: "data" | "cause" | "order"; because: Grounds }
export interface Point { from: number; outcome: string; to: number; parameter: string; types: [string, string] }
export interface Plan {
  format: number; fingerprint: string;
  goal: { condition?: string; wants?: { name?: string; type: string; new: boolean; is: PlanValue }[]; givens?: string[]; points?: Point[]; subjects?: string[] };
  assumptions: { step: number; condition: string; text: string }[];
  made_from: { ontology: string; mapping: string | null; facts_at: string | null };
  steps: Step[]; edges: Edge[];
  cost: { operations: number; layers: number; manipulations: number; price: number | null; makespan_s: number | null };
  group?: { name: string; operations: string[] };
  not_ready?: NotReady[];
}
export interface NotReady { subject: string; operation: string; findings: RequestFinding[] }
export interface Way {
  way: "use" | "call" | "read" | "wait" | "enter"; value?: PlanValue; fit?: string; from?: string; operation?: string;
  subject?: string; outcome?: string | null; ready?: boolean; becomes?: string; expected?: string;
}
export interface RequestFinding { code: string; about: string; truth: string; message: string; help: string; options: Way[] }
export interface Judged { condition: string; truth: string; because: string[] }
export interface PreparedOperation {
  operation: string; kind: Kind; ready: boolean; arguments: Record<string, Argument>; conditions: Judged[]; findings: RequestFinding[];
}
export interface Preparation { subject: string; operations: PreparedOperation[]; search: Search }
export interface Search { complete: boolean; limit: string | null; considered: number; kept: number }
export interface Answer {
  plans: Plan[]; search: Search;
  nearest: { proven_smallest: boolean; changes: { change: string; type?: string; text: string }[]; blocked_at: string | null; text: string } | null;
  dropped?: { reason: string; count: number; example: string }[];
}
export interface Sentence {
  step: number; sign: string; operation: string; subject: string; arguments: Record<string, string>; because: string[]; undo: string;
}
export interface PlanDetail {
  plan: Plan; title: string; state: "fresh" | "stale" | "used"; run: string | null; changes: number; irreversible: number[];
  sentences: Sentence[]; saved: boolean; at: string; findings: Finding[];
}
export interface PlanItem {
  fingerprint: string; title: string; steps: number; changes: number; state: string; run: string | null; saved: boolean; at: string;
}
export interface RunItem {
  run: string; state: string; title: string; fingerprint: string; changes: number; started_at: string | null; ended_at: string | null;
}
export type ModelValue = { Entity: string } | { Literal: { lexical: string; datatype: string } };
export interface StepReceipt {
  step: number; operation: string; state: string; attempts: number; outcomes: Record<string, ModelValue[]>;
  request: { operation: string; subject: string; arguments: Record<string, ModelValue[]> } | null;
  changes?: { entity: string; property: string; before: ModelValue[] | null; after: ModelValue[] }[];
  failure?: { code: string; message: string }; started_at: string | null; took_ms: number | null; undone_by?: StepReceipt[];
}
export interface RunDetail {
  run: string; state: string; fingerprint: string; changes: number; started_at: string | null; ended_at: string | null;
  receipt: { steps?: StepReceipt[]; receipt?: { steps: StepReceipt[] } } | null; plan: Plan; tasks: Record<string, string>; problem: Problem | null;
}
export interface Transition {
  change: string; task?: string; why?: string; message?: string; attempt?: number; by?: string; class?: string; until_ms?: number;
  tasks?: { task: string; request: { operation: string } }[]; failure?: { code: string; message: string };
  request?: { operation: string; subject: string }; outcomes?: Record<string, ModelValue[]>; readings?: unknown[]; ending?: string; cause?: string; took_effect?: boolean;
}
export interface TransitionItem { number: number; at: string; at_ms: number; transition: Transition }

export interface Proof { subject: string; predicate: string; object: ModelValue; because: Because }
export type Because =
  | "deeper"
  | { stated: { place: Place | null } }
  | { specified: { place: Place | null } }
  | { observed: { at: string; source: string } }
  | { inferred: { rule: string; meaning: string; premises: Proof[] } };
export interface Place { file: string; line?: number; column?: number }
export interface Why { holds: boolean; proof: Proof | null; rests_on: string[] }
export interface SparqlTerm { type: string; value: string; datatype?: string; "xml:lang"?: string }
export interface SparqlResults { head: { vars?: string[] }; boolean?: boolean; results?: { bindings: Record<string, SparqlTerm>[] } }
