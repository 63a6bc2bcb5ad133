import type { Reply } from '../../server/api.ts';
import { Head, Nothing, Panel, TableBox, TierBadge } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import { useSpeech, wordOf } from '../words/words.tsx';

/** Other lines that share a device, an address, a gateway or an identity with this one. */
export function SiblingsTab({ siblings }: { siblings: Reply<'line'>['siblings'] }) {
  const { t, format } = useSpeech();
  const kinds = { ...t.gateways.kinds, gateway: t.fields.gateway, identity: t.exchange.kinds.identity };
  /** Of `imei:35391805000000`. */
  const shared = (why: string): string => {
    const at = why.indexOf(':');
    return `${wordOf(kinds, why.slice(0, at))} ${why.slice(at + 1)}`.trim();
  };
  return (
    <Panel title={t.line.siblings}>
      {siblings.length === 0 ? (
        <Nothing>{t.line.noSiblings}</Nothing>
      ) : (
        <TableBox label={t.line.siblings}>
          <Head columns={[t.fields.line, t.fields.score, t.fields.tier, t.line.shares]} />
          <tbody>
            {siblings.map((one) => (
              <tr key={one.id}>
                <td>
                  <Link to={`/lines/${one.id}`}>
                    <bdi>{one.line}</bdi>
                  </Link>
                </td>
                <td className="number">{format.score(one.score)}</td>
                <td>
                  <TierBadge tier={one.tier} />
                </td>
                <td>{one.why.map(shared).join(' · ')}</td>
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
    </Panel>
  );
}
