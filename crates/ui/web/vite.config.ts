// How the pages are built: one small first load; the editor and the graph come when they are asked for.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// In development the pages are Vite's and the answers come from `samos serve --demo --no-token`.
const server = process.env.SAMOS_SERVER ?? "http://127.0.0.1:7420";
const paths = ["/api", "/sparql", "/store", "/events", "/version", "/livez", "/readyz", "/metrics"];

// To the server it looks as if the pages were its own.
const proxy = Object.fromEntries(paths.map((path) => [path, { target: server, changeOrigin: true, headers: { origin: server } }]));

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", sourcemap: false, chunkSizeWarningLimit: 700, assetsInlineLimit: 0 },
  server: { proxy },
  preview: { proxy },
});
