// The frame of all pages: rail, search, world badge, age of the facts; and which address shows what.
import { ActionIcon, AppShell, Burger, Button, Group, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { lazy, Suspense, useEffect, useRef } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { factsChanged } from "./api/client";
import { Fence, Failure, Nothing, Waiting } from "./parts/failure";
import { Palette } from "./parts/palette";
import { TrayBar, TrayKeeper } from "./parts/tray";
import { WhyDrawer } from "./parts/why";
import { useWorld, WorldKnowledge } from "./parts/world";
import { ago } from "./words";
import { Home } from "./pages/home";

const Catalog = lazy(() => import("./pages/catalog"));
const Thing = lazy(() => import("./pages/thing"));
const OperationPage = lazy(() => import("./pages/operation"));
const TypePage = lazy(() => import("./pages/type"));
const Assist = lazy(() => import("./pages/assist"));
const PlansPage = lazy(() => import("./pages/plans"));
const PlanPage = lazy(() => import("./pages/plan"));
const RunsPage = lazy(() => import("./pages/runs"));
const RunPage = lazy(() => import("./pages/run"));
const Explore = lazy(() => import("./pages/explore"));
const Providers = lazy(() => import("./pages/providers"));
const CodePage = lazy(() => import("./pages/code"));

const rail = [
  ["/", "Home", "⌂"], ["/catalog/instances", "Catalog", "☰"], ["/assist/goal", "Assist", "✦"], ["/plans", "Plans", "◇"],
  ["/runs", "Runs", "▶"], ["/explore", "Explore", "⌕"], ["/providers", "Providers", "☁"],
] as const;

export function App() {
  return (
    <WorldKnowledge>
      <TrayKeeper>
        <WhyDrawer>
          <Frame />
        </WhyDrawer>
      </TrayKeeper>
    </WorldKnowledge>
  );
}

function Frame() {
  const [menu, { toggle, close: closeMenu }] = useDisclosure(false);
  const [palette, { open, close }] = useDisclosure(false);
  const [place] = useLocation();
  const { status, failure } = useWorld();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useHotkeys([["mod+K", open], ["/", open]]);
  useEffect(() => {
    closeMenu();
    window.scrollTo(0, 0);
    // A reader of the screen is told where it is now; on the first page the browser does that.
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [place, closeMenu]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 190, breakpoint: "sm", collapsed: { mobile: !menu } }} padding="md">
      <a href="#main" className="skip">Skip to the page</a>
      <AppShell.Header style={{ background: "var(--panel)" }}>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger opened={menu} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
          <Link href="/" aria-label="samos, home" className="plain row brand" style={{ color: "inherit", flexWrap: "nowrap" }}>
            <img src="/mark.svg" width="26" height="26" alt="" /> <strong className="wide-only">samos</strong>
          </Link>
          {status && <span className="chip live" title={status.world.name}>{status.world.badge}</span>}
          <div className="grow" />
          <Button variant="default" size="compact-md" style={{ flexShrink: 0 }} onClick={open} aria-keyshortcuts="Control+K">Search <span className="quiet small wide-only" style={{ marginLeft: 6 }}>Ctrl K</span></Button>
          {status && <Button variant="subtle" color="gray" c="inherit" size="compact-sm" visibleFrom="sm" onClick={factsChanged} title="Ask again">facts {ago(status.facts_age_s) || "stated"} ↻</Button>}
          <ThemeSwitch />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" style={{ background: "var(--panel)" }}>
        <nav aria-label="Pages" className="rail stack tight">
          {rail.map(([to, title, sign]) => {
            const part = `/${to.split("/")[1]}`;
            const here = part === "/" ? place === "/" : place.startsWith(part) || (part === "/catalog" && /^\/(things|operations|types)/.test(place));
            return <Link key={to} href={to} aria-current={here ? "page" : undefined}><span aria-hidden>{sign}</span>{title}</Link>;
          })}
        </nav>
        <div className="grow" />
        <div className="small quiet stack tight" style={{ padding: "0.5rem" }}>
          <a href="/api/docs">HTTP interface</a>
          {status && <span>samos {status.version}</span>}
        </div>
      </AppShell.Navbar>
      <AppShell.Main>
        <main id="main" tabIndex={-1} ref={main} className="page" style={{ outline: "none" }}>
          {failure && !status && <Failure error={failure} again={factsChanged} />}
          <Fence key={place}>
            <Suspense fallback={<Waiting what="One moment …" />}>
              <Switch>
                <Route path="/"><Home /></Route>
                <Route path="/catalog/:kind?">{(p) => <Catalog kind={p.kind ?? "instances"} />}</Route>
                <Route path="/things/:name">{(p) => <Thing name={p.name} />}</Route>
                <Route path="/operations/:name">{(p) => <OperationPage name={p.name} />}</Route>
                <Route path="/types/:name">{(p) => <TypePage name={p.name} />}</Route>
                <Route path="/assist/:mode?">{(p) => <Assist mode={p.mode ?? "goal"} />}</Route>
                <Route path="/plans"><PlansPage /></Route>
                <Route path="/plans/:fingerprint">{(p) => <PlanPage fingerprint={p.fingerprint} />}</Route>
                <Route path="/runs"><RunsPage /></Route>
                <Route path="/runs/:run">{(p) => <RunPage run={p.run} />}</Route>
                <Route path="/explore"><Explore /></Route>
                <Route path="/providers"><Providers /></Route>
                <Route path="/codes/:code">{(p) => <CodePage code={p.code} />}</Route>
                <Route><Nothing title="There is no such page"><Link href="/">Go home</Link></Nothing></Route>
              </Switch>
            </Suspense>
          </Fence>
          <TrayBar />
        </main>
      </AppShell.Main>
      <Palette opened={palette} close={close} />
    </AppShell>
  );
}

function ThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const now = useComputedColorScheme("light");
  const other = now === "dark" ? "light" : "dark";
  return (
    <ActionIcon variant="default" size="lg" onClick={() => setColorScheme(other)} aria-label={`Change to ${other} colours`}>
      <span aria-hidden>{now === "dark" ? "☀" : "☾"}</span>
    </ActionIcon>
  );
}
