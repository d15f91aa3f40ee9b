// A table of any length: only what is seen is drawn; sorted by a click on a heading.
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useMemo, useRef, useState, type ReactNode } from "react";

export interface Column<T> { key: string; title: string; width: string; cell: (row: T) => ReactNode; by?: (row: T) => string | number }

const HEIGHT = 38;

export function Rows<T>({ rows, columns, name, height, minWidth = 760 }: { rows: T[]; columns: Column<T>[]; name: string; height?: string; minWidth?: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<{ key: string; down: boolean } | null>(null);
  const sorted = useMemo(() => {
    const by = columns.find((column) => column.key === sort?.key)?.by;
    if (!by || !sort) return rows;
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    const all = rows.map((row) => [by(row), row] as const);
    all.sort(([a], [b]) => (typeof a === "number" && typeof b === "number" ? a - b : compare(String(a), String(b))));
    if (sort.down) all.reverse();
    return all.map(([, row]) => row);
  }, [rows, columns, sort]);
  const virtual = useVirtualizer({ count: sorted.length, getScrollElement: () => box.current, estimateSize: () => HEIGHT, overscan: 12, initialRect: { width: 900, height: 600 } });
  const template = columns.map((column) => column.width).join(" ");
  const press = (key: string) => setSort((old) => (old?.key !== key ? { key, down: false } : old.down ? null : { key, down: true }));
  return (
    <div ref={box} className="rows" role="table" aria-label={name} aria-rowcount={rows.length + 1} tabIndex={0} style={{ maxHeight: height }}>
      <div style={{ minWidth }} role="presentation">
        <div role="rowgroup" className="head">
          <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
            {columns.map((column) => {
              const order = sort?.key === column.key ? (sort.down ? "descending" : "ascending") : "none";
              return (
                <div role="columnheader" key={column.key} aria-sort={column.by ? order : undefined}>
                  {column.by ? <button type="button" onClick={() => press(column.key)}>{column.title}{order === "ascending" ? " ▲" : order === "descending" ? " ▼" : ""}</button> : column.title}
                </div>
              );
            })}
          </div>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const row = sorted[item.index] as T;
            return (
              <Row key={item.key} row={row} columns={columns as Column<unknown>[]} index={item.index} start={item.start} template={template} />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Drawn once, however often its neighbours come and go. */
const Row = memo(function Row({ row, columns, index, start, template }: { row: unknown; columns: Column<unknown>[]; index: number; start: number; template: string }) {
  return (
    <div role="row" aria-rowindex={index + 2} style={{ gridTemplateColumns: template, position: "absolute", top: 0, left: 0, right: 0, height: HEIGHT, transform: `translateY(${start}px)` }}>
      {columns.map((column) => <div role="cell" key={column.key}>{column.cell(row)}</div>)}
    </div>
  );
});
