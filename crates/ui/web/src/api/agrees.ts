// The shapes that the pages use must be what the server describes: this file is only types, and `npm run agrees` fails where
// they part. It makes schema.ts from the server's description first, which is why the build itself leaves this file out.
import type { components } from "./schema";
import type * as ours from "./shapes";

type Described = components["schemas"];
type Fits<Theirs, Ours> = { [K in keyof Ours as K extends keyof Theirs ? never : undefined extends Ours[K] ? never : K]: never } extends infer Missing ? (keyof Missing extends never ? true : ["not described:", keyof Missing]) : never;
type AllTrue<T extends Record<string, true>> = T;

export type Agreement = AllTrue<{
  status: Fits<Described["Status"], ours.Status>;
  hit: Fits<Described["Hit"], ours.Hit>;
  card: Fits<Described["DemoCard"], ours.DemoCard>;
  entity: Fits<Described["EntityItem"], ours.EntityItem>;
  fact: Fits<Described["Fact"], ours.Fact>;
  value: Fits<Described["FactValue"], ours.FactValue>;
  detail: Fits<Described["EntityDetail"], ours.EntityDetail>;
  offered: Fits<Described["Offered"], ours.Offered>;
  operation: Fits<Described["OperationDetail"], ours.OperationDetail>;
  parameter: Fits<Described["ParameterDetail"], ours.ParameterDetail>;
  type: Fits<Described["TypeDetail"], ours.TypeDetail>;
  provider: Fits<Described["ProviderItem"], ours.ProviderItem>;
  connection: Fits<Described["Connection"], ours.Connection>;
  plan: Fits<Described["Plan"], ours.Plan>;
  step: Fits<Described["Step"], ours.Step>;
  edge: Fits<Described["Edge"], ours.Edge>;
  answer: Fits<Described["Answer"], ours.Answer>;
  kept: Fits<Described["PlanDetail"], ours.PlanDetail>;
  item: Fits<Described["PlanItem"], ours.PlanItem>;
  run: Fits<Described["Run"], ours.RunDetail>;
  runs: Fits<Described["RunItem"], ours.RunItem>;
  transition: Fits<Described["TransitionItem"], ours.TransitionItem>;
  prepared: Fits<Described["PreparedOperation"], ours.PreparedOperation>;
  finding: Fits<Described["RequestFinding"], ours.RequestFinding>;
  problem: Fits<Described["Problem"], ours.Problem>;
}>;
