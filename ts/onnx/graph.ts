/** The graph of a file, checked and put into an order in which its nodes can run. */

import { describe } from '../errors.js';
import { constantOf } from './constants.js';
import { labelOf, NodeReader } from './node-reader.js';
import { OPERATORS } from './operators/index.js';
import type { Operator } from './operators/operator.js';
import type { Planner } from './plan.js';
import type { GraphProto, NodeProto } from './proto/schema.js';
import type { Report } from './report.js';
import { Scope } from './scope.js';
import type { Value } from './value.js';

/** A node that runs the one or the other graph. */
export interface Branches {
  readonly ifTrue: Graph;
  readonly ifFalse: Graph;
}

/** A node: an operator, or branches. */
export interface GraphNode {
  readonly label: string;
  /** Names of values; '' where one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly operator?: Operator;
  readonly planner?: Planner;
  readonly branches?: Branches;
}

export interface Graph {
  /** Each behind those whose outputs it takes. */
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Value>;
  readonly outputs: readonly string[];
}

/** What reading a graph takes and gives beside it. */
export interface GraphContext {
  readonly opset: number;
  readonly report: Report;
}

const DOMAINS: readonly string[] = ['', 'ai.onnx'];

/** A graph that does nothing: stands for a branch that is never taken. */
export const NO_GRAPH: Graph = { nodes: [], constants: new Map(), outputs: [] };

/**
 * Reads a graph.
 *
 * @param outer names that are there from the graphs around it
 * @param inputs names of the graph's inputs
 * @throws CellgateError `file` for a graph that contradicts itself. What does not run here is reported.
 */
export function readGraph(
  proto: GraphProto,
  inputs: readonly string[],
  outer: Scope<true> | undefined,
  context: GraphContext,
): Graph {
  const { report } = context;
  const own = new Scope<true>(outer);
  for (const name of inputs) own.set(name, true);
  const define = (name: string): void => {
    if (own.holds(name)) report.damaged('every value must have a name of its own', `${describe(name)} twice`);
    own.set(name, true);
  };
  const constants = new Map<string, Value>();
  for (const tensor of proto.initializer) {
    define(tensor.name);
    constants.set(tensor.name, constantOf(`initializer ${describe(tensor.name)}`, tensor, report));
  }
  for (const node of proto.node) for (const name of node.output) if (name !== '') define(name);
  const check = (name: string, label: string): void => {
    if (own.get(name) === undefined) report.damaged(`${label} must take values that exist`, describe(name));
  };
  const nodes = proto.node.map((node) => {
    for (const name of node.input) if (name !== '') check(name, labelOf(node));
    return readNode(node, own, context);
  });
  const outputs = proto.output.map(({ name }) => name);
  for (const name of outputs) check(name, 'outputs');
  return { nodes: sorted(nodes, report), constants, outputs };
}

function readNode(proto: NodeProto, visible: Scope<true>, context: GraphContext): GraphNode {
  const reader = new NodeReader(proto, context.opset, context.report);
  const { label } = reader;
  const { input: inputs, output: outputs, opType, domain } = proto;
  const node = { label, inputs, outputs };
  if (DOMAINS.includes(domain) && opType === 'If') {
    const branches = readBranches(proto, reader, visible, context);
    reader.end();
    return { ...node, branches };
  }
  const isKnown = DOMAINS.includes(domain) && Object.hasOwn(OPERATORS, opType);
  const operator = isKnown ? OPERATORS[opType] : undefined;
  if (operator === undefined) {
    reader.unsupported(
      DOMAINS.includes(domain) ? 'an operator that does not run here' : `domain ${describe(domain)}`,
    );
    return node;
  }
  const [least, most] = operator.inputs;
  const required = most === Number.POSITIVE_INFINITY ? inputs : inputs.slice(0, least);
  if (inputs.length < least || inputs.length > most) reader.unsupported(`${inputs.length} inputs`);
  if (required.includes('')) reader.unsupported('an input left out');
  if (outputs.length === 0 || outputs.length > (operator.outputs ?? 1))
    reader.unsupported(`${outputs.length} outputs`);
  const planner = operator.prepare(reader);
  reader.end();
  return { ...node, operator, planner };
}

function readBranches(
  { input, output }: NodeProto,
  reader: NodeReader,
  visible: Scope<true>,
  context: GraphContext,
): Branches {
  const [ifTrue = NO_GRAPH, ifFalse = NO_GRAPH] = ['then_branch', 'else_branch'].map((name) => {
    const graph = reader.graph(name);
    if (graph === undefined) return context.report.damaged(`${reader.label} must have a ${name}`, 'none');
    if (graph.input.length > 0)
      context.report.damaged(`${name} of ${reader.label} must have no inputs`, 'some');
    return readGraph(graph, [], visible, context);
  });
  const counts = [ifTrue, ifFalse].map(({ outputs }) => outputs.length);
  if (input.length !== 1 || input[0] === '' || counts.some((count) => count !== output.length)) {
    context.report.damaged(`${reader.label} must have a condition and the outputs of its branches`, 'others');
  }
  return { ifTrue, ifFalse };
}

/** Names that a node needs, with those that its branches take from around them. */
export function namesOf({ inputs, branches }: GraphNode): string[] {
  if (branches === undefined) return inputs.filter((name) => name !== '');
  return [...inputs, ...namesAround(branches.ifTrue), ...namesAround(branches.ifFalse)];
}

function namesAround({ nodes, constants, outputs }: Graph): string[] {
  const own = new Set(constants.keys());
  for (const node of nodes) for (const name of node.outputs) own.add(name);
  return [...nodes.flatMap(namesOf), ...outputs].filter((name) => !own.has(name));
}

/** The nodes, each behind those that it needs; files may have them in any order, but not in a circle. */
function sorted(nodes: readonly GraphNode[], report: Report): GraphNode[] {
  const makers = new Map<string, GraphNode>();
  for (const node of nodes) for (const name of node.outputs) if (name !== '') makers.set(name, node);
  const needs = new Map(
    nodes.map((node) => [node, namesOf(node).flatMap((name) => makers.get(name) ?? [])] as const),
  );
  const result: GraphNode[] = [];
  const done = new Set<GraphNode>();
  const open = new Set<GraphNode>();
  for (const first of nodes) {
    const stack = [first];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      if (done.has(node)) {
        stack.pop();
        continue;
      }
      const missing = (needs.get(node) ?? []).filter((need) => !done.has(need));
      if (missing.length === 0) {
        stack.pop();
        open.delete(node);
        done.add(node);
        result.push(node);
        continue;
      }
      if (open.has(node)) report.damaged('nodes must not need each other in a circle', node.label);
      open.add(node);
      for (const need of missing) stack.push(need);
    }
  }
  return result;
}
