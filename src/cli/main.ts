#!/usr/bin/env node
import { hideBin } from 'yargs/helpers';
import { endOnSignals, endWithReader } from './interrupt.ts';
import { optimiseLater } from './optimiser.ts';
import { run } from './program.ts';

optimiseLater();
endOnSignals();
endWithReader();
await run(hideBin(process.argv));
