import { expect, it } from 'vitest';
import { selectRows } from '../../src/forest/dataset.ts';
import { foldsByGroup } from '../../src/forest/folds.ts';
import type { Dataset, Forest } from '../../src/forest/forest.ts';
import { auc, averagePrecision, scored, tprAtFpr } from '../../src/forest/metrics.ts';
import { compile } from '../../src/forest/predict.ts';
import { trainWithMlRandomForest } from '../../src/forest/second-trainer.ts';
import { trainForest } from '../../src/forest/train.ts';
import { sichuan } from './rows.ts';

const rows = sichuan();

/** Scores of all rows, each by a forest that did not see it. */
function crossValidated(train: (dataset: Dataset) => Forest) {
  const folds = foldsByGroup(rows, 5, 1);
  const scores = new Float64Array(rows.rows);
  for (let fold = 0; fold < 5; fold++) {
    const scorer = compile(
      train(
        selectRows(
          rows,
          [...folds.keys()].filter((row) => folds[row] !== fold),
        ),
      ),
    );
    for (let row = 0; row < rows.rows; row++)
      if (folds[row] === fold) scores[row] = scorer.score(rows.x, row * rows.features.length);
  }
  return scored(scores, rows.y, rows.weight, rows.group);
}

it('is the public set that others measured', () => {
  expect([rows.rows, rows.features.length, rows.y.reduce((sum, y) => sum + y, 0)]).toEqual([6106, 37, 1962]);
});

it('the default trainer does as well on real subscribers as scikit-learn (AUC .953-.956, AP .942, TPR .77 at FPR 1 %, .58 at .1 %)', () => {
  const result = crossValidated((dataset) => trainForest(dataset, { trees: 300 }));
  expect(auc(result)).toBeGreaterThan(0.953);
  expect(averagePrecision(result)).toBeGreaterThan(0.94);
  expect(tprAtFpr(result, 0.01)).toBeGreaterThan(0.72);
  expect(tprAtFpr(result, 0.001)).toBeGreaterThan(0.5);
});

it('ml-random-forest learns the same set from few small bags', () => {
  expect(
    auc(crossValidated((dataset) => trainWithMlRandomForest(dataset, { trees: 8, bagRows: 200 }))),
  ).toBeGreaterThan(0.9);
});
