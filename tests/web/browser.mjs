/*
 * What every web test shares: Debian's Chromium, a page that fails the test on an error of its own,
 * and the count at the end that ./check reads.
 *
 *   import { check, run } from './browser.mjs';
 *   await run(async ({ test, newPage }) => {
 *     await test('the page says what it is', async () => {
 *       const page = await newPage({ width: 320, height: 640 });
 *       await page.goto('data:text/html,<h1>Xanh</h1>');
 *       check.equal(await page.textContent('h1'), 'Xanh');
 *     });
 *   });
 */
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

export const check = assert;

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/* A refused request is an answer; that the page says so is tested where it matters. */
const REFUSAL = /^Failed to load resource: the server responded with a status of 4\d\d/;
const STEP_TIMEOUT_MS = 15000;

/* The shortest time of a few tries, in ms: the machine may have other work. */
export async function fastest(tries, steps) {
  let best = Infinity;
  for (let i = 0; i < tries; i++) {
    const began = performance.now();
    await steps(i);
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

/* A page of the demonstration that names nobody is the public's; most tests are the operator's. */
function asWhom(address, eyes) {
  const url = new URL(address);
  if (eyes && url.protocol === 'http:' && !url.searchParams.has('as')) url.searchParams.set('as', eyes);
  return url.href;
}

/* Opens a page; errors that it throws or logs are collected in page.errors. eyes: who looks where an
 * address names nobody; null: the page decides. */
async function openPage(browser, { width = 1280, height = 800, eyes = 'operator', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const page = await context.newPage();
  page.errors = [];
  const goto = page.goto.bind(page);
  page.goto = (address, how) => goto(asWhom(address, eyes), how);
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !REFUSAL.test(message.text())) page.errors.push(message.text());
  });
  return page;
}

/* Runs body with { test, newPage }, prints `N passed, N failed` and ends the process. */
export async function run(body) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  let passed = 0;
  let failed = 0;
  const pages = [];
  const newPage = async (options) => {
    const page = await openPage(browser, options);
    pages.push(page);
    return page;
  };
  const test = async (name, steps) => {
    try {
      await steps();
      for (const page of pages) assert.deepEqual(page.errors, [], 'the page had no errors');
      passed += 1;
    } catch (error) {
      failed += 1;
      console.log(`not true that ${name}\n${error.stack}`);
    }
    while (pages.length) await pages.pop().context().close();
  };
  try {
    await body({ test, newPage });
  } catch (error) {
    failed += 1;
    console.log(error.stack);
  }
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
