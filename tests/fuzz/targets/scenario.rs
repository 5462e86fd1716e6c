#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| sockscope_fuzz::scenario(data));
