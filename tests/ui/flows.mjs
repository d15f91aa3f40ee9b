// What a person does, flow by flow.
import { plan500 } from "./long_plan.mjs";

/** How long the page's own thread has worked, in milliseconds: the same on a busy machine, not on a slower one. */
async function worker(context, page) {
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1_000 * (metrics.find((one) => one.name === "TaskDuration")?.value ?? 0);
  };
}

/** The work of a page without any library, in this browser, now: `draws` is run in an empty one. What ours may need is told by it. */
async function peer(context, draws, ...given) {
  const page = await context.newPage();
  await page.setContent("<!doctype html><style>.r { display: flex; height: 36px } .r * { flex: 1 } .n { position: absolute; width: 200px; border: 1px solid }</style><main></main>");
  const worked = await worker(context, page);
  const before = await worked();
  await page.evaluate(draws, ...given);
  const work = (await worked()) - before;
  await page.close();
  return work;
}

const ready = (page, selector) => page.waitForSelector(selector, { state: "visible" });

async function home({ page, context, origin, look, fail, width }) {
  let bytes = 0;
  const files = new Set();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  session.on("Network.responseReceived", ({ requestId, type }) => { if (["Document", "Script", "Stylesheet", "Image"].includes(type)) files.add(requestId); });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => { if (files.has(requestId)) bytes += encodedDataLength; });
  await page.goto(`${origin}/`);
  await ready(page, "a.card");
  await page.waitForLoadState("load");
  console.log(`       first load: ${(bytes / 1024).toFixed(0)} KiB as sent`);
  if (bytes > 250 * 1024 && width > 600 && !process.env.UNCOMPRESSED) fail(`the first load is ${bytes} bytes, more than 250 KiB`);
  if ((await page.locator("a.card").count()) !== 3) fail("there are not three cards");
  await look();
}

/** Card, run: the first minute. */
async function first_minute({ page, origin, look, fail }) {
  await page.goto(`${origin}/`);
  await page.locator("a.card").first().click();
  await ready(page, "text=Checked:");
  await ready(page, ".react-flow__node");
  await look("plan");
  for (const view of ["List", "Timeline"]) {
    await page.locator(".mantine-SegmentedControl-label", { hasText: view }).click();
    await look(view.toLowerCase());
  }
  await page.locator(".mantine-SegmentedControl-label", { hasText: "List" }).click();
  await page.getByRole("button", { name: /after 2 · why/ }).first().click();
  await ready(page, "[role=dialog] h2");
  await look("why");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /Run in demo/ }).click();
  await page.waitForURL(/\/runs\//);
  await page.waitForSelector("text=/\\d of \\d/");
  await look("running");
  await page.waitForSelector("text=/✔ Done/");
  await look("done");
  const slider = page.getByRole("slider");
  await slider.focus();
  for (let i = 0; i < 5; i += 1) await page.keyboard.press("ArrowLeft");
  if (!page.url().includes("at=")) fail("a moment of the run is no link");
  await look("earlier");
}

async function together({ page, origin, look }) {
  await page.goto(`${origin}/`);
  await page.locator("a.card").nth(1).click();
  await ready(page, "table.matrix");
  await ready(page, "text=Checked:");
  await look();
  const blocked = page.locator("table.matrix button:has-text('blocked')").first();
  if (await blocked.count()) {
    await blocked.click();
    await ready(page, "[role=dialog] h2");
    await look("why");
  }
}

async function check({ page, origin, look }) {
  await page.goto(`${origin}/`);
  await page.locator("a.card").nth(2).click();
  await ready(page, "text=Ways to satisfy");
  await ready(page, ".answer-line");
  await look();
  const find = page.getByRole("button", { name: /Find the plan/ });
  if (await find.count()) {
    await find.click();
    await page.waitForSelector("text=/Checked:|No plan/");
    await look("plan");
  }
}

async function form({ page, origin, look }) {
  await page.goto(`${origin}/operations/rackspace:AddNode?on=rackspace:lb-1&set=port%3D99999`);
  await ready(page, "text=Conditions");
  await ready(page, ".answer-line");
  await page.waitForTimeout(800);
  await look();
}

async function catalog({ page, origin, look }) {
  await page.goto(`${origin}/catalog/instances`);
  await ready(page, ".rows [role=row] a");
  await look();
  await page.goto(`${origin}/catalog/operations`);
  await ready(page, ".rows [role=row] a");
  await look("operations");
}

