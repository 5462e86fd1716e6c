//! A small engine for the tests of splitting: what is rehearsed of it, and what is not.

#![no_std]
#![crate_type = "cdylib"]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

static PLAYED: [u32; 4] = [0x0a11_ce01, 3, 5, 7];
static ASKED: [u32; 4] = [0x0a11_ce02, 4, 6, 8];
static SELDOM: [u32; 4] = [0x0a11_ce03, 5, 7, 9];
static mut TIMES: u32 = 11;

#[inline(never)]
fn double(n: u32) -> u32 {
    n * 2 + PLAYED[n as usize % 4]
}

#[inline(never)]
fn triple(n: u32) -> u32 {
    n * 3 + ASKED[n as usize % 4]
}

static WAYS: [fn(u32) -> u32; 2] = [double, triple];

/// Rehearsed with numbers below 8, and for the second part below 16. What it does with larger ones reads and sets what it has counted so far.
#[unsafe(no_mangle)]
pub extern "C" fn play(n: u32) -> u32 {
    let (mut sum, mut step) = (n, 1u64);
    for turn in 0..n {
        if turn >= 8 {
            let mut left = turn;
            while left > 1 {
                sum = sum.wrapping_mul(31) ^ SELDOM[left as usize % 4];
                step += u64::from(left);
                left /= 2;
            }
        }
        sum = sum.wrapping_add(WAYS[usize::from(turn == 20)](turn));
        step = step.wrapping_mul(3);
    }
    unsafe { TIMES += 1 };
    sum ^ step as u32
}

/// Not rehearsed.
#[unsafe(no_mangle)]
pub extern "C" fn ask(n: u32) -> u32 {
    triple(n) + play(n) + unsafe { TIMES }
}

/// Not rehearsed: it panics with numbers above 3.
#[unsafe(no_mangle)]
pub extern "C" fn pick(n: usize) -> u32 {
    ASKED[n]
}

/// Rehearsed for the second part, in part: it has instructions of every form.
#[unsafe(no_mangle)]
pub extern "C" fn every(n: u32) -> f64 {
    let part = match n % 6 {
        0 => double(n),
        1 => n.count_ones(),
        2 => n ^ 0x1234_5678,
        3 => triple(n),
        4 => (n as f32 * 1.7) as u32,
        _ => n,
    };
    f64::from(part) * 0.1 - 2.5
}
