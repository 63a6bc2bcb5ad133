import * as Plot from '@observablehq/plot';
import { useEffect, useRef, useState } from 'react';

/** Width of an element, followed as it changes. */
export function useWidth<T extends HTMLElement>(): [React.RefObject<T | null>, number] {
  const box = useRef<T>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

/** A drawing of Observable Plot as wide as its place; `label` says in words what it shows. */
export function Figure({
  label,
  height,
  draw,
}: {
  label: string;
  height: number;
  /** Marks, scales and axes; without width and height. */
  draw: () => Plot.PlotOptions;
}) {
  const [box, width] = useWidth<HTMLDivElement>();
  useEffect(() => {
    const { current } = box;
    if (current === null || width === 0) return;
    const drawing = Plot.plot({ ...draw(), width, height, className: 'plot' });
    // The content policy refuses style elements; the stylesheet of the page has the same rules.
    for (const style of drawing.querySelectorAll('style')) style.remove();
    drawing.setAttribute('aria-hidden', 'true');
    current.replaceChildren(drawing);
  }, [box, width, height, draw]);
  return <div ref={box} className="figure" role="img" aria-label={label} style={{ minHeight: height }} />;
}
