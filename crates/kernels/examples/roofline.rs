//! What one thread of this machine can do at most: multiply-adds a second with every instruction set, and bytes
//! a second out of memory of growing size.
//!
//!     cargo run --release -p cellgate-kernels --example roofline

mod machine;

use cellgate_simd::Isa;
use machine::{Aligned, Read, peak, shortest};
use std::hint::black_box;
use std::time::Duration;

const LIMIT: Duration = Duration::from_millis(150);

fn main() {
    let buffer = Aligned::new(&vec![1.0; 32 << 20]);
    let entries: Vec<String> = Isa::available()
        .into_iter()
        .map(|isa| {
            let gflops = peak(isa, LIMIT);
            let bandwidth: Vec<String> =
                [1 << 14, 1 << 17, 1 << 19, 1 << 21, 1 << 22, 1 << 23, 1 << 27]
                    .into_iter()
                    .map(|bytes: usize| {
                        let data = &buffer[..bytes / size_of::<f32>()];
                        let nanoseconds =
                            shortest(LIMIT, || isa.run(Read { data: black_box(data) }));
                        let gbps = bytes as f64 / nanoseconds;
                        format!("{{\"bytes\":{bytes},\"gbps\":{gbps:.1}}}")
                    })
                    .collect();
            let (name, bandwidth) = (isa.name(), bandwidth.join(","));
            format!("{{\"isa\":\"{name}\",\"gflops\":{gflops:.1},\"bandwidth\":[{bandwidth}]}}")
        })
        .collect();
    println!("[{}]", entries.join(",\n "));
}
