import { Head, Nothing, TableBox, Waiting } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';

export function GatewaysPage() {
  const { t, language, format } = useSpeech();
  const answer = useReply('gateways', {}, ({ kind }) => kind === 'run' || kind === 'case');
  const { data } = answer;
  return (
    <>
      <header className="page-head">
        <h1>{t.gateways.title}</h1>
      </header>
      <Waiting answer={answer} />
      {data?.items.length === 0 && <Nothing>{t.gateways.empty}</Nothing>}
      {data !== null && data.items.length > 0 && (
        <TableBox label={t.gateways.title}>
          <Head
            columns={[
              t.fields.gateway,
              t.fields.score,
              t.fields.lines,
              t.fields.strong,
              t.fields.cell,
              t.fields.why,
              t.fields.last,
              t.fields.case,
            ]}
          />
          <tbody>
            {data.items.map((one) => (
              <tr key={one.gateway}>
                <td>
                  <Link to={`/gateways/${one.gateway}`}>{t.gateways.number(one.gateway)}</Link>
                </td>
                <td className="number">{format.score(one.score)}</td>
                <td className="number">{one.lines}</td>
                <td className="number">{one.strong}</td>
                <td>{one.cell ?? ''}</td>
                <td className="wide">{one.why[language]}</td>
                <td>{format.time(one.last * 1000)}</td>
                <td>
                  {one.case !== null ? (
                    <Link to={`/cases/${one.case}`}>{t.case.title(one.case)}</Link>
                  ) : (
                    t.gateways.inCase(one.open, one.lines)
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
    </>
  );
}
