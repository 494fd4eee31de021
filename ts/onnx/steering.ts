/** Which inputs steer a network: those whose numbers say what shapes its tensors have, or which branch is taken. */

import type { Graph, GraphNode } from './graph.js';
import { Scope } from './scope.js';

/** Where a name comes from. */
interface Origin {
  readonly node?: GraphNode;
  readonly scope: Scope<Origin>;
}

interface Wanted {
  readonly name: string;
  readonly scope: Scope<Origin>;
  /** The node that needs to know it. */
  readonly label: string;
}

/** Inputs that steer, each with the label of a node that it steers. */
export function steeringInputs(graph: Graph, inputs: readonly string[]): Map<string, string> {
  const scopes = new Map<Graph, Scope<Origin>>();
  const root = new Scope<Origin>();
  for (const name of inputs) root.set(name, { scope: root });
  const wanted: Wanted[] = [];
  collect(graph, new Scope(root), scopes, wanted);
  const found = new Map<string, string>();
  const seen = new Set<Origin>();
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const { name, label } = next;
    const origin = next.scope.get(name);
    if (origin === undefined || seen.has(origin)) continue;
    seen.add(origin);
    const { node, scope } = origin;
    if (node === undefined) {
      if (scope === root) found.set(name, label);
      continue;
    }
    if (node.operator?.readsShapes) continue;
    for (const input of node.inputs) if (input !== '') wanted.push({ name: input, scope, label });
    for (const branch of node.branches ? [node.branches.ifTrue, node.branches.ifFalse] : []) {
      const inner = scopes.get(branch);
      if (inner) for (const output of branch.outputs) wanted.push({ name: output, scope: inner, label });
    }
  }
  return found;
}

/** Fills in where the names of a graph and of its branches come from, and what their nodes need to know. */
function collect(
  graph: Graph,
  scope: Scope<Origin>,
  scopes: Map<Graph, Scope<Origin>>,
  wanted: Wanted[],
): void {
  scopes.set(graph, scope);
  for (const name of graph.constants.keys()) scope.set(name, { scope });
  for (const node of graph.nodes) {
    const origin = { node, scope };
    for (const name of node.outputs) scope.set(name, origin);
    const { label, inputs } = node;
    const steering = node.branches ? [0] : (node.operator?.steeredBy ?? []);
    for (const at of steering) if (inputs[at]) wanted.push({ name: inputs[at], scope, label });
    for (const branch of node.branches ? [node.branches.ifTrue, node.branches.ifFalse] : []) {
      collect(branch, new Scope(scope), scopes, wanted);
    }
  }
}
