/** `tsx scripts/bench/store-day.ts STORE DAY LINES EVENTS`: puts a day of events of so many lines into a store, under a feed of its own. */
import { openStore } from '../../src/store/store.ts';
import { fillWindow } from './store-window.ts';

const [root, day, lines, events] = process.argv.slice(2) as [string, string, string, string];
const store = openStore(root, true, { threads: 2 });
await fillWindow(store, { events: Number(events), lines: Number(lines), hours: 24, firstHour: 24 * Number(day) });
await store.close();
