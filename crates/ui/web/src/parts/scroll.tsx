// What may be wider than the window scrolls by itself; where it does, the keyboard reaches it.
import { useEffect, useRef, useState, type CSSProperties, type ReactNode } from "react";

export function Scroll({ name, className = "", style, children }: { name: string; className?: string; style?: CSSProperties; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [isWide, setIsWide] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setIsWide(element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    look();
    return () => observer.disconnect();
  }, []);
  const reached = isWide ? { tabIndex: 0, role: "region", "aria-label": name } : {};
  return <div ref={box} className={`scroll ${className}`} style={style} {...reached}>{children}</div>;
}
