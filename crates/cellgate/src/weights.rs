//! Parameters of a recurrent layer in PyTorch's layout, and their packed form.

use crate::config::{Config, Direction, Form};
use crate::error::Result;
use crate::init::{Initializer, glorot, orthogonal, uniform};
use crate::matrix::Matrix;
use crate::memory::{Aligned, fit, product, zeros};
use crate::module::Parameter;
use crate::text::text;
use cellgate_kernels::cell::lstm::{PEEPHOLE_FORGET, PEEPHOLE_INPUT, PEEPHOLE_OUTPUT, PEEPHOLES};
use cellgate_kernels::gate::{gru, lstm};
use cellgate_kernels::panel::{Shape, pack_row, row_len};
use cellgate_simd::Isa;
use std::ops::Range;

/// What a parameter is, whatever its layer and direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    WeightIh,
    WeightHh,
    BiasIh,
    BiasHh,
    Peephole,
    NormIhWeight,
    NormIhBias,
    NormHhWeight,
    NormHhBias,
    NormCellWeight,
    NormCellBias,
    WeightHr,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::WeightIh => "weight_ih",
            Self::WeightHh => "weight_hh",
            Self::BiasIh => "bias_ih",
            Self::BiasHh => "bias_hh",
            Self::Peephole => "peephole",
            Self::NormIhWeight => "norm_ih_weight",
            Self::NormIhBias => "norm_ih_bias",
            Self::NormHhWeight => "norm_hh_weight",
            Self::NormHhBias => "norm_hh_bias",
            Self::NormCellWeight => "norm_c_weight",
            Self::NormCellBias => "norm_c_bias",
            Self::WeightHr => "weight_hr",
        }
    }
}

/// Gates that see the cell, in the order of peephole rows, with their place in packed form.
pub(crate) fn peepholes(config: &Config) -> Vec<usize> {
    let Form::Lstm(form) = &config.form else {
        return Vec::new();
    };
    let weighted = form.weighted();
    [
        (lstm::INPUT, PEEPHOLE_INPUT),
        (lstm::FORGET, PEEPHOLE_FORGET),
        (lstm::OUTPUT, PEEPHOLE_OUTPUT),
    ]
    .into_iter()
    .filter(|&(gate, _)| form.peephole && weighted[gate])
    .map(|(_, place)| place)
    .collect()
}

/// Where a parameter lies among all values of a layer.
#[derive(Clone, Debug)]
struct Entry {
    role: Role,
    stack: usize,
    shape: Vec<usize>,
    range: Range<usize>,
}

/// All parameters of a recurrent layer.
pub(crate) struct Weights {
    entries: Vec<Entry>,
    pub values: Vec<f32>,
}

impl Weights {
    /// Seeded initial weights: U(-1/sqrt(hidden), 1/sqrt(hidden)) as in PyTorch, or Glorot uniform,
    /// orthogonal and zeros as in Keras; the forget gate's bias as configured, normalisations neutral.
    pub fn new(config: &Config) -> Result<Self> {
        // Every layer has at least this much; counted first, because the list itself takes memory.
        product(config.name(), &[config.stacks(), size_of::<Entry>()])?;
        let mut entries = Vec::new();
        let mut end = 0_usize;
        for stack in 0..config.stacks() {
            for (role, shape) in shapes(config, stack / config.directions()) {
                let len = product(config.name(), &shape)?;
                let next = product(config.name(), &[end.saturating_add(len)])?;
                entries.push(Entry { role, stack, shape, range: end..next });
                end = next;
            }
        }
        // Twice, because the packed form is as large.
        product(config.name(), &[end, 2])?;
        let values = zeros(config.name(), end)?;
        let mut weights = Self { entries, values };
        weights.fill(config)?;
        Ok(weights)
    }

    /// The same parameters in memory of their own.
    pub fn copy(&self) -> Result<Self> {
        let mut values = zeros("trainer", self.values.len())?;
        values.copy_from_slice(&self.values);
        Ok(Self { entries: self.entries.clone(), values })
    }

