import { useRef, useState } from 'react';
import { keepBlob } from '../client.ts';
import { CallTable } from '../line/calls-tab.tsx';
import { Download } from '../parts/download.tsx';
import { Head, Nothing, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech, wordOf } from '../words/words.tsx';
import { columnsOf, Ladder } from './ladder.tsx';

/** One call down to its messages: who sent what to whom, and what stands in it. */
export function CallPage({ line, event }: { line: number; event: string }) {
  const { t, format } = useSpeech();
  const answer = useReply('call', { params: { line, event } });
  const [chosen, setChosen] = useState(0);
  const mayKeep = useMay('investigator');
  const drawing = useRef<SVGSVGElement>(null);
  const { data } = answer;
  if (data === null) return <Waiting answer={answer} />;
  const { call, messages, legs, missing } = data;
  const message = messages[chosen] ?? null;
  const keepSvg = () => {
    if (drawing.current === null) return;
    const text = new XMLSerializer().serializeToString(drawing.current);
    keepBlob(new Blob([text], { type: 'image/svg+xml' }), `call-${event}.svg`);
  };
  return (
    <>
      <header className="page-head">
        <h1>
          {t.call.title} · {format.time(call.time * 1000)}
        </h1>
        <div className="buttons">
          <Link className="button" to={`/lines/${line}?tab=calls`}>
            {t.call.back}
          </Link>
          {messages.length > 0 && (
            <button type="button" onClick={keepSvg}>
              {t.call.exportSvg}
            </button>
          )}
          {mayKeep && messages.length > 0 && (
            <Download name="callPackets" given={{ params: { line, event } }} onKept={answer.again}>
              {t.call.pcapng}
            </Download>
          )}
        </div>
      </header>
      <p className="sentence">
        {[
          call.direction === null ? null : wordOf(t.values, call.direction),
          call.counterpart,
          call.outcome === null ? null : wordOf(t.values, call.outcome),
          call.talk_s === null ? null : format.duration(call.talk_s),
          call.interface,
          call.user_agent,
        ]
          .filter((part) => part !== null)
          .join(' · ')}
      </p>
      {missing.length > 0 && <p className="notice">{t.call.gone(missing.length)}</p>}
      {messages.length === 0 ? (
        <Nothing>{t.call.none}</Nothing>
      ) : (
        <div className="columns call">
          <Panel title={t.call.ladder} hint={t.call.ladderOf(messages.length, columnsOf(messages).length)}>
            <div className="ladder-box">
              <Ladder ref={drawing} messages={messages} chosen={chosen} onChoose={setChosen} />
            </div>
          </Panel>
          <Panel title={t.call.fields} {...(message === null ? {} : { hint: message.label })}>
            {message === null ? (
              <Nothing>{t.call.choose}</Nothing>
            ) : (
              <TableBox label={t.call.fields} tall>
                <Head columns={[t.call.field, t.line.value]} />
                <tbody>
                  {(
                    [
                      [t.call.frame, message.frame],
                      [t.fields.time, message.time],
                      [t.call.source, message.source],
                      [t.call.destination, message.destination],
                      [t.call.protocol, message.protocol],
                      ...Object.entries(message.fields),
                    ] as const
                  ).map(([name, value]) => (
                    <tr key={name}>
                      <th scope="row">{name}</th>
                      <td className="wide">
                        <bdi>{String(value)}</bdi>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </TableBox>
            )}
          </Panel>
        </div>
      )}
      {messages.length > 0 && (
        <Panel title={t.call.messages}>
          <TableBox label={t.call.messages} tall>
            <Head
              columns={[
                t.call.frame,
                t.call.offset,
                t.call.source,
                t.call.destination,
                t.call.protocol,
                t.call.messages,
              ]}
            />
            <tbody>
              {messages.map((one, index) => (
                <tr key={`${one.capture} ${one.frame} ${one.label}`} data-current={index === chosen || undefined}>
                  <td className="number">{one.frame}</td>
                  <td className="number">+{one.offset_s.toFixed(3)}</td>
                  <td>{one.source}</td>
                  <td>{one.destination}</td>
                  <td>{one.protocol}</td>
                  <td>
                    <button
                      type="button"
                      className="link"
                      aria-pressed={index === chosen}
                      onClick={() => setChosen(index)}
                    >
                      {one.label}
                      {one.duplicate && ` (${t.call.duplicate})`}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </TableBox>
        </Panel>
      )}
      {legs.length > 0 && (
        <Panel title={t.call.legs}>
          <CallTable id={line} calls={legs} label={t.call.legs} />
        </Panel>
      )}
    </>
  );
}
