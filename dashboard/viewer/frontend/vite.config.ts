// One file out, so that the server has one address to serve and the browser one to keep.
import { defineConfig } from "vite";
import { licences } from "./licences";

// The library's segmentation worker is another 3.8 MB and nothing here segments.
const withoutWorker = {
  name: "without-segmentation-worker",
  load: (id: string) => (id.endsWith("/utilities/registerComputeWorker.js") ? "export function registerComputeWorker() {}" : null),
};

export default defineConfig({
  plugins: [withoutWorker, licences],
  resolve: { alias: { events: "events/", url: "url/" } }, // vtk.js asks for Node's; these are their browser twins
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  build: {
    target: "es2022",
    outDir: "../build",
    emptyOutDir: true,
    assetsInlineLimit: 100_000_000,
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 8000,
    modulePreload: false,
    rollupOptions: {
      input: "src/index.ts",
      preserveEntrySignatures: "strict",
      output: { format: "es", entryFileNames: "viewer.js", inlineDynamicImports: true },
    },
  },
});