    fn fill(&mut self, config: &Config) -> Result<()> {
        let mut rng = fastrand::Rng::with_seed(config.seed);
        let limit = 1.0 / (config.hidden_size as f32).sqrt();
        let forget = match &config.form {
            Form::Lstm(form) if form.forget_gate => {
                let first = form.weighted()[..lstm::FORGET].iter().filter(|&&gate| gate).count();
                first * config.hidden_size..(first + 1) * config.hidden_size
            }
            _ => 0..0,
        };
        for Entry { role, range, shape, .. } in &self.entries {
            let values = &mut self.values[range.clone()];
            match role {
                Role::NormIhWeight | Role::NormHhWeight | Role::NormCellWeight => values.fill(1.0),
                Role::NormIhBias | Role::NormHhBias | Role::NormCellBias => values.fill(0.0),
                _ if config.initializer == Initializer::Torch => uniform(&mut rng, limit, values),
                Role::BiasIh | Role::BiasHh => values.fill(0.0),
                Role::WeightHh => orthogonal(config.name(), &mut rng, shape[1], values)?,
                // A diagonal, which maps each unit to itself.
                Role::Peephole => glorot(&mut rng, shape[1], shape[1], values),
                _ => glorot(&mut rng, shape[1], shape[0], values),
            }
            match role {
                Role::BiasIh => values[forget.clone()].fill(config.forget_bias),
                Role::BiasHh => values[forget.clone()].fill(0.0),
                _ => {}
            }
        }
        Ok(())
    }

    /// Names and shapes in the order of [`Weights::values`].
    pub fn list(&self, config: &Config) -> Vec<Parameter> {
        let directions = config.directions();
        self.entries
            .iter()
            .map(|Entry { role, stack, shape, .. }| {
                let suffix = if stack % directions == 1 { "_reverse" } else { "" };
                let name = text![role.name(), "_l", stack / directions, suffix];
                Parameter { name, shape: shape.clone() }
            })
            .collect()
    }

    /// Where a parameter lies among the values; nowhere if there is none.
    pub fn range(&self, stack: usize, role: Role) -> Range<usize> {
        let found = self.entries.iter().find(|entry| entry.stack == stack && entry.role == role);
        found.map_or(0..0, |entry| entry.range.clone())
    }

    /// Packs `values` for the lanes of an instruction set; nothing of this layer changes.
    pub fn pack(&self, config: &Config, values: &[f32], isa: Isa) -> Result<Vec<Packed>> {
        let mut packed = Vec::new();
        packed.resize_with(config.stacks(), Packed::default);
        self.pack_into(config, values, isa, &mut packed)?;
        Ok(packed)
    }

    /// The same into what an earlier call gave, without a new allocation.
    pub fn pack_into(
        &self,
        config: &Config,
        values: &[f32],
        isa: Isa,
        packed: &mut [Packed],
    ) -> Result<()> {
        packed.iter_mut().enumerate().try_for_each(|(stack, packed)| {
            Packer { config, weights: self, values, stack, isa }.run(packed)
        })
    }
}

fn shapes(config: &Config, layer: usize) -> Vec<(Role, Vec<usize>)> {
    let units = config.hidden_size;
    let rows = config.gates() * units;
    let mut shapes = vec![
        (Role::WeightIh, vec![rows, config.layer_input(layer)]),
        (Role::WeightHh, vec![rows, config.output_size()]),
    ];
    if config.bias {
        shapes.extend([(Role::BiasIh, vec![rows]), (Role::BiasHh, vec![rows])]);
    }
    let peepholes = peepholes(config).len();
    if peepholes > 0 {
        shapes.push((Role::Peephole, vec![peepholes, units]));
    }
    if matches!(&config.form, Form::Lstm(form) if form.layer_norm) {
        shapes.extend([
            (Role::NormIhWeight, vec![rows]),
            (Role::NormIhBias, vec![rows]),
            (Role::NormHhWeight, vec![rows]),
            (Role::NormHhBias, vec![rows]),
            (Role::NormCellWeight, vec![units]),
            (Role::NormCellBias, vec![units]),
        ]);
    }
    if config.projection_size > 0 {
        shapes.push((Role::WeightHr, vec![config.projection_size, units]));
    }
    shapes
}

/// Weight and bias of a normalisation, packed.
#[derive(Default)]
pub(crate) struct PackedNorm {
    pub weight: Aligned,
    pub bias: Aligned,
}

/// Weights of one direction of one layer, packed for the lanes of an instruction set.
#[derive(Default)]
pub(crate) struct Packed {
    pub input: Matrix,
    pub bias: Aligned,
    pub recurrent: Matrix,
    /// GRU, reset before: panels of the candidate.
    pub candidate: Matrix,
    /// GRU, reset after: bias of the recurrent product.
    pub inner_bias: Aligned,
    pub peephole: Aligned,
    pub norms: Option<[PackedNorm; 3]>,
    pub projection: Matrix,
    /// Sums of biases and other rows on their way into packed form.
    rows: Vec<f32>,
}

struct Packer<'a> {
    config: &'a Config,
    weights: &'a Weights,
    values: &'a [f32],
    stack: usize,
    isa: Isa,
}

