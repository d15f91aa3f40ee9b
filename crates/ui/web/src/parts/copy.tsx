// The same question elsewhere: command line, curl, JSON.
import { Button, Menu } from "@mantine/core";
import { useState } from "react";

export interface Copies { label: string; text: string }

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

export function curl(method: string, path: string, body?: unknown): string {
  const data = body === undefined ? "" : ` -H 'content-type: application/json' -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`;
  return `curl -H "authorization: Bearer $SAMOS_TOKEN"${method === "GET" ? "" : ` -X ${method}`}${data} '${location.origin}${path}'`;
}

export function CopyMenu({ of }: { of: Copies[] }) {
  const [done, setDone] = useState("");
  return (
    <span className="row" style={{ gap: 4 }}><Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false}>
      <Menu.Target><Button variant="default" size="compact-sm">Copy as …</Button></Menu.Target>
      <Menu.Dropdown>
        {of.map((one) => (
          <Menu.Item key={one.label} onClick={() => void copy(one.text).then(() => setDone(`${one.label} copied`))}>{one.label}</Menu.Item>
        ))}
        <Menu.Item onClick={() => void copy(location.href).then(() => setDone("Link copied"))}>Link to this view</Menu.Item>
      </Menu.Dropdown>
    </Menu><span role="status" className="small quiet">{done}</span></span>
  );
}
