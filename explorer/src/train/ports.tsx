/** What goes into an ONNX network, and what comes out. */

import type { OnnxNetwork, TensorInfo } from 'cellgate/onnx';
import { strings } from '../state/settings';

export function Ports({ network }: { network: OnnxNetwork }) {
  const words = strings.value.train;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on small screens.
    <section class="panel scroll" tabIndex={0} aria-labelledby="model">
      <h2 id="model">{words.model}</h2>
      <p>{words.aboutGraph}</p>
      <PortList title={words.inputs} ports={network.inputs} />
      <PortList title={words.outputs} ports={network.outputs} />
    </section>
  );
}

function PortList({ title, ports }: { title: string; ports: readonly TensorInfo[] }) {
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {ports.map(({ name, dtype, shape }) => (
          <li key={name}>
            <code>{name}</code>: {dtype} {shape && `[${shape.join(', ')}]`}
          </li>
        ))}
      </ul>
    </>
  );
}
