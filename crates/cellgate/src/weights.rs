//! Parameters of a recurrent layer in PyTorch's layout, and their packed form.

use crate::config::{Config, Direction, Form};
use crate::error::Result;
use crate::init::uniform;
use crate::memory::{Aligned, product, zeros};
use crate::module::Parameter;
use cellgate_kernels::cell::lstm::{PEEPHOLE_FORGET, PEEPHOLE_INPUT, PEEPHOLE_OUTPUT, PEEPHOLES};
use cellgate_kernels::gate::{gru, lstm};
use cellgate_kernels::panel::{Shape, pack, packed_len};
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
fn peepholes(config: &Config) -> Vec<usize> {
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
    /// Seeded initial weights: U(-1/sqrt(hidden), 1/sqrt(hidden)) as in PyTorch, the forget
    /// gate's bias as configured, normalisations neutral.
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
        weights.fill(config);
        Ok(weights)
    }

    fn fill(&mut self, config: &Config) {
        let mut rng = fastrand::Rng::with_seed(config.seed);
        let limit = 1.0 / (config.hidden_size as f32).sqrt();
        let forget = match &config.form {
            Form::Lstm(form) if form.forget_gate => {
                let first = form.weighted()[..lstm::FORGET].iter().filter(|&&gate| gate).count();
                first * config.hidden_size..(first + 1) * config.hidden_size
            }
            _ => 0..0,
        };
        for Entry { role, range, .. } in &self.entries {
            let values = &mut self.values[range.clone()];
            match role {
                Role::NormIhWeight | Role::NormHhWeight | Role::NormCellWeight => values.fill(1.0),
                Role::NormIhBias | Role::NormHhBias | Role::NormCellBias => values.fill(0.0),
                _ => uniform(&mut rng, limit, values),
            }
            match role {
                Role::BiasIh => values[forget.clone()].fill(config.forget_bias),
                Role::BiasHh => values[forget.clone()].fill(0.0),
                _ => {}
            }
        }
    }

    /// Names and shapes in the order of [`Weights::values`].
    pub fn list(&self, config: &Config) -> Vec<Parameter> {
        let directions = config.directions();
        self.entries
            .iter()
            .map(|Entry { role, stack, shape, .. }| {
                let suffix = if stack % directions == 1 { "_reverse" } else { "" };
                let name = format!("{}_l{}{suffix}", role.name(), stack / directions);
                Parameter { name, shape: shape.clone() }
            })
            .collect()
    }

    /// The parameter's part of `values`, which are laid out like this layer's own.
    fn part<'a>(&self, values: &'a [f32], stack: usize, role: Role) -> Option<&'a [f32]> {
        let entry = self.entries.iter().find(|entry| entry.stack == stack && entry.role == role)?;
        Some(&values[entry.range.clone()])
    }

    /// Packs `values` for the lanes of an instruction set; nothing of this layer changes.
    pub fn pack(&self, config: &Config, values: &[f32], lanes: usize) -> Result<Vec<Packed>> {
        (0..config.stacks())
            .map(|stack| Packer { config, weights: self, values, stack, lanes }.run())
            .collect()
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
    pub input: Aligned,
    pub bias: Aligned,
    pub recurrent: Aligned,
    /// GRU, reset before: panels of the candidate.
    pub candidate: Aligned,
    /// GRU, reset after: bias inside the reset product.
    pub inner_bias: Aligned,
    pub peephole: Aligned,
    pub norms: Option<[PackedNorm; 3]>,
    pub projection: Aligned,
}

struct Packer<'a> {
    config: &'a Config,
    weights: &'a Weights,
    values: &'a [f32],
    stack: usize,
    lanes: usize,
}

