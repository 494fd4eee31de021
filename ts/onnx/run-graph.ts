/** The nodes of a graph as parts of a plan. */

import { describe } from '../errors.js';
import { type Graph, type GraphNode, NO_GRAPH, namesOf } from './graph.js';
import type { Inputs, Plan } from './plan.js';
import { Scope } from './scope.js';
import type { Value } from './value.js';

function inputsOf({ inputs }: GraphNode, scope: Scope<Value>): Inputs {
  return inputs.map((name) => (name === '' ? undefined : scope.get(name)));
}

/** Adds an operator, and names what it gives. */
function addOperator(plan: Plan, node: GraphNode, scope: Scope<Value>): void {
  if (node.planner === undefined) throw new TypeError('an operator that was reported');
  const values = plan.add(node.label, node.planner, inputsOf(node, scope));
  for (const [at, name] of node.outputs.entries()) {
    if (name === '') continue;
    const value =
      values[at] ?? plan.fail('unsupported', `outputs must be ${values.length} at most`, describe(name));
    scope.set(name, value);
  }
}

/** The branch that a condition chooses. */
function chosen(plan: Plan, { label, branches }: GraphNode, condition: Value): Graph {
  const isTrue = plan.condition(label, condition);
  return (isTrue ? branches?.ifTrue : branches?.ifFalse) ?? NO_GRAPH;
}

/** Adds all nodes of a graph. Gives its outputs, in order. */
export function addGraph(plan: Plan, graph: Graph, outer: Scope<Value>): Value[] {
  const scope = new Scope(outer);
  for (const [name, value] of graph.constants) scope.set(name, value);
  for (const node of graph.nodes) {
    if (node.branches === undefined) {
      addOperator(plan, node, scope);
      continue;
    }
    const branch = chosen(plan, node, scope.get(node.inputs[0] as string) as Value);
    for (const [at, value] of addGraph(plan, branch, scope).entries()) {
      scope.set(node.outputs[at] as string, value);
    }
  }
  return graph.outputs.map((name) => scope.get(name) as Value);
}

/** The nodes and constants that the outputs need. */
function needed(
  nodes: readonly GraphNode[],
  constants: ReadonlyMap<string, Value>,
  outputs: readonly string[],
): Graph {
  const names = new Set(outputs);
  const kept: GraphNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => names.has(name))) continue;
    kept.push(node);
    for (const name of namesOf(node)) names.add(name);
  }
  return {
    nodes: kept.reverse(),
    constants: new Map([...constants].filter(([name]) => names.has(name))),
    outputs,
  };
}

/**
 * The graph with what follows from constants alone computed, by a plan for that, and without what nobody needs. Layers stay:
 * they are made where they are used.
 */
export function folded(plan: Plan, graph: Graph, outer: Scope<Value>): Graph {
  const scope = new Scope(outer);
  for (const [name, value] of graph.constants) scope.set(name, value);
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    if (node.branches !== undefined) {
      nodes.push(foldedBranches(plan, node, scope));
      continue;
    }
    const inputs = inputsOf(node, scope);
    const isKnown = node.inputs.every((name, at) => name === '' || inputs[at] !== undefined);
    if (isKnown && node.operator?.isLayer !== true) addOperator(plan, node, scope);
    else nodes.push(node);
  }
  return needed(nodes, scope.own, graph.outputs);
}

function foldedBranches(plan: Plan, node: GraphNode, scope: Scope<Value>): GraphNode {
  const { ifTrue, ifFalse } = node.branches ?? { ifTrue: NO_GRAPH, ifFalse: NO_GRAPH };
  const condition = scope.get(node.inputs[0] as string);
  if (condition === undefined) {
    return {
      ...node,
      branches: { ifTrue: folded(plan, ifTrue, scope), ifFalse: folded(plan, ifFalse, scope) },
    };
  }
  // The branch that is never taken needs nothing.
  const isTrue = plan.condition(node.label, condition);
  const branch = folded(plan, isTrue ? ifTrue : ifFalse, scope);
  return {
    ...node,
    branches: isTrue ? { ifTrue: branch, ifFalse: NO_GRAPH } : { ifTrue: NO_GRAPH, ifFalse: branch },
  };
}
