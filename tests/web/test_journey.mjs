/* The journey, whole, in both languages, on a laptop and on a phone: each on a city of its own. */
import { run } from './browser.mjs';
import { walk } from './journey.mjs';
import { startProgram } from './program.mjs';

await run(async ({ test, newPage }) => {
  for (const [lang, width, height] of [['vi', 1366, 768], ['en', 1366, 768], ['vi', 360, 740],
    ['en', 360, 740]]) {
    const program = await startProgram({ homes: 7, days: 70, clock: '' });
    await walk({ program, newPage, lang, width, height, test });
    await program.stop();
  }
});
