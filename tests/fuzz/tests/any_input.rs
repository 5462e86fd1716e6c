//! Every target on what is committed, and on inputs made from that: no coverage guides them, but there are thousands.

use sockscope_core::rng::{Purpose, Rng};
use sockscope_fuzz::{TARGETS, Target};
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Inputs that are made for each target.
const MADE: u32 = 2_000;
/// Bytes that mean something to somebody.
const ODD: [u8; 8] = [0, 1, 9, b'\n', b'0', b'"', 0x7f, 0xff];

/// Every file under a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let mut all: Vec<PathBuf> =
        paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

/// Runs a target; an input at which it fails is kept.
fn run(target: Target, input: &[u8]) {
    if catch_unwind(|| (target.run)(input)).is_err() {
        let kept = std::env::temp_dir().join(format!("sockscope-{}.input", target.name));
        fs::write(&kept, input).expect("it can be written");
        panic!("{} fails; once that is right, {} belongs in tests/fuzz/corpus", target.name, kept.display());
    }
}

/// An input like others: parts of them, with a few bytes changed.
fn make(examples: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let some = |rng: &mut Rng| {
        let len = rng.below(300);
        (0..len).map(|_| rng.bits() as u8).collect::<Vec<u8>>()
    };
    if examples.is_empty() || rng.below(8) == 0 {
        return some(rng);
    }
    let pick = |rng: &mut Rng| &examples[rng.below(examples.len() as u32) as usize];
    let mut input = pick(rng).clone();
    for _ in 0..rng.below(6) {
        let at = rng.below(input.len() as u32 + 1) as usize;
        match rng.below(5) {
            0 => input.truncate(at),
            1 => {
                let other = pick(rng);
                input.splice(at.., other[other.len().min(at)..].iter().copied());
            }
            2 => input.insert(at, ODD[rng.below(8) as usize]),
            3 => drop(input.drain(at..input.len().min(at + 4))),
            _ => input.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << rng.below(8)),
        }
    }
    input
}

fn check(name: &str) {
    let target = *TARGETS.iter().find(|target| target.name == name).expect("it is a target");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [here.join("corpus").join(name), here.join(format!("../{name}s"))];
    let paths = folders.iter().flat_map(|folder| files(folder));
    let examples: Vec<Vec<u8>> = paths.map(|path| fs::read(path).expect("it can be read")).collect();
    examples.iter().for_each(|input| run(target, input));
    for n in 0..MADE {
        run(target, &make(&examples, &mut Rng::new(n.into(), Purpose::Test(0))));
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*
        #[test]
        fn none_is_left_out() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),*]);
        }
    };
}

targets! { wire options trace packed tampered damaged scenario program script host }
