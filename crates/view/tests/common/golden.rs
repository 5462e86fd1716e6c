//! Texts as they are committed in `tests/golden`.

use std::path::PathBuf;

/// Compares with the committed text. `SOCKSCOPE_BLESS=1 cargo test -p sockscope-view` writes it anew; read it before you
/// commit it.
pub fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("SOCKSCOPE_BLESS").is_some() {
        std::fs::write(&path, text).expect("tests/golden can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} differs from what is committed: look at it after SOCKSCOPE_BLESS=1");
}
