//! The process of an engine in Rust, the other end of process/engine-process.mjs: `cellgate-bench-peers ENGINE`.
//!
//! It runs the ONNX model that ONNX Runtime gets, on one thread.

mod rten;
mod tract;
mod work;

use anyhow::{Context, Result, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::time::Instant;
use work::{Network, Work};

/// A model that was loaded.
pub trait Session {
    /// Back to a state of zeros.
    fn rewind(&mut self);
    /// One call, with the input of this number; a step leaves its state for the next.
    fn call(&mut self, input: usize) -> Result<()>;
    /// The output of the last call.
    fn output(&self) -> Result<Vec<f32>>;
}

#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
enum Command {
    Open,
    Load { work: Work, data: Data },
    Answer { count: usize },
    Run { count: usize },
    Resident,
}

#[derive(Deserialize)]
struct Data {
    model: Bytes,
    inputs: Vec<Floats>,
}

#[derive(Deserialize)]
struct Bytes {
    bytes: String,
}

#[derive(Deserialize)]
struct Floats {
    float32: String,
}

impl Floats {
    fn decode(&self) -> Result<Vec<f32>> {
        let bytes = BASE64_STANDARD.decode(&self.float32)?;
        Ok(bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect())
    }
}

/// The version of a package in this crate's lock file.
fn version_of(package: &str) -> Option<&'static str> {
    let lock = include_str!("../Cargo.lock");
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split('"').next()
}

struct Worker {
    engine: String,
    network: Option<Network>,
}

impl Worker {
    fn loaded(&mut self) -> Result<&mut Network> {
        self.network.as_mut().context("no model is loaded")
    }

    /// None for a work that the engine has not.
    fn load(
        &self,
        work: &Work,
        model: Vec<u8>,
        inputs: &[Vec<f32>],
    ) -> Result<Option<Box<dyn Session>>> {
        Ok(match self.engine.as_str() {
            "rten" if !rten::has(work) => None,
            "rten" => Some(Box::new(rten::open(work, model, inputs)?)),
            "tract" => Some(Box::new(tract::open(work, &model, inputs)?)),
            other => bail!("no engine is called {other}"),
        })
    }

    fn answer(&mut self, command: Command) -> Result<Value> {
        Ok(match command {
            Command::Open => {
                let package = if self.engine == "tract" { "tract-onnx" } else { &self.engine };
                json!({ "name": self.engine, "version": version_of(package) })
            }
            Command::Load { work, data } => {
                let inputs: Vec<_> =
                    data.inputs.iter().map(Floats::decode).collect::<Result<_>>()?;
                let model = BASE64_STANDARD.decode(data.model.bytes)?;
                let session = self.load(&work, model, &inputs)?;
                self.network = session.map(|session| Network::new(session, inputs.len()));
                json!(self.network.as_ref().map(|_| json!({ "callsPerCall": 1 })))
            }
            Command::Answer { count } => {
                let output = self.loaded()?.answer(count)?;
                let bytes: Vec<u8> = output.iter().flat_map(|value| value.to_le_bytes()).collect();
                json!({ "output": { "float32": BASE64_STANDARD.encode(bytes) } })
            }
            Command::Run { count } => {
                let start = Instant::now();
                self.loaded()?.run(count)?;
                json!(1000.0 * start.elapsed().as_secs_f64())
            }
            Command::Resident => {
                let status = std::fs::read_to_string("/proc/self/status")?;
                let line = status.lines().find(|line| line.starts_with("RssAnon"));
                let kilobytes: u64 = line
                    .and_then(|line| line.split_whitespace().nth(1))
                    .context("the system tells no RssAnon")?
                    .parse()?;
                json!(1024 * kilobytes)
            }
        })
    }
}

fn main() -> Result<()> {
    let engine = std::env::args().nth(1).context("usage: cellgate-bench-peers rten|tract")?;
    let mut worker = Worker { engine, network: None };
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let start = Instant::now();
        let answer = serde_json::from_str(&line?)
            .map_err(Into::into)
            .and_then(|command| worker.answer(command));
        let reply = match answer {
            Ok(value) => json!({ "value": value, "ms": 1000.0 * start.elapsed().as_secs_f64() }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        writeln!(out, "{reply}")?;
        out.flush()?;
    }
    Ok(())
}
