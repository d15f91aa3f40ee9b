// Queries and their answers as text: keywords, N-Triples, CSV, formatting.
import type { SparqlResults } from "../api/shapes";

export const wordsOfSparql = ["SELECT", "DISTINCT", "WHERE", "CONSTRUCT", "DESCRIBE", "ASK", "OPTIONAL", "FILTER", "UNION", "MINUS", "BIND", "VALUES", "GROUP BY", "ORDER BY", "LIMIT", "OFFSET", "HAVING", "GRAPH", "SERVICE", "FROM", "EXISTS", "NOT EXISTS", "COUNT", "STR", "CONTAINS", "REGEX"];

export interface Triple { s: string; p: string; o: string; isLiteral: boolean }

const line = /^(<[^>]*>|_:\S+)\s+<([^>]*)>\s+(<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:\^\^<[^>]*>|@[\w-]+)?)\s*\.\s*$/;

/** What N-Triples say; lines of other forms (triple terms) are left out. */
export function triples(text: string): Triple[] {
  return text.split("\n").flatMap((one) => {
    const parts = line.exec(one);
    if (!parts) return [];
    const [, s = "", p = "", o = ""] = parts;
    const isLiteral = o.startsWith('"');
    const bare = (term: string) => (term.startsWith("<") ? term.slice(1, -1) : term);
    return [{ s: bare(s), p, o: isLiteral ? JSON.parse(`"${/^"((?:[^"\\]|\\.)*)"/.exec(o)?.[1]?.replace(/\\([^"\\/bfnrtu])/g, "$1") ?? ""}"`) as string : bare(o), isLiteral }];
  });
}

export function csv(results: SparqlResults): string {
  const names = results.head.vars ?? [];
  const cell = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = (results.results?.bindings ?? []).map((row) => names.map((name) => cell(row[name]?.value ?? "")).join(","));
  return [names.join(","), ...rows].join("\r\n");
}

/** Line and column of what a parser does not take, where its words say them. */
export function faultOf(message: string): { line: number; column: number; message: string } | null {
  const at = /(?:at|line)\s+(\d+)\s*(?::|,?\s*column\s+)(\d+)/i.exec(message);
  return at ? { line: Number(at[1]), column: Number(at[2]), message } : null;
}

/** One clause a line, two spaces a brace. Strings, IRIs and comments stay as they are. */
export function format(query: string): string {
  const parts = query.match(/#[^\n]*|"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>\s]*>|[{}]|\s+|[^\s{}"'<#]+|[<#]/g) ?? [];
  let text = "";
  let depth = 0;
  const fresh = () => { text = `${text.trimEnd()}\n${"  ".repeat(depth)}`; };
  for (const part of parts) {
    if (part === "{") { text += "{"; depth += 1; fresh(); }
    else if (part === "}") { depth = Math.max(0, depth - 1); fresh(); text += "}"; fresh(); }
    else if (/^\s+$/.test(part)) { if (!/\s$/.test(text)) text += " "; }
    else if (part.startsWith("#")) { text += part; fresh(); }
    else {
      if (/^(WHERE|OPTIONAL|FILTER|BIND|GROUP|ORDER|HAVING|LIMIT|VALUES)$/i.test(part) && text.trim() !== "" && !/\n\s*$/.test(text) && part.toUpperCase() !== "WHERE") fresh();
      text += part;
      if (part === "." || (part.endsWith(".") && /[\w"'>?]\.$/.test(part))) fresh();
    }
  }
  return text.replace(/\n\s*\n/g, "\n").trim();
}
