import type { Scenario } from '../lib/scenario.js';
import { shuffledBatches } from './shuffled-batches.js';

/** In the order in which they run; the first runs when none is named. */
export const scenarios: readonly [Scenario, ...Scenario[]] = [shuffledBatches];
