/** SVG as a strict parser of XML reads it. */
import { SaxesParser } from 'saxes';

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** The root; throws where the text is not well-formed. */
export function parse(svg: string): Element {
  const parser = new SaxesParser({ xmlns: true });
  const top: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const values = Object.fromEntries(Object.entries(attributes).map(([key, { value }]) => [key, value]));
    const element: Element = { name, attributes: values, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(svg).close();
  return top.children[0] as Element;
}

/** An element and all below. */
export function all(element: Element): Element[] {
  return [element, ...element.children.flatMap(all)];
}

export const textsOf = (svg: string): string[] =>
  all(parse(svg))
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text);

export const classesOf = ({ attributes }: Element): string[] => attributes.class?.split(' ') ?? [];

/** Classes of the cells of each heat map in a picture, row by row. */
export function heatMaps(svg: string): string[][][] {
  const groups = all(parse(svg)).filter(({ name, attributes }) => name === 'g' && attributes.transform);
  return groups.map(({ children }) => {
    const cells: string[][] = [];
    for (const { attributes } of children) {
      for (const [, x, y, width] of (attributes.d ?? '').matchAll(/M(\d+) (\d+)h(\d+)v1H\1z/g)) {
        cells[Number(y)] ??= [];
        const row = cells[Number(y)] as string[];
        for (let at = Number(x); at < Number(x) + Number(width); at++) row[at] = attributes.class ?? '';
      }
    }
    return cells;
  });
}

/** Points of the lines of a picture, in pixels of their plots, run by run. */
export function linesOf(svg: string): { className: string; runs: [number, number][][] }[] {
  return all(parse(svg))
    .filter((element) => element.name === 'path' && classesOf(element).includes('line'))
    .filter(({ attributes }) => !/^M\S+ (\S+)L\S+ \1$/.test(attributes.d ?? ''))
    .map(({ attributes }) => ({
      className: attributes.class ?? '',
      runs: (attributes.d ?? '')
        .split('M')
        .slice(1)
        .map((run) => run.split('L').map((point) => point.split(' ').map(Number) as [number, number])),
    }));
}
