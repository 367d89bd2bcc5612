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

type Told = { name: string; version: string; license?: string; author?: string | { name: string }; repository?: string | { url: string } };

function notice(folder: string): string {
  const told = JSON.parse(readFileSync(join(folder, "package.json"), "utf-8")) as Told;
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text = file ? readFileSync(join(folder, file), "utf-8").replace(/\r/g, "").trim() : without(told);
  return `${"=".repeat(100)}\n${told.name} ${told.version}, ${told.license ?? "licence not named"}\n\n${text}\n`;
}

/** For a package that names its licence but does not bring the text. */
function without(told: Told): string {
  const from = typeof told.repository === "object" ? told.repository.url : told.repository;
  const author = typeof told.author === "object" ? told.author.name : told.author;
  const who = `Copyright (c) ${author ?? "its contributors"} and contributors${from ? `, ${from}` : ""}`;
  return told.license === "MIT" ? `${who}\n\n${MIT}` : who;
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify,
merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished
to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
