// Walks every flow of the web interface on the demo world in Debian's chromium: each page is looked at by axe and kept as a
// picture, 1280 and 390 wide, in shots/.
//
//   node walk.mjs --samos PATH        starts `samos serve --demo` itself
//   node walk.mjs --url ADDRESS       walks what is served there (with its token)
//   node walk.mjs … home plan         only flows with these words in their names
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { flows, measured } from "./flows.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const shots = join(here, "shots");
const words = process.argv.slice(2);
const option = (name) => { const at = words.indexOf(name); return at >= 0 ? words.splice(at, 2)[1] : undefined; };
const address = option("--url");
const samos = option("--samos");

/** Starts the server and waits for the one address that it prints. */
function serve(binary) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, ["serve", "--demo", "--listen", "127.0.0.1:0", "--timeout", "60"], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const hear = (data) => {
      said += data;
      const found = /http:\/\/\S+token=\S+/.exec(said);
      if (found) resolve({ child, url: found[0] });
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => reject(new Error(`samos serve ended with ${code}: ${said}`)));
  });
}

if (!existsSync(browserPath)) {
  console.error(`no browser at ${browserPath}: apt-get install chromium, or set CHROMIUM`);
  process.exit(2);
}
const widths = [1280, 390];
// What is done at one width must not be seen at the other: each has a server of its own, and they are walked at once.
const servers = address ? [] : await Promise.all(widths.map(() => serve(samos ?? join(here, "../../target/release/samos"))));
const addresses = widths.map((_, n) => servers[n]?.url ?? address);
mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({ executablePath: browserPath, args: flags });
const failures = [];
let looked = 0;

async function walk(width, address, flows) {
  const { origin } = new URL(address);
  const context = await browser.newContext({ viewport: { width, height: width > 600 ? 860 : 800 }, reducedMotion: "reduce", colorScheme: width > 600 ? "light" : "dark" });
  // One page that stays, so that the cookie of the token is there for all.
  const first = await context.newPage();
  await first.goto(address);
  await first.close();
  await context.request.post(`${origin}/api/v1/demo/reset`, { headers: { origin } }).catch(() => undefined);
  for (const [name, flow] of Object.entries(flows)) {
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
    await step(name, flow, width, context, origin);
  }
  await context.close();
}

async function step(name, flow, width, context, origin) {
  const page = await context.newPage();
  // On a busy machine everything takes longer; what is promised of time is measured as work.
  page.setDefaultTimeout(60_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`page error: ${error.message}`));
  page.on("request", (request) => { if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) wrong.push(`asks elsewhere: ${request.url()}`); });
  const look = async (title = "") => {
    const label = [name, title, String(width)].filter(Boolean).join("-");
    await page.waitForTimeout(250);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 2) wrong.push(`${label}: the page is ${wide} px wider than the window`);
    await page.screenshot({ path: join(shots, `${label}.png`), fullPage: true });
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    looked += 1;
    for (const one of violations.filter((each) => ["serious", "critical"].includes(each.impact))) {
      wrong.push(`${label}: axe ${one.impact} ${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
    }
  };
  const begun = performance.now();
  try {
    await flow({ page, context, origin, look, width, fail: (text) => wrong.push(text) });
  } catch (error) {
    wrong.push(String(error).split("\n").slice(0, 6).join("\n    "));
    await page.screenshot({ path: join(shots, `${name}-broken-${width}.png`) }).catch(() => undefined);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${wrong.length === 0 ? "ok    " : "WRONG "} ${name} ${width} (${seconds} s)`);
  for (const one of wrong) console.log(`    ${one}`);
  failures.push(...wrong);
  await page.close();
}

const distinct = new Set(addresses).size === widths.length;
if (distinct) await Promise.all(widths.map((width, n) => walk(width, addresses[n], flows)));
else for (const [n, width] of widths.entries()) await walk(width, addresses[n], flows);
for (const [n, width] of widths.entries()) await walk(width, addresses[n], measured);
await browser.close();
for (const { child } of servers) child.kill();
console.log(`${looked} pages looked at, ${failures.length} findings; pictures in tests/ui/shots`);
process.exit(failures.length === 0 ? 0 : 1);
