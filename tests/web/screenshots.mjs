/* The pictures of the README, made anew from the program itself:
 *
 *   XANH_BIN=build/release/xanh node tests/web/screenshots.mjs
 *
 * docs/meter.png: the page of a home's meter in the demonstration, its last whole month. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startProgram } from './program.mjs';

const DOCS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
const WIDTH = 1100;
const HEIGHT = 886; /* down to the end of the chart */

const program = await startProgram({ homes: 7, days: 120 });
const today = new Date();
const day = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 1, 15)).toISOString()
  .slice(0, 10);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
await page.goto(`${program.url}/meter/home-7/electricity?on=${day}&lang=en`);
await page.waitForSelector('.bill-lines');
await page.waitForTimeout(800); /* charts come in gently */
await page.screenshot({ path: join(DOCS, 'meter.png'), fullPage: false });
await browser.close();
await program.stop();
console.log('docs/meter.png');
process.exit(0);