impl Packer<'_> {
    fn run(&self) -> Result<Packed> {
        let config = self.config;
        let (units, gates, width) = (config.hidden_size, config.gates(), config.output_size());
        let input = config.layer_input(self.stack / config.directions());
        let recurrent = self.part(Role::WeightHh);
        let mut packed = Packed {
            input: self.pack(Shape { units, gates, width: input }, self.part(Role::WeightIh))?,
            ..Packed::default()
        };
        let mut bias = self.sum_of_biases(gates * units)?;
        match &config.form {
            Form::Gru(form) if form.reset_after => {
                let inner = self.inner_bias(&mut bias, units)?;
                packed.inner_bias = self.pack(Shape { units, gates: 1, width: 1 }, &inner)?;
                packed.recurrent = self.pack(Shape { units, gates, width }, recurrent)?;
            }
            Form::Gru(_) => {
                let (both, candidate) = recurrent.split_at(gru::CANDIDATE * units * width);
                packed.recurrent =
                    self.pack(Shape { units, gates: gru::CANDIDATE, width }, both)?;
                packed.candidate = self.pack(Shape { units, gates: 1, width }, candidate)?;
            }
            _ => packed.recurrent = self.pack(Shape { units, gates, width }, recurrent)?,
        }
        if !self.part(Role::NormIhWeight).is_empty() {
            let vector = Shape { units, gates, width: 1 };
            for (bias, shift) in bias.iter_mut().zip(self.part(Role::NormIhBias)) {
                *bias += shift;
            }
            packed.norms = Some([
                self.norm(vector, Role::NormIhWeight, &bias)?,
                self.norm(vector, Role::NormHhWeight, self.part(Role::NormHhBias))?,
                self.norm(
                    Shape { units, gates: 1, width: 1 },
                    Role::NormCellWeight,
                    self.part(Role::NormCellBias),
                )?,
            ]);
            bias.fill(0.0);
        }
        packed.bias = self.pack(Shape { units, gates, width: 1 }, &bias)?;
        packed.peephole = self.peepholes(units)?;
        if config.projection_size > 0 {
            let shape = Shape { units: config.projection_size, gates: 1, width: units };
            packed.projection = self.pack(shape, self.part(Role::WeightHr))?;
        }
        Ok(packed)
    }

    fn part(&self, role: Role) -> &[f32] {
        self.weights.part(self.values, self.stack, role).unwrap_or_default()
    }

    fn pack(&self, shape: Shape, values: &[f32]) -> Result<Aligned> {
        let len = packed_len(shape.units, shape.gates, shape.width, self.lanes);
        let mut packed = Aligned::zeros(self.config.name(), len)?;
        pack(shape, self.lanes, values, &mut packed);
        Ok(packed)
    }

    fn norm(&self, shape: Shape, weight: Role, bias: &[f32]) -> Result<PackedNorm> {
        Ok(PackedNorm {
            weight: self.pack(shape, self.part(weight))?,
            bias: self.pack(shape, bias)?,
        })
    }

    fn sum_of_biases(&self, rows: usize) -> Result<Vec<f32>> {
        let mut sum = zeros(self.config.name(), rows)?;
        for role in [Role::BiasIh, Role::BiasHh] {
            sum.iter_mut().zip(self.part(role)).for_each(|(sum, bias)| *sum += bias);
        }
        Ok(sum)
    }

    /// Takes the candidate's recurrent bias out of the sum: reset acts on it.
    fn inner_bias(&self, bias: &mut [f32], units: usize) -> Result<Vec<f32>> {
        let mut inner = zeros(self.config.name(), units)?;
        let candidate = gru::CANDIDATE * units..;
        if self.config.bias {
            inner.copy_from_slice(&self.part(Role::BiasHh)[candidate.clone()]);
            bias[candidate.clone()].copy_from_slice(&self.part(Role::BiasIh)[candidate]);
        }
        Ok(inner)
    }

    fn peepholes(&self, units: usize) -> Result<Aligned> {
        let places = peepholes(self.config);
        if places.is_empty() {
            return Ok(Aligned::default());
        }
        let mut rows = zeros(self.config.name(), PEEPHOLES * units)?;
        for (place, row) in places.into_iter().zip(self.part(Role::Peephole).chunks_exact(units)) {
            rows[place * units..][..units].copy_from_slice(row);
        }
        self.pack(Shape { units, gates: PEEPHOLES, width: 1 }, &rows)
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
