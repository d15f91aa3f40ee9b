// What a code of a finding means.
import { useGet } from "../api/client";
import type { CodeItem } from "../api/shapes";
import { Answered } from "../parts/failure";

export default function CodePage({ code }: { code: string }) {
  const item = useGet<CodeItem>(`/api/v1/codes/${encodeURIComponent(code)}`);
  return <Answered of={item} what="Looking it up …">{(of) => <section className="panel stack"><h1>{of.code}: {of.title}</h1><p style={{ whiteSpace: "pre-wrap", margin: 0 }}>{of.explanation}</p><code className="small">samos explain {of.code}</code></section>}</Answered>;
}
