import { record } from './audit.ts';
import type { Database } from './database.ts';
import { DEFAULT_SETTINGS, SETTINGS, type Settings } from './policy.ts';
import { Refusal } from './refusal.ts';

export function readSettings(database: Database): { settings: Settings; version: number } {
  const row = database.get<{ value: string; version: number }>('SELECT value, version FROM settings WHERE id = 1');
  if (row === undefined) return { settings: DEFAULT_SETTINGS, version: 0 };
  return { settings: SETTINGS.parse({ ...DEFAULT_SETTINGS, ...JSON.parse(row.value) }), version: row.version };
}

/** @param version the one that the change was made from. @throws Refusal where another came in between */
export function writeSettings(database: Database, actor: string, version: number, settings: Settings): number {
  return database.transaction(() => {
    const before = readSettings(database);
    if (before.version !== version)
      throw new Refusal('conflict', 'the settings were changed meanwhile', { version: before.version });
    database.run(
      'INSERT INTO settings (id, value, version) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value, version = excluded.version',
      JSON.stringify(settings),
      version + 1,
    );
    record(database, actor, 'settings.change', 'settings', { before: before.settings, after: settings });
    return version + 1;
  });
}
