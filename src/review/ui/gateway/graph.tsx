import cytoscape from 'cytoscape';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Reply } from '../../server/api.ts';
import type { NodeKind } from '../kinds.ts';
import { Head, Nothing, Panel, TableBox } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import { useSpeech, wordOf } from '../words/words.tsx';

type Gateway = Reply<'gateway'>;

/** Each kind has a shape of its own; the colour only repeats it. */
const SHAPES: Readonly<Record<NodeKind, { shape: cytoscape.Css.NodeShape; colour: string; mark: string }>> = {
  line: { shape: 'ellipse', colour: '--accent', mark: '●' },
  imei: { shape: 'rectangle', colour: '--strong', mark: '■' },
  tac: { shape: 'diamond', colour: '--suspect', mark: '◆' },
  cell: { shape: 'hexagon', colour: '--good', mark: '⬢' },
  endpoint: { shape: 'triangle', colour: '--violet', mark: '▲' },
  called: { shape: 'star', colour: '--muted', mark: '★' },
};
/** Of the names of nodes, pixels on the screen. */
const FONT = 12;
/** So many nodes stand around what they share, each with room for its name; more are left to forces. */
const MOST_AROUND = 60;
const AROUND: cytoscape.ConcentricLayoutOptions = {
  name: 'concentric',
  animate: false,
  concentric: (node) => ((node as unknown as cytoscape.NodeSingular).data('kind') === 'line' ? 1 : 2),
  levelWidth: () => 1,
  minNodeSpacing: 36,
  nodeDimensionsIncludeLabels: true,
  // The box is wide.
  transform: (_, { x, y }) => ({ x: x * 1.9, y }),
  padding: 28,
};
const FORCES: cytoscape.CoseLayoutOptions = {
  name: 'cose',
  animate: false,
  randomize: false,
  idealEdgeLength: () => 70,
  nodeRepulsion: () => 8000,
  nodeDimensionsIncludeLabels: true,
  padding: 24,
};
const KINDS = Object.keys(SHAPES) as NodeKind[];

