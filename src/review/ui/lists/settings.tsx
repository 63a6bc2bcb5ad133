import { useState } from 'react';
import type { Reply } from '../../server/api.ts';
import { ask } from '../client.ts';
import type { Clock } from '../kinds.ts';
import { FailureBox, Field, Panel, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { useMay } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';

type Current = Reply<'settings'>;

/** Clocks, approvals and policies. */
export function SettingsForm() {
  const answer = useReply('settings', {}, ({ kind }) => kind === 'settings' || kind === 'model');
  const { data, put } = answer;
  if (data === null) return <Waiting answer={answer} />;
  return <Form key={data.version} current={data} onSaved={put} />;
}

function Form({ current, onSaved }: { current: Current; onSaved: (reply: Current) => void }) {
  const { t, said } = useSpeech();
  const mayChange = useMay('administrator');
  const [settings, setSettings] = useState(current.settings);
  const [isSaved, setSaved] = useState(false);
  const work = useWork();
  const save = async () => {
    await work.run(async () => {
      onSaved(await ask('changeSettings', { body: { settings, version: current.version } }));
      setSaved(true);
    });
  };
  const number = (label: string, value: number, least: number, most: number, set: (value: number) => void) => (
    <Field label={label}>
      <input
        type="number"
        min={least}
        max={most}
        step="any"
        required
        value={value}
        onChange={({ target }) => set(target.valueAsNumber)}
      />
    </Field>
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <fieldset disabled={!mayChange} className="settings">
        <Panel title={t.lists.clocks}>
          {(Object.keys(settings.clocks) as Clock[]).map((key) => (
            <div key={key}>
              {number(t.clocks[key], settings.clocks[key], 0.1, 1440, (value) =>
                setSettings({ ...settings, clocks: { ...settings.clocks, [key]: value } }),
              )}
            </div>
          ))}
        </Panel>
        <Panel title={t.lists.approvals}>
          {(['restrict', 'suspend', 'close'] as const).map((key) => (
            <div key={key}>
              {number(t.actions[key], settings.approvals[key], key === 'restrict' ? 0 : 1, 3, (value) =>
                setSettings({ ...settings, approvals: { ...settings.approvals, [key]: value } }),
              )}
            </div>
          ))}
        </Panel>
        <Panel title={t.lists.automatic}>
          <label className="check">
            <input
              type="checkbox"
              checked={settings.automatic.suspend}
              onChange={({ target }) =>
                setSettings({ ...settings, automatic: { ...settings.automatic, suspend: target.checked } })
              }
            />{' '}
            {t.lists.automaticOn}
          </label>
          {number(t.lists.alarmsBefore, settings.automatic.alarms, 1, 100, (alarms) =>
            setSettings({ ...settings, automatic: { ...settings.automatic, alarms } }),
          )}
          {current.automatic_refused !== null && (
            <p className="notice">{t.lists.refused(said(current.automatic_refused))}</p>
          )}
        </Panel>
        <Panel title={t.unmask.title}>
          {number(t.lists.unmaskMinutes, settings.unmask_minutes, 1, 1440, (unmask_minutes) =>
            setSettings({ ...settings, unmask_minutes }),
          )}
        </Panel>
      </fieldset>
      {work.failure !== null && <FailureBox failure={work.failure} />}
      {mayChange && (
        <button type="submit" className="primary" disabled={work.busy}>
          {t.save}
        </button>
      )}
      {isSaved && <p role="status">✓ {t.saved}</p>}
    </form>
  );
}
