// Beside the bundle: the licence of every package that went into it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const INSIDE = "/node_modules/";

export const licences: Plugin = {
  name: "licences",
  generateBundle(_, bundle) {
    const folders = new Set<string>();
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== "chunk") continue;
      for (const [id, module] of Object.entries(chunk.modules)) {
        if (module.renderedLength > 0 && id.includes(INSIDE)) folders.add(packageOf(id));
      }
    }
    const texts = [...folders].map(notice).sort();
    const head = `The viewer's script holds code of these ${texts.length} packages.\n`;
    this.emitFile({ type: "asset", fileName: "LICENCES.txt", source: [head, ...texts].join("\n") });
  },
};

/** Folder of the package that a module belongs to: the nearest one whose package.json has a name and a version. */
function packageOf(id: string): string {
  let folder = dirname(id.replace(/^\0/, "").split("?")[0]);
  for (;;) {
    const path = join(folder, "package.json");
    if (existsSync(path)) {
      const told = JSON.parse(readFileSync(path, "utf-8")) as { name?: string; version?: string };
      if (told.name && told.version) return folder;
    }
    if (folder === dirname(folder)) throw new Error(`no package holds ${id}`);
    folder = dirname(folder);
  }
}

function notice(folder: string): string {
  const told = JSON.parse(readFileSync(join(folder, "package.json"), "utf-8")) as { name: string; version: string; license?: string };
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text = file ? readFileSync(join(folder, file), "utf-8").replace(/\r/g, "").trim() : "(the package brings no licence text)";
  return `${"=".repeat(100)}\n${told.name} ${told.version}, ${told.license ?? "licence not named"}\n\n${text}\n`;
}
