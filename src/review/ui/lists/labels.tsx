import { Download } from '../parts/download.tsx';
import { Head, Nothing, TableBox, Waiting } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { useSpeech } from '../words/words.tsx';
import { More } from './more.tsx';
import { usePages } from './use-pages.ts';

/** What decisions said of lines: training learns from it. */
export function LabelList() {
  const { t, format } = useSpeech();
  const pages = usePages('labels', {}, ({ kind }) => kind === 'case');
  const mayExport = useMay('approver');
  return (
    <>
      {mayExport && (
        <div className="bar">
          <Download name="labelsExport" given={{}}>
            {t.lists.exportCsv}
          </Download>
        </div>
      )}
      <Waiting answer={pages.answer} />
      {pages.answer.data !== null && pages.items.length === 0 && <Nothing>{t.nothing}</Nothing>}
      {pages.items.length > 0 && (
        <TableBox label={t.lists.tabs.labels} tall>
          <Head
            columns={[
              t.fields.line,
              t.fields.label,
              t.fields.gateway,
              t.fields.from,
              t.fields.until,
              t.fields.case,
              t.fields.person,
              t.fields.at,
            ]}
          />
          <tbody>
            {pages.items.map((label) => (
              <tr key={label.id}>
                <td>
                  <bdi>{label.line}</bdi>
                </td>
                <td>{t.labels[label.label]}</td>
                <td>{label.gateway}</td>
                <td>{label.from === null ? '' : format.time(label.from * 1000)}</td>
                <td>{label.until === null ? '' : format.time(label.until * 1000)}</td>
                <td>{label.case !== null && <Link to={`/cases/${label.case}`}>{t.case.title(label.case)}</Link>}</td>
                <td>
                  <bdi>{label.person}</bdi>
                </td>
                <td>{format.time(label.at)}</td>
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
      <More pages={pages} />
    </>
  );
}