function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Lines and what several of them share. A node that is chosen says why each of its edges is there. */
export function Graph({ gateway }: { gateway: Gateway }) {
  const { t, language, format } = useSpeech();
  const [hidden, setHidden] = useState<ReadonlySet<NodeKind>>(new Set<NodeKind>(['called']));
  const [chosen, setChosen] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<cytoscape.Core | null>(null);
  const { nodes, edges } = gateway;
  const typeIn = ({ type }: Gateway['nodes'][number]) => (type === null ? null : wordOf(t.values, type));
  const named = (node: Gateway['nodes'][number]) =>
    node.type === null ? node.label : `${node.label} (${typeIn(node)})`;
  const byId = useMemo(() => new Map(nodes.map((node) => [node.id, node])), [nodes]);
  const present = KINDS.filter((kind) => nodes.some((node) => node.kind === kind));
  const key = JSON.stringify([nodes.map(({ id, label, type }) => [id, label, type]), edges.length, [...hidden]]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what is drawn
  useEffect(() => {
    if (box.current === null) return;
    const shown = nodes.filter(({ kind }) => !hidden.has(kind));
    const ids = new Set(shown.map(({ id }) => id));
    const text = colourOf('--text');
    const graph = cytoscape({
      container: box.current,
      elements: [
        ...shown.map((node) => ({
          data: {
            id: node.id,
            label: node.kind === 'tac' ? (typeIn(node) ?? node.label) : node.label,
            kind: node.kind,
          },
        })),
        ...edges
          .filter(({ source, target }) => ids.has(source) && ids.has(target))
          .map(({ source, target, events }) => ({
            data: { id: `${source} ${target}`, source, target, width: Math.min(6, 1 + Math.log2(events)) },
          })),
      ],
      style: [
        {
          selector: 'node',
          style: {
            label: 'data(label)',
            'font-size': FONT,
            color: text,
            width: 16,
            height: 16,
            'text-valign': 'bottom',
            // Names lie over lines, and stay readable.
            'text-background-color': colourOf('--paper'),
            'text-background-opacity': 0.85,
            'text-background-padding': '1px',
          },
        },
        ...present.map((kind) => ({
          selector: `node[kind = "${kind}"]`,
          style: { shape: SHAPES[kind].shape, 'background-color': colourOf(SHAPES[kind].colour) },
        })),
        {
          selector: 'edge',
          style: { width: 'data(width)', 'line-color': colourOf('--line'), 'curve-style': 'haystack', opacity: 0.8 },
        },
        { selector: '.chosen', style: { 'border-width': 3, 'border-color': text, 'line-color': text } },
      ],
      layout: shown.length <= MOST_AROUND ? AROUND : FORCES,
      minZoom: 0.2,
      maxZoom: 1.8,
      wheelSensitivity: 0.3,
    });
    // Names are read at whatever size the whole takes.
    graph.nodes().style('font-size', FONT / Math.min(graph.zoom(), 1.8));
    graph.on('tap', 'node', ({ target }) => setChosen((target as cytoscape.NodeSingular).id()));
    graph.on('tap', (event) => {
      if (event.target === graph) setChosen(null);
    });
    drawn.current = graph;
    return () => {
      graph.destroy();
      drawn.current = null;
    };
  }, [key]);
  useEffect(() => {
    const graph = drawn.current;
    if (graph === null) return;
    graph.elements().removeClass('chosen');
    if (chosen === null) return;
    const node = graph.getElementById(chosen);
    node.addClass('chosen');
    node.connectedEdges().addClass('chosen');
  }, [chosen]);

  const ties = edges.filter(({ source, target }) => source === chosen || target === chosen);
  const choosable = nodes.filter(({ kind }) => !hidden.has(kind));
  return (
    <Panel
      title={t.gateways.graph}
      hint={t.gateways.graphHint(gateway.lines, nodes.length - gateway.members.length)}
      tools={
        <fieldset className="kinds">
          <legend>{t.gateways.showKinds}</legend>
          {present.map((kind) => (
            <label key={kind}>
              <input
                type="checkbox"
                checked={!hidden.has(kind)}
                onChange={({ target }) => {
                  const next = new Set(hidden);
                  if (target.checked) next.delete(kind);
                  else next.add(kind);
                  setHidden(next);
                }}
              />{' '}
              <span aria-hidden="true" className={`kind-${kind}`}>
                {SHAPES[kind].mark}
              </span>{' '}
              {t.gateways.kinds[kind]}
            </label>
          ))}
        </fieldset>
      }
    >
      <div className="graph-split">
        <div ref={box} className="graph" aria-hidden="true" />
        <div className="graph-why">
          <label className="field">
            <span>{t.gateways.node}</span>
            <select
              value={chosen ?? ''}
              onChange={({ target }) => setChosen(target.value === '' ? null : target.value)}
            >
              <option value="">{t.none}</option>
              {choosable.map((node) => (
                <option key={node.id} value={node.id}>
                  {t.gateways.kinds[node.kind]} {named(node)}
                </option>
              ))}
            </select>
          </label>
          {chosen === null ? (
            <Nothing>{t.gateways.choose}</Nothing>
          ) : (
            <TableBox label={t.gateways.ties} tall>
              <Head columns={[t.fields.line, t.fields.why, t.fields.events]} />
              <tbody>
                {ties.map((tie) => {
                  const line = byId.get(tie.source);
                  const other = byId.get(tie.source === chosen ? tie.target : tie.source);
                  return (
                    <tr key={`${tie.source} ${tie.target}`}>
                      <td>
                        {line !== undefined && line.line !== null ? (
                          <Link to={`/lines/${line.line}`}>{line.label}</Link>
                        ) : (
                          line?.label
                        )}
                      </td>
                      <td>
                        {tie.why[language]}
                        {tie.source === chosen && other !== undefined && `: ${named(other)}`}
                      </td>
                      <td className="number">{format.number(tie.events)}</td>
                    </tr>
                  );
                })}
              </tbody>
            </TableBox>
          )}
        </div>
      </div>
    </Panel>
  );
}
