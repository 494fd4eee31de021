//! Lockstep walk over packed weight columns and input rows.

/// For each `k` calls `step` with the `k`-th chunk of every weight stream and the
/// `k`-th value of every input row.
///
/// Every stream must hold exactly `width * chunk` weights, `chunk` of them per step,
/// and every row exactly `width`. Checked once here, so that the loop body carries no
/// bounds checks. `step` must be `#[inline(always)]`.
///
/// # Panics
/// When a length differs.
#[inline(always)]
pub fn walk<W, V: Copy, const STREAMS: usize, const ROWS: usize>(
    width: usize,
    chunk: usize,
    streams: [&[W]; STREAMS],
    rows: [&[V]; ROWS],
    mut step: impl FnMut([&[W]; STREAMS], [V; ROWS]),
) {
    for stream in streams {
        assert!(width.checked_mul(chunk) == Some(stream.len()), "weight stream length");
    }
    for row in rows {
        assert!(row.len() == width, "input row length");
    }
    let mut heads: [*const W; STREAMS] = core::array::from_fn(|stream| streams[stream].as_ptr());
    let mut values: [*const V; ROWS] = core::array::from_fn(|row| rows[row].as_ptr());
    for _ in 0..width {
        // SAFETY: `width` steps of `chunk` weights fit every stream and `width` single values every row,
        // both checked above; the heads end at most one past the end, where they are not read.
        unsafe {
            step(
                core::array::from_fn(
                    #[inline(always)]
                    |stream| core::slice::from_raw_parts(heads[stream], chunk),
                ),
                core::array::from_fn(
                    #[inline(always)]
                    |row| *values[row],
                ),
            );
            // Not `map`: arrays that pass by value become one 64-bit integer for two pointers of 32 bits.
            for head in &mut heads {
                *head = head.add(chunk);
            }
            for value in &mut values {
                *value = value.add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::walk;

    #[test]
    fn visits_every_chunk_and_value_once_up_to_the_last_float() {
        for width in [0, 1, 2, 3, 7, 8, 9, 33] {
            for chunk in [1, 3, 4, 8, 32] {
                let weights: Vec<f32> = (0..width * chunk).map(|at| at as f32).collect();
                let row: Vec<f32> = (0..width).map(|at| at as f32).collect();
                let mut next = 0;
                walk(width, chunk, [&weights, &weights], [&row], |[first, second], [value]| {
                    assert_eq!(first, &weights[next * chunk..(next + 1) * chunk]);
                    assert_eq!(first, second);
                    assert_eq!(value, next as f32);
                    next += 1;
                });
                assert_eq!(next, width);
            }
        }
    }

    #[test]
    fn streams_and_rows_advance_by_themselves() {
        let weights: [Vec<f32>; 3] = [0.0, 100.0, 200.0].map(|first| vec![first, first + 1.0]);
        let rows: [Vec<f32>; 2] = [10.0, 20.0].map(|first| vec![first, first + 1.0]);
        let mut seen = Vec::new();
        walk(2, 1, weights.each_ref().map(|v| &v[..]), rows.each_ref().map(|v| &v[..]), |w, x| {
            seen.push((w.map(|weights| weights[0]), x));
        });
        let steps = [([0.0, 100.0, 200.0], [10.0, 20.0]), ([1.0, 101.0, 201.0], [11.0, 21.0])];
        assert_eq!(seen, steps);
    }

    #[test]
    #[should_panic(expected = "weight stream length")]
    fn refuses_a_length_that_wraps_around() {
        walk::<f32, f32, 1, 0>(usize::MAX / 8 + 1, 8, [&[]], [], |_, []| {});
    }

    #[test]
    #[should_panic(expected = "weight stream length")]
    fn refuses_a_long_stream() {
        walk(2, 4, [&[0.0; 9]], [&[0.0; 2]], |_, _| {});
    }

    #[test]
    #[should_panic(expected = "weight stream length")]
    fn refuses_a_short_stream() {
        walk(2, 4, [&[0.0; 7]], [&[0.0; 2]], |_, _| {});
    }

    #[test]
    #[should_panic(expected = "input row length")]
    fn refuses_a_short_row() {
        walk(2, 4, [&[0.0; 8]], [&[0.0; 1]], |_, _| {});
    }
}
