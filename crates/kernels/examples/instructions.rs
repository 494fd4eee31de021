//! Runs one kernel once, for counting its instructions: see `bench/instructions`.
//!
//!     cargo run --release -p cellgate-kernels --example instructions -- avx2 'LSTM T10 B1 H128'
//!
//! Without arguments it lists the names of its works.

use cellgate_kernels::Activation;
use cellgate_kernels::activation::Apply;
use cellgate_kernels::cell::gru::GruForm;
use cellgate_kernels::cell::lstm::LstmForm;
use cellgate_kernels::cell::rnn::RnnForm;
use cellgate_kernels::layer::{Gru, Lstm, Rnn};
use cellgate_kernels::linear::Linear;
use cellgate_kernels::noise::{Noise, Zoned};
use cellgate_kernels::panel::Panels;
use cellgate_kernels::rows::Rows;
use cellgate_kernels::sequence::{InputWeights, Run, Sequence};
use cellgate_simd::Isa;

enum Work {
    Lstm,
    Gru,
    Rnn,
    Linear,
    Apply(Activation),
}

struct Case {
    name: &'static str,
    work: Work,
    steps: usize,
    batch: usize,
    units: usize,
}

const CASES: [Case; 10] = [
    Case { name: "LSTM T1 B1 H32", work: Work::Lstm, steps: 1, batch: 1, units: 32 },
    Case { name: "LSTM T10 B1 H40", work: Work::Lstm, steps: 10, batch: 1, units: 40 },
    Case { name: "LSTM T10 B1 H128", work: Work::Lstm, steps: 10, batch: 1, units: 128 },
    Case { name: "LSTM T10 B16 H128", work: Work::Lstm, steps: 10, batch: 16, units: 128 },
    Case { name: "GRU T10 B1 H128", work: Work::Gru, steps: 10, batch: 1, units: 128 },
    Case { name: "GRU T10 B16 H128", work: Work::Gru, steps: 10, batch: 16, units: 128 },
    Case { name: "RNN T10 B1 H128", work: Work::Rnn, steps: 10, batch: 1, units: 128 },
    Case { name: "Linear B64 H128", work: Work::Linear, steps: 1, batch: 64, units: 128 },
    Case {
        name: "sigmoid",
        work: Work::Apply(Activation::Sigmoid),
        steps: 1,
        batch: 1,
        units: 4096,
    },
    Case { name: "tanh", work: Work::Apply(Activation::Tanh), steps: 1, batch: 1, units: 4096 },
];

/// The function that is counted.
#[inline(never)]
fn counted(isa: Isa, job: Job) {
    match job {
        Job::Lstm(run) => run.on(isa),
        Job::Gru(run) => run.on(isa),
        Job::Rnn(run) => run.on(isa),
        Job::Linear(linear) => linear.on(isa),
        Job::Apply(apply) => isa.run(apply),
    }
}

enum Job<'a> {
    Lstm(Run<'a, Lstm<'a>>),
    Gru(Run<'a, Gru<'a>>),
    Rnn(Run<'a, Rnn<'a>>),
    Linear(Linear<'a>),
    Apply(Apply<'a>),
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [isa, name] = &arguments[..] else {
        CASES.iter().for_each(|case| println!("{}", case.name));
        return;
    };
    let isa = Isa::force(isa).expect("an instruction set of this machine");
    let case = CASES.iter().find(|case| case.name == *name).expect("a work of the list");
    let &Case { ref work, steps, batch, units, .. } = case;
    let gates = match work {
        Work::Lstm => 4,
        Work::Gru => 3,
        _ => 1,
    };
    let wave = |len: usize| -> Vec<f32> {
        (0..len).map(|at| (at as f32 * 12.9898).sin() / (units as f32).sqrt()).collect()
    };
    // As wide as the widest vector asks for, so that a row is one length on all sets.
    let padded = units.next_multiple_of(16);
    let weights = wave(gates * padded * units);
    let x = wave(steps * batch * units);
    let (mut hidden, mut cell) = (vec![0.0; steps * batch * units], vec![0.0; batch * padded]);
    let (mut sums, mut projected) =
        (vec![0.0; batch * gates * padded], vec![0.0; steps * batch * gates * padded]);
    let offsets: Vec<usize> = (0..=steps).map(|step| step * batch).collect();
    let exact = units.next_multiple_of(isa.lanes());
    let input = InputWeights {
        panels: Panels::Floats(&weights[..gates * exact * units]),
        bias: &weights[..gates * exact],
    };
    let recurrent = input.panels;
    let initial = wave(batch * units);
    let rows = |data| Rows { data, width: units };
    let sequence = Sequence {
        offsets: &offsets,
        reverse: false,
        x: rows(&x),
        initial: rows(&initial),
        hidden: &mut hidden,
        projected: &mut projected,
        tape: &mut [],
        noise: Noise::NONE,
        zoned: Zoned { cell: &mut [], fresh: &mut [] },
        noise_scratch: &mut [],
    };
    let job = match *work {
        Work::Lstm => {
            let layer = Lstm {
                form: LstmForm::PLAIN,
                units,
                input,
                recurrent,
                peephole: &[],
                norms: None,
                projection: Panels::Floats(&[]),
                cell: &mut cell,
                unprojected: &mut [],
                sums: &mut sums,
            };
            Job::Lstm(Run { layer, sequence })
        }
        Work::Gru => {
            let layer = Gru {
                form: GruForm::PLAIN,
                units,
                input,
                recurrent,
                candidate: Panels::Floats(&[]),
                inner_bias: &weights[..gates * exact],
                sums: &mut sums,
                reset_hidden: &mut [],
            };
            Job::Gru(Run { layer, sequence })
        }
        Work::Rnn => {
            let form = RnnForm { nonlinearity: Activation::Tanh, clip: f32::INFINITY };
            let layer = Rnn { form, units, input, recurrent, sums: &mut sums };
            Job::Rnn(Run { layer, sequence })
        }
        Work::Linear => {
            let Sequence { x, hidden, .. } = sequence;
            let stride = x.width;
            Job::Linear(Linear {
                x,
                stride,
                panels: recurrent,
                bias: &[],
                out: hidden,
                width: units,
            })
        }
        Work::Apply(activation) => Job::Apply(Apply { activation, values: sequence.hidden }),
    };
    counted(isa, job);
}
