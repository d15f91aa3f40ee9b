// The SPARQL editor: completion from the loaded ontology, the parser's error underlined at its place.
import { autocompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { sparql } from "codemirror-lang-sparql";
import { useEffect, useRef } from "react";
import { ask } from "../api/client";
import type { Listing, SparqlResults } from "../api/shapes";
import type { Short } from "../words";
import { wordsOfSparql } from "./text";

interface Term { label: string; type: string; detail?: string }
let known: Promise<Term[]> | undefined;

/** Classes, operations and properties that are loaded, asked once. */
function terms(short: Short): Promise<Term[]> {
  known ??= (async () => {
    const properties = "SELECT DISTINCT ?p WHERE { { ?p a owl:ObjectProperty } UNION { ?p a owl:DatatypeProperty } UNION { ?p a owl:AnnotationProperty } UNION { ?p a rdf:Property } } LIMIT 3000";
    const [types, operations, rows] = await Promise.all([
      ask<Listing<{ name: string }>>("GET", "/api/v1/types?limit=3000").catch(() => ({ items: [] })),
      ask<Listing<{ name: string; kind: string }>>("GET", "/api/v1/operations?limit=3000").catch(() => ({ items: [] })),
      fetch(`/sparql?${new URLSearchParams({ query: properties })}`, { headers: { accept: "application/sparql-results+json" } }).then((answer) => answer.json() as Promise<SparqlResults>).catch(() => undefined),
    ]);
    return [
      ...types.items.map((one) => ({ label: one.name, type: "class", detail: "class" })),
      ...operations.items.map((one) => ({ label: one.name, type: "function", detail: "operation" })),
      ...(rows?.results?.bindings ?? []).flatMap((row) => (row.p?.type === "uri" ? [{ label: short(row.p.value), type: "property", detail: "property" }] : [])),
    ];
  })();
  return known;
}

function completion(short: Short) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const word = context.matchBefore(/[\w:?$-]+/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    if (/^[?$]/.test(word.text)) {
      const names = [...new Set([...context.state.doc.toString().matchAll(/[?$]\w+/g)].map((one) => one[0]))].filter((one) => one !== word.text);
      return { from: word.from, options: names.map((label) => ({ label, type: "variable" })) };
    }
    const options = [...(await terms(short)), ...wordsOfSparql.map((label) => ({ label, type: "keyword" }))];
    return { from: word.from, options, validFor: /^[\w:-]*$/ };
  };
}

export interface Fault { line: number; column: number; message: string }

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--live)", fontWeight: "600" }, { tag: [tags.string, tags.number, tags.bool], color: "var(--ask)" },
  { tag: tags.comment, color: "var(--wait)", fontStyle: "italic" }, { tag: [tags.variableName, tags.propertyName], color: "var(--ok)" },
]);

export default function Editor({ text, change, run, fault, short }: { text: string; change: (text: string) => void; run: () => void; fault: Fault | null; short: Short }) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const now = useRef({ change, run });
  now.current = { change, run };
  const first = useRef(text);
  useEffect(() => {
    if (!box.current) return;
    const editor = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => { now.current.run(); return true; } }])),
          basicSetup, sparql(), syntaxHighlighting(colours), lintGutter(), EditorView.lineWrapping,
          autocompletion({ override: [completion(short)] }),
          EditorView.contentAttributes.of({ "aria-label": "SPARQL query. Escape, then Tab leaves the editor." }),
          EditorView.updateListener.of((update) => update.docChanged && now.current.change(update.state.doc.toString())),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [short]);
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== text) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const marks: Diagnostic[] = [];
    if (fault) {
      const line = editor.state.doc.line(Math.min(Math.max(fault.line, 1), editor.state.doc.lines));
      const from = Math.min(line.from + Math.max(fault.column - 1, 0), line.to);
      const rest = /^\S+/.exec(editor.state.doc.sliceString(from, line.to))?.[0].length ?? 0;
      marks.push({ from: rest === 0 && from > line.from ? from - 1 : from, to: Math.max(from + rest, Math.min(from + 1, editor.state.doc.length)), severity: "error", message: fault.message });
    }
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [fault]);
  return <div className="editor" ref={box} />;
}
