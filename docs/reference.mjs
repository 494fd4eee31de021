/** Writes the pages of the reference, `docs/api`, from the doc comments: a page for each public name of each entry point. */
import { readFileSync } from 'node:fs';
import { Application, Converter, LogLevel } from 'typedoc';
import { inRoot } from '../bindings/build/paths.mjs';

const { name, exports } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

/** What a user imports, by the module of the sources behind it: `onnx` of `ts/entry/onnx.ts` is `cellgate/onnx`. */
const ENTRIES = new Map(
  Object.entries(exports).flatMap(([key, { types }]) => {
    const [, module] = /^\.\/dist\/entry\/(.*)\.d\.ts$/.exec(types ?? '') ?? [];
    return module === undefined ? [] : [[module, `${name}${key.slice(1)}`]];
  }),
);

/** Entry points that are `cellgate` with another way to load it: their names are on its page. */
const SAME_NAMES = ['inline', 'inline-inference'];
const modules = [...ENTRIES.keys()].filter((module) => !SAME_NAMES.includes(module));

const app = await Application.bootstrapWithPlugins({
  plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
  entryPoints: modules.map((module) => inRoot('ts/entry', `${module}.ts`)),
  tsconfig: inRoot('tsconfig.json'),
  out: inRoot('docs/api'),
  docsRoot: inRoot('docs'),
  readme: inRoot('docs/reference.md'),
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  expandObjects: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  disableSources: true,
  // Descriptions of overloads are shared; that some parameters are not in all of them is no fault.
  logLevel: LogLevel.Error,
  treatValidationWarningsAsErrors: true,
});

app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.children ?? []) {
    module.name = ENTRIES.get(module.name.replace(/^entry\//, '')) ?? module.name;
  }
});

const project = await app.convert();
if (!project || app.logger.hasErrors()) throw new Error('the reference cannot be made');
await app.generateOutputs(project);
if (app.logger.hasErrors()) process.exitCode = 1;
