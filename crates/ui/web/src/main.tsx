import "@mantine/core/styles.css";
import "./samos.css";
import { createTheme, type CSSVariablesResolver, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queries } from "./api/client";
import { App } from "./app";

const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: "md",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.55rem" }, h2: { fontSize: "1.15rem" }, h3: { fontSize: "1rem" } } },
});

// What is quiet still has the contrast of AA.
const contrast: CSSVariablesResolver = () => ({
  variables: {},
  light: { "--mantine-primary-color-filled-hover": "#084f5c", "--mantine-color-cyan-filled-hover": "#084f5c", "--mantine-color-dimmed": "#495057", "--mantine-color-body": "#f6f7f9", "--mantine-color-anchor": "#0b5f80", "--mantine-color-error": "#a61e1e", "--mantine-color-placeholder": "#5c636a" },
  dark: { "--mantine-primary-color-filled-hover": "#084f5c", "--mantine-color-cyan-filled-hover": "#084f5c", "--mantine-color-dimmed": "#b8bcc2", "--mantine-color-body": "#15171a", "--mantine-color-anchor": "#7fd3ee", "--mantine-color-error": "#ff9d9d", "--mantine-color-placeholder": "#a3a8ae" },
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={contrast} defaultColorScheme="auto">
        <QueryClientProvider client={queries}>
          <App />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
