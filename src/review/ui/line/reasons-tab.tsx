import type { Reply } from '../../server/api.ts';
import { Head, Nothing, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { change, usePlace } from '../router.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';
import { FeatureView } from './feature-view.tsx';

/** What rounds to no thousandth of the score is not said to have moved it. */
const LEAST_SHOWN = 0.0005;

/** Why: the reasons in words, and each feature against the population and the line's own past. */
export function ReasonsTab({ line }: { line: Reply<'line'> }) {
  const { t, language, format } = useSpeech();
  const { query } = usePlace();
  const answer = useReply('features', { params: { line: line.id } });
  const known = new Set(answer.data?.features.map(({ name }) => name));
  const chosen = query.get('feature') ?? line.reasons.find(({ feature }) => known.has(feature))?.feature ?? null;
  const feature = answer.data?.features.find(({ name }) => name === chosen) ?? null;
  const choose = (name: string) => change({ feature: name }, true);
  return (
    <>
      <div className="columns">
        <Panel title={t.fields.why} hint={restsOn(line, language)}>
          {line.reasons.length === 0 && <Nothing>{t.line.noReasons}</Nothing>}
          <ol className="reasons">
            {line.reasons.map((reason) => (
              <li key={reason.feature}>
                <button
                  type="button"
                  aria-pressed={reason.feature === chosen}
                  disabled={answer.data !== null && !known.has(reason.feature)}
                  onClick={() => choose(reason.feature)}
                >
                  {language === 'zh' ? reason.text_zh : reason.text}
                  <small>
                    {[
                      ...(reason.rarity === null ? [] : [t.line.rarity(format.percent(reason.rarity))]),
                      // The company of other lines speaks through all that the second forest is told of it; of what is told for its
                      // rarity a thousandth may be too much.
                      ...(Math.abs(reason.contribution) < LEAST_SHOWN
                        ? []
                        : [`${t.line.moved} ${signed(reason.contribution, format.number)}`]),
                    ].join(' · ')}
                  </small>
                </button>
              </li>
            ))}
          </ol>
        </Panel>
        <Panel title={t.line.population} {...(feature === null ? {} : { hint: feature.words[language] })}>
          <Waiting answer={answer} />
          {feature !== null && <FeatureView feature={feature} />}
        </Panel>
      </div>
      {answer.data !== null && (
        <Panel title={t.line.allFeatures}>
          <TableBox label={t.line.allFeatures} tall>
            <Head
              columns={[
                '',
                t.fields.name,
                t.line.family,
                t.line.value,
                t.line.median,
                t.line.rarityShare,
                t.line.moved,
              ]}
            />
            <tbody>
              {[...answer.data.features]
                .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
                .map((one) => (
                  <tr key={one.name} data-current={one.name === chosen || undefined}>
                    <td>{one.id}</td>
                    <td className="wide">
                      <button type="button" className="link" onClick={() => choose(one.name)}>
                        {one.words[language]}
                      </button>
                    </td>
                    <td>{t.line.families[one.family] ?? one.family_name}</td>
                    <td className="number">{one.value === null ? t.none : format.number(one.value)}</td>
                    <td className="number">
                      {one.ordinary?.median === null || one.ordinary === null ? '' : format.number(one.ordinary.median)}
                    </td>
                    <td className="number">{one.rarity === null ? '' : format.percent(one.rarity)}</td>
                    <td className="number">{signed(one.contribution, format.number)}</td>
                  </tr>
                ))}
            </tbody>
          </TableBox>
        </Panel>
      )}
    </>
  );
}

function restsOn({ exposure }: Reply<'line'>, language: 'en' | 'zh'): string {
  return language === 'zh' ? exposure.rests_on_zh : exposure.rests_on;
}

function signed(value: number, number: (value: number, digits?: number) => string): string {
  return `${value > 0 ? '+' : ''}${number(value, 3)}`;
}
