import { parseScenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import type { ActRecord, LabelRecord, SimulationSink, TruthRecord } from '../../src/simulate/sink.ts';

/** The truth of a simulation. */
export interface Day {
  labels: LabelRecord[];
  calls: TruthRecord[];
  acts: ActRecord[];
}

/** Simulates without a file. @param frame told each frame of the captures */
export async function simulatedDay(
  scenario: Record<string, unknown>,
  frame: SimulationSink['frame'] = () => {},
): Promise<Day> {
  const day: Day = { labels: [], calls: [], acts: [] };
  await simulate(parseScenario('', scenario), {
    frame,
    call: (record) => day.calls.push(record),
    act: (record) => day.acts.push(record),
    label: (record) => day.labels.push(record),
    scenario: () => {},
    close: () => {},
  });
  return day;
}

export const linesOf = (day: Day, kind: string): string[] =>
  day.labels.filter((label) => label.kind === kind).map(({ line }) => line);
