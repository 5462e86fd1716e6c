//! The programs over real sockets, recorded, beside the simulated ones.
use anyhow::Result;
pub(crate) fn run(_args: &[String]) -> Result<()> {
    Ok(())
}
