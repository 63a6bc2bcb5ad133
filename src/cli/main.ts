#!/usr/bin/env node
import { hideBin } from 'yargs/helpers';
import { endOnSignals, endWithReader } from './interrupt.ts';
import { run } from './program.ts';

endOnSignals();
endWithReader();
await run(hideBin(process.argv));
