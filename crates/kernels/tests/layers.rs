//! Every form of every cell, on every instruction set, against a scalar f64 reference.

mod reference;
mod subject;
mod support;

use cellgate_kernels::Activation::{self, HardSigmoid, Identity, Relu, Sigmoid, Softsign, Tanh};
use cellgate_kernels::cell::gru::GruForm;
use cellgate_kernels::cell::lstm::LstmForm;
use cellgate_kernels::cell::rnn::RnnForm;
use reference::{gru::Gru, lstm::Lstm, rnn::Rnn};
use subject::check;
use support::case::Case;

const LSTM: LstmForm = LstmForm::PLAIN;
const GRU: GruForm = GruForm::PLAIN;
const RNN: RnnForm = RnnForm { nonlinearity: Tanh, clip: f32::INFINITY };

/// Both slopes in use: Keras' and ONNX' first, PyTorch's second.
const HARD_SIGMOIDS: [Activation; 2] =
    [HardSigmoid { alpha: 0.2, beta: 0.5 }, HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }];

fn check_lstm(name: &str, form: LstmForm) {
    for case in Case::some() {
        check(name, &case, &Lstm::random(form, None, &case));
    }
}

fn check_gru(name: &str, form: GruForm) {
    for case in Case::some() {
        check(name, &case, &Gru::random(form, &case));
    }
}

#[test]
fn the_plain_lstm_agrees_with_the_reference_at_all_sizes() {
    for case in Case::all() {
        check("lstm", &case, &Lstm::random(LSTM, None, &case));
    }
    check_lstm("lstm", LSTM);
}

#[test]
fn the_plain_gru_agrees_with_the_reference_at_all_sizes() {
    for case in Case::all() {
        check("gru", &case, &Gru::random(GRU, &case));
    }
    check_gru("gru", GRU);
}

#[test]
fn the_rnn_agrees_with_the_reference_at_all_sizes() {
    for case in Case::all() {
        check("rnn", &case, &Rnn::random(RNN, &case));
    }
    for (name, nonlinearity) in [("relu", Relu), ("softsign", Softsign), ("identity", Identity)] {
        let form = RnnForm { nonlinearity, ..RNN };
        Case::some().for_each(|case| check(name, &case, &Rnn::random(form, &case)));
    }
    let clipped = RnnForm { clip: 0.3, ..RNN };
    Case::some().for_each(|case| check("rnn clip", &case, &Rnn::random(clipped, &case)));
}

#[test]
fn lstms_without_some_gates_agree_with_the_reference() {
    for missing in (1..8).step_by(if cfg!(miri) { 3 } else { 1 }) {
        let form = LstmForm {
            input_gate: missing & 1 == 0,
            forget_gate: missing & 2 == 0,
            output_gate: missing & 4 == 0,
            ..LSTM
        };
        let gates = [form.input_gate, form.forget_gate, form.output_gate];
        check_lstm(&format!("lstm with gates i, f, o {gates:?}"), form);
        check_lstm(
            &format!("peephole lstm with gates i, f, o {gates:?}"),
            LstmForm { peephole: true, ..form },
        );
    }
}

#[test]
fn coupled_and_peephole_lstms_agree_with_the_reference() {
    check_lstm("coupled", LstmForm { coupled: true, ..LSTM });
    check_lstm("peephole", LstmForm { peephole: true, ..LSTM });
    check_lstm("coupled peephole", LstmForm { coupled: true, peephole: true, ..LSTM });
    check_lstm("coupled NOG", LstmForm { coupled: true, output_gate: false, ..LSTM });
}

#[test]
fn lstms_with_a_projection_agree_with_the_reference() {
    let norm = LstmForm { layer_norm: true, coupled: true, peephole: true, ..LSTM };
    for case in Case::some() {
        // Narrower than the cell, as wide, and wider.
        for width in [case.units.div_ceil(2), case.units, case.units + 2] {
            check("projected", &case, &Lstm::random(LSTM, Some(width), &case));
        }
        check("projected coupled", &case, &Lstm::random(norm, Some(5), &case));
    }
}

#[test]
fn lstms_with_layer_normalisation_agree_with_the_reference() {
    let norm = LstmForm { layer_norm: true, ..LSTM };
    check_lstm("layer norm", norm);
    check_lstm("layer norm, coupled", LstmForm { coupled: true, ..norm });
    check_lstm(
        "layer norm, peephole, NFG",
        LstmForm { peephole: true, forget_gate: false, ..norm },
    );
    let bare = LstmForm { input_gate: false, forget_gate: false, output_gate: false, ..norm };
    check_lstm("layer norm, no gates", bare);
    check_lstm("layer norm, clips", LstmForm { clip: 0.7, cell_clip: 0.4, ..norm });
}

#[test]
#[cfg_attr(miri, ignore = "touches no other memory than the plain cells")]
fn clips_agree_with_the_reference() {
    check_lstm("clip", LstmForm { clip: 0.3, ..LSTM });
    check_lstm("cell clip", LstmForm { cell_clip: 0.2, ..LSTM });
    check_lstm("clips", LstmForm { clip: 0.8, cell_clip: 0.5, peephole: true, ..LSTM });
    check_gru("gru clip", GruForm { clip: 0.3, ..GRU });
    check_gru("gru clip before", GruForm { clip: 0.3, reset_after: false, ..GRU });
}

#[test]
#[cfg_attr(miri, ignore = "touches no other memory than the plain cells")]
fn all_activations_agree_with_the_reference() {
    let [keras, torch] = HARD_SIGMOIDS;
    for other in [Sigmoid, Tanh, Relu, Softsign, Identity, keras, torch] {
        check_lstm(&format!("lstm gate {other:?}"), LstmForm { gate: other, ..LSTM });
        check_lstm(&format!("lstm candidate {other:?}"), LstmForm { candidate: other, ..LSTM });
        check_lstm(&format!("lstm output {other:?}"), LstmForm { output: other, ..LSTM });
        check_gru(&format!("gru candidate {other:?}"), GruForm { candidate: other, ..GRU });
        for case in Case::some() {
            // Update gates outside [0, 1] amplify rounding from step to step.
            let case = Case { steps: case.steps.min(2), ..case };
            let form = GruForm { gate: other, ..GRU };
            check(&format!("gru gate {other:?}"), &case, &Gru::random(form, &case));
        }
    }
}

#[test]
fn grus_of_both_resets_and_updates_agree_with_the_reference() {
    for reset_after in [true, false] {
        for update_keeps in [true, false] {
            let form = GruForm { reset_after, update_keeps, ..GRU };
            check_gru(&format!("{form:?}"), form);
        }
    }
}

#[test]
fn no_steps_leave_the_state_and_write_nothing() {
    for (units, batch) in [(1, 1), (9, 3)] {
        let case = Case {
            units,
            batch,
            inputs: 3,
            steps: 0,
            reverse: false,
            ragged: false,
            taped: false,
            tight: false,
            seed: 1,
        };
        check("lstm", &case, &Lstm::random(LSTM, None, &case));
        check("gru", &case, &Gru::random(GruForm { reset_after: false, ..GRU }, &case));
        check("rnn", &case, &Rnn::random(RNN, &case));
    }
}
