// One plan, by its fingerprint.
import { PlanCard } from "../plan/detail";

export default function PlanPage({ fingerprint }: { fingerprint: string }) {
  return <PlanCard fingerprint={fingerprint} isPage />;
}
