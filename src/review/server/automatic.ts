import { CATALOGUE } from '../../features/catalogue.ts';
import { limitsAt } from '../../forest/cohort.ts';
import type { Model } from '../../forest/model.ts';
import { scoreFor } from '../../forest/thresholds.ts';
import type { Verdict, VerdictReason } from '../../scan/judge/verdict.ts';
import type { CaseRow } from '../../store/cases/case-rows.ts';
import { type Cases, POLICY } from '../../store/cases/cases.ts';
import type { Database } from '../../store/cases/database.ts';
import type { Settings } from '../../store/cases/policy.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { RunRow } from '../../store/cases/runs.ts';
import { readSettings } from '../../store/cases/settings.ts';
import type { Models } from './models.ts';

/** Suspension without a person needs a score that at most this share of ordinary lines reach. */
const RATE = 1e-5;
/** Evidence of the device is what at most this share of ordinary lines show. */
const RARE = 0.05;
/** Letters of the families whose features tell of the device. */
const DEVICE = new Set(['D', 'N']);

interface Candidate {
  id: number;
  score: number;
  calls: number;
  exposure: string;
  gateway: number | null;
  alarms: number;
  reasons: string;
}

/** Suspends by itself what a policy says, and nothing else. */
export class Automatic {
  private readonly database: Database;
  private readonly cases: Cases;
  private readonly models: Models;
  private readonly families = new Map(CATALOGUE.map(({ name, family }) => [name, family]));

  constructor(database: Database, cases: Cases, models: Models) {
    this.database = database;
    this.cases = cases;
    this.models = models;
  }

  settings(): Settings {
    return readSettings(this.database).settings;
  }

  /** Why it may not act on verdicts of this model; null where it may. */
  refusal(model: Model | null): string | null {
    if (model === null) return 'the current model cannot be read by this build';
    if (model.training.simulated)
      return 'the model was trained on simulated captures alone: it may not suspend a line without a person';
    const measured = [...model.thresholds, ...model.strata.flatMap(({ thresholds }) => thresholds)];
    if (!measured.some(({ rate, score }) => rate === RATE && score !== null))
      return 'the model has no threshold for a false-positive rate of 1e-5: it was trained on too few ordinary lines';
    return null;
  }

  /** Suspends the lines of a run that the policy names. @returns their cases */
  act(run: RunRow): CaseRow[] {
    const { automatic } = this.settings();
    if (!automatic.suspend) return [];
    const current = this.models.currentId();
    // Scores mean something only together with the model that gave them.
    if (run.model !== current) return [];
    const model = this.models.current();
    if (model === null || this.refusal(model) !== null) return [];
    const candidates = this.database.all<Candidate>(
      `SELECT l.id, l.score, l.calls, l.gateway, l.alarms, v.reasons, v.exposure FROM lines l JOIN verdicts v ON v.line = l.id
       WHERE l.run = ? AND l.tier = 'strong' AND l.tier <> 'none' AND l.alarms >= ? AND l.reviewed = 0
         AND (l.case_state IS NULL OR l.case_state IN ('lead', 'review'))`,
      run.id,
      automatic.alarms,
    );
    return candidates.filter((line) => this.meets(model, line)).flatMap(({ id }) => this.suspend(id, run) ?? []);
  }

  /** Score and evidence, never behaviour alone. */
  meets(model: Model, { score, calls, exposure, gateway, reasons }: Omit<Candidate, 'id' | 'alarms'>): boolean {
    const { basis = 'calls', hours = 0, threshold_shift = 0 } = JSON.parse(exposure) as Partial<Verdict['exposure']>;
    const threshold = scoreFor(limitsAt(model, threshold_shift), { basis, hours, acts: calls }, RATE);
    if (threshold === null || score < threshold) return false;
    if (gateway !== null) return true;
    return (JSON.parse(reasons) as VerdictReason[]).some(
      ({ feature, value, rarity }) =>
        value !== null && rarity !== null && rarity <= RARE && DEVICE.has(this.families.get(feature) ?? ''),
    );
  }

  private suspend(line: number, run: RunRow): CaseRow | null {
    try {
      return this.database.transaction(() => {
        const open = this.cases.openCaseOf(line);
        const id = open ?? this.cases.openLine(POLICY, line).id;
        const { version } = this.database.get<{ version: number }>('SELECT version FROM cases WHERE id = ?', id)!;
        return this.cases.act(POLICY, id, {
          action: 'suspend',
          version,
          reason: 'simbox',
          comment: `automatic, run ${run.name}`,
        });
      });
    } catch (error) {
      // On the allow list, or a person is at it.
      if (error instanceof Refusal) return null;
      throw error;
    }
  }
}