impl Packer<'_> {
    fn run(&self, packed: &mut Packed) -> Result<()> {
        let config = self.config;
        let (units, gates, width) = (config.hidden_size, config.gates(), config.output_size());
        let input = config.layer_input(self.stack / config.directions());
        let recurrent = self.part(Role::WeightHh);
        let mut rows = core::mem::take(&mut packed.rows);
        fit(config.name(), &mut rows, gates.max(PEEPHOLES) * units)?;
        let of_x = Shape { units, gates, width: input };
        self.matrix(of_x, self.part(Role::WeightIh), &mut packed.input)?;
        let bias = &mut rows[..gates * units];
        self.sum_biases(bias);
        match &config.form {
            Form::Gru(form) if form.reset_after => {
                // The product that reset acts on has a bias of its own.
                if config.bias {
                    bias.copy_from_slice(self.part(Role::BiasIh));
                    self.row(units, gates, self.part(Role::BiasHh), &mut packed.inner_bias)?;
                }
                self.matrix(Shape { units, gates, width }, recurrent, &mut packed.recurrent)?;
            }
            Form::Gru(_) => {
                let (both, candidate) = recurrent.split_at(gru::CANDIDATE * units * width);
                let shape = Shape { units, gates: gru::CANDIDATE, width };
                self.matrix(shape, both, &mut packed.recurrent)?;
                self.matrix(Shape { units, gates: 1, width }, candidate, &mut packed.candidate)?;
            }
            _ => self.matrix(Shape { units, gates, width }, recurrent, &mut packed.recurrent)?,
        }
        if !self.part(Role::NormIhWeight).is_empty() {
            for (bias, shift) in bias.iter_mut().zip(self.part(Role::NormIhBias)) {
                *bias += shift;
            }
            let [of_x, of_h, of_cell] = packed.norms.get_or_insert_default();
            self.norm(units, gates, Role::NormIhWeight, bias, of_x)?;
            self.norm(units, gates, Role::NormHhWeight, self.part(Role::NormHhBias), of_h)?;
            self.norm(units, 1, Role::NormCellWeight, self.part(Role::NormCellBias), of_cell)?;
            bias.fill(0.0);
        }
        self.row(units, gates, bias, &mut packed.bias)?;
        self.peepholes(units, &mut rows, &mut packed.peephole)?;
        if config.projection_size > 0 {
            let shape = Shape { units: config.projection_size, gates: 1, width: units };
            self.matrix(shape, self.part(Role::WeightHr), &mut packed.projection)?;
        }
        packed.rows = rows;
        Ok(())
    }

    fn part(&self, role: Role) -> &[f32] {
        &self.values[self.weights.range(self.stack, role)]
    }

    fn row(&self, units: usize, gates: usize, values: &[f32], packed: &mut Aligned) -> Result<()> {
        let lanes = self.isa.lanes();
        packed.fit(self.config.name(), row_len(units, gates, lanes))?;
        pack_row(units, gates, lanes, values, packed);
        Ok(())
    }

    fn matrix(&self, shape: Shape, values: &[f32], packed: &mut Matrix) -> Result<()> {
        packed.pack(self.config.name(), self.isa, self.config.weights, shape, values)
    }

    fn norm(
        &self,
        units: usize,
        gates: usize,
        weight: Role,
        bias: &[f32],
        packed: &mut PackedNorm,
    ) -> Result<()> {
        self.row(units, gates, self.part(weight), &mut packed.weight)?;
        self.row(units, gates, bias, &mut packed.bias)
    }

    fn sum_biases(&self, sum: &mut [f32]) {
        sum.fill(0.0);
        for role in [Role::BiasIh, Role::BiasHh] {
            sum.iter_mut().zip(self.part(role)).for_each(|(sum, bias)| *sum += bias);
        }
    }

    fn peepholes(&self, units: usize, rows: &mut [f32], packed: &mut Aligned) -> Result<()> {
        let places = peepholes(self.config);
        if places.is_empty() {
            return Ok(());
        }
        let rows = &mut rows[..PEEPHOLES * units];
        rows.fill(0.0);
        for (place, row) in places.into_iter().zip(self.part(Role::Peephole).chunks_exact(units)) {
            rows[place * units..][..units].copy_from_slice(row);
        }
        self.row(units, PEEPHOLES, rows, packed)
    }
}

impl Config {
    pub(crate) fn is_reverse(&self, stack: usize) -> bool {
        match self.direction {
            Direction::Forward => false,
            Direction::Reverse => true,
            Direction::Bidirectional => stack % 2 == 1,
        }
    }
}