async function thing({ page, origin, look }) {
  await page.goto(`${origin}/things/ec2:web-1`);
  await ready(page, "text=By the call");
  await page.getByRole("button", { name: "Use as input", exact: true }).click();
  await ready(page, "text=Tray");
  await page.getByRole("button", { name: /Refresh all/ }).click();
  await page.waitForSelector("text=/\\d+ requests? answered/");
  await look("information");
  for (const tab of ["Description", "Manipulation"]) {
    await page.locator(".mantine-SegmentedControl-label", { hasText: tab }).click();
    await look(tab.toLowerCase());
  }
  await page.goto(`${origin}/things/ec2:web-1?tab=description`);
  await page.getByRole("button", { name: /^Why is it a / }).first().click();
  await ready(page, ".proof");
  await look("why");
}

async function chain({ page, origin, look }) {
  await page.goto(`${origin}/assist/chain?on=ec2:web-1&ask=1`);
  await page.waitForSelector("text=/Looked at/");
  await page.waitForSelector("text=/Checked:|No chain/");
  await look();
}

/** What cannot be reached is an answer: what would make a plan. */
async function nearest({ page, origin, look, fail }) {
  await page.goto(`${origin}/assist/connect?on=ec2:data-1&on=rackspace:scratch-1&ask=1`);
  await page.waitForSelector("section[aria-label='Nearest miss']");
  const would = await page.locator("section[aria-label='Nearest miss']").textContent();
  if (!would.includes("no outcome of an operation on one subject fits")) fail(`“no plan” does not say why there is none: ${would}`);
  await look();
}

async function connect({ page, origin, look }) {
  await page.goto(`${origin}/assist/connect?on=ec2:db-1&on=rackspace:lb-1&ask=1`);
  await ready(page, ".bridge");
  await ready(page, "text=Checked:");
  await look();
}

/** Asks for the figure's plan and begins it with what is given; gives the run's name. */
async function begun({ context, origin }, order, subjects = ["ec2:web-1", "rackspace:lb-1"]) {
  const send = async (path, data) => {
    const answer = await context.request.post(`${origin}/api/v1/${path}`, { headers: { origin }, data, timeout: 60_000 });
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? undefined : answer.json();
  };
  await send("demo/reset", {});
  const { plans } = await send("connect", { subjects, alternatives: 1 });
  const plan = plans[0];
  return (await send(`plans/${plan.fingerprint}/apply`, { approve: plan.cost.manipulations, ...order })).run;
}

const over = (page) => page.waitForSelector("text=/✔ Done|It ended as|Nobody knows|is taken back/");

