/* axe.mjs: what axe finds on a page as it stands: nothing that makes it hard or impossible to use.
 *
 *   import { noSerious } from './axe.mjs';
 *   await noSerious(page, 'the place, dark');
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { check } from './browser.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const IMPACTS = ['serious', 'critical', 'moderate'];

/* Everything of consequence, each in a line with where it is. */
export async function findings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (rules) => window.axe.run(document, { runOnly: rules }), RULES);
  return violations.filter((one) => IMPACTS.includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${
      node.any[0]?.message ?? node.all[0]?.message ?? ''}`).join(' | ')}`);
}

export async function noSerious(page, what = page.url()) {
  check.deepEqual(await findings(page), [], what);
}