/** The same on several machines of two clouds is run at once; each has its own result. */
async function stop_all({ page, context, origin, look, fail }) {
  await context.request.post(`${origin}/api/v1/demo/reset`, { headers: { origin } });
  await page.goto(`${origin}/`);
  await page.locator("a.card").nth(1).click();
  await ready(page, "text=Checked:");
  await page.getByRole("button", { name: /Run in demo/ }).click();
  await page.waitForURL(/\/runs\//);
  await page.waitForSelector("text=/✔ Done/");
  const done = await page.locator(".react-flow__node:has-text('done')").count();
  if (done < 2) fail(`${done} subjects are told to be done`);
  await look();
}

/** A run is paused by its button and goes on from there. */
async function pause({ page, context, origin, look }) {
  const run = await begun({ context, origin }, {});
  await page.goto(`${origin}/runs/${run}`);
  await page.getByRole("button", { name: "Pause after this step" }).click();
  await page.waitForSelector("text=/Paused: nothing new is begun/");
  await look();
  await page.getByRole("button", { name: "Go on", exact: true }).click();
  await page.waitForSelector("text=/✔ Done/");
}

/** What is run must be approved: the number of changes is typed, and nothing else will do. */
async function approve({ page, context, origin, look, fail }) {
  await context.request.post(`${origin}/api/v1/demo/reset`, { headers: { origin } });
  await page.goto(`${origin}/`);
  await page.locator("a.card").first().click();
  await page.getByRole("button", { name: /Run with choices/ }).click();
  const number = page.getByLabel(/Type \d+ to approve/);
  const run = page.getByRole("button", { name: "Run", exact: true });
  await number.fill("1");
  if (await run.isEnabled()) fail("a wrong number of changes is accepted");
  await number.fill("2");
  if (!(await run.isEnabled())) fail("the right number of changes is not accepted");
  await look();
  await run.click();
  await page.waitForURL(/\/runs\//);
  await page.waitForSelector("text=/✔ Done/");
}

/** A plan in every other form, and one of yesterday's facts. */
async function forms({ page, context, origin, look, fail }) {
  const headers = { origin };
  await context.request.post(`${origin}/api/v1/demo/reset`, { headers });
  const ask = async (path, data) => (await context.request.post(`${origin}/api/v1/${path}`, { headers, data })).json();
  const goal = (await ask("plan", { goal: "ec2:web-2.state is samos:Stopped" })).plans[0];
  await page.goto(`${origin}/plans/${goal.fingerprint}`);
  await page.getByRole("button", { name: "Other forms" }).click();
  const said = { json: "fingerprint", turtle: "p-plan", mermaid: "flowchart", dot: "digraph", arazzo: "workflowId", pddl: "(:goal" };
  for (const [form, word] of Object.entries(said)) {
    const link = page.getByRole("menuitem", { name: form, exact: true });
    const answer = await context.request.get(origin + (await link.getAttribute("href")));
    if (!answer.ok() || !(await answer.text()).includes(word)) fail(`as ${form} the plan does not say “${word}”`);
  }
  await look();
  // Another stops the same machine first.
  const { run } = await ask(`plans/${goal.fingerprint}/apply`, { approve: 1 });
  await page.goto(`${origin}/runs/${run}`);
  await page.waitForSelector("text=/✔ Done/");
  await page.goto(`${origin}/plans/${goal.fingerprint}`);
  await ready(page, "text=See its run");
  await look("used");
}

/** A run whose answers are lost stops; it goes on from there, and is taken back. */
async function resume({ page, context, origin, look, fail }) {
  const run = await begun({ context, origin }, { faults: { seed: 3, refuse: 1000 } });
  await page.goto(`${origin}/runs/${run}`);
  await over(page);
  await look("stopped");
  const on = page.getByRole("button", { name: /^(Go on|Look again and go on)$/ });
  if ((await on.count()) !== 1) fail("a run that stopped does not offer to go on");
  await on.click();
  await page.waitForSelector("text=/it goes on/");
  await over(page);
  await look("went-on");
}

/** What was done is taken back, last step first, with each step's state. */
async function undo({ page, context, origin, look, fail }) {
  const run = await begun({ context, origin }, {});
  await page.goto(`${origin}/runs/${run}`);
  await page.waitForSelector("text=/✔ Done/");
  await page.getByRole("button", { name: "Take it back" }).click();
  await page.waitForSelector("text=/What was done is taken back/");
  const states = await page.locator("strong:has-text('Taken back') ~ .row .chip").allTextContents();
  if (states.length === 0 || states.some((one) => !one.includes("done"))) fail(`the steps taken back say “${states.join(", ")}”`);
  await look();
}

/** The world is not as the plan takes it to be: the run stops, and a new plan is made from there. */
async function replan({ page, context, origin, look, fail }) {
  const run = await begun({ context, origin }, { on_failure: "replan", faults: { seed: 5, disturb: 1000 } });
  await page.goto(`${origin}/runs/${run}`);
  await over(page);
  await look("stopped");
  const again = page.getByRole("button", { name: /Plan again from today/ });
  if ((await again.count()) !== 1) return fail("a run that needs a new plan does not offer one");
  await again.click();
  await page.waitForSelector("text=/Checked:|nothing is left to do/");
  await look("again");
}

async function goal({ page, origin, look }) {
  await page.goto(`${origin}/assist/goal`);
  await page.getByRole("combobox", { name: "Goal, as text" }).fill("ec2:web-2.state is samos:Stopped");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Find", exact: true }).click();
  await page.waitForSelector("text=/Looked at/");
  await look();
}

async function explore({ page, origin, look }) {
  await page.goto(`${origin}/explore`);
  await ready(page, ".cm-content");
  await page.getByRole("link", { name: "Which machines are stopped?" }).click();
  await ready(page, "section[aria-label=Answer] [role=row] a");
  await look("table");
  await page.goto(`${origin}/explore?query=${encodeURIComponent("DESCRIBE ec2:web-1")}`);
  await ready(page, "section[aria-label=Answer] .react-flow__node");
  await look("graph");
  const nodes = page.locator("section[aria-label=Answer] .react-flow__node");
  const before = await nodes.count();
  // A value that is itself a thing grows the graph around it.
  await nodes.filter({ hasText: /^ec2:(?!web-1)/ }).first().click();
  await page.waitForFunction((count) => document.querySelectorAll("section[aria-label=Answer] .react-flow__node").length > count, before);
  await look("grown");
  // The switch stands in the address, and is sent with the query.
  await page.goto(`${origin}/explore?query=${encodeURIComponent("SELECT ?machine WHERE { ?machine a samos:VirtualMachine }")}`);
  await ready(page, "section[aria-label=Answer] [role=row] a");
  const sent = page.waitForRequest(/\/sparql\?.*sameAs=false/);
  await page.getByRole("switch", { name: /sameAs/ }).click({ force: true });
  await page.waitForURL(/sameAs=false/);
  await sent;
  await ready(page, "section[aria-label=Answer] [role=row] a");
  await look("same-as");
  await page.goto(`${origin}/explore?query=${encodeURIComponent("SELECT ?x WHERE { ?x a }")}`);
  await ready(page, "[role=alert]");
  await look("error");
}

async function lists({ page, origin, look }) {
  await page.goto(`${origin}/plans`);
  await ready(page, "h1");
  await page.waitForTimeout(500);
  await look("plans");
  await page.goto(`${origin}/runs`);
  await ready(page, "h1");
  await page.waitForTimeout(500);
  await look("runs");
  await page.goto(`${origin}/providers`);
  await ready(page, "text=Add a provider");
  await page.waitForSelector("text=Last facts");
  await look("providers");
  await page.goto(`${origin}/types/ec2:PublicIPAddress`);
  await ready(page, "h1");
  await look("type");
  await page.goto(`${origin}/codes/V0112`);
  await ready(page, "h1");
  await look("code");
}

/** By keyboard alone: skip link, palette. */
async function keyboard({ page, origin, look, fail, width }) {
  await page.goto(`${origin}/`);
  await ready(page, "a.card");
  await page.keyboard.press("Tab");
  const skip = await page.evaluate(() => document.activeElement?.textContent ?? "");
  if (!skip.includes("Skip")) fail(`the first stop is not the skip link but “${skip}”`);
  await page.keyboard.press("Control+k");
  await ready(page, "[role=combobox]");
  await page.keyboard.type("web-1");
  await page.waitForSelector("[role=option]:has-text('ec2:web-1')");
  await look("palette");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/things\//);
  if (width < 600) {
    await page.getByRole("button", { name: "Menu" }).click();
    await look("menu");
  }
}

/** No answer is ever an empty page. */
async function failures({ page, origin, look, fail }) {
  const body = { type: "about:blank", title: "busy", status: 503, detail: "too much is asked at once", code: "S4290", findings: [{ severity: "error", code: "S4290", message: "too much is asked at once", help: "wait a moment, then try again" }] };
  await page.route(/\/api\/v1\/(?!status)/, (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(body) }));
  for (const place of ["/", "/catalog/instances", "/things/ec2:web-1", "/plans", "/runs", "/runs/r-1", "/plans/sha256:1", "/operations/ec2:StartInstance", "/providers", "/assist/goal?goal=a.b%20is%20c", "/explore"]) {
    await page.goto(`${origin}${place}`);
    await page.waitForSelector("[role=alert]").catch(() => fail(`${place} does not say what to do`));
  }
  await look();
  await page.unroute(/\/api\/v1\/(?!status)/);
  await page.goto(`${origin}/no/such/page`);
  await ready(page, "text=There is no such page");
}

/** 10,000 rows: only what is seen is in the page, and scrolling keeps up. */
async function many_rows({ page, context, origin, fail }) {
  const worked = await worker(context, page);
  const items = Array.from({ length: 10_000 }, (_, n) => ({ name: `ec2:machine-${n}`, iri: `urn:${n}`, label: null, provider: "aws", kind: "ec2:Instance", state: n % 2 ? "running" : "stopped", observed_at: null, age_s: null, reads: 9, changes: 7, blocked: 2 }));
  await page.route(/\/api\/v1\/instances/, (route) => route.fulfill({ json: { items, total: items.length, offset: 0, limit: 10_000 } }));
  await page.goto(`${origin}/catalog/instances`);
  await ready(page, ".rows [role=row] a");
  const drawn = await page.locator(".rows [role=row]").count();
  if (drawn > 120) fail(`${drawn} rows are drawn at once`);
  const before = await worked();
  const { worst, mean } = await page.evaluate(async () => {
    const box = document.querySelector(".rows");
    const times = [];
    let last = performance.now();
    for (let at = 0; at < 90; at += 1) {
      box.scrollTop += 900;
      await new Promise((done) => requestAnimationFrame(done));
      times.push(performance.now() - last);
      last = performance.now();
    }
    return { worst: Math.max(...times), mean: times.reduce((a, b) => a + b) / times.length };
  });
  const work = ((await worked()) - before) / 90;
  // As many rows with as many cells, written anew for each frame.
  const plain = (await peer(context, async (count) => {
    for (let at = 0; at < 90; at += 1) {
      document.querySelector("main").innerHTML = Array.from({ length: count }, (_, n) => `<div class=r><a href="#${n}">machine-${at * count + n}</a><i>Instance</i><b>running</b><span>9 reads</span><span>7 changes</span><span>2 blocked</span><button>more</button></div>`).join("");
      await new Promise((done) => requestAnimationFrame(done));
    }
  }, drawn)) / 90;
  console.log(`       10,000 rows: ${drawn} drawn, a frame needs ${work.toFixed(1)} ms of work, ${(work / plain).toFixed(1)} times that of a plain page (${plain.toFixed(1)} ms); came every ${mean.toFixed(1)} ms, the slowest after ${worst.toFixed(0)} ms`);
  if (work > 5 * plain) fail(`a frame needs ${work.toFixed(1)} ms of work while scrolling, ${plain.toFixed(1)} ms in a plain page`);
}

/** A plan of 500 steps is drawn with work in proportion. */
async function long_plan({ page, context, origin, look, fail }) {
  const worked = await worker(context, page);
  const plan = plan500();
  const detail = { plan, title: "500 steps", state: "fresh", run: null, changes: 500, irreversible: [], sentences: [], saved: false, at: "2026-01-01T00:00:00Z", findings: [] };
  await page.route(/\/api\/v1\/plans\/sha256/, (route) => route.fulfill({ json: detail }));
  await page.route(/\/api\/v1\/verify/, (route) => route.fulfill({ json: { findings: [] } }));
  // The parts of the page are loaded before, as for anybody who has seen a plan.
  await page.goto(`${origin}/plans/sha256:500`);
  await page.waitForSelector(".react-flow__node");
  await page.goto(`${origin}/plans`);
  await ready(page, "h1");
  const before = await worked();
  await page.evaluate(() => { globalThis.began = performance.now(); history.pushState(null, "", "/plans/sha256:500"); });
  await page.waitForSelector(".react-flow__node");
  const took = await page.evaluate(() => performance.now() - globalThis.began);
  const work = (await worked()) - before;
  // As many boxes and lines.
  const plain = await peer(context, async ([boxes, lines]) => {
    const box = (n) => `<div class=n style="transform: translate(${Math.floor(n / 20) * 250}px, ${(n % 20) * 90}px)"><b>StartInstance</b><p>ec2:machine-${n}</p><small>change</small></div>`;
    const line = (n) => `<path d="M ${n} 0 C ${n} 90, ${n + 90} 90, ${n + 200} 90" stroke="black" fill="none"/>`;
    document.querySelector("main").innerHTML = Array.from({ length: boxes }, (_, n) => box(n)).join("") + `<svg width="8000" height="2000">${Array.from({ length: lines }, (_, n) => line(n)).join("")}</svg>`;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }, [plan.steps.length, plan.edges.length]);
  console.log(`       500 steps drawn with ${work.toFixed(0)} ms of work, ${(work / plain).toFixed(1)} times that of a plain page (${plain.toFixed(0)} ms); there after ${took.toFixed(0)} ms`);
  if (work > 20 * plain) fail(`500 steps need ${work.toFixed(0)} ms of work to be drawn, ${plain.toFixed(0)} ms in a plain page`);
  await look();
}

export const flows = { home, first_minute, together, check, form, catalog, thing, chain, nearest, connect, stop_all, pause, approve, forms, resume, undo, replan, goal, explore, lists, keyboard, failures };

/** These tell how much work something is, and have the machine to themselves. */
export const measured = { many_rows, long_plan };
